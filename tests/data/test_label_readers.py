"""Values of a label column -> labels of each task, and whatever is none of them."""

import decimal
import json

import numpy as np
import pandas as pd
import pytest

from tfclf.data import LabelMap, read_rows
from tfclf.data.columns import Columns
from tfclf.data.label_readers import READERS, TargetReader
from tfclf.errors import ArgumentError, DataError
from tfclf.tasks import TASKS, Head

NAN = float("nan")
BEYOND = 10**400  # a whole number that no float holds
MISSING = [None, NAN, np.float32("nan"), pd.NA, pd.NaT, "", "  "]
TWO = (Head("topics", "multi-label"), Head("stars", "regression", "score"))


def read(task, *values, words=None, **settings):
    """What a reader makes of some values; row 3 is the first of them."""
    reader = TargetReader(Head("h", task), **settings)
    for number, value in enumerate(values, 3):
        reader.add(value, words, lambda number=number: f"a.csv, line {number}")
    return reader.target()


def refusal(task, *values, **settings):
    with pytest.raises(DataError) as caught:
        read(task, *values, **settings)
    assert caught.value.remedy
    return caught.value


def test_every_task_has_a_reader():
    assert set(READERS) == set(TASKS)


# One label


def test_single_labels():
    target = read("single-label", "b", " a", "b", 1, True)
    assert target.values() == [["b"], ["a"], ["b"], ["1"], ["True"]]
    assert target.names == ("b", "a", "1", "True")
    assert (target.flat.dtype, target.offsets.tolist()) == ("int32", [0, 1, 2, 3, 4, 5])
    assert target.present.all() and len(target) == 5


def test_place_and_remedy():
    error = refusal("single-label", "a", None)
    assert str(error) == (
        "a.csv, line 4: the label is missing (got None). Fill it in or delete the row."
    )


def test_the_place_is_asked_for_only_where_something_is_wrong():
    def nowhere():
        raise AssertionError("nobody needs to know")

    reader = TargetReader(Head("h", "single-label"))
    reader.add("a", None, nowhere)
    assert reader.target().values() == [["a"]]


# Lists of labels


@pytest.mark.parametrize(
    "value, expected",
    [
        (["b", "a"], ["b", "a"]),
        (("b", "a"), ["b", "a"]),
        (np.array(["b", "a"]), ["b", "a"]),
        (np.array(["b", "a"], object), ["b", "a"]),
        ([" b ", "a\n"], ["b", "a"]),
        ([2, 1.0, True], ["2", "1", "True"]),
        (np.array([2, 1]), ["2", "1"]),
        ([], []),
        (np.array([]), []),
        ("b|a", ["b", "a"]),
        (" b | a ", ["b", "a"]),
        ("|b||a|", ["b", "a"]),
        ("b", ["b"]),
        ("two words", ["two words"]),
        ("", []),
        ("  ", []),
        ("|", []),
        ('["b", "a"]', ["b", "a"]),
        (' ["b|c", "a, d"] ', ["b|c", "a, d"]),
        ("[]", []),
        ("[2, 1]", ["2", "1"]),
        ("[b]|[a]", ["[b]", "[a]"]),  # labels in brackets are no JSON
        ("[1]|[2]", ["[1]", "[2]"]),
        ('{"b": 1}', ['{"b": 1}']),
        ("[" * 20_000, ["[" * 20_000]),  # deeper than Python reads JSON
    ],
)
@pytest.mark.parametrize("textual", [False, True])
def test_lists_of_labels(value, expected, textual):
    assert read("multi-label", value, textual=textual).values() == [expected]


@pytest.mark.parametrize("separator", [";", ", ", "||", "/"])
def test_separators(separator):
    found = read("multi-label", f"b{separator}a|c", f"{separator}a", separator=separator)
    assert found.values() == [["b", "a|c"], ["a"]]


@pytest.mark.parametrize(
    "value, twice",
    [
        (["b", "a", "b"], "'b'"),
        (["b", "a", " b "], "'b'"),
        ("a|b| a", "'a'"),
        ('["a", "a"]', "'a'"),
        ([1, "1"], "1"),
        (np.array(["c", "c"]), "'c'"),
    ],
)
def test_a_label_that_stands_twice(value, twice):
    error = refusal("multi-label", ["b"], value)
    assert error.where == "a.csv, line 4"
    assert twice in error.what and error.what.endswith("stands twice in the list")


