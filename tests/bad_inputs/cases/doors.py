"""The same damaged files through each door that takes rows."""

from tests.bad_inputs.bad_input import BadInput, Content
from tests.bad_inputs.cases.contents import HEADER, ROWS, TABLE, packed, zipped

DOORS = (
    "train good.csv --validation {}",
    "train good.csv --test {}",
    "evaluate run {}",
    "predict run {} --output predicted.jsonl",
    "doctor {}",
    "doctor good.csv --validation {}",
    "doctor run --validation {}",
    "augment {}",
    "augment good.csv --candidates {}",
    "augment good.csv --validation {}",
    "augment good.csv --test {}",
    "export run served --texts {}",
)
DAMAGES: tuple[tuple[str, Content | None, str, str], ...] = (
    ("nowhere.csv", None, "nowhere.csv: no such file", "Check the path."),
    ("empty.csv", "", "empty.csv: no rows", "It is empty|Check the file"),
    ("header.csv", HEADER, "header.csv: no rows", "It is empty|Check the file"),
    ("ragged.csv", TABLE + "a\n", "ragged.csv, line 18", '"quotes"'),
    ("latin.csv", TABLE.encode() + b"caf\xe9,good\n", "latin.csv, line 18", "iconv -f latin1"),
    ("wide.csv", TABLE.encode("utf-16"), "wide.csv, line 1", "iconv -f utf-16"),
    ("nul.csv", TABLE + "a\0b,good\n", "nul.csv, line 18", "tr -d '\\000'"),
    ("open.csv", HEADER + '"a,good\n' + ROWS, "open.csv, line 2", "--no-quotes"),
    ("other.csv", TABLE.replace("text", "body", 1), "other.csv, line 1", "--text COLUMN"),
    ("zipped.csv", zipped(TABLE), "zipped.csv, line 1", "Unpack it"),
    ("cut.csv.gz", packed(HEADER + ROWS * 9)[:-20], "cut.csv.gz", "gzip -t"),
    ("table.jsonl", TABLE, "table.jsonl, line 1", "Write one JSON object a line"),
    ("rows.xlsx", zipped(TABLE), "rows.xlsx: unknown format", "Give one of .csv"),
)

DAMAGED_FILES = [
    BadInput(f"door: {door.format(name)}", door.format(name), place, remedy,
             {} if content is None else {name: content})
    for door in DOORS
    for name, content, place, remedy in DAMAGES
]  # fmt: skip
