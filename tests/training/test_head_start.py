"""A new head starts at a probe of its encoder, and what the loss expects is added."""

import numpy as np
import pytest

from tfclf import Recipe, TFBertForMultiTask, TFBertForSequenceClassification
from tfclf.data import LabelMap, LongText, Tokenizer, encode_rows, read_rows, row_labels
from tfclf.evaluation import predict_heads, predict_logits
from tfclf.models import HeadConfig
from tfclf.tasks import Head
from tfclf.training import HeadPlan, head_start, linear_layer, log_prior, start_heads
from tfclf.training.features import pooled_outputs
from tfclf.training.loss_table import make_loss
from tfclf.training.probe import fit_probe

WORDS = ("good", "bad", "ugly")
COUNTS = (23, 11, 6)


@pytest.fixture(scope="module")
def rows():
    labels = np.repeat(WORDS, COUNTS)
    order = np.random.default_rng(0).permutation(len(labels))
    texts = [f"the film was {labels[i]} {'abcdefg'[i % 7]}" for i in order]
    return read_rows((texts, labels[order].tolist()), task="single-label")


def encoded(rows, folder, **settings):
    labels = LabelMap(WORDS)
    form = row_labels(rows.target, labels)
    return encode_rows(rows, Tokenizer(folder), 19, labels=form, **settings)


def plan_of(rows):
    labels = LabelMap(WORDS)
    counts = np.bincount(labels.ids(rows), minlength=len(WORDS))
    return HeadPlan(rows.target.head, labels, counts)


def loaded(folder, **changes):
    return TFBertForSequenceClassification.from_pretrained(folder, id2label=WORDS, **changes)


def test_the_features_are_the_pooled_outputs_in_order(tiny_encoder, rows):
    model, some = loaded(tiny_encoder), encoded(rows, tiny_encoder)
    items = np.array([7, 2, 31, 5])
    found = pooled_outputs(model, some, items)
    for vector, item in zip(found, items, strict=True):
        inputs = some.padded(np.array([item]), 12)
        expected = model.bert(inputs, training=False).pooler_output[0]
        np.testing.assert_allclose(vector, expected, atol=1e-6)


def test_the_features_of_windows_are_their_mean(tiny_encoder):
    texts = ["good", "the film was bad and the film was ugly and so good a b c d e f g"]
    rows = read_rows((texts, ["good", "bad"]), task="single-label")
    model = loaded(tiny_encoder)
    windows = encode_rows(rows, Tokenizer(tiny_encoder), 9, long_text=LongText("windows"))
    model.classifier.kernel.assign(np.eye(12, 3))
    model.classifier.bias.assign(np.zeros(3))
    found = pooled_outputs(model, windows, np.arange(2))
    # A head that hands three of the numbers on: its pooled logits are theirs.
    np.testing.assert_allclose(found[:, :3], predict_logits(model, windows), atol=1e-6)


def test_the_head_is_the_probe(tiny_encoder, rows):
    model, some = loaded(tiny_encoder), encoded(rows, tiny_encoder)
    assert start_heads(model, some, [plan_of(rows)], {}) == ["classifier"]
    vectors = pooled_outputs(model, some, np.arange(len(rows)))
    probe = fit_probe(vectors, some.labels, np.arange(len(rows)), len(WORDS))
    np.testing.assert_allclose(predict_logits(model, some), probe.logits(vectors), atol=1e-4)


def test_what_the_loss_expects_is_added(tiny_encoder, rows):
    some, plan = encoded(rows, tiny_encoder), plan_of(rows)
    prior = np.array([0.5, -0.2, -0.3])
    plain, shifted = (loaded(tiny_encoder) for _ in range(2))
    start_heads(plain, some, [plan], {})
    start_heads(shifted, some, [plan], {"classifier": prior})
    np.testing.assert_allclose(shifted.classifier.bias - plain.classifier.bias, prior, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"head_hidden_size": 7}])
def test_a_stored_or_a_deeper_head_is_left_alone(tiny_encoder, rows, tmp_path, settings):
    model = loaded(tiny_encoder, **settings)
    if not settings:
        model.save_pretrained(tmp_path)
        model = TFBertForSequenceClassification.from_pretrained(tmp_path)
    before = linear_layer(model, "classifier").kernel.numpy()
    assert start_heads(model, encoded(rows, tiny_encoder), [plan_of(rows)], {}) == []
    np.testing.assert_array_equal(linear_layer(model, "classifier").kernel, before)


