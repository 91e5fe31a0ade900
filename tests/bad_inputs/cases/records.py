"""JSON lines, Parquet and CoNLL files."""

import datetime

import pyarrow as pa

from tests.bad_inputs.bad_input import BadInput, Content
from tests.bad_inputs.cases.contents import (
    JSON_LINES,
    LABELS,
    OBJECTS,
    TABLE,
    TEXTS,
    json_lines,
    parquet_bytes,
)
from tests.bad_inputs.world import GOOD

ONE_OBJECT = "Write one JSON object a line"
FILL_IN = "Fill it in or delete the row."
CONVERT = "Convert it, or declare another column: --text COLUMN."
ONE_LABEL = "A label is a string, whole number or truth value."


def line(name: str, last: str, remedy: str) -> BadInput:
    """Sixteen good lines and a bad one."""
    return BadInput(f"jsonl: {name}", "train rows.jsonl", "rows.jsonl, line 17", remedy,
                    {"rows.jsonl": JSON_LINES + last + "\n"})  # fmt: skip


def whole(name: str, content: Content, place: str, remedy: str) -> BadInput:
    return BadInput(f"jsonl: {name}", "train rows.jsonl", place, remedy, {"rows.jsonl": content})


JSON = [
    line("a key twice", '{"text": "a", "label": "good", "label": "bad"}', "Keep one of them"),
    line("text twice", '{"text": "a", "text": "b", "label": "bad"}', "Keep one of them"),
    line("garbage behind", '{"text": "a", "label": "good"} x', ONE_OBJECT),
    line("two objects in a line", '{"text": "a", "label": "x"}{"text": "b"}', ONE_OBJECT),
    line("a comma behind", '{"text": "a", "label": "good"},', ONE_OBJECT),
    line("cut short", '{"text": "a", "lab', ONE_OBJECT),
    line("a comment", "// the end", ONE_OBJECT),
    line("single quotes", "{'text': 'a', 'label': 'good'}", ONE_OBJECT),
    line("a line break in a text", '{"text": "a\nb", "label": "good"}', ONE_OBJECT),
    line("a control sign in a text", '{"text": "a\x01b", "label": "good"}', ONE_OBJECT),
    line("nested too deep", "[" * 100_000, "nested too deep"),
    line("a number without end", '{"text": "a", "label": ' + "9" * 5000 + "}", ONE_OBJECT),
    line("null", "null", ONE_OBJECT),
    line("a list", '["a", "good"]', ONE_OBJECT),
    line("a text", '"a"', ONE_OBJECT),
    line("a number", "1", ONE_OBJECT),
    line("no key", "{}", "Declare yours: --text COLUMN."),
    line("no text", '{"label": "good"}', "Declare yours: --text COLUMN."),
    line("no label", '{"text": "a"}', "Declare yours: --label COLUMN."),
    line("another case", '{"Text": "a", "label": "good"}', "Declare yours: --text COLUMN."),
    line("text is a number", '{"text": 3, "label": "good"}', CONVERT),
    line("text is a truth value", '{"text": true, "label": "good"}', CONVERT),
    line("text is a list", '{"text": ["a"], "label": "good"}', CONVERT),
    line("text is an object", '{"text": {"a": 1}, "label": "good"}', CONVERT),
    line("label is null", '{"text": "a", "label": null}', FILL_IN),
    line("label is NaN", '{"text": "a", "label": NaN}', FILL_IN),
    line("label is empty", '{"text": "a", "label": ""}', FILL_IN),
    line("label is blank", '{"text": "a", "label": " "}', FILL_IN),
    line("label is infinite", '{"text": "a", "label": Infinity}', "--task regression"),
    line("label is a fraction", '{"text": "a", "label": 0.5}', "--task regression"),
    line("label is a list", '{"text": "a", "label": ["good"]}', "--task multi-label"),
    line("label is an object", '{"text": "a", "label": {"x": 1}}', ONE_LABEL),
    line("a NUL", '{"text": "a\0", "label": "good"}', "tr -d '\\000'"),
    whole("an array", json_lines(OBJECTS), "rows.jsonl, line 1", ONE_OBJECT),
    whole("spread over lines", '{\n"text": "a"\n}\n', "rows.jsonl, line 1", ONE_OBJECT),
    whole("a table", TABLE, "rows.jsonl, line 1", ONE_OBJECT),
    whole("carriage returns", JSON_LINES.replace("\n", "\r"), "rows.jsonl, line 1", ONE_OBJECT),
    whole("UTF-16", JSON_LINES.encode("utf-16"), "rows.jsonl, line 1", "iconv -f utf-16"),
    whole("Latin-1", b'{"text": "\xe9", "label": "x"}\n', "rows.jsonl, line 1", "UTF-8"),
    whole("empty", "", "rows.jsonl: no rows", "Check the file"),
]  # fmt: skip


