"""Tag schemes: what the tags of the words of a sentence say about where entities begin and end.

A tag is ``O``, outside of every entity, or a letter and a type such as ``B-person``. ``B`` begins
an entity, ``I`` is inside of one, ``E`` ends one and ``S`` is one of a single word. The schemes:

- ``bio``    every entity begins with B-, its other words have I- (also called IOB2)
- ``iob1``   I- everywhere; B- only where an entity touches one of its own type before it
- ``iobes``  B- I- ... E-, and S- for a single word
- ``none``   the tags say nothing of entities, as parts of speech

One rule reads entities from any of them, valid or not, the rule of CoNLL 2000's ``conlleval``: a
word goes on with the entity of the word before it where its letter is I or E, the letter before is
B or I, and both have one type. Any other word with a type begins an entity.

Tags of many sentences come as ``names``, the distinct tags; ``codes``, the index into ``names`` of
each word of all sentences, shape (words,), int32; and ``offsets``, the first word of each sentence
and the end of the last, shape (sentences + 1,), int64.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tfclf.errors import ArgumentError, DataError

OUTSIDE = "O"
OPEN = "BI"  # an entity may go on after a word with one of these letters
ONGOING = "IE"  # a word with one of these goes on with an entity, where there is one

# B_person, b-person, person-B, and L- and U- of the scheme BILOU.
SPELT_OTHERWISE = re.compile(r"[BILOUESbilues][-_:./].+|.+[-_:./][BIESLU]")

Tags = tuple[tuple[str, ...], np.ndarray]  # names and codes


class _Scheme(NamedTuple):
    letters: str  # that tags have, beside O
    after: str  # of these, words that have to go on with the entity of the word before
    before: str  # of these, words with whose entity the next word has to go on
    # The letter to write by 4 * (the word before has the same type) + 2 * (the word is the first
    # of its entity) + (it is the last).
    written: str


_SCHEMES = {
    "bio": _Scheme("BI", "I", "", "IIBBIIBB"),
    "iob1": _Scheme("BI", "", "", "IIIIIIBB"),
    "iobes": _Scheme("BIES", "IE", "BI", "IEBSIEBS"),
    "none": _Scheme("", "", "", ""),
}
SCHEMES = tuple(_SCHEMES)


@dataclass(frozen=True)
class BrokenTags:
    """The tags that a scheme does not allow where they stand.

    Attributes:
        mask: Whether the tag of each word is one, shape (words,).
        count: How many there are.
        row: Sentence of the first, counted from 0; -1 where there is none.
        word: Its word in that sentence, counted from 0; -1 where there is none.
    """

    mask: np.ndarray
    count: int
    row: int
    word: int


class Transitions(NamedTuple):
    """What a scheme allows.

    Attributes:
        start: Labels that may begin a sentence, shape (labels,).
        between: Labels that may follow one another, from row to column, shape (labels, labels).
        end: Labels that may end a sentence, shape (labels,).
    """

    start: np.ndarray
    between: np.ndarray
    end: np.ndarray


def split_tag(tag: str) -> tuple[str, str]:
    """Returns the letter and the type of a tag; ``("O", "")`` of all that have no such form.

    Example:
    >>> split_tag("B-person"), split_tag("I-geo-loc"), split_tag("O"), split_tag("NOUN")
    (('B', 'person'), ('I', 'geo-loc'), ('O', ''), ('O', ''))
    """
    letter, _, type_ = tag.partition("-")
    return (letter, type_) if letter in tuple("BIES") and type_ else (OUTSIDE, "")


def continuation(tag: str) -> str:
    """Returns the tag of the second and later pieces of a word, where each piece has a label.

    ``B-x`` becomes ``I-x``: a word begins an entity once. All other tags stay as they are. So does
    ``S-x``, after which no tag could go on with the entity: the pieces say what their word is.

    Example:
    >>> continuation("B-person"), continuation("S-person"), continuation("O")
    ('I-person', 'S-person', 'O')
    """
    letter, type_ = split_tag(tag)
    return f"I-{type_}" if letter == "B" else tag


def find_scheme(names: tuple[str, ...], codes: np.ndarray, offsets: np.ndarray) -> str:
    """Returns the scheme that tags show.

    E- or S- are only in ``iobes``. It is ``iob1`` where some entity begins with I-, and no B-
    stands anywhere but after a word of its own type; else ``bio``, possibly broken.

    Raises:
        DataError: Some tags are a letter and a type, and others are neither that nor O, or all are
            spelt otherwise, such as ``B_person``.

    Example:
    >>> find_scheme(("O", "I-x", "B-x"), np.array([1, 1, 2, 0]), np.array([0, 4]))
    'iob1'
    """
    letters = [split_tag(name)[0] for name in names]
    of_entities = [name for name, letter in zip(names, letters, strict=True) if letter != OUTSIDE]
    if not of_entities:
        _check_spelling(names)
        return "none"
    if odd := [name for name in names if name not in of_entities and name != OUTSIDE]:
        raise DataError(
            f"unknown tag scheme: {_listed(odd)} beside {of_entities[0]!r}, expected O and tags "
            "that begin with B-, I-, E- or S-",
            remedy="Correct them, or give --tag-scheme none where tags are no entities.",
        )
    if {"E", "S"} & set(letters):
        return "iobes"
    begins = ~_goes_on(names, codes, offsets)
    touches = _with_previous(_same_type(names), codes, offsets)
    lone_b = (_has(names, "B")[codes] & ~touches).any()
    return "iob1" if not lone_b and (_has(names, "I")[codes] & begins).any() else "bio"


def check_tags(
    names: tuple[str, ...], codes: np.ndarray, offsets: np.ndarray, scheme: str
) -> BrokenTags:
    """Finds the tags that a scheme does not allow where they stand.

    In ``bio`` an I- is broken that does not go on with an entity of its type. In ``iobes`` an I- or
    E- is too, and a B- or I- with whose entity the next word does not go on. In ``iob1`` nothing
    is: an I- may begin an entity, and a B- that touches no entity before it says needlessly, but
    clearly, that one begins. Nor in ``none``.

    Raises:
        ArgumentError: There is no such scheme.
        DataError: A tag is not of the scheme, such as E- in ``bio``.

    Example:
    >>> check_tags(("O", "I-x"), np.array([0, 0, 1]), np.array([0, 1, 3]), "bio")
    BrokenTags(mask=array([False, False,  True]), count=1, row=1, word=1)
    """
    rules = _rules(names, scheme)
    going = _goes_on(names, codes, offsets)
    mask = _has(names, rules.after)[codes] & ~going
    mask |= _has(names, rules.before)[codes] & ~_next(going)
    count = int(mask.sum())
    if not count:
        return BrokenTags(mask, 0, -1, -1)
    first = int(mask.argmax())
    row = int(np.searchsorted(offsets, first, side="right")) - 1
    return BrokenTags(mask, count, row, first - int(offsets[row]))


def repair_tags(
    names: tuple[str, ...], codes: np.ndarray, offsets: np.ndarray, scheme: str
) -> Tags:
    """Makes tags valid without changing the entities that ``conlleval`` reads from them.

    Returns:
        Names and codes; names that no word has any more are left out, new ones stand last.

    Raises:
        ArgumentError: There is no such scheme.
        DataError: A tag is not of the scheme.

    Example:
    >>> repair_tags(("O", "I-x"), np.array([0, 1, 1]), np.array([0, 3]), "bio")
    (('O', 'I-x', 'B-x'), array([0, 2, 1], dtype=int32))
    """
    if not check_tags(names, codes, offsets, scheme).count:
        return names, codes
    return convert_tags(names, codes, offsets, scheme, scheme)


def convert_tags(
    names: tuple[str, ...], codes: np.ndarray, offsets: np.ndarray, source: str, target: str
) -> Tags:
    """Writes the entities of tags in another scheme, entity for entity.

    Args:
        names: The distinct tags.
        codes: Tag of each word, shape (words,).
        offsets: First word of each sentence and the end of the last, shape (sentences + 1,).
        source: Scheme of the tags; broken ones are read as ``conlleval`` does.
        target: Scheme to write: ``"bio"``, ``"iob1"`` or ``"iobes"``.

    Returns:
        Names and codes; names that no word has any more are left out, new ones stand last.

    Raises:
        ArgumentError: A scheme is unknown or ``"none"``.
        DataError: A tag is not of the source's scheme.

    Example:
    >>> convert_tags(("B-x", "I-x"), np.array([0, 1, 0]), np.array([0, 3]), "bio", "iobes")
    (('B-x', 'E-x', 'S-x'), array([0, 1, 2], dtype=int32))
    """
    _rules(names, source)
    written = _rules((), target).written
    if "none" in (source, target):
        raise ArgumentError(
            f"tags cannot be converted from {source} to {target}: none is without entities"
        )
    types, type_of = np.unique(np.array(_types(names), str), return_inverse=True)
    going = _goes_on(names, codes, offsets)
    inside = (types != "")[type_of][codes]
    touches = _with_previous(_same_type(names), codes, offsets)
    # The number of a word's tag: its type, and within it the place in what the scheme writes.
    number = type_of.astype("int32")[codes] * len(written)
    number += 4 * touches + 2 * (inside & ~going) + (inside & ~_next(going))
    tags = [f"{letter}-{type_}" if type_ else OUTSIDE for type_ in types for letter in written]
    occurring = {tags[one]: None for one in np.flatnonzero(np.bincount(number))}
    kept = [name for name in names if name in occurring]
    new_names = tuple(dict.fromkeys([*kept, *occurring]))
    code_of = {name: code for code, name in enumerate(new_names)}
    return new_names, np.array([code_of.get(tag, -1) for tag in tags], "int32")[number]


def allowed_transitions(labels: Sequence[str], scheme: str) -> Transitions:
    """Returns which labels a scheme allows at the ends of a sentence and one after another.

    Raises:
        ArgumentError: There is no such scheme.
        DataError: A label is not of the scheme.

    Example:
    >>> allowed_transitions(["B-x", "I-x", "O"], "bio").between
    array([[ True,  True,  True],
           [ True,  True,  True],
           [ True, False,  True]])
    """
    names = tuple(labels)
    rules = _rules(names, scheme)
    after, before = _has(names, rules.after), _has(names, rules.before)
    return Transitions(~after, _joins(names) | ~(after | before[:, None]), ~before)


def _check_spelling(names: tuple[str, ...]) -> None:
    """Raises where all tags beside O look like those of entities in another spelling."""
    others = [name for name in names if name.upper() != OUTSIDE]
    if len(others) < len(names) and others and all(map(SPELT_OTHERWISE.fullmatch, others)):
        raise DataError(
            f"unknown tag scheme: {_listed(others)} beside O, expected tags such as 'B-person' and "
            "'I-person'",
            remedy="Spell them so, or give --tag-scheme none where tags are no entities.",
        )


def _rules(names: tuple[str, ...], scheme: str) -> _Scheme:
    """Returns the row of a scheme's table, once all names are of the scheme."""
    if scheme not in _SCHEMES:
        raise ArgumentError(f"unknown tag scheme {scheme!r}, expected one of {', '.join(SCHEMES)}")
    rules = _SCHEMES[scheme]
    odd = odd_names(names, scheme)
    if odd:
        raise DataError(
            f"not of the tag scheme {scheme}: {_listed(odd)}; expected O and tags that begin with "
            + ", ".join(f"{letter}-" for letter in rules.letters),
            remedy="Correct them, or declare another scheme: --tag-scheme.",
        )
    return rules


