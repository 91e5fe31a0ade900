"""Padding, masks and segment ids, tried on a model whose answer is known by hand."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from tfclf.diagnosis import Case
from tfclf.diagnosis.evidence import padding
from tfclf.diagnosis.evidence.batch import Batch
from tfclf.diagnosis.evidence.model import read_model
from tfclf.diagnosis.evidence.padding import longer_padding, padding_facts
from tfclf.diagnosis.symptoms import (
    attention_mask_missing,
    cannot_overfit,
    padding_changes_predictions,
    segment_ids_missing,
    text_carries_no_label,
)

SEP, WORDS, HIDDEN = 3, 20, 34
NAME = "attention-mask-missing"
EVERY = (
    attention_mask_missing, cannot_overfit, padding_changes_predictions, segment_ids_missing,
    text_carries_no_label,
)  # fmt: skip


@keras.saving.register_keras_serializable("test_input_probes")
class MeanOfWords(keras.Model):
    """Means the vectors of words: of those that the mask leaves in where it has one.

    Without a mask the padding, id 0, is a word as any other.
    """

    def __init__(self, types=True, of_one_length=False):
        super().__init__()
        keras.utils.set_random_seed(7)
        self.word = keras.layers.Embedding(WORDS, HIDDEN, name="word")
        self.types = keras.layers.Embedding(2, HIDDEN, name="token_type") if types else None
        self.norm = keras.layers.LayerNormalization(name="norm")
        self.answer = keras.layers.Dense(3, name="answer")
        self.of_one_length = of_one_length

    def call(self, inputs):
        ids = inputs["input_ids"]
        if self.of_one_length and ids.shape[1] != 9:
            raise ValueError("nine tokens")
        hidden = self.word(ids)
        if self.types is not None:
            kinds = inputs.get("token_type_ids", keras.ops.zeros_like(ids))
            hidden = hidden + self.types(kinds)
        mask = keras.ops.cast(inputs.get("attention_mask", keras.ops.ones_like(ids)), "float32")
        mask = mask[..., None]
        mean = keras.ops.sum(hidden * mask, 1) / keras.ops.sum(mask, 1)
        return self.answer(self.norm(mean))


def rows(number=32, pairs=False):
    """Rows of 4 to 6 words, [SEP] behind, padded to 9."""
    generator = np.random.default_rng(0)
    ids = np.zeros((number, 9), "int32")
    for row in ids:
        length = int(generator.integers(5, 8))
        row[:length] = generator.integers(5, WORDS, length)
        row[length] = SEP
        if pairs:
            row[2] = SEP
    return ids


def case(ids, model=None, labels=None, **inputs):
    model = model or MeanOfWords()
    given = {"input_ids": ids} | {name: np.asarray(x, "int32") for name, x in inputs.items()}
    if not model.built:
        model(given)
    labels = np.arange(len(ids)) % 3 if labels is None else labels
    batch = Batch(given, labels)
    train = SimpleNamespace(batches=(batch,), num_rows=len(ids), is_whole=True)
    return Case(model=read_model(model, batch), train=train)


def right(ids):
    return {"attention_mask": ids != 0, "token_type_ids": np.zeros_like(ids)}


def names(one):
    digest = one.model.digest()
    found = {}
    for module in EVERY[:4]:
        result = module.look(one)
        if result is not None:
            found[result.name] = result.severity
    assert one.model.digest() == digest
    return found


def test_a_right_mask_is_silent():
    ids = rows()
    one = case(ids, **right(ids))
    assert names(one) == {}
    # Nothing but rounding: the padding has a weight of 0.
    assert longer_padding(one).change < 1e-5
    facts = padding_facts(one)
    assert (facts.masked_out, facts.masked_text, facts.padded_rows) == (1.0, 0.0, len(ids))
    assert facts.share == pytest.approx((ids == 0).mean())


def in_two_widths(one):
    """The same rows, and a batch of them in one column less, which is padding."""
    (batch,) = one.train.batches
    narrow = {name: array[:, :-1] for name, array in batch.inputs.items()}
    one.train.batches = (batch, Batch(narrow, batch.labels))
    return one


@pytest.mark.parametrize("mask", ["none", "ones"])
def test_padding_that_is_read(mask):
    ids = rows()
    given = {} if mask == "none" else {"attention_mask": np.ones_like(ids)}
    one = in_two_widths(case(ids, **given))
    assert names(one) == {"padding-changes-predictions": "error"}
    found = padding_changes_predictions.look(one)
    assert "inputs['input_ids'] != 0" in found.remedy
    # The remedy holds.
    assert names(case(ids, attention_mask=ids != 0)) == {}


def test_no_padding_is_no_trouble():
    ids = rows()[:, :5]
    assert names(case(ids)) == {}


@pytest.mark.parametrize("mask", ["none", "ones", "right"])
def test_a_model_of_one_length(mask):
    ids = rows()
    masks = {"none": {}, "ones": {"attention_mask": ids >= 0}, "right": {"attention_mask": ids > 0}}
    one = case(ids, MeanOfWords(of_one_length=True), **masks[mask])
    assert longer_padding(one) is None
    # It was made for nine columns: with these padding is always the same.
    assert names(one) == ({"none": {NAME: "note"}, "ones": {NAME: "warning"}}.get(mask, {}))


def test_a_pretrained_model_of_one_length(monkeypatch):
    """It has learnt without the padding that it reads now."""
    monkeypatch.setattr(padding, "is_pretrained", lambda case: True)
    found = attention_mask_missing.look(case(rows(), MeanOfWords(of_one_length=True)))
    assert found.severity == "warning"
    assert "in another batch" in found.effect


class OfNineColumns(keras.layers.Layer):
    """As a table of positions is: it takes one width, and hands the mask on."""

    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, hidden):
        if hidden.shape[1] not in (9, None):
            raise ValueError("nine columns")
        return hidden


def of_one_width(seed=0, bias=(9.0, 0.0), nine=False, activation=None, masked=False):
    """Embeddings, their mean and a projection, whose bias keeps every answer as it is."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(WORDS, HIDDEN, mask_zero=masked),
            *([OfNineColumns()] if nine else []),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(len(bias), activation=activation),
        ]
    )
    model.layers[-1].bias.assign(bias)
    return model


