"""Predictions come back in the order of the rows and of their words."""

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import (
    HeadConfig,
    TFBertForMultiTask,
    TFBertForSequenceClassification,
    TFBertForTokenClassification,
)
from tfclf.data import ONLY_HEAD, EncodedRows
from tfclf.errors import ArgumentError
from tfclf.evaluation import WordLogits, predict_heads, predict_logits, sigmoid, softmax
from tfclf.evaluation.predict import token_batches

MAX_LENGTH = 11
HEADS = (
    HeadConfig("intent", "single-label", ("ask", "tell")),
    HeadConfig("score", "regression", ("LABEL_0",)),
    HeadConfig("slots", "token", ("O", "B-x", "I-x", "B-y")),
)


def encoded(config, lengths, seed=9, **settings):
    """Random tokens in pieces of these lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    generator = np.random.default_rng(seed)
    tokens = generator.integers(5, config.vocab_size, offsets[-1]).astype("int32")
    return EncodedRows(tokens, offsets, None, 0, max(lengths), 0, 0, 0, **settings)


def piece(rows, number):
    return rows.tokens[rows.offsets[number] : rows.offsets[number + 1]][None]


@pytest.fixture(scope="module")
def documents(tiny_config):
    """9 texts, of one window, whose length is its own, or of up to five."""
    generator = np.random.default_rng(2)
    counts = generator.integers(1, 6, 9)
    ends = np.concatenate([[0], np.cumsum(counts)])
    lengths = np.full(ends[-1], MAX_LENGTH)
    lengths[ends[1:] - 1] = generator.integers(2, MAX_LENGTH + 1, 9)  # the last of each text
    return encoded(tiny_config, lengths, row_ends=ends, windowed=True)


# Sentences in pieces, and each token's word there: -1 for the frame and for a word that another
# window has, -2 - word within a word. The fourth sentence has no words.
WORDS = [
    [[-1, 0, 1, -3, 2, -1]],
    [[-1, 0, 1, 2, 3, -1, -1, -1, -1], [-1, -1, -1, 4, 5, -7, 6, -1, -1], [-1, -1, -1, 7, -1]],
    [[-1, 0, -2, -2, -1]],
    [[-1, -1]],
    [[-1, 0, -1, -1], [-1, -1, 1, 2, -1, -1], [-1, -1, 3, -1]],
    [[-1, 0, 1, 2, 3, 4, 5, -1]],
]


@pytest.fixture(scope="module")
def sentences(tiny_config):
    pieces = [words for row in WORDS for words in row]
    ends = np.concatenate([[0], np.cumsum([len(row) for row in WORDS])])
    words = np.array([word for words in pieces for word in words], "int32")
    lengths = [len(words) for words in pieces]
    return encoded(tiny_config, lengths, row_ends=ends, words=words)


def words_one_by_one(rows, logits_of):
    """The logits of each word of each sentence, looked up in its owning window alone."""
    number, sentences = 0, []
    for row in WORDS:
        of_word = {}
        for words in row:
            logits = np.array(logits_of(piece(rows, number)))[0]
            of_word |= {word: logits[i] for i, word in enumerate(words) if word >= 0}
            number += 1
        sentences.append([of_word[word] for word in range(len(of_word))])
    return sentences


def assert_same_words(found, expected):
    assert isinstance(found, WordLogits)
    assert len(found) == len(WORDS)
    assert np.diff(found.offsets).tolist() == [3, 8, 1, 0, 4, 6]
    for logits, wanted in zip(found, expected, strict=True):
        assert logits.dtype == "float32"
        np.testing.assert_allclose(
            logits, np.reshape(wanted, (-1, logits.shape[1])), atol=1e-5, rtol=0
        )


def test_order_and_values(tiny_config):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    rows = encoded(tiny_config, np.random.default_rng(3).integers(2, 30, 19))
    logits = predict_logits(model, rows, batch_size=7)
    alone = [model(piece(rows, number))[0] for number in range(19)]
    np.testing.assert_allclose(logits, alone, atol=1e-5)
    assert logits.dtype == "float32"


def test_pairs_have_their_types(tiny_config):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    lengths = np.random.default_rng(3).integers(4, 20, 8)
    rows = encoded(tiny_config, lengths, second=lengths // 2)
    alone = [
        model(
            {
                "input_ids": piece(rows, number),
                "token_type_ids": (np.arange(length) >= length // 2)[None].astype("int32"),
            }
        )[0]
        for number, length in enumerate(lengths)
    ]
    np.testing.assert_allclose(predict_logits(model, rows, batch_size=5), alone, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_documents_in_windows(tiny_config, documents, pooling):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    model.window_pooling = pooling
    ends = documents.row_ends
    expected = [
        getattr(np, pooling)(
            [np.array(model(piece(documents, i)))[0] for i in range(begin, end)], axis=0
        )
        for begin, end in zip(ends[:-1], ends[1:], strict=True)
    ]
    logits = predict_logits(model, documents, batch_size=4)
    np.testing.assert_allclose(logits, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_words_in_windows(tiny_config, sentences, batch_size):
    model = randomised(TFBertForTokenClassification(tiny_config))
    found = predict_logits(model, sentences, batch_size=batch_size)
    assert_same_words(found, words_one_by_one(sentences, model))


def test_several_tasks(tiny_config, documents):
    model = randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS[:2])))
    found = predict_heads(model, documents, batch_size=5)
    assert {name: logits.shape for name, logits in found.items()} == {
        "intent": (9, 2),
        "score": (9, 1),
    }
    for name, logits in found.items():
        single = model.single_task(name)
        expected = predict_heads(single, documents, batch_size=5)
        assert list(expected) == [ONLY_HEAD]
        np.testing.assert_allclose(logits, expected[ONLY_HEAD], atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch_size", [2, 64])
def test_words_and_texts_at_once(tiny_config, sentences, batch_size):
    """Of a text in several windows the first speaks for all."""
    model = randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS)))
    found = predict_heads(model, sentences, batch_size=batch_size)
    assert_same_words(found["slots"], words_one_by_one(sentences, lambda ids: model(ids)["slots"]))
    for name in ("intent", "score"):
        firsts = [model(piece(sentences, i))[name][0] for i in sentences.row_ends[:-1]]
        assert found[name].shape == (6, model.config.heads[name == "score"].num_outputs)
        np.testing.assert_allclose(found[name], firsts, atol=1e-5, rtol=0)


def test_a_label_for_a_text_that_is_given_in_words(tiny_config, sentences):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    firsts = [model(piece(sentences, i))[0] for i in sentences.row_ends[:-1]]
    logits = predict_logits(model, sentences, batch_size=3)
    np.testing.assert_allclose(logits, firsts, atol=1e-5, rtol=0)


def test_a_model_is_the_same_afterwards(tiny_config, sentences, tmp_path):
    """Neither its weights nor what is saved of it have changed."""
    model = randomised(TFBertForTokenClassification(tiny_config))
    paths = [weight.path for weight in model.weights]
    before = predict_logits(model, sentences)
    assert [weight.path for weight in model.weights] == paths
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        predict_logits(loaded, sentences).logits, before.logits, atol=1e-5, rtol=0
    )


def test_new_weights_count_at_once(tiny_config, sentences):
    model = randomised(TFBertForTokenClassification(tiny_config))
    predict_logits(model, sentences)
    randomised(model, seed=6)
    assert_same_words(predict_logits(model, sentences), words_one_by_one(sentences, model))


def test_batches_of_tokens():
    """Every item once, in batches that are full: the next item would not have had room."""
    lengths = np.random.default_rng(7).integers(2, 50, 300)
    batches = token_batches(lengths, 96)
    assert np.concatenate([batch.indices for batch in batches]).tolist() == (
        np.argsort(lengths, kind="stable").tolist()
    )
    for batch, following in zip(batches, [*batches[1:], None], strict=True):
        assert batch.length == lengths[batch.indices].max()
        assert batch.length * len(batch.indices) <= 96
        if following is not None:
            assert lengths[following.indices[0]] * (len(batch.indices) + 1) > 96
    assert [len(batch.indices) for batch in token_batches(np.array([7, 100, 7]), 50)] == [2, 1]
    few = token_batches(np.full(7, 3), 96, batch_size=3)
    assert [len(batch.indices) for batch in few] == [3, 3, 1]
    assert token_batches(np.array([], "int64"), 96) == []


def test_a_batch_size_below_1(tiny_config):
    model = TFBertForSequenceClassification(tiny_config)
    with pytest.raises(ArgumentError, match="batch size is 0"):
        predict_logits(model, encoded(tiny_config, [3, 4]), batch_size=0)


def test_rows_are_counted(tiny_config, sentences):
    """Each row once, however many windows it has."""
    model = randomised(TFBertForTokenClassification(tiny_config))
    told = []
    predict_heads(model, sentences, batch_size=2, progress=told.append)
    assert len(told) == 5 and sum(told) == len(WORDS)


def test_one_graph_for_all_shapes(tiny_config):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    calls, call = [], model.call
    model.call = lambda *arguments, **how: calls.append(1) or call(*arguments, **how)
    for lengths in ([3, 5, 9], [4, 4], [30]):
        predict_logits(model, encoded(tiny_config, lengths), batch_size=2)
    assert len(calls) == 1  # of Python; what it built is run for every batch


def test_another_pooling_counts_at_once(tiny_config, documents):
    model = randomised(TFBertForSequenceClassification(tiny_config))
    model.window_pooling = "mean"
    mean = predict_logits(model, documents)
    model.window_pooling = "max"
    assert (predict_logits(model, documents) >= mean - 1e-5).all()
    assert (predict_logits(model, documents) > mean + 1e-3).any()


def test_other_rows_compile_nothing_on_jax(tiny_config):
    """JAX runs the model's Python once a shape; 8, 12, 16, 24 and 30 tokens are the lengths."""
    model = randomised(TFBertForSequenceClassification(tiny_config))
    shapes, call = [], model.call
    model.call = lambda ids, *more, **how: (
        shapes.append(ids["input_ids"].shape) or call(ids, *more, **how)
    )
    for seed in (3, 4):
        lengths = np.random.default_rng(seed).integers(2, 31, 900)
        lengths[0] = 30
        predict_logits(model, encoded(tiny_config, lengths))
        assert {length for _, length in shapes} == {8, 12, 16, 24, 30}
    full = {(1_024 // length, length) for length in (8, 12, 16, 24, 30)}
    assert full < set(shapes)
    assert len(shapes) <= len(full) + 2  # and at most one short batch each time


def test_probabilities():
    logits = np.random.default_rng(4).normal(size=(7, 3)) * 5
    np.testing.assert_allclose(
        softmax(logits), np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    )
    np.testing.assert_allclose(sigmoid(logits), 1 / (1 + np.exp(-logits)))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_array_equal(sigmoid(np.array([1e30, -1e30])), [1, 0])