@pytest.mark.parametrize("value", [None, NAN, 3, 0.5, True, {"a"}, {"a": 1}, pd.NA])
def test_what_is_no_list_of_labels(value):
    error = refusal("multi-label", [], value)
    assert error.where == "a.csv, line 4"
    assert error.what.startswith("expected a list of labels, got ")
    assert "[] for a row without labels, or labels with '|' between them" in error.remedy


@pytest.mark.parametrize("value", [[None], ["a", NAN], ["a", ""], ["a", "  "], '["a", ""]'])
def test_labels_of_a_list_that_are_missing(value):
    assert "the label is missing" in refusal("multi-label", value).what


@pytest.mark.parametrize("value", [[["a"]], [{"a": 1}], np.array([["a", "b"]]), '[["a"]]', [0.5]])
def test_lists_of_something_else(value):
    assert "expected one label, got " in refusal("multi-label", value).what


def test_nan_in_a_list_of_a_source_of_texts():
    assert "the label is missing" in refusal("multi-label", "a|nan", textual=True).what
    assert read("multi-label", "a|nan").values() == [["a", "nan"]]


def test_declared_names_of_lists():
    target = read("multi-label", [2, 0], [], ["b"], declared=("a", "b", "c"))
    assert target.values() == [["c", "a"], [], ["b"]]
    assert target.declared == ("a", "b", "c")
    error = refusal("multi-label", [3], declared=("a", "b", "c"))
    assert error.what == "label id 3 is not among the 3 declared ones"


def test_random_lists_in_every_spelling():
    """One list as it is, as an array, as JSON and with separators."""
    generator = np.random.default_rng(5)
    labels = np.array(["a", "b c", "é", "10", "x,y", "[z"])
    lists = [generator.permutation(labels)[: generator.integers(0, 7)].tolist() for _ in range(50)]
    expected = read("multi-label", *lists).values()
    assert expected == lists
    for spelling in (np.array, json.dumps, lambda its: ";".join(its)):
        spelt = [spelling(its) for its in lists]
        assert read("multi-label", *spelt, separator=";").values() == expected


# Numbers


