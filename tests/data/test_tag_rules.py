"""How tags are read: their scheme, what breaks it, and another scheme."""

import datasets
import pytest

from tfclf.data import LabelMap, TagRules, read_rows
from tfclf.errors import ArgumentError, DataError
from tfclf.tasks import Head

BIO = ["B-x I-x O", "O B-y", "B-x B-x I-x"]
IOBES = ["B-x E-x O", "O S-y", "S-x B-x E-x"]
IOB1 = ["I-x I-x O", "O I-y", "I-x B-x I-x"]
SPELT = {"bio": BIO, "iobes": IOBES, "iob1": IOB1}
BROKEN = ["O I-x I-x", "B-x I-y", "B-y I-y I-x O"]
REPAIRED = ["O B-x I-x", "B-x B-y", "B-y I-y B-x O"]  # an I- that goes on with nothing is a B-


def read(sentences, **rules):
    words = [["w"] * len(sentence.split()) for sentence in sentences]
    return read_rows((words, sentences), task="token", tag_rules=TagRules(**rules))


def spelt(rows):
    return [" ".join(tags) for tags in rows.target.values()]


@pytest.mark.parametrize("scheme", SPELT)
def test_the_scheme_that_tags_show(scheme):
    for rules in ({}, {"scheme": scheme}):
        target = read(SPELT[scheme], **rules).target
        assert (target.scheme, target.source_scheme, target.num_broken) == (scheme, scheme, 0)
        assert spelt(read(SPELT[scheme], **rules)) == SPELT[scheme]


def test_tags_without_a_scheme():
    rows = read(["NOUN VERB", "NOUN"])
    assert (rows.target.scheme, rows.target.source_scheme) == ("none", "none")
    assert rows.label_counts == {"NOUN": 2, "VERB": 1}


def test_a_declared_scheme_decides():
    """The same tags, which look like iob1, are broken in bio."""
    assert read(["I-x I-x O"]).target.scheme == "iob1"
    rows = read(["I-x I-x O"], scheme="bio")
    assert spelt(rows) == ["B-x I-x O"]
    assert (rows.target.scheme, rows.target.num_broken) == ("bio", 1)
    rows = read(["I-x I-x O"], scheme="none", broken="refuse")
    assert spelt(rows) == ["I-x I-x O"]


def test_repair_is_counted():
    rows = read(BROKEN, scheme="bio")
    assert spelt(rows) == REPAIRED
    assert rows.target.num_broken == 3
    assert set(rows.target.names) == {"O", "B-x", "I-x", "B-y", "I-y"}
    assert read(REPAIRED).target.num_broken == 0


@pytest.mark.parametrize("first", [0, 1, 2])
def test_refusal_names_the_row(first):
    place = [("I-x", 2), ("I-y", 2), ("I-x", 3)][first]
    with pytest.raises(DataError) as caught:
        read([*REPAIRED[:first], *BROKEN[first:]], scheme="bio", broken="refuse")
    assert caught.value.where == f"(tokens, tags), index {first}"
    assert caught.value.what == (
        f"the tag {place[0]!r} of word {place[1]} does not follow from the one before in the "
        "scheme bio"
    )
    assert "--broken-tags repair" in caught.value.remedy


def test_nothing_to_refuse():
    assert spelt(read(BIO, broken="refuse")) == BIO


def test_refusal_names_the_line_of_a_file(tmp_path):
    (tmp_path / "a.conll").write_text("a B-x\nb O\n\n\nc B-y\nd I-x\n")
    with pytest.raises(DataError, match="line 5: the tag 'I-x' of word 2 "):
        read_rows(tmp_path / "a.conll", task="token", tag_rules=TagRules(broken="refuse"))


@pytest.mark.parametrize("source", SPELT)
@pytest.mark.parametrize("goal", SPELT)
def test_conversion(source, goal):
    rows = read(SPELT[source], convert=goal)
    assert spelt(rows) == SPELT[goal]
    assert (rows.target.scheme, rows.target.source_scheme) == (goal, source)
    assert spelt(read(spelt(rows), scheme=goal, convert=source)) == SPELT[source]


