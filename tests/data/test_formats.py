"""Files -> records: the same rows out of every format, and the place of whatever is wrong."""

import csv
import gzip
import io
import json
import os
import re
import sys
import zlib

import pyarrow as pa
import pytest
from pyarrow import parquet

from tfclf.data.columns import Columns, layout
from tfclf.data.formats import FORMATS, file_records, format_of, standard_input_records
from tfclf.errors import DataError

# Fields with separators, quotes and line breaks; every script; a text that looks like a number.
ROWS = [
    ("plain", "ham"),
    ("a, comma; and\ta tab", "spam"),
    ('she said "no", twice: ""', "ham"),
    ("first line\nsecond line\r\nthird line", "spam"),
    ("café, naïve, straße", "rare label"),
    ("日本語 😀 \u0645\u0631\u062d\u0628\u0627", "ham"),
    ("12", "3"),
]
PLAIN = [("one line", None), ("", None), ("café 😀", None), (" spaces ", None), ('"', None)]
ONE_LABEL = layout(Columns(), "single-label")
TEXT_ALONE = layout(Columns(), None)


def table_bytes(rows, delimiter, end="\n"):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
    writer.writerows([("id", "text", "label"), *((i, *row) for i, row in enumerate(rows))])
    return file.getvalue().encode()


def json_bytes(rows, end="\n"):
    lines = (json.dumps({"label": label, "id": 4, "text": text}) for text, label in rows)
    return "".join(line + end for line in lines).encode()


def parquet_bytes(rows):
    texts, labels = zip(*rows, strict=True)
    file = io.BytesIO()
    parquet.write_table(pa.table({"label": labels, "id": range(len(rows)), "text": texts}), file)
    return file.getvalue()


def text_bytes(rows, end="\n"):
    return "".join(text + end for text, _ in rows).encode()


WRITERS = {
    ".csv": lambda rows, **end: table_bytes(rows, ",", **end),
    ".tsv": lambda rows, **end: table_bytes(rows, "\t", **end),
    ".jsonl": json_bytes,
    ".parquet": parquet_bytes,
    ".txt": text_bytes,
}
LABELLED = tuple(suffix for suffix in WRITERS if suffix != ".txt")


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if path.suffix.lower() == ".gz" else content)
        return path

    return write


def read(path, wanted=ONE_LABEL):
    return [record.values for record in file_records(path, wanted)]


def alone(rows):
    return [(text,) for text, _ in rows]


def positions(path):
    return [record.position for record in file_records(path, ONE_LABEL)]


def refusal(path, wanted=ONE_LABEL):
    """The error of a file that cannot be read: it names the file and says what to do."""
    with pytest.raises(DataError) as caught:
        list(file_records(path, wanted))
    assert caught.value.where.startswith(str(path))
    assert caught.value.remedy
    return caught.value


@pytest.fixture
def standard_input(monkeypatch):
    def give(content):
        buffer = io.BufferedReader(io.BytesIO(content))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(buffer))

    return give


def test_every_format_is_written_here():
    assert {*WRITERS, ".conll"} == set(FORMATS)  # words a line: tests/data/test_conll.py


@pytest.mark.parametrize("packed", ["", ".gz", ".GZ"])
@pytest.mark.parametrize("suffix", LABELLED)
def test_same_rows_out_of_every_format(write, suffix, packed):
    assert read(write(f"rows{suffix}{packed}", WRITERS[suffix](ROWS))) == ROWS


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_texts_alone(write, suffix, packed):
    path = write(f"texts{suffix}{packed}", WRITERS[suffix](PLAIN))
    assert read(path, TEXT_ALONE) == alone(PLAIN)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".txt"])
def test_windows_line_ends_and_byte_order_mark(write, suffix):
    content = b"\xef\xbb\xbf" + WRITERS[suffix](PLAIN, end="\r\n")
    assert read(write(f"rows{suffix}", content), TEXT_ALONE) == alone(PLAIN)


@pytest.mark.parametrize("suffix", LABELLED)
def test_types_of_labels(write, suffix):
    rows = [("a", 3), ("b", -1), ("c", 0)]
    expected = [(text, str(label)) for text, label in rows] if suffix in (".csv", ".tsv") else rows
    assert read(write(f"rows{suffix}", WRITERS[suffix](rows))) == expected


