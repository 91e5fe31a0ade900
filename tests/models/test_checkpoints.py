"""Every way in which a folder can hold the same weights, and the labels of its head."""

import json

import h5py
import numpy as np
import pytest

from tfclf import TFBertForSequenceClassification, TFBertModel
from tfclf.errors import ArgumentError, CheckpointError, ConfigError
from tfclf.models import stored_head
from tfclf.models.config import default_labels

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
save_file = pytest.importorskip("safetensors.torch").save_file

IDS = np.array([[5, 9, 60, 64, 3], [2, 2, 31, 7, 40]])
HEAD = ("classifier/kernel", "classifier/bias")
POOLER = ("bert/pooler/kernel", "bert/pooler/bias")
load = TFBertForSequenceClassification.from_pretrained


@pytest.fixture(scope="module")
def values(tiny_config):
    """The content of config.json."""
    return tiny_config.to_dict("BertForSequenceClassification")


@pytest.fixture(scope="module")
def theirs(values):
    """PyTorch's model. All weights are multiples of 1/64 below 4, whose at most eight significant
    bits fit into every float format, so that all of them must give the same logits."""
    torch.manual_seed(7)
    model = transformers.BertForSequenceClassification(transformers.BertConfig(**values)).eval()
    for parameter in model.parameters():
        noisy = parameter.data + 0.2 * torch.randn_like(parameter)
        parameter.data = torch.round(64 * noisy) / 64
        assert parameter.abs().max() < 4
    return model


@pytest.fixture(scope="module")
def state(theirs):
    return {name: tensor.clone() for name, tensor in theirs.state_dict().items()}


@pytest.fixture(scope="module")
def logits(theirs):
    with torch.no_grad():
        return theirs(torch.tensor(IDS)).logits.numpy()


@pytest.fixture
def write(tmp_path, values):
    """Writes a folder: config.json with changes, and tensors as model.safetensors."""

    def write_folder(tensors, metadata=None, **changes):
        (tmp_path / "config.json").write_text(json.dumps(values | changes))
        contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(contiguous, tmp_path / "model.safetensors", metadata=metadata)
        return tmp_path

    return write_folder


def without(state, *starts):
    return {name: tensor for name, tensor in state.items() if not name.startswith(starts)}


def bare(state):
    return {name.removeprefix("bert."): tensor for name, tensor in without(state, "class").items()}


def old_norm_names(state):
    def old(name):
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        return name.replace("LayerNorm.bias", "LayerNorm.beta")

    return {old(name): tensor for name, tensor in state.items()}


def tf_state(state):
    """TensorFlow's names, as modeling_tf_bert.py (transformers 4.49) puts them together."""
    renamed = {}
    for name, tensor in state.items():
        name = name.replace("encoder.layer.", "encoder.layer_._").replace(".", "/")
        name = name.replace("layer_/_", "layer_._")
        if "LayerNorm" in name:
            name = name.replace("/weight", "/gamma").replace("/bias", "/beta")
        elif name.endswith(("position_embeddings/weight", "token_type_embeddings/weight")):
            name = name.replace("/weight", "/embeddings")
        elif "word_embeddings" not in name:
            tensor = tensor.T if name.endswith("/weight") else tensor
            name = name.replace("/weight", "/kernel")
        renamed[f"{name}:0"] = tensor
    return renamed


def random_head(state, width):
    return without(state, "classifier") | {
        "classifier.weight": torch.ones(width, 12),
        "classifier.bias": torch.ones(width),
    }


def assert_same(model, logits, atol=1e-5):
    np.testing.assert_allclose(model(IDS), logits, atol=atol, rtol=0)


@pytest.mark.parametrize(
    "change",
    [
        dict,
        old_norm_names,
        lambda state: {name: tensor.half() for name, tensor in state.items()},
        lambda state: {name: tensor.bfloat16() for name, tensor in state.items()},
        lambda state: {name: tensor.double() for name, tensor in state.items()},
        lambda state: dict(reversed(state.items())),
    ],
    ids=["names", "gamma-beta", "float16", "bfloat16", "float64", "order"],
)
def test_pytorch_files(write, state, logits, change):
    model = load(write(change(state), metadata={"format": "pt"}))
    assert_same(model, logits)
    report = model.load_report
    assert report.used and len(report.used) == len(state)
    assert report.new == report.replaced == report.dropped == ()


def test_bfloat16_tensors_bit_for_bit(write, state):
    name = "bert.encoder.layer.1.intermediate.dense.weight"
    rounded = (state[name] * 0.3).bfloat16()
    rounded[0, :3] = torch.tensor([-0.0, 1e-40, -3.3e38])  # zero's sign, a subnormal, a large one
    model = load(write(state | {name: rounded}))
    kernel = model.bert.encoder.layers[1].intermediate.kernel.numpy()
    np.testing.assert_array_equal(kernel, rounded.float().numpy().T)
    assert np.signbit(kernel[0, 0])


