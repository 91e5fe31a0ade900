"""What a model says, for each task, from logits whose probabilities are known."""

import itertools

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.evaluation import Decider, WordLogits, sigmoid, softmax

TAGS = ("O", "B-x", "I-x", "B-y", "I-y")
SINGLE = np.log(np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]]))  # softmax gives these back
MULTI = np.array([[2.0, -1.0, 0.25], [-3.0, -2.0, -1.0], [4.0, 0.0, 1e-6]])
NUMBERS = np.array([[0.1234567891], [-3.5]], "float32")
WORDS = WordLogits(
    np.log(np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])), np.array([0, 2, 2, 3])
)


def decider(task, labels=("a", "b", "c"), **settings):
    return Decider(task, labels, **settings)


def test_one_label():
    single = decider("single-label")
    assert single.decide(SINGLE) == ["b", "a"]
    np.testing.assert_allclose(single.probabilities(SINGLE), np.exp(SINGLE))
    assert list(single.lines(SINGLE)) == [
        {"label": "b", "score": 0.5},
        {"label": "a", "score": 0.7},
    ]
    assert list(single.lines(SINGLE, all_scores=True))[0] == {
        "label": "b",
        "score": 0.5,
        "scores": {"a": 0.2, "b": 0.5, "c": 0.3},
    }


def test_several_labels():
    """Above one half, which a logit of 0 is not."""
    multi = decider("multi-label")
    assert multi.decide(MULTI) == [["a", "c"], [], ["a", "c"]]
    np.testing.assert_allclose(multi.probabilities(MULTI), 1 / (1 + np.exp(-MULTI)))
    p = np.round(1 / (1 + np.exp(-MULTI)), 6).tolist()
    assert list(multi.lines(MULTI)) == [
        {"labels": ["a", "c"], "scores": {"a": p[0][0], "c": p[0][2]}},
        {"labels": [], "scores": {}},
        {"labels": ["a", "c"], "scores": {"a": p[2][0], "c": p[2][2]}},
    ]
    for line, row in zip(multi.lines(MULTI, all_scores=True), p, strict=True):
        assert line["scores"] == dict(zip("abc", row, strict=True))


def test_a_number():
    number = decider("regression", ("LABEL_0",))
    assert number.decide(NUMBERS) == [pytest.approx(0.1234567891, rel=1e-7), -3.5]
    assert all(type(value) is float for value in number.decide(NUMBERS))
    for all_scores in (False, True):
        lines = list(number.lines(NUMBERS, all_scores=all_scores))
        assert lines == [{"value": 0.123457}, {"value": -3.5}]
    with pytest.raises(ArgumentError, match="no probabilities") as error:
        number.probabilities(NUMBERS)
    assert "predict" in error.value.remedy


def test_tags():
    tags = decider("token")
    assert tags.decide(WORDS) == [["c", "a"], [], ["b"]]
    found = tags.probabilities(WORDS)
    assert [len(rows) for rows in found] == [2, 0, 1]
    np.testing.assert_allclose(np.concatenate(found), np.exp(WORDS.logits))
    assert list(tags.lines(WORDS)) == [{"tags": ["c", "a"]}, {"tags": []}, {"tags": ["b"]}]
    lines = list(tags.lines(WORDS, all_scores=True))
    assert lines[0] == {
        "tags": ["c", "a"],
        "scores": [{"a": 0.1, "b": 0.2, "c": 0.7}, {"a": 0.6, "b": 0.3, "c": 0.1}],
    }
    assert lines[1] == {"tags": [], "scores": []}


def random_words(seed):
    generator = np.random.default_rng(seed)
    ends = np.concatenate([[0], np.cumsum(generator.integers(0, 13, 50))])
    return WordLogits(generator.normal(size=(ends[-1], len(TAGS))).astype("float32") * 2, ends)


def breaks(tags):
    """Whether some I- goes on with nothing, by the definition of BIO."""
    return any(
        tag[0] == "I" and (before == "O" or before[2:] != tag[2:])
        for before, tag in itertools.pairwise(["O", *tags])
    )


@pytest.mark.parametrize("seed", range(3))
def test_viterbi_never_breaks_the_scheme(seed):
    logits = random_words(seed)
    best = decider("token", TAGS, scheme="bio").decide(logits)
    valid = decider("token", TAGS, scheme="bio", decoding="viterbi").decide(logits)
    assert [len(tags) for tags in valid] == np.diff(logits.offsets).tolist()
    assert sum(map(breaks, best)) > 20
    assert not any(map(breaks, valid))
    for one, other in zip(best, valid, strict=True):
        assert breaks(one) or one == other


def test_lines_have_the_decoded_tags():
    viterbi = decider("token", TAGS, scheme="bio", decoding="viterbi")
    logits = random_words(7)
    assert [line["tags"] for line in viterbi.lines(logits)] == viterbi.decide(logits)


@pytest.mark.parametrize("scheme", [None, "none", "iob1"])
def test_viterbi_is_argmax_where_nothing_is_forbidden(scheme):
    logits = random_words(8)
    viterbi = decider("token", TAGS, scheme=scheme, decoding="viterbi")
    assert viterbi.decide(logits) == decider("token", TAGS).decide(logits)


@pytest.mark.parametrize(
    "task, labels, logits",
    [
        ("single-label", TAGS, np.zeros((0, 5))),
        ("multi-label", TAGS, np.zeros((0, 5))),
        ("regression", ("LABEL_0",), np.zeros((0, 1))),
        ("token", TAGS, WordLogits(np.zeros((0, 5)), np.zeros(1, int))),
    ],
)
def test_no_rows(task, labels, logits):
    assert decider(task, labels).decide(logits) == []
    assert list(decider(task, labels).lines(logits, all_scores=True)) == []


def test_unknown_decoding():
    with pytest.raises(ArgumentError, match="decoding is 'beam', expected one of argmax, viterbi"):
        decider("token", decoding="beam")


def test_probabilities_of_many_logits():
    logits = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
    np.testing.assert_array_equal(decider("single-label").probabilities(logits), softmax(logits))
    np.testing.assert_array_equal(decider("multi-label").probabilities(logits), sigmoid(logits))
