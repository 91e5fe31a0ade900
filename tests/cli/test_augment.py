"""``tfclf augment``, as a user types it."""

import json

import pytest
import typer
from typer.testing import CliRunner

from tfclf.cli.augment import augment
from tfclf.errors import TfclfError


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "train.csv").write_text(
        "body,kind\nWhere is my new card?,card\nThe refund never arrived,refund\n"
    )
    (tmp_path / "held out.csv").write_text("body,kind\nI wait for a letter,card\n")
    made = [
        ("=No card came by post", "card"),
        ("where is my NEW card?", "card"),
        ("", "refund"),
        ("I wait for a letter!", "card"),
        ("Pay me back at once", "refund"),
    ]
    lines = [json.dumps({"body": b, "kind": k, "model": "m-1"}) for b, k in made]
    (tmp_path / "made.jsonl").write_text("\n".join(lines))
    return tmp_path


@pytest.fixture
def tfclf():
    app = typer.Typer()
    app.command()(augment)

    def run(*arguments):
        columns = ("--text", "body", "--label", "kind", "--provenance", "model")
        return CliRunner().invoke(app, [*map(str, arguments), *columns])

    return run


def cells(output):
    """Returns the last cell of each line of a table by its first."""
    lines = [line.strip().strip("│┃").replace("┃", "│") for line in output.splitlines()]
    pairs = [line.split("│") for line in lines if "│" in line]
    return {pair[0].strip(): pair[-1].strip() for pair in pairs}


def test_a_review_and_what_became_of_the_rest(tfclf, files):
    done = tfclf("train.csv", "--candidates", "made.jsonl", "--output", "my review.csv",
                 "--validation", "held out.csv")  # fmt: skip
    assert done.exit_code == 0, done.output
    told = cells(done.output)
    assert told["read"] == "5"
    assert told["left out: no text"] == "1"
    assert told["left out: the text of a training row"] == "1"
    assert told["left out: close to a validation row"] == "1"
    assert told["left out: close to an earlier candidate"] == "0"
    assert told["left to review"] == "2"
    assert "tfclf train train.csv --augmented 'my review.csv'" in done.output
    header, first, second = (files / "my review.csv").read_text().splitlines()
    assert header == "accept,kind,body,nearest_text,similarity,provenance,id"
    assert first.startswith(",card,'=No card came by post,Where is my new card?,")
    assert ",m-1,r" in second


def test_every_option(tfclf, files):
    done = tfclf("train.csv", "--candidates", "made.jsonl", "--output", "all.jsonl", "--test",
                 "held out.csv", "--similarity", "0.2", "--accept-all", "--separator", "/",
                 "--task", "single-label")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert cells(done.output)["left out: close to a test row"] != "0"
    rows = [json.loads(line) for line in (files / "all.jsonl").read_text().splitlines()]
    assert {row["accept"] for row in rows} == {"yes"}
    assert "Read all.jsonl" in done.output


def test_help_shows_an_example(tfclf):
    assert "tfclf augment tickets.csv --candidates" in tfclf("--help").output


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("none.csv", "--candidates", "made.jsonl", "--output", "r.csv"), "none.csv: no such file"),
        (("train.csv", "--candidates", "made.jsonl", "--output", "train.csv"), "exists already"),
        (("train.csv", "--candidates", "made.jsonl", "--output", "r.csv", "--task", "token"),
         "the task token takes no rows made by others"),
        (("train.csv", "--candidates", "made.jsonl", "--output", "r.csv", "--similarity", "2"),
         "similarity is 2.0"),
    ],
)  # fmt: skip
def test_bad_input(tfclf, files, arguments, message):
    before = sorted(path.name for path in files.iterdir())
    error = tfclf(*arguments).exception
    assert isinstance(error, TfclfError)
    assert message in str(error)
    assert sorted(path.name for path in files.iterdir()) == before