def test_bare_encoder(write, state, logits):
    """Without ``bert.``, as BertModel writes it: the head is new, the encoder is the same."""
    folder = write(bare(state), architectures=["BertModel"])
    model = load(folder)
    assert model.load_report.new == HEAD
    assert len(model.load_report.used) == len(state) - 2
    assert stored_head(folder) is None
    model.classifier.set_weights([state["classifier.weight"].T, state["classifier.bias"]])
    assert_same(model, logits)
    output = TFBertModel.from_pretrained(folder)(IDS)
    assert output.pooler_output.shape == (2, 12)


def test_sharded(write, state, logits):
    folder = write({})
    (folder / "model.safetensors").unlink()
    names, weight_map = sorted(state), {}
    for i in range(3):
        file = f"model-0000{i + 1}-of-00003.safetensors"
        part = {name: state[name] for name in names[i::3]}
        save_file(part, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    model = load(folder)
    assert_same(model, logits)
    assert model.load_report.source.endswith("model.safetensors.index.json")
    assert set(model.load_report.used) == set(state)


def test_sharded_by_transformers(tmp_path, theirs, logits):
    theirs.save_pretrained(tmp_path, max_shard_size="5KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    assert_same(load(tmp_path), logits)


def test_sharded_by_tensorflow(write, state, logits):
    """Its index has the name of the model before each name, its files have not (4.49)."""
    tensors = tf_state(state)
    folder = write(tensors, metadata={"format": "tf"})
    file = folder / "model.safetensors"
    file.rename(folder / "model-00001-of-00001.safetensors")
    named = {f"tf_bert_model_3/{name}": "model-00001-of-00001.safetensors" for name in tensors}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": named}))
    assert_same(load(folder), logits)


def test_tensorflow_safetensors(write, state, logits):
    assert_same(load(write(tf_state(state), metadata={"format": "tf"})), logits)


def test_tensorflow_names_without_metadata(write, state, logits):
    assert_same(load(write(tf_state(state))), logits)


@pytest.mark.parametrize("name", ["tf_bert_for_sequence_classification", "tf_bert_model_3"])
def test_hdf5(write, state, logits, name):
    folder = write({})
    (folder / "model.safetensors").unlink()
    with h5py.File(folder / "tf_model.h5", "w") as file:
        file.create_group("dropout_37")
        for stored, tensor in tf_state(state).items():
            file[f"{stored.split('/')[0]}/{name}/{stored}"] = tensor.numpy()
    model = load(folder)
    assert_same(model, logits)
    assert len(model.load_report.used) == len(state)


def test_all_formats_give_the_same_bits(write, state):
    """float32, float16, bfloat16 and TensorFlow's order of axes hold the same numbers."""
    variants = [state, {name: tensor.half() for name, tensor in state.items()}]
    variants += [{name: tensor.bfloat16() for name, tensor in state.items()}, tf_state(state)]
    results = [np.array(load(write(tensors))(IDS)) for tensors in variants]
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


def test_left_overs_are_listed(write, state, logits):
    extra = {
        "bert.embeddings.position_ids": torch.arange(41)[None],
        "cls.predictions.bias": torch.ones(65),
        "cls.predictions.decoder.weight": torch.ones(65, 12),
        "cls.predictions.transform.LayerNorm.gamma": torch.ones(12),
        "cls.seq_relationship.weight": torch.ones(2, 12),
    }
    model = load(write(state | extra))
    assert_same(model, logits)
    expected = {name.replace("gamma", "weight") for name in extra}
    assert set(model.load_report.dropped) == expected
    assert "cls.seq_relationship.weight" in str(model.load_report)


def test_encoder_drops_the_head(write, state):
    report = TFBertModel.from_pretrained(write(state)).load_report
    assert set(report.dropped) == {"classifier.weight", "classifier.bias"}
    assert report.new == report.replaced == ()


@pytest.mark.parametrize(
    "arguments, labels",
    [
        ({}, ("bad", "good", "ugly")),
        ({"num_labels": 3}, ("bad", "good", "ugly")),
        ({"num_labels": np.int64(3)}, ("bad", "good", "ugly")),
        ({"id2label": {2: "c", 0: "a", 1: "b"}}, ("a", "b", "c")),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, ("a", "b", "c")),
        ({"id2label": ["a", "b", "c"]}, ("a", "b", "c")),
        ({"label2id": {"c": 2, "a": 0, "b": 1}}, ("a", "b", "c")),
        ({"id2label": ["a", "b", "c"], "label2id": {"a": 0, "b": 1, "c": 2}, "num_labels": 3},
         ("a", "b", "c")),
    ],
)  # fmt: skip
def test_names_of_labels(write, state, logits, arguments, labels):
    model = load(write(state), **arguments)
    assert model.config.labels == labels
    assert_same(model, logits)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_labels": 2, "id2label": ["a", "b", "c"]}, "num_labels is 2, .*has 3 labels"),
        ({"num_labels": 2, "label2id": {"a": 0, "b": 1, "c": 2}}, "num_labels is 2, .*3 labels"),
        ({"id2label": ["a", "b"], "label2id": {"a": 1, "b": 0}}, "is not the inverse"),
        ({"label2id": {"a": 0, "b": 0}}, "is not the inverse"),
        ({"id2label": {0: "a", 2: "b"}}, r"ids 0 to 1, got \[0, 2\]"),
        ({"id2label": {0: "a", "0": "b"}}, r"ids 0 to 1, got \[0, '0'\]"),
        ({"id2label": {"x": "a"}}, r"ids 0 to 0, got \['x'\]"),
        ({"id2label": []}, r"ids 0 to 0, got \[\]"),
        ({"id2label": ["a", "b", "a"]}, "no label twice"),
        ({"label2id": {"a": "x"}}, "ids 0 to 0"),
        ({"num_labels": 0}, "num_labels is 0, expected a whole number of at least 1"),
        ({"num_labels": -3}, "num_labels is -3, expected"),
        ({"num_labels": True}, "num_labels is True, expected"),
        ({"num_labels": 3.0}, "num_labels is 3.0, expected"),
        ({"num_labels": "3"}, "num_labels is '3', expected"),
        ({"labels": ("a", "b", "c")}, r"Pass id2label=list\(labels\)"),
    ],
)
def test_contradicting_labels(write, state, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        load(write(state), **arguments)


def test_head_of_another_width_is_refused(write, state):
    with pytest.raises(CheckpointError) as error:
        load(write(state), num_labels=5)
    text = str(error.value)
    assert "model.safetensors: classifier.weight has the shape (3, 12), expected (5, 12)" in text
    assert "classifier.bias has the shape (3,), expected (5,)" in text
    assert "new_head=True" in text


@pytest.mark.parametrize("way", ["new_head", "ignore_mismatched_sizes"])
def test_head_of_another_width_is_replaced(write, state, caplog, way):
    model = load(write(state), num_labels=5, **{way: True})
    assert model.load_report.new == HEAD
    assert model.load_report.replaced == ("classifier.weight", "classifier.bias")
    assert model(IDS).shape == (2, 5)
    assert model.config.labels == default_labels(model.config.num_labels)
    assert "the checkpoint's head was replaced by a new one" in caplog.text
    np.testing.assert_array_equal(
        model.bert.pooler.kernel.numpy(), state["bert.pooler.dense.weight"].numpy().T
    )


def test_new_head_where_the_old_one_fits(write, state):
    folder = write(state)
    kept, new = load(folder, ignore_mismatched_sizes=True), load(folder, new_head=True)
    old = state["classifier.weight"].numpy().T
    np.testing.assert_array_equal(kept.classifier.kernel.numpy(), old)
    assert kept.load_report.replaced == ()
    assert np.abs(new.classifier.kernel.numpy() - old).max() > 0.05
    assert not new.classifier.bias.numpy().any()
    assert new.load_report.replaced == ("classifier.weight", "classifier.bias")


@pytest.mark.parametrize("architecture", ["BertForTokenClassification", "TFBertForMultipleChoice"])
def test_head_of_another_task(write, state, architecture):
    folder = write(state, architectures=[architecture])
    name = architecture.removeprefix("TF")
    with pytest.raises(
        CheckpointError, match=f"classifier.weight is the head of a {name}"
    ) as error:
        load(folder)
    assert "new_head=True" in error.value.remedy
    assert load(folder, new_head=True).load_report.new == HEAD


@pytest.mark.parametrize(
    "architectures",
    [None, [], ["BertForSequenceClassification"], ["TFBertForSequenceClassification"],
     ["BertModel"], ["BertForTokenClassification", "BertForSequenceClassification"]],
)  # fmt: skip
def test_head_of_this_task(write, state, logits, architectures):
    assert_same(load(write(state, architectures=architectures)), logits)


def test_missing_pooler(write, state):
    folder = write(without(state, "bert.pooler", "classifier"), architectures=["BertForMaskedLM"])
    with pytest.raises(CheckpointError, match="bert.pooler.dense.weight is missing") as error:
        load(folder)
    assert "new_pooler=True" in error.value.remedy
    model = load(folder, new_pooler=True)
    assert model.load_report.new == (*POOLER, *HEAD)
    assert len(model.load_report.used) == len(state) - 4


def test_config_changes(write, state, logits):
    folder = write(state, hidden_dropout_prob=0.1, classifier_dropout=0.2)
    model = load(folder, hidden_dropout_prob=0.0, classifier_dropout=None, name="reviews")
    assert (model.config.head_dropout, model.name) == (0.0, "reviews")
    np.testing.assert_allclose(model(IDS, training=True), logits, atol=1e-5, rtol=0)
    with pytest.raises(ConfigError, match="unknown configuration value 'dropout'"):
        load(folder, dropout=0.0)
    with pytest.raises(ConfigError, match="hidden_dropout_prob is 1.0"):
        load(folder, hidden_dropout_prob=1.0)


def test_ignored_config_key(write, state, logits):
    folder = write(state, origin="here")
    with pytest.raises(ConfigError, match="config.json: unknown key 'origin'"):
        load(folder)
    assert_same(load(folder, ignore_config_keys=("origin",)), logits)
