"""Tables and what stands in their place: .csv and .tsv, plain and gzipped."""

from tests.bad_inputs.bad_input import BadInput, Content
from tests.bad_inputs.cases.contents import (
    HEADER,
    JSON_LINES,
    LABELS,
    ROWS,
    TABLE,
    TEXTS,
    folder,
    json_lines,
    link,
    packed,
    parquet_bytes,
    pipe,
    zipped,
)

LINE = "rows.csv, line"
FIELDS = 'Put fields that hold a separator or a line break in "quotes".'
UTF8 = "Save the file as UTF-8"
DECLARE, CHECK = "Declare yours: --", "Check the file"
TABLE_AS_TEXT = "Save its table as a text file"
FOUND = "Check the path."
AS_TEXT_COLUMN = {"text": TEXTS, "label": LABELS}


def csv(name: str, content: Content, place: str, remedy: str, options: str = "") -> BadInput:
    return BadInput(
        f"csv: {name}", f"train rows.csv{options}", place, remedy, {"rows.csv": content}
    )


def file(name: str, path: str, content: Content | None, place: str, remedy: str) -> BadInput:
    files = {} if content is None else {path: content}
    return BadInput(f"file: {name}", f"train {path}", place, remedy, files)


SHAPES = [
    csv("empty", "", "rows.csv: no rows", CHECK),
    csv("blank lines alone", "\n\n\n", "rows.csv: no rows", CHECK),
    csv("a byte order mark alone", "\ufeff", "rows.csv: no rows", CHECK),
    csv("a header alone", HEADER, "rows.csv: no rows", CHECK),
    csv("a field more", TABLE + "a,good,1\n", f"{LINE} 18", FIELDS),
    csv("a field less", TABLE + "a\n", f"{LINE} 18", FIELDS),
    csv("blanks for a row", TABLE + "   \n", f"{LINE} 18", FIELDS),
    csv("a comma behind each row", HEADER + ROWS.replace("\n", ",\n"), f"{LINE} 2", FIELDS),
    csv("a text with a comma", HEADER + "so, it was,good\n" + ROWS, f"{LINE} 2", FIELDS),
    csv("a blank before a quote", HEADER + 'a, "good, or bad"\n', f"{LINE} 2", FIELDS),
    csv("no header", ROWS, f"{LINE} 1", DECLARE),
    csv("a header in capitals", TABLE.replace("text,label", "TEXT,LABEL"), f"{LINE} 1", DECLARE),
    csv("a blank in the header", TABLE.replace(",", ", ", 1), f"{LINE} 1", DECLARE),
    csv("text twice", "text,text,label\na,b,x\n", f"{LINE} 1", "Rename all but one"),
    csv("label twice", "text,label,label\na,x,y\n", f"{LINE} 1", "Rename all but one"),
    csv("semicolons", TABLE.replace(",", ";"), f"{LINE} 1", "separated by ';'"),
    csv("tabs", TABLE.replace(",", "\t"), f"{LINE} 1", "separated by '\\t'"),
    csv("bars", TABLE.replace(",", "|"), f"{LINE} 1", "separated by '|'"),
    csv("JSON lines inside", JSON_LINES, f"{LINE} 1", DECLARE),
    csv("5,000 columns", ",".join(f"c{i}" for i in range(5000)), "and 4988 more", DECLARE),
    csv("a header of one word", "text\na\n", f"{LINE} 1", DECLARE),
    csv("two files in one", TABLE + TABLE, f"{LINE} 18", "Delete this line"),
    csv("two files with marks in one", TABLE + "\ufeff" + TABLE, f"{LINE} 18", "Delete this line"),
    csv("text and label one column", TABLE, "'label'", "--label COLUMN", " --text label"),
    csv("label and text one column", TABLE, "'text'", "--label COLUMN", " --label text"),
    csv("label the second text", TABLE, "'label'", "--label COLUMN", " --text-pair label"),
    BadInput("tsv: commas", "train rows.tsv", "rows.tsv, line 1", "separated by ','",
             {"rows.tsv": TABLE}),
    BadInput("tsv: ragged", "train rows.tsv", "rows.tsv, line 2", FIELDS,
             {"rows.tsv": "text\tlabel\na\tx\t1\n"}),
    BadInput("tsv: unbalanced quote", "train rows.tsv", "rows.tsv, line 2", "--no-quotes",
             {"rows.tsv": 'text\tlabel\n"a\tx\nb\ty\n'}),
]  # fmt: skip