def columns(name: str, place: str, remedy: str, **changes: object) -> BadInput:
    """Two good columns, one of them changed."""
    content = parquet_bytes({"text": TEXTS, "label": LABELS} | changes)
    return BadInput(f"parquet: {name}", "train rows.parquet", f"rows.parquet{place}", remedy,
                    {"rows.parquet": content})  # fmt: skip


def stored(name: str, content: bytes | str, remedy: str, place: str = "") -> BadInput:
    return BadInput(f"parquet: {name}", "train rows.parquet", f"rows.parquet{place}", remedy,
                    {"rows.parquet": content})  # fmt: skip


PLAIN = parquet_bytes({"text": TEXTS, "label": LABELS})
TWICE = pa.Table.from_arrays([pa.array(TEXTS)] * 2 + [pa.array(LABELS)], ["text", "text", "label"])
PARQUET = [
    stored("a table", TABLE, "Copy or write the file again."),
    stored("empty file", b"", "Copy or write the file again."),
    stored("cut short", PLAIN[:-30], "Copy or write the file again."),
    stored("damaged inside", PLAIN[:10] + b"\xff" * 40 + PLAIN[50:], "Copy or write"),
    stored("no rows", parquet_bytes({"text": pa.array([], "string"), "label": []}),
           "Check the file"),
    stored("a column twice", parquet_bytes(TWICE), "Rename all but one of them."),
    stored("other columns", parquet_bytes({"words": TEXTS}), "Declare yours: --text COLUMN."),
    columns("text is bytes", ", row 1", CONVERT, text=[b"a"] * 16),
    columns("text is numbers", ", row 1", CONVERT, text=list(range(16))),
    columns("text is objects", ", row 1", CONVERT, text=[{"a": 1}] * 16),
    columns("text is times", ", row 1", CONVERT, text=[datetime.datetime(2020, 1, 1)] * 16),
    columns("text is lists", ", row 1", CONVERT, text=[["a"]] * 16),
    columns("a label is null", ", row 16", FILL_IN, label=[*LABELS[:15], None]),
    columns("all labels are null", ", row 1", FILL_IN, label=pa.nulls(16)),
    columns("a label is NaN", ", row 16", FILL_IN, label=[1.0] * 15 + [float("nan")]),
    columns("labels are fractions", ", row 1", "--task regression", label=[0.5] * 16),
    columns("labels are dates", ", row 1", ONE_LABEL, label=[datetime.date(2020, 1, 1)] * 16),
    columns("labels are bytes", ", row 1", ONE_LABEL, label=[b"x"] * 16),
    columns("labels are lists", ", row 1", "--task multi-label", label=[["x"]] * 16),
    columns("labels are objects", ", row 1", ONE_LABEL, label=[{"a": 1}] * 16),
]  # fmt: skip

CONLL = GOOD["good.conll"]  # 56 lines


def words(name: str, content: Content, place: str, remedy: str, options: str = "") -> BadInput:
    arguments = f"train rows.conll --task token{options}"
    return BadInput(f"conll: {name}", arguments, place, remedy, {"rows.conll": content})


