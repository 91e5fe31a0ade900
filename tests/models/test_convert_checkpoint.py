"""Old checkpoints become folders that PyTorch's transformers loads as they are, or nothing."""

import json
import shutil

import h5py
import numpy as np
import pytest

from tests.conftest import VOCABULARY, randomised, write_tokenizer
from tfclf import TFBertForSequenceClassification, TFBertModel
from tfclf.errors import CheckpointError, ConfigError, TokenizerError
from tfclf.models import convert_checkpoint as convert
from tfclf.models import open_checkpoint
from tfclf.models.loading import named_weights

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
SEQUENCE = ("tiny-sequence-h5", "BertForSequenceClassification", "tiny_sequence.npz")
GOLDEN = [
    SEQUENCE,
    ("tiny-sequence-safetensors-tf", *SEQUENCE[1:]),
    ("tiny-token-h5", "BertForTokenClassification", "tiny_token.npz"),
]


def loaded_by_transformers(architecture, folder):
    """PyTorch's model, which must find every weight in the folder and no other."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    model, told = getattr(transformers, architecture).from_pretrained(
        folder, output_loading_info=True
    )
    assert not any(told[what] for what in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    return model.eval()


def answers(model, golden):
    import torch

    with torch.no_grad():
        return model(**{name: torch.tensor(golden[name]).long() for name in INPUTS})


@pytest.fixture
def old(oracle, tmp_path):
    """A copy of a golden checkpoint, to be damaged."""
    return shutil.copytree(oracle / "tiny-sequence-h5", tmp_path / "old")


@pytest.fixture
def old_with_tokenizer(tiny_config, tmp_path):
    folder = tmp_path / "old"
    randomised(TFBertForSequenceClassification(tiny_config)).save_pretrained(folder)
    write_tokenizer(folder, do_lower_case=False)
    return folder


def change(folder, **values):
    path = folder / "config.json"
    kept = json.loads(path.read_text()) | values
    path.write_text(json.dumps({key: value for key, value in kept.items() if value != "gone"}))


@pytest.mark.parametrize("name, architecture, expected", GOLDEN, ids=[row[0] for row in GOLDEN])
def test_pytorch_gives_the_logits_that_tfbert_gave(
    oracle, golden, tmp_path, name, architecture, expected
):
    done = convert(oracle / name, tmp_path / "new")
    assert (done.architecture, done.largest_difference) == (architecture, 0.0)
    assert done.files == ("config.json", "model.safetensors")
    with np.load(oracle / expected) as stored:
        logits = stored["logits"]
    theirs = answers(loaded_by_transformers(architecture, tmp_path / "new"), golden).logits.numpy()
    real = golden["attention_mask"].astype(bool) if logits.ndim == 3 else slice(None)
    np.testing.assert_allclose(theirs[real], logits[real], atol=1e-5)


def test_every_tensor_is_told(oracle, tmp_path):
    done = convert(oracle / "tiny-sequence-h5", tmp_path / "new")
    with open_checkpoint(oracle / "tiny-sequence-h5") as checkpoint:
        assert set(done.report.used) == set(checkpoint.shapes)
    counts = {part: len(names) for part, names in done.report.parts().items()}
    # Three embeddings and a norm; six dense layers and two norms a layer; two dense layers.
    layers = {f"bert/encoder/layer_._{i}": 16 for i in range(3)}
    assert counts == {"bert/embeddings": 5, **layers, "bert/pooler": 2, "classifier": 2}


def test_names_of_the_labels_are_kept(oracle, tmp_path):
    convert(oracle / "tiny-sequence-h5", tmp_path / "new")
    config = json.loads((tmp_path / "new" / "config.json").read_text())
    assert config["id2label"] == {str(i): f"class-{i}" for i in range(6)}
    assert config["architectures"] == ["BertForSequenceClassification"]


def test_the_bare_model(tiny_config, golden, tmp_path):
    model = randomised(TFBertModel(tiny_config))
    old = tmp_path / "old"
    model.save_pretrained(old)
    (old / "model.safetensors").unlink()
    with h5py.File(old / "tf_model.h5", "w") as file:  # where TFBertModel of transformers has them
        for names, variable in named_weights(model).values():
            file[f"bert/tf_bert_model/{names.tf}:0"] = variable.numpy()
    change(old, architectures=["TFBertModel"])
    done = convert(old, tmp_path / "new")
    assert (done.architecture, done.largest_difference) == ("BertModel", 0.0)
    ids = np.minimum(golden["input_ids"], len(VOCABULARY) - 1)
    theirs = answers(
        loaded_by_transformers("BertModel", tmp_path / "new"), {**golden, INPUTS[0]: ids}
    )
    ours = model({**{name: golden[name] for name in INPUTS}, INPUTS[0]: ids})
    np.testing.assert_allclose(theirs.pooler_output.numpy(), ours.pooler_output, atol=1e-5)


def test_several_files(tiny_config, tmp_path):
    from safetensors.numpy import load_file, save_file

    old = tmp_path / "old"
    randomised(TFBertForSequenceClassification(tiny_config)).save_pretrained(old)
    state = load_file(old / "model.safetensors")
    (old / "model.safetensors").unlink()
    places = {name: f"model-{i % 2}.safetensors" for i, name in enumerate(state)}
    for place in set(places.values()):
        part = {name: value for name, value in state.items() if places[name] == place}
        save_file(part, old / place, {"format": "pt"})
    (old / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    convert(old, tmp_path / "new")
    again = load_file(tmp_path / "new" / "model.safetensors")
    assert again.keys() == state.keys()
    assert all(np.array_equal(again[name], state[name]) for name in state)


def test_several_hdf5_files(oracle, golden, tmp_path):
    """As TFBert wrote them: names without the model's in the files, with it in the index."""
    old = tmp_path / "old"
    old.mkdir()
    shutil.copy(oracle / "tiny-sequence-h5" / "config.json", old)
    places = {}
    with open_checkpoint(oracle / "tiny-sequence-h5") as whole:
        for i, name in enumerate(whole.shapes):
            place = f"tf_model-0000{i % 3 + 1}-of-00003.h5"
            places[f"tf_bert_for_sequence_classification/{name}:0"] = place
            with h5py.File(old / place, "a") as file:
                file[f"{name}:0"] = whole.read(name)
    (old / "tf_model.h5.index.json").write_text(json.dumps({"weight_map": places}))
    done = convert(old, tmp_path / "new")
    assert done.report.source.endswith("tf_model.h5.index.json")
    model = TFBertForSequenceClassification.from_pretrained(tmp_path / "new")
    inputs = {name: golden[name] for name in INPUTS}
    np.testing.assert_allclose(model(inputs), golden["logits"], atol=1e-5)