def test_repair_before_conversion():
    rows = read(BROKEN, scheme="bio", convert="iobes")
    assert spelt(rows) == ["O B-x E-x", "S-x S-y", "B-y E-y S-x O"]
    assert rows.target.num_broken == 3


def test_no_conversion_without_a_scheme():
    with pytest.raises(ArgumentError, match="tags without a scheme cannot be converted to bio"):
        read(["NOUN VERB"], convert="bio")


@pytest.mark.parametrize(
    "tags, rules, problem",
    [
        ("B-x L-x", {}, "unknown tag scheme: 'L-x' beside 'B-x'"),
        ("B-x E-x", {"scheme": "bio"}, "not of the tag scheme bio: 'E-x'"),
        ("NOUN O", {"scheme": "iob1"}, "not of the tag scheme iob1: 'NOUN'"),
    ],
)
def test_unknown_schemes_of_data(tmp_path, tags, rules, problem):
    with pytest.raises(DataError, match=problem) as caught:
        read(["O O", tags], **rules)
    assert caught.value.where == "(tokens, tags), index 1"
    assert "--tag-scheme" in caught.value.remedy
    path = tmp_path / "a.tsv"
    path.write_text(f"tokens\ttags\na b\t{tags}\n")
    with pytest.raises(DataError, match=problem) as caught:
        read_rows(path, task="token", tag_rules=TagRules(**rules))
    assert caught.value.where == f"{path}, line 2"


@pytest.mark.parametrize(
    "rules, problem",
    [
        ({"scheme": "bilou"}, "tag scheme: 'bilou', expected one of auto, bio, iob1, iobes, none"),
        ({"broken": "drop"}, "broken tags: 'drop', expected one of repair, refuse"),
        ({"convert": "none"}, "converted tags: 'none', expected one of None, bio, iob1, iobes"),
    ],
)
def test_unknown_rules(rules, problem):
    with pytest.raises(ArgumentError, match=problem):
        TagRules(**rules)


def declared(sentences, names):
    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "tags": datasets.List(datasets.ClassLabel(names=names)),
        }
    )
    tags = [sentence.split() for sentence in sentences]
    table = {"tokens": [["w"] * len(row) for row in tags], "tags": tags}
    return datasets.Dataset.from_dict(table, features=features)


def test_declared_tags_keep_their_order():
    names = ["O", "B-x", "I-x", "B-z", "I-z", "B-y", "I-y"]
    rows = read_rows(declared(BIO, names), task="token")
    assert LabelMap.from_rows(rows).names == tuple(names)
    rows = read_rows(declared(BROKEN, names), task="token", tag_rules=TagRules("bio"))
    assert LabelMap.from_rows(rows).names == tuple(names)
    assert spelt(rows) == REPAIRED


@pytest.mark.parametrize(
    "names, sentences, rules",
    [
        (["O", "B-x", "I-x", "B-y", "I-y"], BIO, TagRules(convert="iobes")),
        (["O", "I-x"], ["O I-x"], TagRules("bio")),
    ],
)
def test_declared_tags_that_became_others(names, sentences, rules):
    """Every tag that the rows now have has an id."""
    rows = read_rows(declared(sentences, names), task="token", tag_rules=rules)
    labels = LabelMap.from_rows(rows)
    assert set(labels.names) == set(rows.target.names)
    assert labels.ids(rows).min() >= 0
    assert not labels.unseen(rows)


def test_only_words_have_tag_rules():
    heads = (Head("pos", "token", "pos"), Head("ner", "token"), Head("intent", "single-label"))
    source = ([["a", "b"]] * 2, ["N V", None], [None, "B-x I-x"], ["I-y", "B-y"])
    rows = read_rows(source, heads=heads, tag_rules=TagRules(convert=None))
    assert {name: target.scheme for name, target in rows.targets.items()} == {
        "pos": "none", "ner": "bio", "intent": None
    }  # fmt: skip
    assert rows.targets["intent"].values() == [["I-y"], ["B-y"]]
