"""What only some verbs take: their options, their outputs, standard input."""

from tests.bad_inputs.bad_input import BadInput
from tests.bad_inputs.cases.contents import TABLE, link

KEPT = {"file": "kept", "kept.csv": "kept", "folder/kept": "kept", "loop": link("loop")}


def output(arguments: str, place: str, remedy: str) -> BadInput:
    """A command whose output cannot be."""
    return BadInput(arguments, arguments, place, remedy, KEPT)


def given(arguments: str, place: str, remedy: str) -> BadInput:
    return BadInput(arguments, arguments, place, remedy)


def piped(name: str, arguments: str, stdin: bytes, place: str, remedy: str) -> BadInput:
    return BadInput(f"stdin: {name}: {arguments}", arguments, place, remedy, stdin=stdin)


ANOTHER = "Choose another --output"
ELSEWHERE = f"Choose another place, where you may write.|{ANOTHER}, in a folder"
FREE = "Choose another folder, or remove it."
OUTPUTS = [
    output("train good.csv --output file", "file: the output exists", ANOTHER),
    output("train good.csv --output folder", "folder: the output exists", ANOTHER),
    output("train good.csv --output .", "the output exists and is no run", ANOTHER),
    output("train good.csv --output run", "run: the output holds another run", ANOTHER),
    output("train good.csv --output encoder", "encoder: the output exists", ANOTHER),
    output("train good.csv --output file/run", "file/run: cannot be written", ELSEWHERE),
    output("train good.csv --output /proc/run", "/proc/run: cannot be written", ELSEWHERE),
    output("train good.csv --output /dev/null", "/dev/null: the output exists", ANOTHER),
    output("train good.csv --output loop/run", "loop/run: cannot be", ELSEWHERE),
    output("train good.csv --output -", "--output", "Name a new folder."),
    output("predict run good.csv --output none/o.jsonl", "none/o.jsonl: cannot be", ANOTHER),
    output("predict run good.csv --output folder", "folder: expected a file to write",
           "Name a file"),
    output("predict run good.csv --output file/o.jsonl", "file/o.jsonl: cannot be", ANOTHER),
    output("predict run good.csv --output /proc/o.jsonl", "/proc/o.jsonl: cannot be", ANOTHER),
    output("predict run good.csv --output good.csv", "input and output are one file", ANOTHER),
    output("predict run good.csv --output ", "--output", "Name one, or leave it out"),
    output("predict run good.csv --output .", "--output", "Name one, or leave it out"),
    output("export run file", "file: expected a new or empty folder", FREE),
    output("export run folder", "folder: expected a new or empty folder", FREE),
    output("export run run", "run: expected a new or empty folder", FREE),
    output("export run file/served", "file/served: cannot be written", ELSEWHERE),
    output("export run /proc/served", "/proc/served: cannot be written", ELSEWHERE),
    output("export run loop/served", "loop/served: cannot be", ELSEWHERE),
    output("sample tickets --output kept.csv", "kept.csv: the file exists", ANOTHER),
    output("sample tickets --output none/a.csv", "none: no such folder", "Make it first."),
    output("sample tickets --output file/a.csv", "file: no such folder", "Make it first."),
    output("sample tickets --output /proc/a.csv", "/proc/a.csv: cannot be", ANOTHER),
    output("demo --output folder", "folder: the folder of the demonstration",
           "Remove it, or choose"),
    output("demo --output file", "file: the folder of the demonstration", "Remove it, or choose"),
    output("demo --output file/demo", "file/demo: cannot be made", "tfclf demo --output FOLDER"),
    output("demo --output /proc/demo", "/proc/demo: cannot be made", "tfclf demo --output FOLDER"),
    output("augment good.csv --output kept.csv", "kept.csv: the file exists", "Give another name"),
    output("augment good.csv --output none/a.csv", "none", "no such folder"),
    output("augment good.csv --output /proc/a.csv", "/proc", "cannot be written"),
]  # fmt: skip

