"""The same data has the same fingerprint, other data another; a run says what it was made of."""

import gzip
import hashlib
import json
import shutil

import datasets
import numpy as np
import pandas as pd
import pytest

import tfclf
from tests.runs.test_train import rows
from tfclf import Columns, Job, Recipe
from tfclf.data import read_rows
from tfclf.errors import DataError, RunError
from tfclf.runs import fingerprint
from tfclf.runs.fingerprint import fingerprint_of_rows

TEXTS, LABELS = ["good", "bad film", "caf\u00e9"], ["x", "y", "x"]
RECIPE = Recipe(epochs=1, learning_rate=1e-3, max_length=19)


def test_a_file_is_its_bytes(tmp_path):
    content = b"text,label\ngood,x\n"
    (tmp_path / "a.csv").write_bytes(content)
    found = fingerprint(tmp_path / "a.csv")
    assert found == {
        "path": str(tmp_path / "a.csv"),
        "bytes": 18,  # 11 and 7
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (tmp_path / "b.csv").write_bytes(content)
    assert fingerprint(tmp_path / "b.csv")["sha256"] == found["sha256"]


def test_rows_in_memory_are_a_line_of_json_each():
    """Derived by hand: what stands in the columns that are read, in order."""
    lines = b'["good", "x"]\n["bad film", "y"]\n["caf\\u00e9", "x"]\n'
    found = fingerprint((TEXTS, LABELS))
    assert found["sha256"] == hashlib.sha256(lines).hexdigest()
    assert (found["object"], found["rows"], found["columns"]) == ("tuple", 3, ["text", "label"])


def test_the_same_rows_in_any_object():
    frame = pd.DataFrame({"other": [1.5, 2.5, 3.5], "label": LABELS, "text": TEXTS})
    table = datasets.Dataset.from_pandas(frame)
    digests = {fingerprint(each)["sha256"] for each in ((TEXTS, LABELS), frame, table)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    "other",
    [
        (TEXTS, ["x", "y", "y"]),
        (TEXTS[::-1], LABELS[::-1]),
        (["good", "bad film", "cafe"], LABELS),
        (TEXTS[:2], LABELS[:2]),
    ],
    ids=["label", "order", "accent", "fewer"],
)
def test_other_rows(other):
    assert fingerprint(other)["sha256"] != fingerprint((TEXTS, LABELS))["sha256"]
    mine, theirs = (fingerprint_of_rows(read_rows(each)) for each in ((TEXTS, LABELS), other))
    assert mine["sha256"] != theirs["sha256"]


def test_values_of_numpy_and_lone_surrogates():
    numbers = np.array([1, 2, 1])
    plain, packed = (fingerprint((TEXTS, each)) for each in ([1, 2, 1], numbers))
    assert plain == packed
    assert fingerprint((["\ud800"], ["x"]))["rows"] == 1


def test_only_what_is_read_counts():
    one, other = (
        pd.DataFrame({"body": TEXTS, "kind": LABELS, "id": ids}) for ids in ([1, 2, 3], [4, 5, 6])
    )
    columns = Columns(text="body", label="kind")
    assert fingerprint(one, columns=columns) == fingerprint(other, columns=columns)
    with pytest.raises(DataError, match="no column 'text'"):
        fingerprint(one)


def test_standard_input_is_there_only_once():
    assert fingerprint("-") == {"object": "standard input"}


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match=r"rows\.csv: no such file"):
        fingerprint(tmp_path / "rows.csv")


def write(path, count, seed=0):
    texts, labels = rows(count, seed)
    body = "".join(f"{t},{n}\n" for t, n in zip(texts, labels, strict=True))
    path.write_text("text,label\n" + body)
    return path


@pytest.fixture(scope="module")
def finished(tiny_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    files = write(folder / "train.csv", 60), write(folder / "test.csv", 30, seed=1)
    model = shutil.copytree(tiny_encoder, folder / "encoder")
    job = Job(files[0], folder / "run", test=files[1], model=model, recipe=RECIPE)
    tfclf.train(job)
    return job


@pytest.fixture
def restored(finished):
    """Whatever a test writes is taken back."""
    files = [finished.train, finished.test, finished.model / "model.safetensors"]
    before = [path.read_bytes() for path in files]
    yield finished
    for path, content in zip(files, before, strict=True):
        path.write_bytes(content)


def test_a_run_says_what_it_was_made_of(finished):
    facts = json.loads((finished.output / "tfclf.json").read_text())
    data = facts["data"]
    for split, path in (("training", finished.train), ("test", finished.test)):
        assert data[split]["source"] == fingerprint(path)
        assert data[split]["columns"] == ["text", "label"]
        assert data[split]["rows"] == facts["rows"][split]
    assert "source" not in data["validation"]  # held out
    assert data["training"]["rows"] + data["validation"]["rows"] == 60
    test = read_rows(finished.test)
    assert data["test"]["sha256"] == fingerprint_of_rows(test)["sha256"]
    weights = (finished.model / "model.safetensors").read_bytes()
    found = facts["checkpoint"]["files"]["model.safetensors"]
    assert found == {"bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()}
    assert "config.json" in facts["checkpoint"]["files"]
    assert {"tfclf", "keras", "python"} <= facts["versions"].keys()
    assert facts["arguments"]["train"] == str(finished.train)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_finished_run_of_other_rows_is_not_finished(restored, split):
    path = getattr(restored, split)
    was = fingerprint(path)
    path.write_text(path.read_text() + "good again,good\n")
    now = fingerprint(path)
    with pytest.raises(RunError) as caught:
        tfclf.train(restored)
    said = (
        f"{split}: sha256 {was['sha256'][:12]} ({was['bytes']:,} bytes) there, "
        f"{now['sha256'][:12]} ({now['bytes']:,} bytes) now"
    )
    assert f"{restored.output}: the output holds a run of other data ({said})." in str(caught.value)
    assert "Choose another --output" in str(caught.value)


def test_a_file_that_was_only_touched_is_the_same(restored):
    restored.train.write_bytes(restored.train.read_bytes())
    assert tfclf.train(restored).metrics["training"]["epochs"] == 1


def test_a_file_that_is_gone_tells_nothing(restored):
    restored.test.unlink()
    assert tfclf.train(restored).metrics["training"]["epochs"] == 1


def test_another_checkpoint_under_the_same_name(restored):
    path = restored.model / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"other data \(model, model\.safetensors: sha256 \w{12} th"):
        tfclf.train(restored)


def test_a_run_of_before_is_finished(restored):
    path = restored.output / "tfclf.json"
    whole = path.read_text()
    facts = json.loads(whole)
    del facts["data"], facts["checkpoint"]
    manifest = restored.output / "manifest.json"
    kept = manifest.read_text()
    manifest.unlink()
    path.write_text(json.dumps(facts))
    restored.train.write_text("text,label\nothers,good\n")
    try:
        assert tfclf.train(restored).metrics["training"]["epochs"] == 1
    finally:
        path.write_text(whole)
        manifest.write_text(kept)


def test_a_gzipped_file_is_known_by_what_lies_on_disk(tmp_path):
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write("text,label\ngood,x\n")
    content = (tmp_path / "a.csv.gz").read_bytes()
    assert fingerprint(tmp_path / "a.csv.gz")["sha256"] == hashlib.sha256(content).hexdigest()