QUOTES = [
    csv("a quote never closed", HEADER + '"the film,good\n' + ROWS, f"{LINE} 2", "--no-quotes"),
    csv("a quote that swallows rows", HEADER + '"the film,good\n' + ROWS + 'ugly",bad\n' + ROWS,
        f"{LINE} 2", "Close the quote or double it"),
    csv("a quote that swallows a row", HEADER + '"film,good\nugly",bad\n' + ROWS, f"{LINE} 2",
        "Close the quote or double it"),
    csv("a quote in a label that swallows", "label,text\n" + 'good,"a\nbad,b\ngood,c"\nbad,d\n' * 8,
        f"{LINE} 2", "Close the quote or double it"),
    csv("a quote closed early", HEADER + '"the film" ,good\n', f"{LINE} 2", "Double a quote"),
    csv("a quote with a backslash", HEADER + '"a \\"b\\" c",good\n', f"{LINE} 2", "Double a quote"),
    csv("a field that is not divided", HEADER + '"a,good"\n', f"{LINE} 2", FIELDS),
    csv("line breaks without quotes", HEADER + "first\nsecond,good\n", f"{LINE} 2", FIELDS),
    csv("carriage returns alone", TABLE.replace("\n", "\r"), f"{LINE} 1", "tr '\\r' '\\n'"),
    csv("a carriage return in a text", HEADER + "a\rb,good\n", f"{LINE} 2", "tr '\\r' '\\n'"),
]  # fmt: skip

ENCODINGS = [
    csv("Latin-1", (HEADER + "caf\u00e9,x\n").encode("latin1"), f"{LINE} 2", "iconv -f latin1"),
    csv("Windows quotes", HEADER.encode() + b"it\x92s,x\n", f"{LINE} 2", "iconv -f latin1"),
    csv("Latin-1 in the header", b"text,label,ann\xe9e\na,x,1\n", f"{LINE} 1", UTF8),
    csv("a character cut in two", TABLE.encode() + b"caf\xc3,good\n", f"{LINE} 18", UTF8),
    csv("UTF-16", TABLE.encode("utf-16"), f"{LINE} 1", "iconv -f utf-16 "),
    csv("UTF-16 without a mark", TABLE.encode("utf-16-le"), f"{LINE} 1", "iconv -f utf-16le"),
    csv("UTF-16, the other end first", TABLE.encode("utf-16-be"), f"{LINE} 1", "UTF-16"),
    csv("UTF-32", TABLE.encode("utf-32"), f"{LINE} 1", "iconv -f utf-32"),
    csv("a NUL in a text", TABLE + "a\0b,good\n", f"{LINE} 18", "tr -d '\\000'"),
    csv("a NUL in a label", TABLE + "ab,go\0od\n", f"{LINE} 18", "tr -d '\\000'"),
    csv("a NUL in the header", TABLE.replace("label", "la\0bel", 1), f"{LINE} 1", "tr -d"),
    csv("NULs at the end", TABLE + "\0" * 40, f"{LINE} 18", "NUL byte"),
]

OTHER_FILES = [
    csv("a zip archive", zipped(TABLE), f"{LINE} 1", TABLE_AS_TEXT),
    csv("gzip", packed(TABLE), f"{LINE} 1", "ends in .gz"),
    csv("bzip2", b"BZh91AY&SY\x94$|\x0e\x00", f"{LINE} 1", "bzip2 -d"),
    csv("xz", b"\xfd7zXZ\x00\x00\x04\xe6", f"{LINE} 1", "xz -d"),
    csv("Zstandard", b"\x28\xb5\x2f\xfd\x24\x05", f"{LINE} 1", "zstd -d"),
    csv("Parquet", parquet_bytes(AS_TEXT_COLUMN), f"{LINE} 1", "ends in .parquet"),
    csv("an old Excel file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 9, f"{LINE} 1",
        TABLE_AS_TEXT),
    csv("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", f"{LINE} 1", TABLE_AS_TEXT),
    csv("a pickle", b"\x80\x04\x95\x10\0\0\0\0", f"{LINE} 1", "never opened"),
    csv("an SQLite database", b"SQLite format 3\0\x10", f"{LINE} 1", TABLE_AS_TEXT),
    csv("HDF5", b"\x89HDF\r\n\x1a\n\0", f"{LINE} 1", TABLE_AS_TEXT),
    csv("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", f"{LINE} 1", UTF8),
    csv("a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n", f"{LINE} 1", DECLARE),
    csv("a web page", "<!DOCTYPE html>\n<html></html>\n", f"{LINE} 1", DECLARE),
]  # fmt: skip

