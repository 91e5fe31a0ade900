"""Rows of a file are predicted in order and once, whatever breaks off in between."""

import gzip
import json
import logging
import os
import threading

import numpy as np
import pytest

from tests.conftest import randomised, write_tokenizer
from tfclf import Columns, TFBertForSequenceClassification, TFBertForTokenClassification
from tfclf.data import ONLY_HEAD
from tfclf.errors import ArgumentError, DataError, RunError
from tfclf.models import write_json
from tfclf.runs import Classifier, Reading
from tfclf.runs.bulk import journal as journals
from tfclf.runs.bulk import partial_output, portions
from tfclf.runs.bulk.partial_output import PartialOutput
from tfclf.runs.bulk.predict_file import predict_file

ROWS, PORTION = 45, 7  # the last portion has 3
WORDS = ("good", "bad", "ugly", "the", "film", "was")


class Killed(BaseException):
    """What a test ends a prediction with."""


def write_run(folder, config, seed=5):
    """A run as training leaves it, with random weights."""
    randomised(TFBertForSequenceClassification(config), seed).save_pretrained(folder)
    write_tokenizer(folder)
    write_json(folder / "tfclf.json", {"format": 1} | Reading(19).to_dict())
    write_json(folder / "metrics.json", {})
    return folder


@pytest.fixture(scope="module")
def run(tiny_config, tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("bulk") / "run", tiny_config)


@pytest.fixture(scope="module")
def classifier(run):
    return Classifier.load(run)


@pytest.fixture(autouse=True)
def short_portions(monkeypatch):
    monkeypatch.setattr(portions, "PORTION_ROWS", PORTION)


@pytest.fixture
def predict(run, classifier, monkeypatch):
    """Predicts with the one classifier, whose graph is built once."""
    monkeypatch.setattr(Classifier, "load", lambda run: classifier)
    return lambda *arguments, **options: predict_file(run, *map(str, arguments), **options)


def texts(count=ROWS):
    """Texts of 0 to 12 words."""
    generator = np.random.default_rng(6)
    return [" ".join(generator.choice(WORDS, generator.integers(0, 13))) for _ in range(count)]


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts()))
    return path


def names(folder):
    return {path.name for path in folder.iterdir()}


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_lines_are_in_the_order_of_the_rows(predict, classifier, rows, tmp_path):
    predict(rows, tmp_path / "out.jsonl", all_scores=True)
    found = lines(tmp_path / "out.jsonl")
    assert len(found) == ROWS
    for line, text in zip(found, texts(), strict=True):
        (alone,) = classifier.predict_proba([text])
        assert [line["scores"][label] for label in classifier.labels] == pytest.approx(
            alone, abs=2e-6
        )
        assert line["label"] == classifier.labels[alone.argmax()]
    assert len({line["score"] for line in found}) > ROWS / 2  # so that a wrong order would show
    assert names(tmp_path) == {"rows.jsonl", "out.jsonl"}


def test_every_format_and_compression(predict, rows, tmp_path):
    predict(rows, tmp_path / "out.jsonl")
    (tmp_path / "rows.txt").write_text("".join(text + "\n" for text in texts()))
    table = "".join(f'"{text}",{i}\n' for i, text in enumerate(texts()))
    with gzip.open(tmp_path / "rows.csv.gz", "wt") as file:
        file.write("text,number\n" + table)
    for name in ("rows.txt", "rows.csv.gz"):
        predict(tmp_path / name, tmp_path / f"{name}.out")
        assert (tmp_path / f"{name}.out").read_bytes() == (tmp_path / "out.jsonl").read_bytes()


def broken_off(monkeypatch, moment, number):
    """Has a prediction end at one of the moments, the ``number``-th time that it comes there."""
    owner, name, condition, half = MOMENTS[moment]
    before, count = getattr(owner, name), [0]

    def instead(*arguments, **options):
        count[0] += condition(*arguments)
        if condition(*arguments) and count[0] == number:
            if half is not None:
                half(*arguments)
            raise Killed
        return before(*arguments, **options)

    monkeypatch.setattr(owner, name, instead)


def always(*arguments):
    return True


def of_journal(source, target):
    return str(target).endswith(".journal")


def of_output(source, target):
    return str(target).endswith("out.jsonl")


