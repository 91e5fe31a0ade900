"""One damage a test: it is refused with the place and a remedy, and nothing has been assigned."""

import builtins
import io
import json
import pickle
import shutil
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save, save_file

from tests.conftest import randomised
from tests.models.conftest import read_all, refused, untouched
from tfclf import TFBertForSequenceClassification
from tfclf.errors import ConfigError
from tfclf.models.checkpoint_size import num_parameters
from tfclf.models.loading import named_weights

INDEX = "model.safetensors.index.json"
LAST = "classifier.bias"  # of a model's weights
KEY = "bert.encoder.layer.1.attention.self.key.weight"


@pytest.fixture(scope="module")
def state(whole_state):
    return whole_state


@pytest.fixture(scope="module")
def whole(state):
    """The bytes of a safetensors file that loads."""
    return save(state)


# What stands in the place of a folder.


def test_no_folder(tmp_path):
    text = refused(tmp_path / "nothing")
    assert f"{tmp_path}/nothing: no such folder" in text
    assert "give a folder" in text


def test_empty_folder(tmp_path):
    assert f"{tmp_path}: no checkpoint: there is no config.json" in refused(tmp_path)


def test_a_file(folder):
    assert "config.json: expected a folder" in refused(folder / "config.json")


def test_name_too_long():
    assert "no such folder" in refused("a" * 5000)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"hidden_size": 12, "name": "\xff"}'])
def test_damaged_config(folder, content):
    (folder / "config.json").write_bytes(content)
    assert f"{folder}/config.json: " in refused(folder, ConfigError)


def test_no_weights(folder):
    text = refused(folder)
    assert "no weights: expected one of model.safetensors" in text
    assert "got ['config.json']" in text


class Payload:
    def __reduce__(self):
        return exec, ("raise AssertionError('a pickle was executed')",)


def test_pickles_are_never_opened(folder, monkeypatch):
    with open(folder / "pytorch_model.bin", "wb") as file:
        pickle.dump({"classifier.weight": Payload()}, file)
    opened, original = [], io.open

    def watched(file, *args, **kwargs):
        opened.append(str(file))
        return original(file, *args, **kwargs)

    monkeypatch.setattr(io, "open", watched)
    monkeypatch.setattr(builtins, "open", watched)
    text = refused(folder)
    assert "pytorch_model.bin: this file is a pickle, which can run code" in text
    assert "save_pretrained(NEW_FOLDER)" in text
    assert any(name.endswith("config.json") for name in opened)
    assert not any(name.endswith(".bin") for name in opened)


@pytest.mark.parametrize(
    "name, reason",
    [
        ("pytorch_model.bin.index.json", "pickles"),
        ("model.pt", "pickle"),
        ("flax_model.msgpack", "Flax"),
        ("bert_model.ckpt.index", "TensorFlow 1"),
        ("saved_model.pb", "SavedModel"),
    ],
)
def test_refused_formats(folder, name, reason):
    (folder / name).write_bytes(b"")
    text = refused(folder)
    assert f"{folder}/{name}: this file " in text
    assert reason in text and "Convert it" in text


# Files that are cut off or are something else.


