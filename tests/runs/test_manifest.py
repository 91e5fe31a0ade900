"""What a manifest holds, and what of a run may change under it."""

import hashlib
import json
import logging
import shutil

import pytest

import tfclf
from tests.runs.test_train import rows
from tfclf import Job, Recipe
from tfclf.errors import RunError
from tfclf.runs import check_manifest
from tfclf.runs.manifest import MANIFEST, hangs_on, write_manifest

TEXTS = ["good film", "bad !", "was ugly"]


@pytest.fixture(scope="module")
def trained(tiny_encoder, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs") / "run"
    tfclf.train(Job(rows(60), output, model=tiny_encoder, recipe=Recipe(epochs=1, max_length=19)))
    return output


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


def files_of(folder):
    return json.loads((folder / MANIFEST).read_text())["files"]


def refused(folder):
    with pytest.raises(RunError) as caught:
        tfclf.load(folder)
    assert "Copy the whole folder again, or train again." in str(caught.value)
    return str(caught.value)


def test_every_file_stands_there(trained):
    """The sizes are those of the file system, the checksums those of hashlib over all bytes."""
    found = files_of(trained)
    there = {path.name for path in trained.iterdir()}
    assert there - found.keys() == {MANIFEST, "README.md"}
    assert found.keys() <= there
    for name, facts in found.items():
        content = (trained / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_a_whole_copy_is_whole(run):
    check_manifest(run)
    tfclf.load(run)


DECIDING = ["config.json", "metrics.json", "model.safetensors", "tfclf.json", "tokenizer.json",
            "tokenizer_config.json"]  # fmt: skip


def test_these_decide(trained):
    assert sorted(filter(hangs_on, files_of(trained))) == DECIDING


@pytest.mark.parametrize("name", sorted(set(DECIDING) - {"tfclf.json"}))
def test_a_cut_file(run, name):
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[:-7])
    said = f"the run is damaged: {name} has {len(content) - 7:,} bytes, expected {len(content):,}."
    assert f"{run}: {said}" in refused(run)


@pytest.mark.parametrize("name", DECIDING)
def test_one_bit(run, name):
    """Only the checksum tells; in the weights nothing else would."""
    content = bytearray((run / name).read_bytes())
    place = content.rindex(b"1") if name.endswith("json") else len(content) - 2
    content[place] ^= 2  # of a 1 a 3: JSON stays JSON
    (run / name).write_bytes(content)
    was, found = files_of(run)[name]["sha256"], hashlib.sha256(content).hexdigest()
    assert f"{name} has the sha256 {found[:12]}, expected {was[:12]}" in refused(run)


@pytest.mark.parametrize("name", sorted(set(DECIDING) - {"tfclf.json"}))
def test_a_missing_file(run, name):
    size = (run / name).stat().st_size
    (run / name).unlink()
    assert f"the run is damaged: {name} is missing, expected {size:,} bytes." in refused(run)


def test_a_run_without_its_facts(run):
    """They are read before the manifest, and the error of that names them."""
    (run / "tfclf.json").write_bytes((run / "tfclf.json").read_bytes()[:-7])
    assert "the run is damaged: tfclf.json is no JSON" in refused(run)


def test_all_that_is_wrong_is_named(run):
    (run / "tokenizer.json").unlink()
    (run / "model.safetensors").write_bytes(b"")
    text = refused(run)
    assert "tokenizer.json is missing" in text and "model.safetensors has 0 bytes" in text


def test_what_people_change(run):
    """Words, pictures, the history and files of theirs."""
    answers = tfclf.load(run).predict_proba(TEXTS)
    (run / "README.md").write_text("Ours.")
    (run / "notes.json").write_text("{}")
    (run / "learning_curves.png").unlink()
    (run / "history.json").write_text("{}")
    assert (tfclf.load(run).predict_proba(TEXTS) == answers).all()
    with pytest.raises(RunError, match=r"history\.json has 2 bytes"):  # where all is asked for
        check_manifest(run)


def test_an_edited_configuration_is_taken_once_the_manifest_is_gone(run, caplog):
    path = run / "config.json"
    path.write_text(path.read_text().replace('"ugly"', '"hideous"'))
    assert f"once {MANIFEST} is removed" in refused(run)
    (run / MANIFEST).unlink()
    caplog.set_level(logging.INFO, "tfclf")
    assert "hideous" in tfclf.load(run).labels
    tfclf.load(run)
    assert caplog.text.count(f"{run} has no {MANIFEST}") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "manifest.json is no JSON from line 1"),
        ("{}", "manifest.json lacks 'files'"),
        ('{"files": 3}', "manifest.json does not hold what tfclf writes there"),
        ('{"files": {"config.json": {}}}', "manifest.json lacks 'bytes'"),
    ],
)
def test_a_damaged_manifest(run, content, said):
    (run / MANIFEST).write_text(content)
    assert f"the run is damaged: {said}" in refused(run)


@pytest.mark.parametrize("name", ["../secret.json", "/etc/hostname", "a/../../b.json"])
def test_a_manifest_looks_at_nothing_outside(tmp_path, name):
    facts = {"format": 1, "files": {name: {"bytes": 1, "sha256": "0"}}}
    (tmp_path / MANIFEST).write_text(json.dumps(facts))
    with pytest.raises(RunError, match="which is no file within"):
        check_manifest(tmp_path)


def test_folders_within(tmp_path):
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "data").write_bytes(b"abc")
    write_manifest(tmp_path)
    # The first test vector of FIPS 180-2.
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files_of(tmp_path) == {"variables/data": {"bytes": 3, "sha256": digest}}
    (tmp_path / "variables" / "data").write_bytes(b"abd")
    with pytest.raises(RunError, match="the folder is damaged: variables/data has the sha256"):
        check_manifest(tmp_path)