HOLDS_NO_RUN = "Give a folder that tfclf train --output made."
FORMAT_OUT, LEAVE_OUT = "Leave --format out", "Leave it out"
NO_SUCH_FILE = "nowhere.csv: no such file"
ARGUMENTS = [
    *(
        given(f"{verb} {run} {rest}".strip(), f"{run}: ", HOLDS_NO_RUN)
        for verb, rest in (("evaluate", "good.csv"), ("predict", "good.csv"), ("export", "served"))
        for run in ("nowhere", "good.csv", "encoder")
    ),
    given("doctor encoder", "encoder: this folder holds no run", HOLDS_NO_RUN),
    given("predict run good.csv --text body", "good.csv, line 1", "--text COLUMN"),
    given("predict run good.csv --text-pair label", "single texts", "Leave --text-pair out."),
    given("predict run good.csv --tokens text", "not on words", "Leave --tokens out."),
    given("predict run good.csv --format csv", "--format csv", FORMAT_OUT),
    given("predict run good.conll", "good.conll, line 1", "--task token"),
    given("predict token-run good.csv", "good.csv, line 1", "--tokens COLUMN"),
    given("predict token-run good.conll --text-pair x", "single texts", "Leave --text-pair out."),
    given("evaluate run good.csv --label kind", "good.csv, line 1", "--label COLUMN"),
    given("evaluate run good.csv --text label", "'label'", "--label COLUMN"),
    given("evaluate run good.csv --tokens text", "not on words", "Leave --tokens out."),
    given("evaluate run good.csv --text-pair label", "single texts", "Leave --text-pair out."),
    given("evaluate run several.csv", "several.csv, line 1", "--label COLUMN"),
    given("evaluate run good.csv --separator ", "separator", "expected a sign"),
    given("evaluate token-run good.csv", "good.csv, line 1", "--tokens COLUMN"),
    given("evaluate run good.conll", "good.conll, line 1", "--task token"),
    given("doctor good.csv --task poem", "unknown task 'poem'", "expected one of"),
    given("doctor good.csv --model ./nowhere", "./nowhere: no such folder", "give a folder"),
    given("doctor good.csv --model good.csv", "good.csv: expected a folder", "Give the folder"),
    given("doctor good.csv --epochs x", "epochs is 'x'", "expected a number or auto"),
    given("doctor good.csv --epochs 0", "epochs is 0", "expected a whole number >= 1"),
    given("doctor good.csv --batch-size 0", "batch_size is 0", "expected a whole number >= 1"),
    given("doctor good.csv --max-length 0", "max_length is 0", "expected a whole number >= 3"),
    given("doctor good.csv --max-length x", "'--max-length'", "doctor --help"),
    given("doctor good.csv --learning-rate -1", "learning_rate is -1.0", "a positive number"),
    given("doctor good.csv --label kind", "good.csv, line 1", "--label COLUMN"),
    given("doctor good.csv --text label", "'label'", "--label COLUMN"),
    given("doctor good.csv --text-pair text", "text and text pair", "--text-pair COLUMN"),
    given("doctor good.csv --separator ", "separator", "expected a sign"),
    given("doctor good.csv --format csv", "--format csv", LEAVE_OUT),
    given("doctor good.csv --task token", "good.csv, line 1", "--tokens COLUMN"),
    given("doctor good.csv --task regression", "good.csv, line 2", "--task single-label"),
    given("doctor good.csv --model encoder --max-length 99", "max_length is 99", "41 or less"),
    *(
        given(f"doctor run {options}", f"{options.split()[0]} is for a file", LEAVE_OUT)
        for options in ("--model encoder", "--label x", "--epochs 3", "--task token", "--text x",
                        "--batch-size 8", "--format csv", "--no-quotes")
        if options != "--no-quotes"
    ),
    given("export run served --format tflite", "format 'tflite'", "expected one of saved-model"),
    given("export run served --format onnx --texts good.csv", "texts are for",
          "Leave --texts out."),
    given("sample songs", "unknown sample 'songs'", "expected one of tickets"),
    given("sample Tickets", "unknown sample 'Tickets'", "expected one of tickets"),
    given("sample tickets --rows 0", "rows is 0", "expected 1 to 50000"),
    given("sample tickets --rows -3", "rows is -3", "expected 1 to 50000"),
    given("sample tickets --rows 99999999", "rows is 99999999", "expected 1 to 50000"),
    given("sample tickets --rows x", "'--rows'", "sample --help"),
    given("sample tickets --seed -1", "seed is -1", "expected a whole number >= 0"),
    given("sample tickets --seed x", "'--seed'", "sample --help"),
    given("sample tickets --output a.parquet", "a.parquet", "written as .csv or .jsonl"),
    given("sample tickets --output a", "a: the sample", "written as .csv or .jsonl"),
    given("sample entities --output a.csv", "a.csv", "written as .jsonl or .conll"),
    given("demo --rows 0", "rows is 0", "expected 50 to 50000"),
    given("demo --rows 5", "rows is 5", "expected 50 to 50000"),
    given("demo --rows x", "'--rows'", "demo --help"),
    given("demo --test-rows 0", "test_rows is 0", "expected 50 to 50000"),
    given("demo --epochs 0", "epochs is 0", "expected a whole number >= 1"),
    given("demo --epochs many", "epochs is 'many'", "expected a number or auto"),
    given("demo --model ./nowhere", "./nowhere: no such folder", "give a folder"),
    given("demo --model good.csv", "good.csv: expected a folder", "Give the folder"),
    given("demo --model encoder", "max_length is 128", "41 or less"),
    given("augment good.csv --task token", "the task token", "to the training file itself"),
    given("augment good.csv --task regression", "the task regression", "to the training file"),
    given("augment good.csv --task poem", "unknown task 'poem'", "expected one of"),
    given("augment good.csv --similarity 0", "similarity is 0.0", "above 0 and up to 1"),
    given("augment good.csv --similarity 1.1", "similarity is 1.1", "above 0 and up to 1"),
    given("augment good.csv --similarity nan", "similarity is nan", "above 0 and up to 1"),
    given("augment good.csv --similarity x", "'--similarity'", "augment --help"),
    given("augment good.csv --provenance nobody", "'nobody'", "--provenance COLUMN"),
    given("augment good.csv --label kind", "line 1: no column 'kind'", "--label COLUMN"),
    given("augment good.csv --text label", "'label'", "--label COLUMN"),
    given("augment good.csv --candidates -", "standard input", "Give a file."),
    given("augment good.csv --output a.xlsx", "a.xlsx", "written as .csv, .tsv, .jsonl"),
    given("augment good.csv --output a.csv.gz", "a.csv.gz", "written as .csv, .tsv, .jsonl"),
    given("augment good.csv --separator ", "separator", "expected a sign"),
    given("augment good.csv --candidates several.csv", "several.csv, line 1", "--label COLUMN"),
    given("augment good.csv --candidates good.csv", "good.csv: none of 24 rows is left", "text"),
    given("train good.csv --augmented nowhere.csv", "nowhere.csv: cannot be read", "No such file"),
    given("train good.csv --augmented good.csv", "good.csv: no column 'accept'", "tfclf augment"),
]  # fmt: skip