def damaged_lengths(whole):
    header = 8 + struct.unpack("<Q", whole[:8])[0]
    return [0, 4, 8, header // 2, header, (header + len(whole)) // 2, len(whole) - 1]


@pytest.mark.parametrize("cut", range(7))
def test_truncated_safetensors(folder, whole, cut):
    (folder / "model.safetensors").write_bytes(whole)
    read_all(folder)
    length = damaged_lengths(whole)[cut]
    (folder / "model.safetensors").write_bytes(whole[:length])
    text = refused(folder)
    assert f"{folder}/model.safetensors: no whole safetensors file of {length} bytes" in text
    assert "Fetch it again" in text


def with_header(header, data=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(begin, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    "content",
    [
        np.random.default_rng(1).bytes(5000),
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 440449768\n",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2**40) + b" " * 100,
        with_header([1, 2]),
        with_header({"classifier.bias": entry(0, 2**50, [2**48])}),
        with_header({"classifier.bias": entry(0, 12, [5])}, b" " * 12),
        with_header({"classifier.bias": entry(-4, 8, [3])}, b" " * 12),
        with_header({"classifier.bias": entry(0, 12, [3], "F33")}, b" " * 12),
        with_header({"a": entry(0, 12, [3]), "b": entry(8, 20, [3])}, b" " * 20),
        with_header({"a": entry(0, 12, [3]), "b": entry(16, 28, [3])}, b" " * 28),
        with_header({"a": entry(0, 12, [2**63, 2])}, b" " * 12),
        with_header({"a": entry(0, 12, [3])}, b" " * 13),
        struct.pack("<Q", 200_000) + b'{"a":' * 40_000,
    ],
    ids=["random", "pointer", "length", "large", "array", "end", "shape", "begin", "dtype",
         "overlap", "gap", "overflow", "more", "deep"],
)  # fmt: skip
def test_no_safetensors(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    assert "model.safetensors: no whole safetensors file" in refused(folder)


def test_a_header_beyond_every_model(folder):
    most = 16 * 2**20
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", most + 1) + b"{}")
        file.truncate(2 * most)
    text = refused(folder)
    assert "its header has 16,777,217 bytes, expected 16,777,216 at most (10,000 tensors" in text


HUGE = {
    "width": {"hidden_size": 60_000, "num_attention_heads": 3},
    "words": {"vocab_size": 9_999_999, "hidden_size": 60_000},
    "layers": {"num_hidden_layers": 1_000, "hidden_size": 6_000},
    "inner": {"intermediate_size": 999_999, "hidden_size": 6_000},
    "labels": {"num_labels": 1_000_000, "id2label": None, "label2id": None, "hidden_size": 600},
}


@pytest.mark.parametrize("name", HUGE)
def test_sizes_beyond_the_checkpoint(folder, whole, monkeypatch, name):
    """It is told before a layer is made."""

    def build(self, *args):
        raise AssertionError("a model was made")

    monkeypatch.setattr(TFBertForSequenceClassification, "__init__", build)
    (folder / "model.safetensors").write_bytes(whole)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | HUGE[name]))
    text = refused(folder, ConfigError)
    assert f"{folder}/config.json: describes a model of " in text
    assert "parameters, and model.safetensors holds " in text


def test_the_number_of_parameters(tiny_config):
    """It is counted as the model has it."""
    for config in (tiny_config, tiny_config.replace(head_hidden_size=7)):
        model = randomised(TFBertForSequenceClassification(config))
        assert num_parameters(config) == sum(
            int(np.prod(weight.shape)) for _, weight in named_weights(model).values()
        )


def test_links_are_followed(folder, whole, tmp_path):
    """The cache of the hub is made of them: what a link leads to is checked like a file."""
    (tmp_path / "blob").write_bytes(whole)
    (folder / "model.safetensors").symlink_to(tmp_path / "blob")
    read_all(folder)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(folder / "config.json")
    assert "model.safetensors: no whole safetensors file" in refused(folder)


@pytest.mark.parametrize("name", ["model.zip", "model.tar", "model.tar.gz", "model.tgz", "m.7z"])
def test_an_archive(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK")
    text = refused(tmp_path / name)
    assert f"{name}: this is an archive, and expected was a folder" in text
    assert "Unpack it, look at what is in it, and give the folder." in text


def test_a_damaged_file_is_not_passed_over(folder, oracle):
    """Another format beside it may hold other weights."""
    shutil.copy(oracle / "tiny-sequence-h5" / "tf_model.h5", folder)
    (folder / "model.safetensors").write_bytes(b"")
    assert "model.safetensors: no whole safetensors file" in refused(folder)


def test_old_and_new_name_of_a_weight(folder, state):
    name = "bert.embeddings.LayerNorm"
    save_file(state | {f"{name}.gamma": np.ones(12, "f4")}, folder / "model.safetensors")
    text = refused(folder)
    assert f"{name}.gamma" in text and f"{name}.weight" in text and "are the same weight" in text


# An index and its files.


def write_shards(folder, state, **changes):
    """Two files and their index, whose map takes the changes."""
    names = sorted(state)
    parts = {"a.safetensors": names[:20], "b.safetensors": names[20:]}
    for file, part in parts.items():
        save_file({name: state[name] for name in part}, folder / file)
    weight_map = {name: file for file, part in parts.items() for name in part} | changes
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))


@pytest.mark.parametrize(
    "file, message",
    [
        ("../x.safetensors", "the index names '../x.safetensors', no file beside it"),
        ("sub/x.safetensors", "the index names 'sub/x.safetensors', no file beside it"),
        ("/etc/hostname", "the index names '/etc/hostname', no file beside it"),
        ("..", "the index names .., which is not there"),
        ("", "the index names , which is not there"),
        ("c.safetensors", "the index names c.safetensors, which is not there"),
        (3, "the index names 3, no file beside it"),
        (None, "the index names None, no file beside it"),
        (["a.safetensors"], "no file beside it"),
        ("a.safetensors", f"places {LAST} in a.safetensors, which does not have it"),
        ("config.json", "config.json: no whole safetensors file"),
    ],
)
def test_index_with_a_wrong_file(folder, state, file, message):
    for place in (folder.parent, folder / "sub"):
        place.mkdir(exist_ok=True)
        save_file(state, place / "x.safetensors")
    write_shards(folder, state)
    read_all(folder)
    (folder / "a.safetensors").unlink()
    names = sorted(set(state) - {LAST})
    save_file({name: state[name] for name in names}, folder / "a.safetensors")
    save_file({LAST: state[LAST]}, folder / "b.safetensors")
    weight_map = dict.fromkeys(names, "a.safetensors") | {LAST: file}
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    assert message in refused(folder)


