"""The best sequence against TensorFlow Addons and against all sequences."""

import itertools

import numpy as np
import pytest

from tfclf.errors import ArgumentError, DataError
from tfclf.evaluation.viterbi import decode_tags, viterbi

LABELS = ["B-x", "O", "I-y", "B-y", "I-x"]
IOBES = ["O", "E-x", "S-y", "B-x", "I-x"]


def test_against_tensorflow_addons(oracle):
    with np.load(oracle / "tfa_crf.npz") as arrays:
        assert arrays["potentials"].shape == (6, 9, 4)
        for i, length in enumerate(arrays["lengths"]):
            tags, score = viterbi(arrays["potentials"][i, :length], arrays["transitions"])
            assert tags.tolist() == arrays["decoded"][i, :length].tolist()
            assert tags.dtype == "int32"
            assert score == pytest.approx(float(arrays["best_score"][i]), rel=1e-6)


@pytest.mark.parametrize("words", [1, 2, 5])
@pytest.mark.parametrize("seed", range(5))
def test_against_all_sequences(words, seed):
    generator = np.random.default_rng(seed)
    labels = 4
    potentials = generator.normal(size=(words, labels))
    transitions = generator.normal(size=(labels, labels))
    transitions[generator.random((labels, labels)) < 0.2] = -np.inf
    start, end = generator.normal(size=(2, labels))

    def score_of(tags):
        inner = sum(transitions[a, b] for a, b in itertools.pairwise(tags))
        return start[tags[0]] + potentials[np.arange(words), tags].sum() + inner + end[tags[-1]]

    best = max(itertools.product(range(labels), repeat=words), key=score_of)
    tags, score = viterbi(potentials, transitions, start, end)
    assert tuple(tags) == best
    assert score == pytest.approx(score_of(best), abs=1e-12)


def test_no_words():
    tags, score = viterbi(np.zeros((0, 3)), np.zeros((3, 3)), np.ones(3))
    assert (tags.tolist(), tags.dtype, score) == ([], "int32", 0.0)


def test_all_is_forbidden():
    assert viterbi(np.zeros((2, 3)), np.full((3, 3), -np.inf))[1] == -np.inf


def test_shapes_have_to_fit():
    with pytest.raises(ArgumentError, match=r"of 3 labels, got transitions \(2, 2\)"):
        viterbi(np.zeros((5, 3)), np.zeros((2, 2)))
    with pytest.raises(ArgumentError, match=r"end \(4,\)"):
        viterbi(np.zeros((5, 3)), np.zeros((3, 3)), end=np.zeros(4))


def follows(before, tag, scheme):
    """Whether a tag may follow another, None at the ends of a sentence, by the schemes' words."""
    letter, type_ = tag[0] if tag else "O", tag[2:] if tag else ""
    goes_on = bool(before and before[0] in "BI" and letter in "IE" and before[2:] == type_)
    if scheme == "bio":
        return goes_on or letter != "I"
    return goes_on or (letter not in "IE" and (not before or before[0] not in "BI"))


@pytest.mark.parametrize(("labels", "scheme"), [(LABELS, "bio"), (IOBES, "iobes")])
@pytest.mark.parametrize("words", [1, 3, 4])
@pytest.mark.parametrize("seed", range(8))
def test_decoding_against_all_sequences(labels, scheme, words, seed):
    logits = (
        np.random.default_rng(seed).normal(scale=3, size=(words, len(labels))).astype("float32")
    )
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    valid = [
        tags
        for tags in itertools.product(range(len(labels)), repeat=words)
        if all(
            follows(before, tag, scheme)
            for before, tag in itertools.pairwise([None, *(labels[tag] for tag in tags), None])
        )
    ]
    best = max(valid, key=lambda tags: p[np.arange(words), tags].prod())
    tags = decode_tags(logits, labels, scheme)
    assert tuple(tags) == best
    assert tags.dtype == "int32"


@pytest.mark.parametrize("scheme", ["none", "iob1"])
def test_decoding_is_argmax_where_all_is_allowed(scheme):
    logits = np.random.default_rng(2).normal(size=(70, 5))
    np.testing.assert_array_equal(decode_tags(logits, LABELS, scheme), logits.argmax(-1))


def test_decoding_is_argmax_where_that_is_valid():
    """Even among equals, of which argmax takes the first."""
    logits = np.array([[2.0, 2, 0], [1, 3, 3], [0, 0, 0]])
    assert decode_tags(logits, ["B-x", "I-x", "O"], "bio").tolist() == [0, 1, 0]


def test_decoding_is_argmax_where_no_sequence_is_valid():
    logits = np.array([[0.0, 1], [2, 1], [0, 3]])
    assert decode_tags(logits, ["I-x", "I-y"], "bio").tolist() == [1, 0, 1]
    assert decode_tags(logits[:1], ["B-x", "E-x"], "iobes").tolist() == [1]


def test_decoding_no_words():
    assert decode_tags(np.zeros((0, 5)), LABELS, "bio").tolist() == []


def test_decoding_survives_great_logits():
    logits = np.array([[0, 9e4, 8.9e4], [0, 9e4, 1]], "float32")
    # I-x may not begin; O costs 1,000 there and 89,999 in the second word, B-x 90,000 and nothing.
    assert decode_tags(logits, ["B-x", "I-x", "O"], "bio").tolist() == [0, 1]


def test_decoding_refuses_what_does_not_fit():
    with pytest.raises(ArgumentError, match=r"expected logits \(words, 5\)"):
        decode_tags(np.zeros((3, 4)), LABELS, "bio")
    with pytest.raises(ArgumentError, match="unknown tag scheme 'bilou'"):
        decode_tags(np.zeros((3, 5)), LABELS, "bilou")
    with pytest.raises(DataError, match="not of the tag scheme bio: 'NOUN'"):
        decode_tags(np.zeros((3, 2)), ["O", "NOUN"], "bio")
