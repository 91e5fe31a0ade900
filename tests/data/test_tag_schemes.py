"""Schemes of tags against definitions written word by word, and seqeval's reading of entities."""

import itertools

import numpy as np
import pytest

from tfclf.data.tag_schemes import (
    SCHEMES,
    allowed_transitions,
    check_tags,
    continuation,
    convert_tags,
    find_scheme,
    repair_tags,
    split_tag,
)
from tfclf.errors import ArgumentError, DataError

LETTERS = {"bio": "BI", "iob1": "BI", "iobes": "BIES"}


def packed(*sentences):
    """Sentences of tags, each a string with blanks, as names, codes and offsets."""
    rows = [sentence.split() for sentence in sentences]
    flat = [tag for row in rows for tag in row]
    names = tuple(dict.fromkeys(flat))
    offsets = np.cumsum([0, *map(len, rows)])
    return names, np.array([names.index(tag) for tag in flat], "int32"), offsets


def unpacked(names, codes, offsets):
    return [
        " ".join(names[code] for code in codes[begin:end])
        for begin, end in itertools.pairwise(offsets)
    ]


def random_sentences(scheme, seed, count=60):
    """Tags without order: most are broken. Some sentences are empty."""
    generator = np.random.default_rng(seed)
    tags = ["O", *(f"{letter}-{type_}" for letter in LETTERS[scheme] for type_ in ("x", "y-z"))]
    return [" ".join(generator.choice(tags, generator.integers(0, 8))) for _ in range(count)]


def entities(sentence):
    get_entities = pytest.importorskip("seqeval.metrics.sequence_labeling").get_entities
    return get_entities(sentence.split())


def written(found, length, scheme):
    """Entities in a scheme, written by the definition of each."""
    tags = ["O"] * length
    for number, (type_, first, last) in enumerate(found):
        letters = {"bio": "BI", "iob1": "II", "iobes": "BI"}[scheme]
        for word in range(first, last + 1):
            tags[word] = f"{letters[word > first]}-{type_}"
        if scheme == "iobes":
            tags[last] = f"{'S' if first == last else 'E'}-{type_}"
        touches = number and found[number - 1][0] == type_ and found[number - 1][2] == first - 1
        if scheme == "iob1" and touches:
            tags[first] = f"B-{type_}"
    return " ".join(tags)


def is_broken(tags, word, scheme):
    """The definition of each scheme, on one word."""
    letter, type_ = split_tag(tags[word])
    before = split_tag(tags[word - 1]) if word else ("O", "")
    after = split_tag(tags[word + 1]) if word + 1 < len(tags) else ("O", "")
    lacks_before = before not in [("B", type_), ("I", type_)]
    lacks_after = after not in [("I", type_), ("E", type_)]
    if scheme == "bio":
        return letter == "I" and lacks_before
    if scheme == "iobes":
        return (letter in "IE" and lacks_before) or (letter in "BI" and lacks_after)
    return False


def test_split():
    assert split_tag("B-person") == ("B", "person")
    assert split_tag("E-geo-loc") == ("E", "geo-loc")
    for tag in ("O", "NOUN", "B", "B-", "-x", "b-x", "BI-x", "", "O-x", "X-x"):
        assert split_tag(tag) == ("O", "")


def test_continuation():
    assert [continuation(tag) for tag in ("B-a-b", "I-a", "E-a", "S-a", "O", "NOUN")] == [
        "I-a-b", "I-a", "E-a", "S-a", "O", "NOUN"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["NOUN VERB", "NOUN"], "none"),
        (["B I O"], "none"),  # letters without a type
        (["O O"], "none"),
        ([""], "none"),
        (["B-x I-x O", "B-y"], "bio"),
        (["B-x B-x"], "bio"),
        (["I-x B-y"], "bio"),  # I-x is broken: in IOB1 B-y would have no reason
        (["B-x O I-x"], "bio"),
        (["I-x I-x B-x I-x O I-y"], "iob1"),
        (["I-x O", "I-y"], "iob1"),
        (["I-x", "B-x"], "bio"),  # the other sentence's I-x does not count
        (["B-x E-x O"], "iobes"),
        (["O S-x"], "iobes"),
        (["I-x E-x"], "iobes"),
    ],
)
def test_find_scheme(sentences, scheme):
    assert find_scheme(*packed(*sentences)) == scheme