@pytest.mark.parametrize(
    "value, expected",
    [
        (3, 3.0),
        (-2.5, -2.5),
        (0, 0.0),
        (10**15, 1e15),
        (-1e30, -1e30),
        (3.4e38, 3.4e38),
        (1e-300, 1e-300),
        (np.int8(-7), -7.0),
        (np.float32(0.5), 0.5),
        (np.uint64(2**63), 2.0**63),
        ("4", 4.0),
        (" -4.25 ", -4.25),
        ("+1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
    ],
)
def test_numbers(value, expected):
    target = read("regression", value, 1)
    assert target.values() == [[expected], [1.0]]
    assert (target.flat.dtype, target.names, target.label_counts) == ("float64", (), {})


@pytest.mark.parametrize(
    "value",
    [
        *MISSING, "1,5", "1 000", "$3", "three", "nan", "inf", "-Infinity", "0x10", "1e400",
        float("inf"), -np.inf, np.float32("inf"), True, False, np.bool_(True), [1.0],
        np.array([1.0]), {"a": 1}, BEYOND, -BEYOND, 1e39, -1e300, 3.5e38, 1j,
        decimal.Decimal("NaN"),
    ],
    ids=lambda value: f"{value!r:.20}",
)  # fmt: skip
@pytest.mark.parametrize("textual", [False, True])
def test_what_is_no_finite_number(value, textual):
    """Also what is none in 32 bits, whose greatest is 3.403e38."""
    error = refusal("regression", 1, value, textual=textual)
    assert error.where == "a.csv, line 4"
    assert error.what.startswith("expected a finite number, got ")
    assert len(error.what) < 120
    assert "--task single-label" in error.remedy


# Tags


@pytest.mark.parametrize(
    "value",
    [["O", "B-x", "O"], ("O", "B-x", "O"), np.array(["O", "B-x", "O"]), "O B-x O", " O\tB-x  O\n"],
)
def test_tags(value):
    target = read("token", value, words=["a", "b", "c"])
    assert target.values() == [["O", "B-x", "O"]]
    assert target.names == ("O", "B-x")


def test_tags_of_an_empty_sentence():
    for value in ([], "", " ", np.array([])):
        assert read("token", value, words=[]).values() == [[]]


def test_declared_tags():
    target = read("token", [2, 0], words=["a", "b"], declared=("O", "B-x", "I-x"))
    assert target.values() == [["I-x", "O"]]


@pytest.mark.parametrize("value, number", [(["O"], 1), ("O O O", 3), ([], 0), ("", 0)])
def test_tags_of_another_length(value, number):
    error = refusal("token", ["O", "O"], value, words=["a", "b"])
    assert (error.where, error.what) == ("a.csv, line 4", f"2 words, but {number} tags")


@pytest.mark.parametrize("value", [None, NAN, 3, {"O": 1}])
def test_what_is_no_list_of_tags(value):
    error = refusal("token", value, words=["a"])
    assert error.what.startswith("expected a list of tags, got ")


def test_a_tag_that_is_missing():
    for tags in (["O", None], ["O", ""], [NAN, "O"]):
        assert "the label is missing" in refusal("token", tags, words=["a", "b"]).what


def test_tags_need_words():
    with pytest.raises(ArgumentError, match="tags need words.*--tokens COLUMN"):
        read("token", ["O"])


# Several heads


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_labels_may_be_missing_where_there_are_several_heads(task, value):
    here = {"single-label": "a", "multi-label": ["a"], "regression": 2.5, "token": ["a"]}[task]
    target = read(task, value, here, value, words=["w"], optional=True)
    assert target.present.tolist() == [False, True, False]
    assert target.offsets.tolist() == [0, 0, 1, 1]
    assert target.values() == [None, [here] if task in ("single-label", "regression") else here,
                               None]  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_nan_is_missing_in_a_source_of_texts(task):
    assert read(task, "nan", " NaN", optional=True, textual=True).values() == [None, None]


def test_an_empty_list_is_there():
    for value in ([], np.array([]), "[]", "|"):
        assert read("multi-label", value, optional=True).values() == [[]]
    assert read("token", [], words=[], optional=True).values() == [[]]


def test_the_id_of_no_label():
    """-1, as the datasets library writes it, where names are declared."""
    target = read("single-label", -1, 1, np.int64(-1), declared=("a", "b"), optional=True)
    assert target.values() == [None, ["b"], None]
    assert read("single-label", -1, optional=True).values() == [["-1"]]
    assert read("regression", -1, optional=True).values() == [[-1.0]]
    error = refusal("single-label", -1, declared=("a", "b"))
    assert error.what == "the label is missing (-1)"


@pytest.mark.parametrize("task", TASKS)
def test_what_is_no_label_is_refused_with_several_heads_too(task):
    assert refusal(task, {"a": 1}, words=["w"], optional=True).where == "a.csv, line 3"


# From sources of rows


def csv_rows(tmp_path, text, **settings):
    (tmp_path / "a.csv").write_text(text)
    return read_rows(tmp_path / "a.csv", **settings)


def test_lists_of_a_table(tmp_path):
    text = 'text,labels\nu,x|y\nv,\nw,"[""y"", ""z|x""]"\n'
    rows = csv_rows(tmp_path, text, task="multi-label")
    assert rows.target.values() == [["x", "y"], [], ["y", "z|x"]]
    assert rows.label_counts == {"x": 1, "y": 2, "z|x": 1}
    rows = csv_rows(
        tmp_path,
        text.replace("x|y", "x;y"),
        task="multi-label",
        columns=Columns(separator=";"),
    )
    assert rows.target.values()[0] == ["x", "y"]


def test_lists_of_json(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [{"text": "u", "labels": ["x", "y"]}, {"text": "v", "labels": []}]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert read_rows(path, task="multi-label").target.values() == [["x", "y"], []]
    for bad, what in (
        ('["x", "x"]', "stands twice"),
        ("null", "got NoneType None"),
        ('["x", null]', "the label is missing"),
    ):
        path.write_text('{"text": "u", "labels": []}\n{"text": "v", "labels": ' + bad + "}\n")
        with pytest.raises(DataError, match=what) as caught:
            read_rows(path, task="multi-label")
        assert caught.value.where == f"{path}, line 2"


def test_lists_of_parquet(tmp_path):
    frame = pd.DataFrame({"text": ["u", "v", "w"], "labels": [["x"], [], ["z", "x"]]})
    frame.to_parquet(tmp_path / "a.parquet")
    again = pd.read_parquet(tmp_path / "a.parquet")
    assert isinstance(again["labels"][0], np.ndarray)
    for source in (tmp_path / "a.parquet", frame, again):
        rows = read_rows(source, task="multi-label")
        assert rows.target.values() == [["x"], [], ["z", "x"]]


@pytest.mark.parametrize("kind", ["Sequence", "List"])
def test_lists_of_declared_labels(kind):
    import datasets

    names = ["z", "unused", "a"]
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "labels": getattr(datasets, kind)(datasets.ClassLabel(names=names)),
        }
    )
    table = {"text": ["u", "v", "w"], "labels": [[2, 0], [], [2]]}
    rows = read_rows(datasets.Dataset.from_dict(table, features=features), task="multi-label")
    assert rows.target.values() == [["a", "z"], [], ["a"]]
    assert rows.target.declared == tuple(names)
    assert LabelMap.from_rows(rows).names == tuple(names)
    assert LabelMap.from_rows(rows).ids(rows).tolist() == [2, 0, 2]


