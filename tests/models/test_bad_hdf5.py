"""Damaged HDF5 files, and such that point elsewhere: each is refused, nothing is followed."""

import json

import h5py
import numpy as np
import pytest

from tests.models.conftest import read_all, refused, untouched
from tfclf.models.checkpoint_names import TABLE, weight_name

WEIGHTS = "classifier/m/classifier/kernel:0"  # where TensorFlow's files have the head


@pytest.fixture(scope="module")
def state(whole_state):
    return whole_state


def write_h5(path, state):
    """Writes what TensorFlow's classes would."""
    with h5py.File(path, "w") as file:
        for row in TABLE:
            for i in range(2 if "{}" in row.ours else 1):
                names = weight_name(row.ours.replace("{}", str(i)))
                value = state[names.torch]
                place = f"{names.tf.split('/')[0]}/m/{names.tf}:0"
                file[place] = value.T if names.transposed else value


@pytest.mark.parametrize("part", [0.0, 0.001, 0.1, 0.5, 0.999])
def test_truncated_hdf5(folder, state, part):
    path = folder / "tf_model.h5"
    write_h5(path, state)
    read_all(folder)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    text = refused(folder)
    assert f"{path}: no whole HDF5 file of {int(part * len(content))} bytes" in text


@pytest.mark.parametrize("content", [b"<html>404</html>" * 400, bytes(range(256)) * 20])
def test_no_hdf5(folder, content):
    (folder / "tf_model.h5").write_bytes(content)
    assert "tf_model.h5: no whole HDF5 file" in refused(folder)


def test_damaged_hdf5_object(folder, state):
    path = folder / "tf_model.h5"
    write_h5(path, state)
    with h5py.File(path) as file:
        address = h5py.h5o.get_info(file[WEIGHTS].id).addr
    with open(path, "r+b") as file:
        file.seek(address + 16)  # behind the header's prefix: its first messages
        file.write(b"\xff" * 64)
    assert "tf_model.h5: no whole HDF5 file" in refused(folder)


def test_damaged_hdf5_data(folder, state, bystander):
    """The damage shows only when the array is read, after others."""
    path = folder / "tf_model.h5"
    write_h5(path, state)
    with h5py.File(path, "r+") as file:
        del file[WEIGHTS]
        file.create_dataset(WEIGHTS, data=state["classifier.weight"].T, compression="gzip")
        place = file[WEIGHTS].id.get_chunk_info(0)
    read_all(folder)
    with open(path, "r+b") as file:
        file.seek(place.byte_offset)
        file.write(b"\xff" * place.size)
    assert "tf_model.h5: no whole HDF5 file" in untouched(folder, bystander)


def secret(folder, state):
    """A file outside the folder with an array of the shape that the model wants."""
    path = folder.parent / "secret.h5"
    value = np.ascontiguousarray(state["classifier.weight"].T)
    with h5py.File(path, "w") as file:
        file["x"] = value
    value.tofile(folder.parent / "secret.raw")
    return path


def external_link(file, path):
    file[WEIGHTS] = h5py.ExternalLink(str(path), "/x")


def soft_link(file, path):
    file[WEIGHTS] = h5py.SoftLink("/bert/m/bert/pooler/dense/kernel:0")


def external_storage(file, path):
    raw = [(str(path.with_suffix(".raw")), 0, h5py.h5f.UNLIMITED)]
    file.create_dataset(WEIGHTS, (12, 3), "f4", external=raw)


def virtual(file, path):
    layout = h5py.VirtualLayout((12, 3), "f4")
    layout[:] = h5py.VirtualSource(str(path), "x", (12, 3))
    file.create_virtual_dataset(WEIGHTS, layout)


@pytest.mark.parametrize(
    "point, message",
    [
        (external_link, "classifier/kernel is missing"),
        (soft_link, "classifier/kernel is missing"),
        (external_storage, "kernel:0 is no array of floats in this file"),
        (virtual, "kernel:0 is no array of floats in this file"),
    ],
)
def test_hdf5_that_points_elsewhere(folder, state, point, message):
    path = secret(folder, state)
    write_h5(folder / "tf_model.h5", state)
    with h5py.File(folder / "tf_model.h5", "r+") as file:
        del file[WEIGHTS]
        point(file, path)
        assert file[WEIGHTS].shape[0] == 12  # h5py itself follows it
    text = refused(folder)
    assert "tf_model.h5: " in text and message in text


HALVES = ("tf_model-1.h5", "tf_model-2.h5")


def write_halves(folder, state, places=None):
    """Writes the head into the second of two files, the rest into the first, and their index."""
    write_h5(folder / HALVES[0], state)
    with h5py.File(folder / HALVES[0], "r+") as file, h5py.File(folder / HALVES[1], "w") as other:
        file.copy("classifier", other)
        del file["classifier"]
    known = {WEIGHTS: HALVES[1], "bert/m/bert/pooler/dense/kernel:0": HALVES[0]}
    index = {"weight_map": known | (places or {})}
    (folder / "tf_model.h5.index.json").write_text(json.dumps(index))


