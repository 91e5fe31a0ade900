"""Labels that a task cannot be trained on or judged by."""

from tests.bad_inputs.bad_input import BadInput, Content
from tests.bad_inputs.cases.contents import HEADER, TABLE, json_lines
from tests.bad_inputs.world import GOOD

FILL_IN = "Fill it in or delete the row."
NOTHING = "There is nothing to tell apart: check the label column."
MORE = "Give a validation file (--validation FILE) or more rows, or hold none out"
SEVERAL, NUMBERS = GOOD["several.csv"], GOOD["numbers.csv"]  # 17 lines each


def single(name: str, content: Content, place: str, remedy: str, options: str = "") -> BadInput:
    arguments = f"train rows.csv{options}"
    return BadInput(f"single-label: {name}", arguments, place, remedy, {"rows.csv": content})


def several(name: str, last: str, remedy: str, place: str = "rows.csv, line 18") -> BadInput:
    files = {"rows.csv": SEVERAL + last + "\n"}
    return BadInput(
        f"multi-label: {name}", "train rows.csv --task multi-label", place, remedy, files
    )


def listed(name: str, value: object, remedy: str) -> BadInput:
    rows = [{"text": c, "labels": ["x", "y"][: 1 + (c < "e")]} for c in "abcdefgh"]
    return BadInput(f"multi-label: {name}", "train rows.jsonl --task multi-label", "line 9", remedy,
                    {"rows.jsonl": json_lines(*rows, {"text": "a", "labels": value})})  # fmt: skip


def number(name: str, last: str) -> BadInput:
    return BadInput(f"regression: {name}", "train rows.csv --task regression", "rows.csv, line 18",
                    "Correct it or delete the row", {"rows.csv": f"{NUMBERS}{last}\n"})  # fmt: skip


def typed(name: str, value: object) -> BadInput:
    rows = [{"text": f"a{i}", "label": i} for i in range(12)]
    return BadInput(f"regression: {name}", "train rows.jsonl --task regression",
                    "rows.jsonl, line 13", "Correct it or delete the row",
                    {"rows.jsonl": json_lines(*rows, {"text": "a", "label": value})})  # fmt: skip


SINGLE = [
    single("one label", HEADER + "a,x\nb,x\nc,x\n" * 5, "rows.csv", NOTHING),
    single("one row", HEADER + "a,x\n", "rows.csv", NOTHING),
    single("missing", TABLE + "a,\n", "rows.csv, line 18", FILL_IN),
    single("blank", TABLE + "a,  \n", "rows.csv, line 18", FILL_IN),
    single("nan", TABLE + "a,nan\n", "rows.csv, line 18", FILL_IN),
    single("NaN", TABLE + "a,NaN\n", "rows.csv, line 18", FILL_IN),
    single("one for each row", HEADER + "".join(f"a{c},{c}\n" for c in "abcdefghijkl"),
           "too few to hold 10% of them out for validation: they have 12 labels", MORE),
    single("all texts the same", HEADER + "film,good\nfilm,bad\n" * 9, "all texts are the same",
           MORE),
    single("no text at all", HEADER + ",good\n,bad\n" * 9, "all texts are the same", MORE),
    single("no text that is left", HEADER + ",good\n,bad\n" * 9, "rows.csv: no rows but 18",
           "--empty-text keep", " --empty-text drop"),
    single("second texts empty", "text,b,label\n" + "a,,x\nc,,y\n" * 9, "rows.csv",
           "--text-pair COLUMN", " --text-pair b"),
    BadInput("single-label: no such column", "train good.csv --label kind", "good.csv, line 1",
             "Declare yours: --label COLUMN."),
    BadInput("single-label: no such text", "train good.csv --text body", "good.csv, line 1",
             "Declare yours: --text COLUMN."),
    BadInput("single-label: no such pair", "train good.csv --text-pair b", "good.csv, line 1",
             "Declare yours: --text-pair COLUMN."),
    BadInput("evaluate: none is known", "evaluate run numbers.csv", "numbers.csv: no label",
             "Check the file and its label column"),
    BadInput("validation: none is known", "train good.csv --validation numbers.csv", "numbers.csv",
             "Check the file and its label column"),
    BadInput("test: none is known", "train good.csv --test numbers.csv", "numbers.csv: no label",
             "Check the file and its label column"),
]  # fmt: skip

SEVERAL_LABELS = [
    several("twice", "a,x|x", "Delete one."),
    several("nan", "a,nan", FILL_IN),
    several("Python's list", "a,\"['x', 'y']\"", "json.dumps(values)"),
    several("a damaged list", 'a,"[""x"",""y"""', "json.dumps(values)"),
    several("a list of nothing", 'a,"["""", ""x""]"', FILL_IN),
    listed("a number", 3, "Write a JSON list"),
    listed("an object", {"x": 1}, "Write a JSON list"),
    listed("null", None, "Write a JSON list"),
    listed("null inside", ["x", None], FILL_IN),
    listed("nested", [["x"]], "A label is a string"),
    listed("twice in a list", ["x", "x"], "Delete one."),
    listed("one-hot", [1, 0, 1], "Delete one."),
    BadInput("multi-label: a column of one", "train good.csv --task multi-label",
             "good.csv, line 1: no column 'labels'", "--label COLUMN"),
    BadInput("multi-label: no labels at all", "train rows.csv --task multi-label", "rows.csv",
             NOTHING, {"rows.csv": "text,labels\n" + "a,\nb,\n" * 8}),
    BadInput("multi-label: all in each row", "train rows.csv --task multi-label",
             "rows.csv: every row has every label", NOTHING,
             {"rows.csv": "text,labels\n" + "".join(f"{c},x|y\n" for c in "abcdefgh")}),
]  # fmt: skip

REGRESSION = [
    number("a word", "a,high"), number("infinite", "a,inf"), number("nan", "a,nan"),
    number("missing", "a,"), number("a decimal comma", 'a,"0,5"'),
    number("a comma for thousands", 'a,"1,500"'), number("an underscore", "a,1_000"),
    number("hexadecimal", "a,0x10"), number("too large", "a,1e39"), number("per cent", "a,50%"),
    number("a range", "a,3-4"), number("a unit", "a,3 stars"),
    typed("true", True), typed("null", None), typed("a list", [1]), typed("an object", {"a": 1}),
    BadInput("regression: all the same", "train rows.csv --task regression",
             "rows.csv: every row has the number 1", NOTHING,
             {"rows.csv": HEADER + "".join(f"a{c},1\n" for c in "abcdefgh")}),
    BadInput("regression: names", "train good.csv --task regression", "good.csv, line 2",
             "--task single-label"),
]  # fmt: skip

LABELS = [*SINGLE, *SEVERAL_LABELS, *REGRESSION]