def test_the_tokenizer_goes_along(old_with_tokenizer, tmp_path):
    transformers = pytest.importorskip("transformers")
    done = convert(old_with_tokenizer, tmp_path / "new")
    assert set(done.files) >= {"tokenizer.json", "tokenizer_config.json"}
    ours, theirs = (
        transformers.AutoTokenizer.from_pretrained(folder)("The film was good!")["input_ids"]
        for folder in (old_with_tokenizer, tmp_path / "new")
    )
    assert ours == theirs and VOCABULARY.index("[UNK]") in ours  # cased: The is no word of it


def refused(old, new, kind=CheckpointError):
    """Converts, which must fail and leave nothing; returns the message."""
    before = sorted(new.parent.rglob("*"))
    with pytest.raises(kind) as error:
        convert(old, new)
    assert error.value.where and error.value.remedy
    assert sorted(new.parent.rglob("*")) == before
    return str(error.value)


def test_a_pickle_is_refused_with_the_way_out(old, tmp_path):
    (old / "tf_model.h5").rename(old / "pytorch_model.bin")
    text = refused(old, tmp_path / "new")
    assert "is a pickle, which can run code when it is read" in text
    assert "save_pretrained(NEW_FOLDER)" in text


def test_a_missing_tensor_is_named(old, tmp_path):
    with h5py.File(old / "tf_model.h5", "r+") as file:
        (name,) = (key for key in file["classifier"])
        del file[f"classifier/{name}/classifier/bias:0"]
    assert "classifier/bias is missing" in refused(old, tmp_path / "new")


def test_an_unexpected_tensor_is_named(old, tmp_path):
    with h5py.File(old / "tf_model.h5", "r+") as file:
        file["bert/m/bert/adapter/kernel:0"] = np.ones((2, 3), "float32")
    assert "bert/adapter/kernel is unexpected" in refused(old, tmp_path / "new")


@pytest.mark.parametrize("content", [b"", b"<html>404</html>"])
def test_a_damaged_file(old, tmp_path, content):
    (old / "tf_model.h5").write_bytes(content)
    assert "no whole HDF5 file" in refused(old, tmp_path / "new")


def test_nothing_is_overwritten(old, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine").write_text("x")
    assert "got one that holds mine" in refused(old, tmp_path / "new")
    assert "expected a new or empty folder" in refused(old, old)


@pytest.mark.parametrize("named", [["TFBertForMaskedLM"], [], "gone", "BertModel", None])
def test_a_class_that_is_none_of_ours(old, tmp_path, named):
    change(old, architectures=named)
    text = refused(old, tmp_path / "new", ConfigError)
    assert "expected one of BertForSequenceClassification, BertForTokenClassification" in text


def test_a_head_that_transformers_lacks(tiny_config, tmp_path):
    model = TFBertForSequenceClassification(tiny_config.replace(head_hidden_size=7))
    model.save_pretrained(tmp_path / "old")
    text = refused(tmp_path / "old", tmp_path / "new", ConfigError)
    assert "its head has a hidden layer" in text


def test_an_unknown_key_is_refused_or_ignored(old, tmp_path):
    change(old, mystery=3)
    assert "'mystery'" in refused(old, tmp_path / "new", ConfigError)
    convert(old, tmp_path / "new", ignore_config_keys=("mystery",))


def test_a_tokenizer_of_another_model(old, tmp_path):
    write_tokenizer(old)
    text = refused(old, tmp_path / "new", TokenizerError)
    assert f"the tokenizer has {len(VOCABULARY)} tokens, the model has embeddings for 97" in text


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_a_conversion_that_answers_differently_leaves_nothing(old, tmp_path, monkeypatch, value):
    """The files are damaged as they are written; of NaN the reader says so itself."""
    from tfclf.models import checkpoint_writer

    write = checkpoint_writer.save_file

    def damage(tensors, path, metadata):
        write(tensors | {"classifier.bias": tensors["classifier.bias"] + value}, path, metadata)

    monkeypatch.setattr(checkpoint_writer, "save_file", damage)
    text = refused(old, tmp_path / "new")
    assert "outputs differ by 1.0e+00" in text or "holds NaN" in text