def test_two_hdf5_files_are_one_checkpoint(folder, state):
    write_halves(folder, state)
    assert len(read_all(folder)) == len(state)


@pytest.mark.parametrize(
    "places, message",
    [
        ({WEIGHTS: HALVES[0]}, f"in {HALVES[0]}, which does not have it"),
        ({WEIGHTS: "tf_model-3.h5"}, "names tf_model-3.h5, which is not there"),
        ({WEIGHTS: "../secret.h5"}, "names '../secret.h5', no file beside it"),
        ({"bert/m/bert/new:0": HALVES[0]}, "places bert/m/bert/new:0 in"),
    ],
)
def test_an_index_of_hdf5_files_that_is_wrong(folder, state, places, message):
    secret(folder, state)
    write_halves(folder, state, places)
    text = refused(folder)
    assert "tf_model.h5.index.json: " in text and message in text


def test_hdf5_files_with_one_weight_twice(folder, state):
    write_halves(folder, state)
    with h5py.File(folder / HALVES[0], "r+") as file:
        file[WEIGHTS] = np.ones((12, 3), "f4")
    assert f"{HALVES[1]}: {WEIGHTS} is in {HALVES[0]} as well" in refused(folder)


def test_one_of_several_hdf5_files_is_cut(folder, state):
    write_halves(folder, state)
    path = folder / HALVES[1]
    path.write_bytes(path.read_bytes()[:500])
    assert f"{HALVES[1]}: no whole HDF5 file of 500 bytes" in refused(folder)


@pytest.mark.parametrize("to", ["external", "outward", "upward"])
def test_groups_that_point_elsewhere(folder, state, to):
    """A link in the place of a folder of the file: nothing below it is seen."""
    path = secret(folder, state)
    write_h5(path, state)
    write_h5(folder / "tf_model.h5", state)
    link = {
        "external": h5py.ExternalLink(str(path), "/bert"),
        "outward": h5py.SoftLink("/../../secret.h5/bert"),
        "upward": h5py.SoftLink("/"),
    }
    with h5py.File(folder / "tf_model.h5", "r+") as file:
        del file["bert"]
        file["bert"] = link[to]
    assert "bert/embeddings/word_embeddings/weight is missing" in refused(folder)


def objects(file):
    file.create_dataset(WEIGHTS, (12, 3), h5py.ref_dtype)


def regions(file):
    file.create_dataset(WEIGHTS, (12, 3), h5py.regionref_dtype)


def ragged(file):
    file.create_dataset(WEIGHTS, (12, 3), h5py.vlen_dtype(np.dtype("f4")))


def texts(file):
    file.create_dataset(WEIGHTS, (12, 3), h5py.string_dtype())


def records(file):
    file.create_dataset(WEIGHTS, (12, 3), np.dtype([("a", "f4"), ("b", "f4")]))


def opaque(file):
    file.create_dataset(WEIGHTS, (12, 3), h5py.opaque_dtype(np.dtype("V4")))


@pytest.mark.parametrize("kind", [objects, regions, ragged, texts, records, opaque])
def test_hdf5_of_other_types(folder, state, kind):
    """References, texts and lists would be followed or made when they are read."""
    write_h5(folder / "tf_model.h5", state)
    with h5py.File(folder / "tf_model.h5", "r+") as file:
        del file[WEIGHTS]
        kind(file)
    assert f"{WEIGHTS} is no array of floats in this file" in refused(folder)


@pytest.mark.parametrize("how", [{"chunks": (1024, 1024)}, {"compression": "gzip"}])
def test_hdf5_that_claims_more_than_it_has(folder, state, how):
    """2**20 x 2**20 floats of four bytes, none of which is written: 4 TiB in some kilobytes."""
    path = folder / "tf_model.h5"
    write_h5(path, state)
    others = sum(value.nbytes for name, value in state.items() if name != "classifier.weight")
    with h5py.File(path, "r+") as file:
        del file[WEIGHTS]
        file.create_dataset(WEIGHTS, (2**20, 2**20), "f4", **how)
    claimed = 4 * 2**40 + others
    size = path.stat().st_size
    assert size < 2**20
    text = refused(folder)
    assert f"{path}: the file of {size:,} bytes claims arrays of {claimed:,} bytes" in text


@pytest.mark.parametrize("value", [np.ones((12, 3), "i4"), h5py.Empty("f4"), "text"])
def test_hdf5_without_floats(folder, state, value):
    write_h5(folder / "tf_model.h5", state)
    with h5py.File(folder / "tf_model.h5", "r+") as file:
        del file[WEIGHTS]
        file[WEIGHTS] = value
    assert f"{WEIGHTS} is no array of floats" in refused(folder)


def test_the_same_weight_twice(folder, state):
    write_h5(folder / "tf_model.h5", state)
    with h5py.File(folder / "tf_model.h5", "r+") as file:
        file["classifier/n/classifier/bias:0"] = np.zeros(3, "f4")
    assert "classifier/n/classifier/bias:0 and classifier/m/classifier/bias:0 are the same" in (
        refused(folder)
    )