def test_index_with_a_tensor_that_no_file_has(folder, state):
    write_shards(folder, state, **{"bert.more": "a.safetensors"})
    assert f"{INDEX}: the index places bert.more in a.safetensors" in refused(folder)


def test_a_tensor_in_two_files(folder, state):
    write_shards(folder, state)
    first = min(state)
    again = load_file(folder / "b.safetensors") | {first: state[first]}
    save_file(again, folder / "b.safetensors")
    assert f"b.safetensors: {first} is in a.safetensors as well" in refused(folder)


def test_a_truncated_shard(folder, state):
    write_shards(folder, state)
    content = (folder / "b.safetensors").read_bytes()
    (folder / "b.safetensors").write_bytes(content[:-5])
    assert "b.safetensors: no whole safetensors file" in refused(folder)


@pytest.mark.parametrize("index", [{}, {"weight_map": {}}, {"weight_map": ["a.safetensors"]}])
def test_index_without_a_map(folder, index):
    (folder / INDEX).write_text(json.dumps(index))
    assert f"{INDEX}: the index has no weight_map" in refused(folder)


def test_index_that_is_no_json(folder):
    (folder / INDEX).write_text("[")
    assert f"{INDEX}: not valid JSON" in refused(folder, ConfigError)


# Tensors that do not fit the model.


def without(state, *starts):
    return {name: value for name, value in state.items() if not name.startswith(starts)}


def spoilt(value, number):
    value = value.copy()
    value.flat[-1] = number
    return value


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda state: without(state, KEY), f"{KEY} is missing"),
        (lambda state: state | {"bert.more.weight": state[LAST]}, "bert.more.weight is unexpected"),
        (
            lambda state: state | {KEY: np.ones((12, 13), "f4")},
            f"{KEY} has the shape (12, 13), expected (12, 12)",
        ),
        (
            lambda state: state | {"bert.encoder.layer.0.output.dense.weight": np.ones((17, 12))},
            "output.dense.weight has the shape (17, 12), expected (12, 17)",
        ),
        (
            lambda state: state | {"bert.embeddings.word_embeddings.weight": np.ones((66, 12))},
            "word_embeddings.weight has the shape (66, 12), expected (65, 12)",
        ),
        (
            lambda state: state | {KEY.replace(".1.", ".2."): state[KEY]},
            f"{KEY.replace('.1.', '.2.')} is unexpected",
        ),
        (
            lambda state: without(state, "bert.encoder.layer.1."),
            "bert.encoder.layer.1.attention.self.query.weight is missing",
        ),
        (lambda state: state | {LAST: spoilt(state[LAST], np.nan)}, f"{LAST} holds NaN"),
        (lambda state: state | {LAST: spoilt(state[LAST], -np.inf)}, f"{LAST} holds NaN or inf"),
        (lambda state: state | {LAST: np.ones(3, "i8")}, f"{LAST} holds I64, expected one of F64"),
        (lambda state: state | {KEY: np.ones((12, 12), "u1")}, f"{KEY} holds U8, expected"),
        (lambda state: without(state, LAST), f"{LAST} is missing"),
        (lambda state: without(state, "classifier.weight"), "classifier.weight is missing"),
        (lambda state: {LAST: state[LAST]}, "word_embeddings.weight is missing"),
    ],
    ids=["missing", "unexpected", "width", "transposed", "vocabulary", "more-layers",
         "fewer-layers", "nan", "infinity", "integers", "quantised", "no-bias", "no-kernel",
         "no-encoder"],
)  # fmt: skip
def test_tensors_that_do_not_fit(folder, state, bystander, damage, message):
    save_file(damage(state), folder / "model.safetensors")
    text = untouched(folder, bystander)
    assert f"{folder}/model.safetensors: " in text and message in text


def test_head_of_two_widths(folder, state, bystander):
    """A kernel that fits is not joined with a new bias."""
    save_file(state | {LAST: np.ones(5, "f4")}, folder / "model.safetensors")
    text = untouched(folder, bystander, replace_head=True)
    assert f"{LAST} is missing or does not fit, and the rest of its layer does" in text
    assert "new_head=True" in text


def test_half_a_pooler_and_no_head(folder, state, bystander):
    save_file(without(state, "bert.pooler.dense.bias", "classifier"), folder / "model.safetensors")
    text = untouched(folder, bystander, new_pooler=True)
    assert "bert.pooler.dense.bias is missing or does not fit" in text


def test_many_problems_are_counted(folder, state, bystander):
    save_file(without(state, "bert.encoder"), folder / "model.safetensors")
    assert "; and 26 more" in untouched(folder, bystander)  # 2 layers of 16 weights, 6 named


@pytest.mark.parametrize("change", [{"num_hidden_layers": 1}, {"num_hidden_layers": 3},
                                    {"hidden_size": 15}, {"vocab_size": 64}])  # fmt: skip
def test_config_of_another_model(folder, whole, change):
    (folder / "model.safetensors").write_bytes(whole)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    assert "not of the model that its config.json describes" in refused(folder)