ONE_OBJECT = "Write one JSON object a line"
INPUT = "standard input"
STREAMS = [
    piped("nothing", "predict run -", b"", f"{INPUT}: no rows", "It is empty"),
    piped("nothing", "predict run - --format csv", b"", f"{INPUT}: no rows", "It is empty"),
    piped("nothing", "predict run - --format parquet", b"", INPUT, "Copy or write the file again."),
    piped("nothing", "predict run - --output o.jsonl", b"", f"{INPUT}: no rows", "It is empty"),
    piped("a header alone", "predict run - --format csv", b"text\n", f"{INPUT}: no rows", "header"),
    piped("no column", "predict run - --format csv", b"body\na\n", f"{INPUT}, line 1",
          "--text COLUMN"),
    piped("no format", "predict run - --format xml", b"<a/>", INPUT, "Give one of .csv"),
    piped("a bad line", "predict run -", b'{"text": "a"}\nb\n', f"{INPUT}, line 2", ONE_OBJECT),
    piped("a brace", "predict run -", b"{", f"{INPUT}, line 1", ONE_OBJECT),
    piped("no text", "predict run -", b'{"words": "a"}\n', f"{INPUT}, line 1", "--text COLUMN"),
    piped("UTF-16", "predict run -", "a\n".encode("utf-16"), f"{INPUT}, line 1", "iconv -f utf-16"),
    piped("Latin-1", "predict run -", b"caf\xe9\n", f"{INPUT}, line 1", "iconv -f latin1"),
    piped("gzip", "predict run -", b"\x1f\x8b\x08\x00", f"{INPUT}, line 1", "gzip -d"),
    piped("a zip archive", "predict run -", b"PK\x03\x04\x00\x00", f"{INPUT}, line 1", "Unpack it"),
    piped("a NUL", "predict run -", b"some\0text\n", f"{INPUT}, line 1", "tr -d '\\000'"),
    piped("carriage returns", "predict run -", b"a\rb\r", f"{INPUT}, line 1", "tr '\\r' '\\n'"),
    piped("no Parquet", "predict run - --format parquet", b"abc", INPUT, "Copy or write"),
    piped("nothing", "train - --output out2", b"", INPUT, "Give .csv, .tsv, .jsonl or .parquet."),
    piped("texts", "train - --output out2", b"a\nb\n", INPUT,
          "Give .csv, .tsv, .jsonl or .parquet."),
    piped("no label", "train - --output out2", b'{"text": "a"}\n', f"{INPUT}, line 1",
          "--label COLUMN"),
    piped("texts", "evaluate run -", b"a\n", INPUT, "Give .csv, .tsv, .jsonl or .parquet."),
    piped("no label", "evaluate run -", b'{"text": "a"}\n', f"{INPUT}, line 1", "--label COLUMN"),
    piped("nothing", "doctor -", b"", INPUT, "--format csv"),
    piped("texts", "doctor -", b"a\n", INPUT, "--format csv"),
    piped("no column", "doctor - --format csv", b"x,y\n1,2\n", f"{INPUT}, line 1", "--text COLUMN"),
    piped("no format", "doctor - --format xml", b"<a/>", INPUT, "Give one of .csv"),
    piped("ragged", "doctor - --format csv", TABLE.encode() + b"a\n", f"{INPUT}, line 18",
          '"quotes"'),
]  # fmt: skip

OTHER_VERBS = [*OUTPUTS, *ARGUMENTS, *STREAMS]
