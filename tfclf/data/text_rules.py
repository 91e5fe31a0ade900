"""What is done to a text before the tokenizer sees it, as data.

Everything is off unless asked for, saved with the run, and applied by one path in training and
prediction. Stemming and stop words are not offered: WordPiece was trained on whole sentences.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from tfclf.errors import ArgumentError

UnicodeForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
UNICODE_FORMS = get_args(UnicodeForm)

# Words that do not fall into stem and ending; then endings and what they stand for. 's and 'd are
# left alone: each of them stands for two words (is/has/possessive, had/would); ain't for five.
WHOLE = {
    "won't": "will not",
    "can't": "cannot",
    "shan't": "shall not",
    "let's": "let us",
    "y'all": "you all",
    "'tis": "it is",
    "'twas": "it was",
}
ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am"}

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})


def _any_of(words: Iterable[str]) -> str:
    """Matches words with each apostrophe; ASCII, or the long s would match the s of ``let's``."""
    return f"(?ai:{'|'.join(words)})".replace("'", "['\u2019\u02bc]")


_WHOLE = re.compile(rf"(?<!\w){_any_of(WHOLE)}(?!\w)")
_ENDING = re.compile(rf"(?<=\w)(?<!\b(?i:ai)){_any_of(ENDINGS)}(?!\w)")


@dataclass(frozen=True)
class TextRules:
    """Rules for texts, applied in the order of the attributes.

    Attributes:
        unicode: A Unicode normal form, or None.
        contractions: Whether English contractions are written out: ``won't`` -> ``will not``.
        replacements: Pairs of literal texts, what to replace and what by, applied in order.
        whitespace: Whether runs of white space become one space, and none at either end.

    Raises:
        ArgumentError: The form is unknown, a switch is neither on nor off, or a replacement
            replaces the empty text.

    Example:
    >>> rules = TextRules(contractions=True, replacements=(("EUR", "euro"),), whitespace=True)
    >>> rules("It won't  cost 5 EUR, they\u2019re wrong.")
    'It will not cost 5 euro, they are wrong.'
    >>> TextRules()("Untouched  by default, isn't it?")
    "Untouched  by default, isn't it?"
    """

    unicode: str | None = None
    contractions: bool = False
    replacements: tuple[tuple[str, str], ...] = ()
    whitespace: bool = False

    def __post_init__(self) -> None:
        if self.unicode not in (None, *UNICODE_FORMS):
            raise ArgumentError(
                f"unknown Unicode form {self.unicode!r}, expected one of {', '.join(UNICODE_FORMS)}"
            )
        for name in ("contractions", "whitespace"):
            if not isinstance(getattr(self, name), bool):
                raise ArgumentError(f"{name} is {getattr(self, name)!r}, expected True or False")
        for pair in self.replacements:
            if len(pair) != 2 or not all(isinstance(text, str) for text in pair) or not pair[0]:
                raise ArgumentError(
                    f"replacements: expected (old, new) texts with old not empty, got {pair!r}"
                )

    def __call__(self, text: str) -> str:
        """Applies the rules to a text."""
        if self.unicode is not None:
            text = unicodedata.normalize(cast(UnicodeForm, self.unicode), text)
        if self.contractions:
            text = expand_contractions(text)
        for old, new in self.replacements:
            text = text.replace(old, new)
        if self.whitespace:
            text = " ".join(text.split())
        return text

    def to_dict(self) -> dict[str, Any]:
        """Returns the rules as JSON."""
        return asdict(self) | {"replacements": [list(pair) for pair in self.replacements]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TextRules:
        """Reads what ``to_dict`` returned.

        Raises:
            ArgumentError: A rule is unknown.
        """
        unknown = values.keys() - cls.__dataclass_fields__.keys()
        if unknown:
            raise ArgumentError(
                f"unknown text rules {sorted(unknown)}",
                remedy=f"Known are {', '.join(cls.__dataclass_fields__)}.",
            )
        pairs = values.get("replacements", ())
        if not isinstance(pairs, (list, tuple)) or not all(
            isinstance(pair, (list, tuple)) for pair in pairs
        ):
            raise ArgumentError(f"replacements: expected pairs of texts, got {pairs!r:.80}")
        pairs = tuple(tuple(pair) for pair in pairs)
        return cls(**{**values, "replacements": pairs})


def expand_contractions(text: str) -> str:
    """Writes out English contractions, keeping capitals at the beginning and whole words of them.

    Example:
    >>> expand_contractions("Won't you? I DON'T, we've seen Bob's.")
    "Will not you? I DO NOT, we have seen Bob's."
    """
    text = _WHOLE.sub(lambda match: _like(match[0], WHOLE[_key(match[0])]), text)
    return _ENDING.sub(lambda match: _like_ending(match[0], ENDINGS[_key(match[0])]), text)


def _key(contraction: str) -> str:
    return contraction.translate(_APOSTROPHES).lower()


def _like(original: str, words: str) -> str:
    letters = [character for character in original if character.isalpha()]
    if len(letters) > 1 and all(character.isupper() for character in letters):
        return words.upper()
    return words[0].upper() + words[1:] if letters[0].isupper() else words


def _like_ending(original: str, words: str) -> str:
    return words.upper() if original[-1].isupper() else words