@pytest.mark.parametrize("suffix", LABELLED)
def test_declared_columns(write, suffix):
    path = write(f"rows{suffix}", WRITERS[suffix](ROWS))
    swapped = [(label, text) for text, label in ROWS]
    assert read(path, layout(Columns("label", "text"), "single-label")) == swapped


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_lines_after_quoted_line_breaks(write, suffix):
    # 1 header, 2 a, 3-5 b, 6 blank, 7 c, 8-9 d, 10 e
    rows = 'text,label\na,x\n"b\nb\nb",y\n\nc,z\n"d""\r\nd",x\ne,y\n'
    path = write(f"rows{suffix}", rows.replace(",", "," if suffix == ".csv" else "\t"))
    assert positions(path) == [2, 3, 7, 8, 10]


def test_lines_after_blank_ones(write):
    # The header may stand below blank lines: 3 header, 5 a, 6 b.
    assert positions(write("rows.csv", "\n\r\ntext,label\n\na,x\nb,y\n\n")) == [5, 6]
    assert positions(
        write("rows.jsonl", '\n{"text":"a","label":1}\n \n\n{"text":"b","label":2}')
    ) == [2, 5]


def test_lines_after_a_header_of_two_lines(write):
    assert positions(write("rows.csv", '\ntext,label,"by\nwhom"\na,x,\nb,y,\n')) == [4, 5]


def test_parquet_counts_rows(write):
    assert positions(write("rows.parquet", parquet_bytes(ROWS))) == [1, 2, 3, 4, 5, 6, 7]


def test_separators_of_unicode_end_no_line(write):
    """U+2028, U+0085 and form feeds are white space inside a text."""
    text = "a\u2028b\x85c\x0cd\x1ce"
    for suffix in (".csv", ".tsv", ".jsonl", ".txt"):
        path = write(f"rows{suffix}", WRITERS[suffix]([(text, None)]))
        assert read(path, TEXT_ALONE) == [(text,)]


@pytest.mark.parametrize("suffix", WRITERS)
def test_longer_than_the_csv_module_allows(write, suffix):
    rows = [("short", None), ("x, " * 70_000, None)]  # 210,000 characters
    limit = csv.field_size_limit()
    assert read(write(f"rows{suffix}.gz", WRITERS[suffix](rows)), TEXT_ALONE) == alone(rows)
    assert csv.field_size_limit() == limit


def test_without_quotes(write):
    rows = 'text\tlabel\n"quoted" word\tx\nfive 5" nails\ty\n"open\tz\n'
    expected = [('"quoted" word', "x"), ('five 5" nails', "y"), ('"open', "z")]
    assert read(write("rows.tsv", rows), layout(Columns(quotes=False), "single-label")) == expected


def test_no_end_of_line_at_the_end(write):
    assert read(write("a.csv", "text,label\na,x"))[-1] == ("a", "x")
    assert read(write("a.jsonl", '{"text": "a", "label": "x"}'))[-1] == ("a", "x")
    assert read(write("a.txt", "a\nb"), TEXT_ALONE)[-1] == ("b",)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".txt"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_no_rows(write, suffix, content):
    expected = [("",)] * content.count(b"\n") if suffix == ".txt" else []
    assert read(write(f"rows{suffix}", content), TEXT_ALONE) == expected


def test_json_lines_with_other_keys_each(write):
    path = write("a.jsonl", '{"text":"a","label":1,"by":2}\n{"label":0,"text":"b"}\n')
    assert read(path) == [("a", 1), ("b", 0)]


def test_json_without_labels_to_read(write):
    assert read(write("a.jsonl", '{"text":"a"}\n{"text":"b","label":3}'), TEXT_ALONE) == [
        ("a",),
        ("b",),
    ]


@pytest.mark.parametrize(
    "name, suffix",
    [("a.csv", ".csv"), ("A.CSV.GZ", ".csv"), ("v1.2.jsonl", ".jsonl"), ("a.b.gz.txt", ".txt")],
)
def test_format_of_a_name(tmp_path, name, suffix):
    assert format_of(tmp_path / name) == suffix


@pytest.mark.parametrize("name", ["rows.zip", "rows.csv.ZIP", "rows.tar", "rows.tar.gz", "r.tgz"])
def test_an_archive(write, name):
    """Nothing is unpacked: paths in archives lead out of them."""
    error = refusal(write(name, "text,label\n"))
    assert error.what == "this is an archive, and expected was a file with rows"
    assert error.remedy == "Unpack it, look at what is in it, and give the file."


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.gz", ".csv"])
def test_unknown_format(write, name):
    error = refusal(write(name, "text,label\n"))
    assert "unknown format" in error.what
    assert ".csv, .tsv, .jsonl, .parquet, .conll, .txt" in error.remedy