def write_half(file, data):
    os.write(file, data[: len(data) // 2])


# What is replaced, when it counts, and what is still done.
MOMENTS = {
    "while a portion is read": (portions, "_as_rows", always, None),
    "while a portion is predicted": (Classifier, "logits", always, None),
    "before a portion is written": (partial_output, "_write", always, None),
    "within a portion": (partial_output, "_write", always, write_half),
    "before a portion is on disk": (os, "fsync", always, None),
    "between portion and journal": (journals.Journal, "write", always, None),
    "within the journal": (json, "dump", always, lambda values, file, **options: file.write("{")),
    "before the journal counts": (os, "replace", of_journal, None),
    "after the journal": (PartialOutput, "append", always, PartialOutput.append),
    "before the output has its name": (os, "replace", of_output, None),
    "after the output has its name": (os, "replace", of_output, os.replace),
}
NUMBERS = {"before the output has its name": (1,), "after the output has its name": (1,)}
CASES = [(moment, number) for moment in MOMENTS for number in NUMBERS.get(moment, (1, 3, 6))]


@pytest.fixture
def whole(predict, rows, tmp_path):
    """What comes out where nothing breaks off."""
    predict(rows, tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    (tmp_path / "whole").unlink()
    return content


# Who is killed closes no file; here the collector of garbage does it, whenever it comes.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("how", ["raised", "killed"])
@pytest.mark.parametrize("moment, number", CASES)
def test_an_interruption_changes_nothing(
    predict, rows, whole, tmp_path, monkeypatch, moment, number, how
):
    output = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        broken_off(patch, moment, number)
        if how == "killed":  # the system closes files, and nobody tidies up
            patch.setattr(PartialOutput, "__exit__", lambda self, *error: os.close(self._file))
        with pytest.raises(Killed):
            predict(rows, output)
    assert output.exists() == (moment == "after the output has its name")
    predict(rows, output)
    assert output.read_bytes() == whole
    assert names(tmp_path) == {"rows.jsonl", "out.jsonl"}


def test_one_interruption_after_the_other(predict, rows, whole, tmp_path, monkeypatch):
    """Each lets one portion through, so that all of them come before the last portion."""
    output = tmp_path / "out.jsonl"
    chain = ("before a portion is written", "within a portion", "while a portion is predicted")
    for done, moment in enumerate(chain, 1):
        with monkeypatch.context() as patch:
            broken_off(patch, moment, 2)
            with pytest.raises(Killed):
                predict(rows, output)
        journal = json.loads((tmp_path / "out.jsonl.journal").read_text())
        assert journal["rows_done"] == done * PORTION
    predict(rows, output)
    assert output.read_bytes() == whole


def test_only_the_rest_is_predicted(
    predict, classifier, rows, whole, tmp_path, monkeypatch, caplog
):
    output, counted = tmp_path / "out.jsonl", []
    with monkeypatch.context() as patch:
        broken_off(patch, "between portion and journal", 5)  # the first journal counts none
        with pytest.raises(Killed):
            predict(rows, output)
    assert json.loads((tmp_path / "out.jsonl.journal").read_text())["rows_done"] == 3 * PORTION
    # The fourth portion stands there without counting.
    assert len(lines(tmp_path / "out.jsonl.partial")) == 4 * PORTION
    logits = classifier.logits
    monkeypatch.setattr(
        classifier, "logits", lambda rows, **how: counted.append(rows.num_rows) or logits(rows)
    )
    with caplog.at_level(logging.INFO, "tfclf"):
        predict(rows, output)
    assert counted == [PORTION, PORTION, PORTION, 3]
    assert "continues at row 22 of 45" in caplog.text
    assert output.read_bytes() == whole


def test_an_interruption_says_what_is_kept(predict, rows, tmp_path, monkeypatch, caplog):
    broken_off(monkeypatch, "while a portion is predicted", 3)
    with caplog.at_level(logging.INFO, "tfclf"), pytest.raises(Killed):
        predict(rows, tmp_path / "out.jsonl")
    assert "14 of 45 rows are kept" in caplog.text


@pytest.fixture
def unfinished(predict, rows, tmp_path, monkeypatch):
    """An output with two portions."""
    with monkeypatch.context() as patch:
        broken_off(patch, "while a portion is predicted", 3)
        with pytest.raises(Killed):
            predict(rows, tmp_path / "out.jsonl")
    return tmp_path / "out.jsonl"


def change_rows(run, rows):
    rows.write_text(rows.read_text().replace("good", "ugly", 1))


def change_run(run, rows):
    facts = json.loads((run / "tfclf.json").read_text())
    write_json(run / "tfclf.json", facts | {"changed": True})


OTHERS = {
    "scores": (None, {"all_scores": True}, "scores: false there, true now"),
    "column": (None, {"columns": Columns("t")}, 'text: "text" there, "t" now'),
    "input": (change_rows, {}, "(input: sha256 "),
    "run": (change_run, {}, "(run tfclf.json: sha256 "),
}


@pytest.mark.parametrize("name", OTHERS)
def test_something_else_is_not_gone_on_with(predict, rows, run, unfinished, name):
    change, options, message = OTHERS[name]
    facts = (run / "tfclf.json").read_text()
    partial = unfinished.with_name("out.jsonl.partial").read_bytes()
    try:
        if change is not None:
            change(run, rows)
        with pytest.raises(RunError) as caught:
            predict(rows, unfinished, **options)
    finally:
        (run / "tfclf.json").write_text(facts)
    assert message in str(caught.value)
    assert "14 of 45 rows stand there" in str(caught.value)
    assert "--restart" in str(caught.value)
    assert unfinished.with_name("out.jsonl.partial").read_bytes() == partial


def test_begin_again(predict, rows, whole, unfinished):
    predict(rows, unfinished, all_scores=True, restart=True)
    assert len(lines(unfinished)) == ROWS and "scores" in lines(unfinished)[0]
    predict(rows, unfinished)
    assert unfinished.read_bytes() == whole
    assert names(unfinished.parent) == {"rows.jsonl", "out.jsonl"}


def test_a_moved_input_is_the_same(predict, rows, whole, unfinished):
    os.rename(rows, rows.with_name("moved.jsonl"))
    predict(rows.with_name("moved.jsonl"), unfinished)
    assert unfinished.read_bytes() == whole


def test_a_bad_row_is_found_before_anything_is_predicted(
    predict, classifier, rows, tmp_path, monkeypatch
):
    rows.write_text(rows.read_text() + '{"text": 3}\n')
    broken_off(monkeypatch, "while a portion is predicted", 1)  # which is not reached
    with pytest.raises(DataError, match=f"rows.jsonl, line {ROWS + 1}: column 'text': expected a"):
        predict(rows, tmp_path / "out.jsonl")
    (tmp_path / "none.jsonl").write_text("\n")
    with pytest.raises(DataError, match="none.jsonl: no rows"):
        predict(tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    with pytest.raises(DataError, match="nowhere.jsonl: no such file"):
        predict(tmp_path / "nowhere.jsonl", tmp_path / "out.jsonl")
    assert names(tmp_path) == {"rows.jsonl", "none.jsonl"}


def test_an_input_that_grows_meanwhile(predict, rows, tmp_path, monkeypatch):
    def grow(*arguments):
        with open(rows, "a") as file:
            file.write('{"text": "late"}\n')

    append = PartialOutput.append
    monkeypatch.setattr(
        PartialOutput, "append", lambda self, *portion: (append(self, *portion), grow())
    )
    with pytest.raises(RunError, match="rows.jsonl: the input changed while it was read"):
        predict(rows, tmp_path / "out.jsonl")
    assert names(tmp_path) == {"rows.jsonl", "out.jsonl.partial", "out.jsonl.journal"}


def test_a_full_disk(predict, rows, whole, tmp_path, monkeypatch):
    write, count = os.write, [0]

    def full(file, data):
        count[0] += 1
        if count[0] == 3:
            raise OSError(28, "No space left on device")
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(RunError, match=r"cannot be written \(No space left on device\)"):
            predict(rows, tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl.journal").read_text())["rows_done"] == 14
    predict(rows, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == whole


def test_bad_outputs(predict, rows, tmp_path):
    with pytest.raises(RunError, match="expected a file to write, got a folder"):
        predict(rows, tmp_path)
    with pytest.raises(RunError, match="cannot be written"):
        predict(rows, tmp_path / "no" / "out.jsonl")
    with pytest.raises(ArgumentError, match="input and output are one file"):
        predict(rows, rows)
    if os.path.exists("/dev/full"):
        with pytest.raises(RunError, match="/dev/full: cannot be written"):
            predict(rows, "/dev/full")
    assert names(tmp_path) == {"rows.jsonl"}


def test_a_pipe_is_written_and_not_replaced(predict, rows, whole, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    found = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    predict(rows, tmp_path / "pipe")
    reader.join()
    assert found == [whole]
    assert (tmp_path / "pipe").is_fifo()


def test_standard_output(predict, rows, whole, capsys):
    predict(rows, "-")
    assert capsys.readouterr().out.encode() == whole


def test_words(tiny_config, tmp_path):
    """A line of tags a sentence, also where it has several windows or no words."""
    folder = tmp_path / "run"
    randomised(TFBertForTokenClassification(tiny_config)).save_pretrained(folder)
    write_tokenizer(folder)
    reading = Reading(9, "token", schemes={ONLY_HEAD: "none"}, words=True)
    write_json(folder / "tfclf.json", {"format": 1} | reading.to_dict())
    write_json(folder / "metrics.json", {})
    sentences = [text.split() for text in texts(12)] + [[]] * (2 * PORTION)
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"tokens": words}) + "\n" for words in sentences))
    predict_file(folder, str(path), str(tmp_path / "out.jsonl"))
    found = [line["tags"] for line in lines(tmp_path / "out.jsonl")]
    assert [len(tags) for tags in found] == [len(words) for words in sentences]
    assert found == Classifier.load(folder).predict(sentences)
    with pytest.raises(ArgumentError, match="the model was trained on single texts"):
        predict_file(folder, str(path), "-", columns=Columns(text_pair="b"))


def test_a_missing_input_is_named_even_where_an_output_stands(predict, run, tmp_path):
    output = tmp_path / "out.jsonl"
    output.write_text("before\n")
    with pytest.raises(DataError, match="no such file"):
        predict(str(tmp_path / "nowhere.jsonl"), str(output))
    assert output.read_text() == "before\n"


def test_an_input_that_is_a_pipe_is_refused_before_it_is_read(predict, run, tmp_path):
    os.mkfifo(tmp_path / "rows.jsonl")
    with pytest.raises(ArgumentError, match="a pipe or a device.*tfclf predict RUN -"):
        predict(str(tmp_path / "rows.jsonl"), str(tmp_path / "out.jsonl"))