def odd_names(names: Sequence[str], scheme: str) -> list[str]:
    """Returns the tags that are not of a scheme; of an unknown one those that are of none.

    Example:
    >>> odd_names(["O", "B-x", "E-x"], "bio"), odd_names(["O", "B-x", "NOUN"], "auto")
    (['E-x'], ['NOUN'])
    """
    letters = _SCHEMES[scheme].letters if scheme in _SCHEMES else "BIES"
    odd = [n for n in names if n != OUTSIDE and split_tag(n)[0] not in tuple(letters)]
    return [] if scheme == "none" else odd


def _listed(names: list[str], most: int = 5) -> str:
    """Names some, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def _types(names: Sequence[str]) -> list[str]:
    return [split_tag(name)[1] for name in names]


def _has(names: Sequence[str], letters: str) -> np.ndarray:
    """Tells which names begin with one of some letters, shape (names,)."""
    return np.array([split_tag(name)[0] in tuple(letters) for name in names], bool)


def _same_type(names: Sequence[str]) -> np.ndarray:
    """Tells which names are of entities of one type, shape (names, names)."""
    types = np.array(_types(names), str)
    return (types[:, None] == types) & (types != "")


def _joins(names: Sequence[str]) -> np.ndarray:
    """Tells with which name (column) an entity goes on after which (row), shape (names, names)."""
    return _same_type(names) & _has(names, OPEN)[:, None] & _has(names, ONGOING)


def _goes_on(names: Sequence[str], codes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Tells which words go on with the entity of the word before, shape (words,)."""
    return _with_previous(_joins(names), codes, offsets)


def _with_previous(table: np.ndarray, codes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Looks up each word and the one before it; False for the first word of a sentence.

    Args:
        table: Answer by the name before (row) and the name of the word, shape (names, names).
        codes: Name of each word, shape (words,).
        offsets: First word of each sentence and the end of the last, shape (sentences + 1,).
    """
    found = np.zeros(len(codes), bool)
    found[1:] = table[codes[:-1], codes[1:]]
    found[offsets[:-1][np.diff(offsets) > 0]] = False
    return found


def _next(going: np.ndarray) -> np.ndarray:
    """Tells after which words the next one goes on, shape (words,); not after the last."""
    return np.append(going[1:], False)