def plain_case(model, *arrays, key=None, **facts):
    given = [ids if key is None else {key: ids} for ids in arrays]
    labels = [np.arange(len(ids)) % 2 for ids in arrays]
    batches = tuple(map(Batch, given, labels))
    train = SimpleNamespace(batches=batches, num_rows=len(arrays[0]), is_whole=True)
    return Case(model=read_model(model, batches[0]), train=train, **facts)


def test_padding_of_one_width_that_changes_no_answer_is_a_note():
    one = plain_case(of_one_width(), rows())
    found = padding_changes_predictions.look(one)
    assert found.severity == "note"
    assert "need the 9 columns" in found.effect
    assert "the answer of 0 of 8" in found.evidence
    # In batches of several widths the same text may have another answer.
    several = plain_case(of_one_width(), rows(), np.pad(rows(), ((0, 0), (0, 3))))
    found = padding_changes_predictions.look(several)
    assert found.severity == "warning"
    assert "in another batch" in found.effect


def test_an_answer_of_one_output_changes_at_its_middle():
    """Words add 1 and padding takes 1: the mean is 0 at as many of both, the sigmoid one half."""
    ids = np.zeros((4, 9), "int32")
    ids[:, :6] = 5  # six words of 9 columns: (6 - 3) / 9 > 0; of 17 columns (6 - 11) / 17 < 0
    for activation in (None, "sigmoid"):
        model = of_one_width(bias=(0.0,), activation=activation)
        table = np.zeros((WORDS, HIDDEN))
        table[5, 0], table[0, 0] = 1.0, -1.0
        model.layers[0].embeddings.assign(table)
        model.layers[-1].kernel.assign(np.eye(HIDDEN)[:, :1] * 4)
        other = np.where(np.arange(4)[:, None] % 2, ids, 0)  # what is no probability is a logit
        one = plain_case(model, np.concatenate([ids, other]))
        assert longer_padding(one).answers_changed == longer_padding(one).num_answers - 2
        assert padding_changes_predictions.look(one).severity == "warning"


