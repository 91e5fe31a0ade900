"""What becomes of each character: the Rust normaliser and pre-tokenizer, asked one by one.

Cleaning, lower-casing, taking accents away, spacing of CJK characters and splitting at punctuation
are each a function of one code point, and so is their composition. Python's own Unicode tables are
of another version than theirs; hence they are asked.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfclf.export.flat.code_points import NUM_CODE_POINTS, SURROGATES

REPLACEMENT = "\ufffd"  # what stands for bytes that are no UTF-8

SEPARATOR, ISOLATED, LETTER = range(3)  # white space, punctuation, all else
LEFT_OVER = ("\U0001d165", "\u302e")  # marks of class 216 and 224 that every BERT normaliser leaves


class Characters(NamedTuple):
    """What a normaliser and a pre-tokenizer make of every character.

    Attributes:
        offsets: First code point of what becomes of each one, and the end of the last,
            shape (0x110001,), int32.
        outputs: Code points that they become, one's behind the other's, int32.
        kinds: ``SEPARATOR``, ``ISOLATED`` or ``LETTER`` for each normalised character,
            shape (0x110000,), uint8.
    """

    offsets: np.ndarray
    outputs: np.ndarray
    kinds: np.ndarray

    def normalize(self, text: str) -> list[int]:
        """Returns the code points that a text becomes."""
        parts = [self.outputs[self.offsets[c] : self.offsets[c + 1]] for c in map(ord, text)]
        return [int(code) for part in parts for code in part]


@functools.lru_cache(maxsize=4)
def read_characters(normalizer: str, pre_tokenizer: str) -> Characters:
    """Asks for every character; a second or two, once for each kind of tokenizer.

    Args:
        normalizer: The normaliser's part of ``tokenizer.json``, as JSON.
        pre_tokenizer: The same of the pre-tokenizer.
    """
    rust = _rust(normalizer, pre_tokenizer)
    normalize = str if rust.normalizer is None else rust.normalizer.normalize_str
    normalized = [
        normalize(REPLACEMENT if code in SURROGATES else chr(code))
        for code in range(NUM_CODE_POINTS)
    ]
    lengths = np.fromiter(map(len, normalized), "int32", NUM_CODE_POINTS)
    outputs = np.frombuffer("".join(normalized).encode("utf-32-le"), "int32")
    return Characters(
        np.concatenate([[0], np.cumsum(lengths)]).astype("int32"),
        outputs,
        _kinds(rust.pre_tokenizer, np.flatnonzero(np.bincount(outputs)).tolist()),
    )


def _kinds(pre_tokenizer: Any, codes: Sequence[int]) -> np.ndarray:
    """Returns how the pre-tokenizer takes each of some characters."""
    kinds = np.full(NUM_CODE_POINTS, LETTER, "uint8")
    for begin in range(0, len(codes), 10_000):
        some = codes[begin : begin + 10_000]
        # Each stands between two letters: white space vanishes, punctuation is a piece of its own.
        text = "a" + "".join(f"{chr(code)}a" for code in some)
        lengths = np.zeros(len(text), "int32")  # of the piece that each character is in
        for _, (start, end) in pre_tokenizer.pre_tokenize_str(text):
            lengths[start:end] = end - start
        own = lengths[1::2]
        kinds[some] = np.where(own == 0, SEPARATOR, np.where(own == 1, ISOLATED, LETTER))
    return kinds


def marks_in_disorder(normalizer: str, codes: Iterable[int]) -> list[int]:
    """Returns those of some characters whose order beside each other a normaliser changes.

    Canonical decomposition sorts combining marks by their class (UAX #15, section 1.3), which is no
    function of one character. What a BERT normaliser leaves of them are a few marks that take
    space of their own, or that are younger than its tables.

    Args:
        normalizer: The normaliser's part of ``tokenizer.json``, as JSON.
        codes: Code points that it gives out.

    Returns:
        Two marks that it sorts, or none.
    """
    rust = _rust(normalizer).normalizer
    if rust is None:
        return []

    def changes(pair: str) -> bool:
        return rust.normalize_str(pair) != "".join(map(rust.normalize_str, pair))

    marks = [
        code
        for code in codes
        if code not in SURROGATES
        and any(changes(chr(code) + m) or changes(m + chr(code)) for m in LEFT_OVER)
    ]
    for first in marks:
        for second in marks:
            if changes(chr(first) + chr(second)):
                return [second, first]
    return []


@functools.cache
def word_characters() -> np.ndarray:
    """Returns whether each character is one of a word, as the Rust regular expressions have it.

    Asked of a token that counts only as a single word. Shape (0x110000,), bool.
    """
    from tokenizers import AddedToken, Tokenizer, models

    rust = Tokenizer(models.WordPiece({"?": 0}, unk_token="?"))  # noqa: S106 - no password
    rust.add_tokens([AddedToken("\ue000", single_word=True, normalized=False)])
    found = np.ones(NUM_CODE_POINTS, bool)
    codes = [code for code in range(NUM_CODE_POINTS) if code not in SURROGATES and code != 0xE000]
    for begin in range(0, len(codes), 10_000):
        some = np.array(codes[begin : begin + 10_000])
        encoding = rust.encode("".join(f"{chr(code)}\ue000 " for code in some.tolist()))
        own = [
            start // 3
            for number, (start, _) in zip(encoding.ids, encoding.offsets, strict=True)
            if number
        ]
        found[some[own]] = False
    found[0xE000] = found[0xE001]  # the one that asks, and its neighbour in private use
    return found


def _rust(normalizer: str, pre_tokenizer: str = "null") -> Any:
    """Returns a Rust tokenizer that has these parts."""
    from tokenizers import Tokenizer, models

    parts = {"normalizer": json.loads(normalizer), "pre_tokenizer": json.loads(pre_tokenizer)}
    model = models.WordPiece({"?": 0}, unk_token="?")  # noqa: S106 - no password
    bare = json.loads(Tokenizer(model).to_str())
    return Tokenizer.from_str(json.dumps(bare | parts))