NUMBER = "Declare a column by its number, 1 to 2: --label NUMBER."
SPELL = "--tag-scheme none"
WORDS = [
    words("empty", "", "rows.conll: no rows", "Check the file"),
    words("one column", "a\nb\n\n", "rows.conll, line 1", "Write the tag of each word behind it"),
    words("a column less", "a b O\n\nc O\n", "rows.conll, line 3", "a blank line ends a sentence"),
    words("a column more", CONLL + "a b O\n", "rows.conll, line 57",
          "a blank line ends a sentence"),
    words("a table", TABLE, "rows.conll, line 1", "Write the tag of each word behind it"),
    words("a tag is missing", "a\tO\nb\t\n\n", "rows.conll, line 1", FILL_IN),
    words("tabs end the lines", "a\tO\t\nb\tO\t\n\n", "rows.conll, line 1", FILL_IN),
    words("blanks after tabs", "New York\tB-x\nNew York\n\n", "rows.conll, line 2", "by tabs"),
    words("a tab among blanks", "a O\nNew York\tO\n\n", "rows.conll, line 2", "by tabs"),
    words("carriage returns", CONLL.replace("\n", "\r"), "rows.conll, line 1", "tr '\\r' '\\n'"),
    words("Latin-1", CONLL.encode() + b"caf\xe9 O\n", "rows.conll, line 57", "iconv -f latin1"),
    words("a NUL", CONLL + "a\0 O\n", "rows.conll, line 57", "tr -d '\\000'"),
    words("column 9", CONLL, "rows.conll, line 1", NUMBER, " --label 9"),
    words("column 0", CONLL, "rows.conll, line 1", NUMBER, " --label 0"),
    words("column -1", CONLL, "rows.conll, line 1", NUMBER, " --label -1"),
    words("column by a name", CONLL, "rows.conll, line 1", NUMBER, " --label ner"),
    words("column in other digits", CONLL, "rows.conll, line 1", NUMBER, " --label \u0662"),
    words("words for tags", CONLL, "rows.conll, line 1", "--label NUMBER", " --label 1"),
    words("words in a column that is not there", CONLL, "line 1", "--tokens NUMBER", " --tokens 5"),
    words("a tag of no scheme", CONLL + "rome NOUN\n", "rows.conll, line 57", SPELL),
    words("a tag in small letters", CONLL + "rome b-x\n", "rows.conll, line 57", SPELL),
    words("zero for O", CONLL + "rome 0\n", "rows.conll, line 57", SPELL),
    words("a tag without a type", CONLL + "rome B-\n", "rows.conll, line 57", SPELL),
    words("underscores", CONLL.replace("-", "_"), "rows.conll, line 1", SPELL),
    words("letters behind the type", CONLL.replace("B-x", "x-B").replace("I-x", "x-I"), "line 1",
          SPELL),
    words("small letters", CONLL.replace("B-x", "b-x").replace("I-x", "i-x"), "line 1", SPELL),
    words("BILOU", "a U-x\nb O\n\n" * 8, "rows.conll, line 1", SPELL),
    words("O alone", "a O\n\n" * 8, "rows.conll: expected at least two labels", "check the label"),
    words("iobes as bio", "a S-x\nb O\n\n" * 8, "rows.conll, line 1", "--tag-scheme",
          " --tag-scheme bio"),
    words("broken tags", CONLL + "rome I-x\n", "line 57", "--broken-tags repair",
          " --broken-tags refuse"),
    words("no scheme to convert", "a N\nb V\n\n" * 8, "--convert-tags", "Leave it out",
          " --convert-tags bio"),
    words("one sentence", CONLL.replace("\n\n", "\n"), "rows.conll: 1 rows are too few",
          "--validation FILE"),
    BadInput("conll: as texts", "train good.conll", "good.conll, line 1", "--task token"),
    BadInput("conll: pairs", "train good.conll --task token --text-pair b", "words have no pairs",
             "Leave --text-pair or --tokens out."),
]  # fmt: skip


def tagged(name: str, row: dict[str, object], place: str, remedy: str) -> BadInput:
    rows = [{"tokens": ["a", c], "tags": ["O", "B-x"]} for c in "abcdefgh"]
    return BadInput(f"tags: {name}", "train rows.jsonl --task token", place, remedy,
                    {"rows.jsonl": json_lines(*rows, row)})  # fmt: skip


ONE_A_WORD = "Every word has one tag"
NINTH = "rows.jsonl, line 9"
TAGS = [
    tagged("one too few", {"tokens": ["a", "b"], "tags": ["O"]}, NINTH, ONE_A_WORD),
    tagged("one too many", {"tokens": "a b", "tags": "O O O"}, NINTH, ONE_A_WORD),
    tagged("null", {"tokens": ["a"], "tags": None}, NINTH, FILL_IN),
    tagged("null inside", {"tokens": ["a"], "tags": [None]}, NINTH, FILL_IN),
    tagged("nested", {"tokens": ["a"], "tags": [["O"]]}, NINTH, ONE_LABEL),
    tagged("a number", {"tokens": ["a"], "tags": 3}, NINTH, FILL_IN),
    tagged("an object", {"tokens": ["a"], "tags": {"a": "O"}}, NINTH, FILL_IN),
    tagged("words are numbers", {"tokens": [1], "tags": ["O"]}, NINTH, "--tokens COLUMN"),
    tagged("words are an object", {"tokens": {"a": 1}, "tags": ["O"]}, NINTH, "--tokens COLUMN"),
    tagged("Python's list of words", {"tokens": "['a', 'b']", "tags": "O O"}, NINTH, "json.dumps"),
    tagged("Python's list of tags", {"tokens": "a b", "tags": "['O', 'O']"}, NINTH, "json.dumps"),
    BadInput("tags: no column of words", "train good.csv --task token", "good.csv, line 1",
             "Declare yours: --tokens COLUMN."),
]  # fmt: skip

RECORDS = [*JSON, *PARQUET, *WORDS, *TAGS]
