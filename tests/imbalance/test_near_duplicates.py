"""Texts that are nearly the same."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from tfclf.data import read_rows
from tfclf.errors import ArgumentError
from tfclf.imbalance import near_duplicates
from tfclf.imbalance.near_duplicates import close_to, fold, nearest, repeats, without_marks

WORDS = "where is my card the refund never came please block it now thank you".split()


def sentences(count, seed):
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, generator.integers(2, 9))) for _ in range(count)]


def test_folding():
    # NFKC: full-width letters and the ligature; casefold: the sharp s; then the spaces.
    assert fold("\u00a0 ＡＢ\tﬁ  STRASSE straße ") == "ab fi strasse strasse"
    assert fold("   ") == ""


@pytest.mark.parametrize(
    "text, same",
    [
        ("I lost my card", "i lost  my card!!"),
        ("I don't know", "I don’t know."),
        ("“Yes”, he said", "yes: he said?"),
    ],
)
def test_marks_make_no_other_text(text, same):
    assert nearest([text], [[same]]).similarity.tolist() == [1]


@pytest.mark.parametrize("text, other", [("C++ or C#?", "C or C?"), ("?!", "!?!?"), ("3-1", "31")])
def test_signs_that_mean_something_stay(text, other):
    assert nearest([text], [[other]]).similarity[0] < 1
    assert without_marks("?!") == "?!"


def test_the_similarity_by_hand():
    # abc has the trigrams {" ab", "abc", "bc "} and abd has {" ab", "abd", "bd "}: they share one
    # of three each, 1 / sqrt(3 * 3). abcd has {" ab", "abc", "bcd", "cd "} and shares two with abc,
    # 2 / sqrt(3 * 4). aaaaa has {" aa", "aaa", "aa "} only, however often.
    assert nearest(["abc"], [["abd"]]).similarity[0] == pytest.approx(1 / 3, rel=1e-12)
    assert nearest(["abc"], [["abcd"]]).similarity[0] == pytest.approx(2 / 12**0.5, rel=1e-12)
    assert nearest(["aaaaa"], [["aaaa"]]).similarity[0] == 1


def test_it_is_scikit_learns_cosine_of_sets():
    texts, among = sentences(23, 1), sentences(41, 2)
    grams = CountVectorizer(analyzer="char", ngram_range=(3, 3), binary=True)
    grams.fit([f" {text} " for text in texts + among])
    cosines = cosine_similarity(*(grams.transform([f" {t} " for t in x]) for x in (texts, among)))
    found = nearest(texts, [among[:17], among[17:]])
    np.testing.assert_allclose(found.similarity, cosines.max(1), rtol=1e-12)
    np.testing.assert_array_equal(found.number, cosines.argmax(1))


def test_parts_and_blocks_change_nothing(monkeypatch):
    texts, among = sentences(19, 3), sentences(31, 4)
    whole, later = nearest(texts, [among]), repeats(texts + among, 0.8)
    monkeypatch.setattr(near_duplicates, "AT_ONCE", 70)
    for cut in (1, 7, 30):
        parts = nearest(texts, [among[:cut], [], among[cut:]])
        np.testing.assert_array_equal(parts.number, whole.number)
        np.testing.assert_array_equal(parts.similarity, whole.similarity)
    np.testing.assert_array_equal(repeats(texts + among, 0.8), later)


def test_it_is_symmetric():
    for one, other in zip(sentences(7, 5), sentences(7, 8), strict=True):
        there, back = nearest([one], [[other]]), nearest([other], [[one]])
        assert there.similarity == back.similarity


def test_nothing_in_common():
    found = nearest(["abc", "", "xyz"], [["qrs", ""], []])
    assert (found.number.tolist(), found.similarity.tolist()) == ([-1] * 3, [0.0] * 3)
    assert nearest(["abc"], []).number.tolist() == [-1]
    assert nearest([], [["abc"]]).number.shape == (0,)
    assert repeats([]).shape == (0,)


def test_other_scripts():
    found = nearest(["我的银行卡在哪里", "мой КАРТА"], [["我的银行卡在哪里？", "мой карта"]])
    assert (found.number.tolist(), found.similarity.tolist()) == ([0, 1], [1.0, 1.0])


def test_long_texts_of_one_language_stay_apart():
    """By counts of trigrams these two have a cosine of nearly 1."""
    one, other = (" ".join(sentences(700, seed)) for seed in (6, 7))
    counts = CountVectorizer(analyzer="char", ngram_range=(3, 3)).fit_transform([one, other])
    assert cosine_similarity(counts)[0, 1] > 0.95
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
    halves = [" ".join(words[k::2]) for k in (0, 1)]
    assert nearest([halves[0]], [[halves[1]]]).similarity[0] < 0.5


def test_of_several_the_first_is_kept():
    # abc and abcd: 0.577; abcd and abcde: 3 / sqrt(4 * 5) = 0.671; abc and abcde: 2 / sqrt(15).
    texts = ["abc", "abcd", "abcde", "ABC"]
    assert repeats(texts, 0.65).tolist() == [-1, -1, 1, 0]
    # With 0.55 the second is close to the first. The third is close to the second alone, which is
    # gone, and stays.
    assert repeats(texts, 0.55).tolist() == [-1, 0, -1, 0]


def test_close_to_rows():
    rows = read_rows((["abc", "xyz"], ["a", "b"]))
    assert close_to(["abcd", "ABC.", "none"], rows, 0.5).tolist() == [True, True, False]
    assert close_to(["abcd", "ABC.", "none"], rows).tolist() == [False, True, False]
    assert close_to(["abc"], rows, 1).tolist() == [True]


@pytest.mark.parametrize("similarity", [0, -1, 1.01, float("nan")])
def test_bad_similarity(similarity):
    with pytest.raises(ArgumentError, match="expected a number above 0 and up to 1"):
        repeats(["a"], similarity)
    with pytest.raises(ArgumentError, match="expected a number above 0 and up to 1"):
        close_to(["a"], read_rows((["abc"], ["a"])), similarity)