def test_the_remedy_for_ids_without_a_dict_holds():
    found = padding_changes_predictions.look(plain_case(of_one_width(), rows()))
    assert "keras.layers.Embedding(..., mask_zero=True)" in found.remedy
    one = plain_case(of_one_width(masked=True), rows())
    assert longer_padding(one).change < 1e-5
    assert names(one) == {}


def test_the_remedy_names_the_key_of_the_ids():
    model = of_one_width()
    ids = keras.Input((None,), dtype="int32", name="token_ids")
    named = keras.Model({"token_ids": ids}, model(ids))
    found = padding_changes_predictions.look(plain_case(named, rows(), key="token_ids"))
    assert "inputs['padding_mask'] = tf.cast(inputs['token_ids'] != 0, 'int32')" in found.remedy
    ids = keras.Input((None,), dtype="int32", name="words")
    other = keras.Model({"words": ids}, model(ids))
    found = padding_changes_predictions.look(plain_case(other, rows(), key="words"))
    assert "inputs['words'] != 0" in found.remedy


@pytest.mark.parametrize("masked", [True, False])
def test_a_model_of_one_width_that_masks_by_itself(masked):
    one = plain_case(of_one_width(nine=True, masked=masked), rows())
    assert longer_padding(one) is None
    assert names(one) == ({} if masked else {"attention-mask-missing": "note"})


def test_outputs_that_are_no_numbers_say_nothing_of_padding():
    model = of_one_width(bias=(np.nan, 0.0))
    assert names(plain_case(model, rows())) == {}


def test_a_mask_the_wrong_way_round():
    ids = rows()
    found = attention_mask_missing.look(case(ids, attention_mask=ids == 0))
    assert found.severity == "warning"
    assert "wrong way round" in found.evidence


def test_segment_ids():
    ids = rows(pairs=True)
    mask = {"attention_mask": ids != 0}
    assert names(case(ids, **mask)) == {"segment-ids-missing": "warning"}
    zeros = case(ids, **mask, token_type_ids=np.zeros_like(ids))
    found = segment_ids_missing.look(zeros)
    assert found.severity == "warning"
    assert "inputs['token_type_ids']" in found.remedy
    kinds = np.cumsum(ids == SEP, axis=1) - (ids == SEP)  # 0 up to the first [SEP], then 1
    assert names(case(ids, **mask, token_type_ids=kinds * (ids != 0))) == {}
    # Encoders without embeddings of types need none, and single texts neither.
    assert names(case(ids, MeanOfWords(types=False), **mask)) == {}
    assert segment_ids_missing.look(case(rows(), **mask)) is None


def test_segment_ids_that_a_functional_model_does_not_read():
    """It passes over inputs that it does not know: that they change nothing says nothing."""
    ids = rows(pairs=True)
    model = MeanOfWords()
    given = {"input_ids": ids, "attention_mask": (ids != 0).astype("int32")}
    model(given)
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in given}
    one = case(ids, keras.Model(inputs, model(inputs)), attention_mask=ids != 0)
    found = segment_ids_missing.look(one)
    assert found.severity == "warning" and "change" not in found.evidence
    # Types that are all alike were never trained, and there is nothing to tell the model.
    model.types.embeddings.assign(np.zeros((2, HIDDEN)))
    assert segment_ids_missing.look(one).severity == "note"