def test_each_head_over_texts_has_its_own_probe(tiny_encoder):
    heads = (
        Head("kind", "single-label", "kind"),
        Head("price", "regression", "price"),
        Head("words", "multi-label", "words"),
    )
    texts = [f"{word} {letter}" for word in WORDS for letter in "abcd"]
    columns = {
        "kind": [text.split()[0] for text in texts],
        "price": [float(i % 5) if i else None for i in range(len(texts))],
        "words": [[text.split()[0]] if i % 4 else [] for i, text in enumerate(texts)],
    }
    frame = [
        {"text": text, **{k: v[i] for k, v in columns.items()}} for i, text in enumerate(texts)
    ]
    import pandas as pd

    rows = read_rows(pd.DataFrame(frame), heads=heads)
    labels = {name: LabelMap.from_rows(rows, name) for name in rows.targets}
    model = TFBertForMultiTask.from_pretrained(
        tiny_encoder,
        heads=tuple(
            HeadConfig(head.name, head.task, labels[head.name].names or ("LABEL_0",))
            for head in heads
        ),
    )
    forms = {name: row_labels(target, labels[name]) for name, target in rows.targets.items()}
    some = encode_rows(rows, Tokenizer(tiny_encoder), 19, labels=forms)
    plans = [HeadPlan(head, labels[head.name], np.array([1])) for head in heads]
    assert start_heads(model, some, plans, {}) == ["kind", "price", "words"]
    vectors = pooled_outputs(model, some, np.arange(len(rows)))
    for name, logits in predict_heads(model, some).items():
        probe = fit_probe(vectors, forms[name], np.arange(len(rows)), logits.shape[-1])
        np.testing.assert_allclose(logits, probe.logits(vectors), atol=1e-4)


def test_many_rows_are_drawn_and_rare_ones_kept(tiny_encoder, rows, monkeypatch):
    monkeypatch.setattr(head_start, "MOST_ROWS", 18)
    some = encoded(rows, tiny_encoder)
    items = head_start._drawn(some.labels, some, seed=0)
    # Six of the rarest, so six of each.
    assert np.bincount(some.labels.ids[items]).tolist() == [6, 6, 6]
    assert len(set(items.tolist())) == 18
    assert items.tolist() != head_start._drawn(some.labels, some, seed=1).tolist()


def first_loss(rows, folder, recipe, shift):
    """The loss of a head that starts at a probe with something added."""
    model, some, plan = loaded(folder), encoded(rows, folder), plan_of(rows)
    start_heads(model, some, [plan], {"classifier": shift})
    loss = make_loss(plan, recipe)
    return float(loss(some.labels.ids, predict_logits(model, some)))


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "cross-entropy", "class_weights": "none"},
        {"loss": "cross-entropy", "class_weights": "inverse"},
        {"loss": "cross-entropy", "class_weights": (1.0, 2.0, 0.5)},
        {"loss": "logit-adjusted", "class_weights": "none"},
        {"loss": "logit-adjusted", "class_weights": "none", "tau": 0.5},
    ],
    ids=str,
)
def test_the_first_loss_is_least_with_the_prior_that_it_sees(tiny_encoder, rows, settings):
    """Moving the bias away from the prior, half of it or half more, makes the loss larger."""
    recipe, plan = Recipe(sampling="none", **settings), plan_of(rows)
    prior = log_prior(plan, recipe, plan.counts)
    here = first_loss(rows, tiny_encoder, recipe, prior)
    if np.ptp(prior) > 1e-9:
        assert here < first_loss(rows, tiny_encoder, recipe, 0.5 * prior)
        assert here < first_loss(rows, tiny_encoder, recipe, 1.5 * prior)
    else:
        counts = np.log(plan.counts / plan.counts.sum())
        assert here < first_loss(rows, tiny_encoder, recipe, counts)


def test_what_loss_and_weights_see_of_the_counts(rows):
    plan = plan_of(rows)
    logs = np.log(COUNTS)[[list(WORDS).index(w) for w in plan.labels.names]]
    logs = logs - logs.mean()

    def seen(drawn=plan.counts, **settings):
        return log_prior(plan, Recipe(sampling="none", **settings), drawn)

    plain = {"loss": "cross-entropy", "class_weights": "none"}
    np.testing.assert_allclose(seen(**plain), logs)
    np.testing.assert_allclose(seen(np.array([9, 9, 9]), **plain), 0, atol=1e-12)
    weighted = {"loss": "focal", "class_weights": "inverse"}
    np.testing.assert_allclose(seen(**weighted), 0, atol=1e-12)
    own = seen(loss="class-balanced-focal", class_weights="none")
    np.testing.assert_allclose(own, seen(loss="focal", class_weights="effective"))
    late = seen(loss="ldam", class_weights="inverse", reweight_epoch=2)
    np.testing.assert_allclose(late, logs)
    half = seen(loss="logit-adjusted", class_weights="none", tau=0.25)
    np.testing.assert_allclose(half, 0.75 * logs)