def test_missing_file(tmp_path):
    assert refusal(tmp_path / "none.csv").what == "no such file"


def test_folder(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv").what == "expected a file, got a folder"


@pytest.mark.parametrize(
    "name, content, place",
    [
        ("a.csv", "id,words,label\n", ", line 1"),
        ("b.csv", "\nid,words,label\n", ", line 2"),
        ("a.tsv", "id\twords\tlabel\n", ", line 1"),
        (
            "a.jsonl",
            '{"text":"a","label":1}\n\n{"id":1,"words":"b","label":1}\n',
            ", line 3",
        ),
        ("a.parquet", parquet_bytes(ROWS), ""),
    ],
)
def test_missing_column(write, name, content, place):
    path = write(name, content)
    columns = Columns("tokens") if name == "a.parquet" else Columns()
    error = refusal(path, layout(columns, "single-label"))
    assert error.where == f"{path}{place}"
    present = "'label', 'id', 'text'" if name == "a.parquet" else "'id', 'words', 'label'"
    assert error.what == f"no column {columns.text!r}, only {present}"
    assert error.remedy == "Declare yours: --text COLUMN."


def test_missing_label_column(write):
    error = refusal(write("a.csv", "text,class\na,x\n"))
    assert error.what == "no column 'label', only 'text', 'class'"
    assert error.remedy == "Declare yours: --label COLUMN."


def test_plain_text_has_no_labels(write):
    assert refusal(write("a.txt", "a\n")).what == "plain text has no labels"


def test_column_twice(write):
    path = write("a.csv", "text,label,text\na,x,b\n")
    error = refusal(path)
    assert (error.where, error.what) == (f"{path}, line 1", "2 columns are named 'text'")
    columns = [pa.array([text]) for text in "abc"]
    table = pa.Table.from_arrays(columns, names=["label", "text", "label"])
    parquet.write_table(table, path.with_suffix(".parquet"))
    assert refusal(path.with_suffix(".parquet")).what == "2 columns are named 'label'"


def test_columns_that_nobody_reads_may_be_there_twice(write):
    """Spreadsheets end their lines in empty columns."""
    assert read(write("a.csv", "text,label,,\na,x,,\n")) == [("a", "x")]


@pytest.mark.parametrize(
    "content, line, number",
    [
        ("text,label\na,x\nb,y,z\n", 3, 3),
        ("text,label\na,x\nb\n", 3, 1),
        ('text,label\n"a\na",x\n\nb, not quoted,y\nc,z\n', 5, 3),
        ('text,label\na,x\n"b\nb\nb"\nc,z\n', 3, 1),
    ],
)
def test_ragged_row(write, content, line, number):
    path = write("a.csv", content)
    error = refusal(path)
    assert error.where == f"{path}, line {line}"
    assert error.what == f"expected 2 fields as in the header, got {number}"


@pytest.mark.parametrize(
    "content, line",
    [
        ('text,label\na,x\n"b,y\nc,z\n', 3),
        ('text,label\n"a\na",x\n"b" b,y\n', 4),
        ('"text,label\na,x\n', 1),
    ],
)
def test_bad_quotes(write, content, line):
    path = write("a.csv", content)
    error = refusal(path)
    assert error.where == f"{path}, line {line}"
    assert "--no-quotes" in error.remedy
    assert csv.field_size_limit() == 131_072


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".txt"])
def test_not_utf8(write, suffix, packed):
    head = WRITERS[suffix]([("a", None), ("b", None)])
    path = write(f"rows{suffix}{packed}", head + "0,caf\xe9".encode("latin1"))
    error = refusal(path, TEXT_ALONE)
    # The byte is the sixth of its line; only tables have a header above the two rows.
    assert error.where == f"{path}, line {4 if suffix in ('.csv', '.tsv') else 3}"
    assert error.what == "expected UTF-8, got the byte 0xe9 at column 6"
    assert "iconv -f latin1" in error.remedy


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".txt"])
def test_utf16(write, suffix, order):
    content = ("\ufeff" + WRITERS[suffix](PLAIN).decode()).encode(f"utf-16-{order}")
    error = refusal(write(f"rows{suffix}", content), TEXT_ALONE)
    assert error.what == "expected UTF-8, got UTF-16"
    assert "iconv -f utf-16" in error.remedy