@pytest.mark.parametrize("scheme", ["bio", "iobes"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_in_a_scheme_shows_it(scheme, seed):
    tags = packed(*random_sentences(scheme, seed))
    assert find_scheme(*convert_tags(*tags, scheme, scheme), tags[2]) == scheme


def test_a_mixture_is_refused():
    tags = packed("B-x L-x O", "U-y")
    with pytest.raises(DataError, match="'L-x', 'U-y' beside 'B-x'.*--tag-scheme none"):
        find_scheme(*tags)
    many = packed("B-x " + " ".join(f"T{i}" for i in range(8)))
    with pytest.raises(DataError, match="'T4' and 3 more beside"):
        find_scheme(*many)


@pytest.mark.parametrize("scheme", ["bio", "iob1", "iobes"])
@pytest.mark.parametrize("seed", range(3))
def test_check_against_the_definition(scheme, seed):
    sentences = random_sentences(scheme, seed)
    rows = [sentence.split() for sentence in sentences]
    expected = [is_broken(row, word, scheme) for row in rows for word in range(len(row))]
    places = [
        (i, word) for i, row in enumerate(rows) for word in range(len(row))
        if is_broken(row, word, scheme)
    ]  # fmt: skip
    broken = check_tags(*packed(*sentences), scheme)
    np.testing.assert_array_equal(broken.mask, expected)
    assert broken.count == len(places)
    assert (broken.row, broken.word) == (places[0] if places else (-1, -1))
    assert (scheme == "iob1") == (not places)


def test_check_of_what_has_no_scheme():
    broken = check_tags(*packed("NOUN I-x", "VERB"), "none")
    assert (broken.count, broken.row, broken.word, broken.mask.tolist()) == (0, -1, -1, [False] * 3)


def test_empty_sentences_at_both_ends():
    broken = check_tags(*packed("", "", "O", "", "B-x I-x I-y", ""), "bio")
    assert (broken.count, broken.row, broken.word) == (1, 4, 2)
    for scheme in SCHEMES:
        assert check_tags(*packed("", ""), scheme).count == 0
    assert convert_tags(*packed("", ""), "bio", "iobes")[0] == ()


def test_tags_of_another_scheme_are_named():
    with pytest.raises(DataError, match="not of the tag scheme bio: 'E-x', 'S-y'; .*B-, I-"):
        check_tags(*packed("B-x E-x", "S-y"), "bio")
    with pytest.raises(DataError, match="not of the tag scheme iobes: 'NOUN'"):
        repair_tags(*packed("NOUN"), "iobes")
    with pytest.raises(DataError, match="not of the tag scheme iob1: 'E-x'"):
        convert_tags(*packed("B-x E-x"), "iob1", "bio")
    with pytest.raises(DataError, match="not of the tag scheme bio: 'S-x'"):
        allowed_transitions(["O", "S-x"], "bio")


def test_unknown_schemes_are_refused():
    tags = packed("O")
    for call in (
        lambda: check_tags(*tags, "bilou"),
        lambda: repair_tags(*tags, "bilou"),
        lambda: convert_tags(*tags, "bilou", "bio"),
        lambda: convert_tags(*tags, "bio", "bilou"),
        lambda: allowed_transitions(["O"], "bilou"),
    ):
        with pytest.raises(ArgumentError, match="'bilou', expected one of bio, iob1, iobes, none"):
            call()
    for source, target in (("none", "bio"), ("bio", "none")):
        with pytest.raises(ArgumentError, match=f"from {source} to {target}"):
            convert_tags(*tags, source, target)


@pytest.mark.parametrize("scheme", ["bio", "iob1", "iobes"])
@pytest.mark.parametrize("seed", range(3))
def test_repaired_tags_are_valid_and_say_the_same_entities(scheme, seed):
    sentences = random_sentences(scheme, seed)
    names, codes, offsets = packed(*sentences)
    new_names, new_codes = repair_tags(names, codes, offsets, scheme)
    assert new_codes.dtype == "int32"
    assert check_tags(new_names, new_codes, offsets, scheme).count == 0
    repaired = unpacked(new_names, new_codes, offsets)
    assert list(map(entities, repaired)) == list(map(entities, sentences))
    if scheme == "bio":  # a broken I- becomes B-, and nothing else changes
        mask = check_tags(names, codes, offsets, scheme).mask
        flat = " ".join(sentences).split()
        assert " ".join(repaired).split() == [
            tag.replace("I-", "B-") if broken else tag
            for tag, broken in zip(flat, mask, strict=True)
        ]


def test_repair_leaves_valid_tags_alone():
    names, codes, offsets = packed("O B-x I-x", "B-y")
    again_names, again_codes = repair_tags(names, codes, offsets, "bio")
    assert again_names is names and again_codes is codes


def test_repair_adds_and_drops_names():
    names, codes = repair_tags(*packed("I-x O", "I-y I-y"), "bio")
    assert (names, codes.tolist()) == (("O", "I-y", "B-x", "B-y"), [2, 0, 3, 1])


@pytest.mark.parametrize("source", ["bio", "iob1", "iobes"])
@pytest.mark.parametrize("target", ["bio", "iob1", "iobes"])
@pytest.mark.parametrize("seed", range(2))
def test_conversion_against_the_definition(source, target, seed):
    sentences = random_sentences(source, seed)
    tags = packed(*sentences)
    names, codes = convert_tags(*tags, source, target)
    assert unpacked(names, codes, tags[2]) == [
        written(entities(sentence), len(sentence.split()), target) for sentence in sentences
    ]
    assert set(np.unique(codes)) == set(range(len(names)))  # every name occurs
    back = convert_tags(names, codes, tags[2], target, "bio")
    assert unpacked(*back, tags[2]) == [
        written(entities(sentence), len(sentence.split()), "bio") for sentence in sentences
    ]


def test_conversion_by_hand():
    names, codes, offsets = packed("B-x I-x B-x B-y I-y I-y O", "B-x")
    iob1 = convert_tags(names, codes, offsets, "bio", "iob1")
    assert unpacked(*iob1, offsets) == ["I-x I-x B-x I-y I-y I-y O", "I-x"]
    iobes = convert_tags(*iob1, offsets, "iob1", "iobes")
    assert unpacked(*iobes, offsets) == ["B-x E-x S-x B-y I-y E-y O", "S-x"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_transitions_allow_what_the_check_does(scheme):
    """All sentences of up to four words over two types: allowed exactly where nothing is broken."""
    labels = ["O", "B-x", "I-x", "I-y"]
    if scheme == "iobes":
        labels = ["O", "B-x", "I-x", "E-x", "S-x", "E-y"]
    start, between, end = allowed_transitions(labels, scheme)
    for length in range(1, 5):
        for tags in itertools.product(range(len(labels)), repeat=length):
            allowed = start[tags[0]] and end[tags[-1]]
            allowed = allowed and all(between[a, b] for a, b in itertools.pairwise(tags))
            row = [labels[tag] for tag in tags]
            assert allowed == (not any(is_broken(row, i, scheme) for i in range(length)))


def test_transitions_without_a_scheme_take_any_label():
    start, between, end = allowed_transitions(["NOUN", "B-x", "VERB"], "none")
    assert start.all() and between.all() and end.all()
    assert (start.shape, between.shape, end.shape) == ((3,), (3, 3), (3,))