GZIP = [
    file("gz that is not packed", "rows.csv.gz", TABLE, "rows.csv.gz, line 1", "Take .gz off"),
    file("gz cut short", "rows.csv.gz", packed(HEADER + ROWS * 9)[:-20], "rows.csv.gz", "gzip -t"),
    file("gz with another sum", "rows.csv.gz", packed(TABLE)[:-6] + b"abcdef", "line 18",
         "gzip -t"),
    file("gz with more behind", "rows.csv.gz", packed(TABLE) + b"more", "line 18", "gzip -t"),
    file("gz, empty", "rows.csv.gz", b"", "rows.csv.gz: no rows", CHECK),
    file("gz of nothing", "rows.csv.gz", packed(""), "rows.csv.gz: no rows", CHECK),
    file("gz in gz", "rows.csv.gz", packed(packed(TABLE)), "rows.csv.gz, line 1", "gzip -d"),
    file("gz of a zip archive", "rows.csv.gz", packed(zipped(TABLE)), "line 1", TABLE_AS_TEXT),
    file("gz, ragged", "rows.csv.gz", packed(TABLE + "a\n"), "rows.csv.gz, line 18", FIELDS),
    file("gz, header alone", "rows.tsv.gz", packed("text\tlabel\n"), "rows.tsv.gz", CHECK),
    file("jsonl.gz of a table", "rows.jsonl.gz", packed(TABLE), "line 1", "one JSON object a line"),
    file("jsonl.gz cut", "rows.jsonl.gz", packed(JSON_LINES)[:-9], "rows.jsonl.gz", "gzip -t"),
    file("conll.gz of one column", "rows.conll.gz", packed("a\nb\n"), "line 1", "--task token"),
    file("parquet.gz of a table", "rows.parquet.gz", packed(TABLE), "rows.parquet.gz", "again"),
]  # fmt: skip

PATHS = [
    file("none there", "nowhere.csv", None, "nowhere.csv: no such file", FOUND),
    file("none there, gz", "nowhere.jsonl.gz", None, "nowhere.jsonl.gz: no such file", FOUND),
    file("a folder", "rows.csv", folder, "rows.csv: expected a file, got a folder", FOUND),
    file("a pipe", "rows.csv", pipe, "rows.csv: expected a file, got a pipe", "standard input"),
    file("a device", "rows.csv", link("/dev/null"), "rows.csv", "standard input"),
    file("a link to nothing", "rows.csv", link("nothing"), "rows.csv: no such file", FOUND),
    file("a link to itself", "rows.csv", link("rows.csv"), "rows.csv: no such file", FOUND),
    file("a file that gives errors", "rows.csv", link("/proc/self/mem"), "rows.csv: cannot be",
         FOUND[:-1]),
    file("a name of 300 letters", "a" * 300 + ".csv", None, "a.csv", "Check the path"),
    file("a NUL in the name", "a\0b.csv", None, "b.csv: no such file", FOUND),
    file("no name", "", None, "unknown format", "Give one of .csv"),
    file("the folder itself", ".", None, "unknown format", "Give one of .csv"),
    file("Excel", "rows.xlsx", zipped(TABLE), "rows.xlsx: unknown format", "Give one of .csv"),
    file("JSON", "rows.json", json_lines({}), "rows.json: unknown format", "Give one of .csv"),
    file("no suffix", "rows", TABLE, "rows: unknown format", "Give one of .csv"),
    file("bzip2 by name", "rows.csv.bz2", b"", "rows.csv.bz2: unknown format", "Give one of .csv"),
    file("a text file", "rows.txt", "a\nb\n", "rows.txt: plain text has no labels", "Give .csv"),
]  # fmt: skip

TABLES = [*SHAPES, *QUOTES, *ENCODINGS, *OTHER_FILES, *GZIP, *PATHS]
