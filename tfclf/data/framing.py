"""Token ids of a text, a pair or the words of a sentence -> the framed pieces that BERT reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tfclf.data.long_text import LongText, pair_lengths
from tfclf.data.text_rules import TextRules
from tfclf.data.tokenizer import Tokenizer
from tfclf.errors import ArgumentError

NO_WORD = -1  # what stands in ``words`` for special tokens and for words that another window has


class Piece(NamedTuple):
    """What the model reads at once.

    Attributes:
        ids: Token ids with ``[CLS]`` and ``[SEP]``.
        second: Tokens before the second text; all of them where there is none.
        words: For each token the number of the word that begins with it, ``-2 - number`` within a
            word, ``NO_WORD`` elsewhere; None where there are no words.
    """

    ids: list[int]
    second: int
    words: list[int] | None = None


class Framed(NamedTuple):
    """The pieces of a row and what did not fit.

    Attributes:
        pieces: At least one.
        num_lost: Tokens that no piece has.
    """

    pieces: list[Piece]
    num_lost: int


@dataclass(frozen=True)
class Framer:
    """Frames rows for a model.

    Args:
        tokenizer: The tokenizer.
        max_length: Longest piece (tokens), with ``[CLS]`` and ``[SEP]``.
        long_text: What becomes of longer texts.
        rules: What is done to each text, and to each word, first.
    """

    tokenizer: Tokenizer
    max_length: int
    long_text: LongText
    rules: TextRules

    def __post_init__(self) -> None:
        if self.long_text.how == "windows":
            self.long_text.step(self.max_length - 2)  # raises where tokens would be lost

    def frame(self, rows: dict[str, list[Any]]) -> list[Framed]:
        """Frames some rows.

        Args:
            rows: What is read of them by kind, as ``Rows.parts`` yields.
        """
        if "words" in rows:
            return [self._sentence(words) for words in self._encode_words(rows["words"])]
        texts = self._encode(rows["text"])
        if "text_pair" not in rows:
            return [self._text(ids) for ids in texts]
        if self.long_text.how == "windows":
            raise ArgumentError(
                "pairs are not cut into windows",
                remedy="Choose --long-text head, tail or head+tail.",
            )
        seconds = self._encode(rows["text_pair"])
        return [self._pair(first, second) for first, second in zip(texts, seconds, strict=True)]

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        return self.tokenizer.encode([self.rules(text) for text in texts])

    def _encode_words(self, sentences: Sequence[Sequence[str]]) -> list[list[list[int]]]:
        """Returns the ids of each word of each sentence; a word without any is ``[UNK]``."""
        flat = iter(self._encode([word for words in sentences for word in words]))
        unknown = [self.tokenizer.unk_id]
        return [[next(flat) or unknown for _ in words] for words in sentences]

    def _text(self, ids: list[int]) -> Framed:
        room = self.max_length - 2
        pieces = self.long_text.pieces(ids, room)
        read = len(pieces[0])
        if len(pieces) > 1:  # each window after the first begins a step later
            read = (len(pieces) - 1) * self.long_text.step(room) + len(pieces[-1])
        lost = len(ids) - read
        begin, end = self.tokenizer.cls_id, self.tokenizer.sep_id
        return Framed([Piece([begin, *ids, end], len(ids) + 2) for ids in pieces], lost)

    def _pair(self, first: list[int], second: list[int]) -> Framed:
        lengths = pair_lengths(len(first), len(second), self.max_length - 3)
        lost = len(first) + len(second) - sum(lengths)
        first, second = (
            self.long_text.pieces(ids, length)[0] if length else []
            for ids, length in zip((first, second), lengths, strict=True)
        )
        begin, end = self.tokenizer.cls_id, self.tokenizer.sep_id
        return Framed([Piece([begin, *first, end, *second, end], len(first) + 2)], lost)

    def _sentence(self, words: list[list[int]]) -> Framed:
        room = self.max_length - 2
        kept = [ids[:room] for ids in words]
        lost = sum(map(len, words)) - sum(map(len, kept))
        begin, end = self.tokenizer.cls_id, self.tokenizer.sep_id
        pieces = []
        for window in word_windows([len(ids) for ids in kept], room, self.long_text.step(room)):
            ids, places = [begin], [NO_WORD]
            for number in range(window.first, window.last):
                ids += kept[number]
                own = window.own_first <= number < window.own_last
                places.append(number if own else NO_WORD)
                places += [-2 - number if own else NO_WORD] * (len(kept[number]) - 1)
            pieces.append(Piece([*ids, end], len(ids) + 1, [*places, NO_WORD]))
        return Framed(pieces, lost)


class Window(NamedTuple):
    """Words that are read together, and those of them that are tagged there."""

    first: int
    last: int  # exclusive
    own_first: int
    own_last: int  # exclusive


def word_windows(lengths: Sequence[int], room: int, step: int) -> list[Window]:
    """Cuts a sentence into windows of whole words.

    Neighbours overlap by about ``room - step`` tokens. A word in two windows is tagged in the one
    where it stands further from the edge: the overlap is shared half and half.

    Args:
        lengths: Tokens of each word, at most ``room``.
        room: Tokens of a window.
        step: Tokens from the beginning of one window to that of the next.

    Example:
    >>> for window in word_windows([1, 1, 1, 1, 1, 1], room=4, step=2):
    ...     print(window)
    Window(first=0, last=4, own_first=0, own_last=3)
    Window(first=2, last=6, own_first=3, own_last=6)
    """
    spans: list[tuple[int, int]] = []
    first = 0
    while not spans or spans[-1][1] < len(lengths):
        last, tokens = first, 0
        while last < len(lengths) and tokens + lengths[last] <= room:
            tokens += lengths[last]
            last += 1
        spans.append((first, last))
        # The next window repeats some words, but goes on by at least one.
        following, left = last, 0
        most = min(room - step, room - lengths[last]) if last < len(lengths) else 0
        while following - 1 > first and left + lengths[following - 1] <= most:
            following -= 1
            left += lengths[following]
        first = following
    borders = [0]
    for (_, last), (following, _) in zip(spans, spans[1:], strict=False):
        borders.append((following + last + 1) // 2)
    borders.append(len(lengths))
    own = zip(borders, borders[1:], strict=False)
    return [Window(*span, *words) for span, words in zip(spans, own, strict=True)]