def noise(count):
    """Rows that compress badly, so that damage hits the middle of the file."""
    return [(f"{zlib.crc32(str(i).encode())}", str(i % 3)) for i in range(count)]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_gzip_cut_off(write, suffix):
    path = write(f"rows{suffix}.gz", WRITERS[suffix](noise(500)))
    path.write_bytes(path.read_bytes()[:-1000])
    error = refusal(path)
    whole = zlib.decompressobj(wbits=31).decompress(path.read_bytes()).count(b"\n")
    assert "no whole gzip file" in error.what
    assert 1 < int(re.search(r", line (\d+)$", error.where)[1]) <= whole + 1
    assert "gzip -t" in error.remedy


def test_gzip_damaged_in_the_middle(write):
    path = write("rows.csv.gz", WRITERS[".csv"](noise(500)))
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    assert "no whole gzip file" in refusal(path).what


def test_gzip_only_by_name(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(b"text,label\na,x\n")
    error = refusal(path)
    assert (error.where, "Not a gzipped file" in error.what) == (f"{path}, line 1", True)


@pytest.mark.parametrize(
    "line",
    [
        "{'text': 'a'}",
        '{"text": "a", "label": 1',
        '{"text": "a", "label": 1} {}',
        "text,label",
        "[" * 100_000,
        '{"text": "a", "label": ' + "1" * 5000 + "}",  # more digits than Python converts
    ],
)
def test_invalid_json(write, line):
    path = write("a.jsonl", f'{{"text":"a","label":1}}\n\n{line}\n')
    error = refusal(path)
    assert error.where == f"{path}, line 3"
    assert error.what.startswith("no valid JSON")
    assert "one JSON object a line" in error.remedy


@pytest.mark.parametrize("line, kind", [("[]", "list"), ('"a"', "str"), ("null", "NoneType")])
def test_json_that_is_no_object(write, line, kind):
    path = write("a.jsonl", f'{line}\n{{"text":"a","label":1}}\n')
    error = refusal(path)
    assert error.where == f"{path}, line 1"
    assert error.what == f"expected a JSON object, got {kind}"


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("damage", [lambda b: b[:-30], lambda b: b[:100], lambda b: b"text,label"])
def test_damaged_parquet(write, damage, packed):
    error = refusal(write(f"rows.parquet{packed}", damage(parquet_bytes(ROWS))))
    assert "no whole Parquet file" in error.what


def test_parquet_in_damaged_gzip(write):
    path = write("rows.parquet.gz", parquet_bytes(noise(300)))
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    assert "no whole Parquet file" in refusal(path).what


def test_parquet_with_a_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "rows.parquet"
    table = pa.table({"text": ["a long enough text"], "label": ["x"]})
    parquet.write_table(
        table, path, compression="none", use_dictionary=False, write_statistics=False
    )
    content = path.read_bytes()
    assert content.count(b"enough") == 1
    path.write_bytes(content.replace(b"enough", b"en\xffugh"))
    assert "no whole Parquet file" in refusal(path).what


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_standard_input(standard_input, mark):
    standard_input(mark + json_bytes(ROWS))
    assert [record.values for record in standard_input_records(ONE_LABEL)] == ROWS
    standard_input(mark + text_bytes(PLAIN))
    assert [record.values for record in standard_input_records(TEXT_ALONE)] == alone(PLAIN)


def test_empty_standard_input(standard_input):
    standard_input(b"")
    assert list(standard_input_records(TEXT_ALONE)) == []


@pytest.mark.parametrize("suffix", LABELLED)
def test_declared_standard_input(standard_input, suffix):
    standard_input(WRITERS[suffix](ROWS))
    assert [record.values for record in standard_input_records(ONE_LABEL, suffix)] == ROWS


def test_parquet_through_a_pipe(monkeypatch):
    """A pipe cannot be read from its end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as file:
        file.write(parquet_bytes(ROWS))
    with os.fdopen(reading, "rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        assert [record.values for record in standard_input_records(ONE_LABEL, ".parquet")] == ROWS


def test_unknown_format_of_standard_input(standard_input):
    standard_input(b"a")
    with pytest.raises(DataError, match="standard input: unknown format '.xlsx'. Give one of .csv"):
        standard_input_records(ONE_LABEL, ".xlsx")


def test_bad_line_of_standard_input(standard_input):
    standard_input(json_bytes(ROWS) + b"{]\n")
    with pytest.raises(DataError, match="standard input, line 8: no valid JSON"):
        list(standard_input_records(ONE_LABEL))