def test_unknown_labels_of_another_file():
    labels = LabelMap.from_rows(read_rows((["u", "v"], [["b", "a"], ["c"]]), task="multi-label"))
    other = read_rows((["u", "v", "w"], [["d", "a"], [], ["e", "d", "c"]]), task="multi-label")
    assert labels.ids(other).tolist() == [-1, 0, -1, -1, 2]
    assert labels.unseen(other) == {"d": 2, "e": 1}


def test_numbers_of_a_table(tmp_path):
    rows = csv_rows(tmp_path, "text,label\nu,3\nv,-0.5\nw, 1e2\n", task="regression")
    assert rows.target.values() == [[3.0], [-0.5], [100.0]]
    assert LabelMap.from_rows(rows).names == ()
    with pytest.raises(DataError, match="got str '1,5'") as caught:
        csv_rows(tmp_path, 'text,label\n"u\nu",3\nv,"1,5"\n', task="regression")
    assert caught.value.where == f"{tmp_path / 'a.csv'}, line 4"


def test_numbers_of_a_frame():
    frame = pd.DataFrame({"text": list("uvw"), "label": [3, None, 0.5]})
    with pytest.raises(DataError, match="DataFrame, index 1: expected a finite number, got float"):
        read_rows(frame, task="regression")
    rows = read_rows(frame.dropna(), task="regression")
    assert rows.target.values() == [[3.0], [0.5]]


def test_rows_that_have_labels_for_some_heads(tmp_path):
    """An absent key, null and an empty cell say the same."""
    expected = {"topics": [["x"], None, [], None], "stars": [None, [2.0], [0.5], None]}
    lines = [
        {"text": "u", "labels": ["x"]},
        {"text": "v", "labels": None, "score": 2},
        {"text": "w", "labels": [], "score": 0.5},
        {"text": "t", "score": None},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    frame = pd.DataFrame(lines)
    frame.to_parquet(tmp_path / "a.parquet")
    table = "text,labels,score\nu,x,\nv,,2\nw,[],0.5\nt,nan, \n"
    for rows in (
        read_rows(path, heads=TWO),
        read_rows(frame, heads=TWO),
        read_rows(tmp_path / "a.parquet", heads=TWO),
        csv_rows(tmp_path, table, heads=TWO),
    ):
        assert {name: target.values() for name, target in rows.targets.items()} == expected
        with pytest.raises(DataError, match="expected rows with one head, got topics, stars"):
            _ = rows.target


def test_a_column_that_is_absent_altogether(tmp_path):
    frame = pd.DataFrame({"text": ["u", "v"], "score": [1.5, -3]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    frame.to_csv(tmp_path / "a.csv")
    import datasets

    for source in (
        frame,
        datasets.Dataset.from_pandas(frame),
        *(tmp_path / f"a.{suffix}" for suffix in ("parquet", "jsonl", "csv")),
    ):
        rows = read_rows(source, heads=TWO)
        assert rows.targets["topics"].values() == [None, None]
        assert rows.targets["stars"].values() == [[1.5], [-3.0]]
        assert LabelMap.from_rows(rows, "stars").names == ()
        expected = "no row has a label for 'topics', in the column 'labels'.*leave this head out"
        with pytest.raises(DataError, match=expected) as caught:
            LabelMap.from_rows(rows, "topics")
        assert caught.value.where == rows.source


def test_the_row_of_several_heads_is_named():
    with pytest.raises(DataError, match=r"\(text, labels, score\), index 1: expected a finite"):
        read_rows((["u", "v"], [["x"], []], [1, "2,5"]), heads=TWO)
