"""Texts that say the same in nearly the same letters, found among many."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfclf.data import Rows
from tfclf.errors import ArgumentError

SIMILARITY = 0.9  # from which on two texts are close
GRAM = 3  # letters; sets of longer ones miss more typing errors and find as many false pairs
# Marks that a text is no other text without: quotes vanish, the rest separate words.
MARKS = str.maketrans(
    dict.fromkeys("'\"\u2018\u2019\u201c\u201d", "") | dict.fromkeys(".,;:!?", " ")
)
BUCKETS = 2**20  # that trigrams are hashed into
AT_ONCE = 2**22  # similarities held in memory at a time: 32 MiB


class Nearest(NamedTuple):
    """What is closest to each text.

    Attributes:
        number: Number of the closest text, shape (texts,), int64; -1 where none has anything in
            common. The first of several.
        similarity: How close it is, shape (texts,), float64, in [0, 1].
    """

    number: np.ndarray
    similarity: np.ndarray


class _Grams(NamedTuple):
    """Sets of trigrams: a sparse matrix (texts, buckets) of ones, and the size of each set."""

    matrix: Any
    sizes: np.ndarray


def fold(text: str) -> str:
    """Takes away what makes no other text: case, spacing, forms of a letter.

    Example:
    >>> fold("  Where   IS my ＣＡＲＤ? ")
    'where is my card?'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_marks(text: str) -> str:
    """Folds a text and takes its marks away; a text of nothing else keeps them.

    Example:
    >>> without_marks("I don't know..."), without_marks("?!")
    ('i dont know', '?!')
    """
    folded = fold(text)
    return " ".join(folded.translate(MARKS).split()) or folded


def nearest(texts: Sequence[str], among: Iterable[Sequence[str]]) -> Nearest:
    """Finds the closest text of each.

    The similarity of two texts, folded and without marks, with a blank at either end, is that of
    their sets of trigrams, ``|A and B| / sqrt(|A| |B|)`` (Ochiai 1957): the cosine of two vectors
    of zeros and ones. It is 1 for equal texts, and depends on nothing but the two. Sets rather than
    counts keep long texts of one language apart, whose counts of trigrams all look alike.

    Memory stays under 1 GiB. One core compares 5,000 texts of 65 letters with 50,000 in some ten
    seconds; ten times the letters take nearly ten times as long.

    Args:
        texts: The texts to find something for.
        among: The texts to look among, in parts that fit in memory, such as ``Rows.texts()``.

    Returns:
        The number and the similarity of the closest text.

    Example:
    >>> found = nearest(["Where is my card", "refund"], [["Hello", "where is my card?"]])
    >>> found.number.tolist(), found.similarity.round(2).tolist()
    ([1, -1], [1.0, 0.0])
    """
    queries = _grams(texts)
    number, best = np.full(len(texts), -1), np.zeros(len(texts))
    seen = 0
    for part in among:
        for start, similar in _similarities(queries, _grams(part)):
            closest = similar.argmax(1)
            values = similar[np.arange(len(similar)), closest]
            better = start + np.flatnonzero(values > best[start : start + len(similar)])
            number[better] = seen + closest[better - start]
            best[better] = values[better - start]
        seen += len(part)
    return Nearest(number, best)


def close_to(texts: Sequence[str], rows: Rows, similarity: float = SIMILARITY) -> np.ndarray:
    """Tells which texts are close to a row.

    Args:
        texts: The texts.
        rows: The rows to look among.
        similarity: From which similarity on, in (0, 1].

    Returns:
        Shape (texts,), bool.

    Raises:
        ArgumentError: The similarity is out of range.
    """
    check_similarity(similarity)
    return nearest(texts, rows.texts()).similarity >= similarity


def repeats(texts: Sequence[str], similarity: float = SIMILARITY) -> np.ndarray:
    """Finds the texts that are close to an earlier one, of which the first is kept.

    A text is compared with the earlier ones that are kept, so that a chain of small changes does
    not lose its far end.

    Args:
        texts: The texts.
        similarity: From which similarity on, in (0, 1].

    Returns:
        Number of the earlier text, shape (texts,), int64; -1 where the text is kept.

    Raises:
        ArgumentError: The similarity is out of range.

    Example:
    >>> repeats(["I lost my card", "no refund", "i lost  my CARD"]).tolist()
    [-1, -1, 0]
    """
    check_similarity(similarity)
    grams = _grams(texts)
    earlier = np.full(len(texts), -1)
    kept = np.zeros(len(texts), bool)
    for start, similar in _similarities(grams, grams):
        for row, close in enumerate(similar >= similarity, start):
            found = np.flatnonzero(close[:row] & kept[:row])
            if len(found):
                earlier[row] = found[0]
            else:
                kept[row] = True
    return earlier


def check_similarity(similarity: float) -> None:
    """Raises where a similarity is out of range."""
    if not 0 < similarity <= 1:
        raise ArgumentError(f"similarity is {similarity}, expected a number above 0 and up to 1")


def _grams(texts: Sequence[str]) -> _Grams:
    """Returns the set of trigrams of each text."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer="char",
        ngram_range=(GRAM, GRAM),
        n_features=BUCKETS,
        alternate_sign=False,
        binary=True,
        lowercase=False,
        norm=None,
        dtype=np.float32,
    )
    # Blanks at the ends let the first and the last word count like those between them. The text
    # behind them is there because scikit-learn takes no empty list.
    matrix = hashing.transform([*(f" {without_marks(text)} " for text in texts), ""])[:-1]
    return _Grams(matrix, np.diff(matrix.indptr).astype("int64"))


def _similarities(queries: _Grams, others: _Grams) -> Iterator[tuple[int, np.ndarray]]:
    """Yields the first of some queries and their similarities, shape (some, others)."""
    if not len(others.sizes):
        return
    transposed = others.matrix.T.tocsr()
    step = max(1, AT_ONCE // len(others.sizes))
    for start in range(0, len(queries.sizes), step):
        common = (queries.matrix[start : start + step] @ transposed).toarray().astype("float64")
        sizes = np.outer(queries.sizes[start : start + step], others.sizes)
        yield start, common / np.sqrt(np.maximum(sizes, 1))