def test_segment_ids_are_looked_for_in_rows_of_tokens_alone():
    ids = rows(pairs=True).astype("float32")
    ids[::2, :3] += 0.37  # between two words, as SMOTE makes them: these have no separator
    found = segment_ids_missing.look(case(ids, attention_mask=ids != 0))
    assert found.severity == "warning" and "16 of 16 rows" in found.evidence


@keras.saving.register_keras_serializable("test_input_probes")
class Shaken(keras.layers.Layer):
    """Noise of its own for each token, in training or not."""

    def __init__(self, **keywords):
        super().__init__(**keywords)
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, hidden):
        return hidden + keras.random.normal(keras.ops.shape(hidden), seed=self.seeds)


@keras.saving.register_keras_serializable("test_input_probes")
class Unending(keras.layers.Dropout):
    """Dropout that does not listen to what it is told of training."""

    def call(self, inputs, training=False):
        return super().call(inputs, training=True)


class OfTokens(MeanOfWords):
    """An answer for each word, which padding changes only where it is told to."""

    def __init__(self, last, leaks=False):
        super().__init__(types=False)
        self.last, self.leaks = last, leaks

    def call(self, inputs):
        hidden = self.norm(self.word(inputs["input_ids"]))
        if self.leaks:
            hidden = hidden + keras.ops.mean(hidden, axis=1, keepdims=True)
        return self.answer(self.last(hidden))


@pytest.mark.parametrize("leaks", [False, True])
def test_dropout_that_never_ends_is_no_padding_that_is_read(leaks):
    """A longer row draws other numbers, which must not be taken for what padding does."""
    ids = rows()
    labels = np.where(ids > 0, ids % 3, -100)
    model = OfTokens(Unending(0.5, seed=1), leaks)
    one = replace(case(ids, model, labels, **right(ids)), task="token")
    assert one.model.noise.is_more_than_rounding and one.model.is_steady
    assert names(one) == ({"padding-changes-predictions": "error"} if leaks else {})
    assert model.last.rate == 0.5


def test_noise_that_cannot_be_taken_away_leaves_padding_untried():
    ids = rows()
    labels = np.where(ids > 0, ids % 3, -100)
    one = replace(case(ids, OfTokens(Shaken()), labels, **right(ids)), task="token")
    assert not one.model.is_steady
    assert longer_padding(one) is None and names(one) == {}


def test_texts_that_tell_their_label():
    ids = rows(150)
    mask = {"attention_mask": ids != 0}
    said = (ids[:, 0] > 12).astype(int)  # a word tells it
    assert text_carries_no_label.look(case(ids, labels=said, **mask)) is None
    other = np.random.default_rng(1).integers(0, 2, 150)
    found = text_carries_no_label.look(case(ids, labels=other, **mask))
    assert (found.name, found.severity) == ("text-carries-no-label", "warning")
    few = {"attention_mask": ids[:100] != 0}
    assert text_carries_no_label.look(case(ids[:100], labels=other[:100], **few)) is None


def test_features_that_are_all_alike():
    ids = rows()
    model = MeanOfWords()
    one = case(ids, model, **right(ids))
    assert cannot_overfit.look(one) is None
    model.norm.gamma.assign(np.full(HIDDEN, 1e-9))  # what is left is the offset
    model.norm.beta.assign(np.ones(HIDDEN))
    found = cannot_overfit.look(case(ids, model, **right(ids)))
    assert (found.name, found.severity) == ("cannot-overfit", "warning")


@pytest.mark.parametrize("module", EVERY, ids=[m.SYMPTOM.name for m in EVERY])
def test_missing_evidence_is_silent(module):
    assert module.look(Case()) is None
    ids = rows()
    whole = case(ids, **right(ids))
    assert module.look(Case(model=whole.model)) is None
    if module is not attention_mask_missing:  # the inputs alone say that
        assert module.look(Case(train=case(ids).train)) is None
