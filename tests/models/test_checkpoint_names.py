"""The name table against models and files that others built."""

import re

import pytest
from safetensors import safe_open

from tfclf import (
    HeadConfig,
    TFBertForMultiTask,
    TFBertForSequenceClassification,
    TFBertForTokenClassification,
    TFBertModel,
)
from tfclf.models.checkpoint_names import (
    OWN_TABLE,
    TABLE,
    is_dropped,
    standard_tf_names,
    standard_torch_names,
    weight_name,
)
from tfclf.models.loading import named_weights

LAYERS = 3


@pytest.fixture(scope="module")
def config(tiny_config):
    return tiny_config.replace(num_hidden_layers=LAYERS)


@pytest.fixture(scope="module")
def weights(config):
    return named_weights(TFBertForSequenceClassification(config))


@pytest.fixture(scope="module")
def torch_state(config):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    theirs = transformers.BertConfig(**config.to_dict())
    return transformers.BertForSequenceClassification(theirs).state_dict()


def test_every_weight_has_a_row_and_every_row_a_weight(weights):
    # A layer has six dense layers and two norms: 16 weights. Around them are three tables, a norm,
    # the pooler and the head: 3 + 2 + 2 + 2.
    assert len(weights) == 16 * LAYERS + 9
    assert len(TABLE) == 16 + 9
    paths = {re.sub(r"layer_\d+", "layer_{}", path) for path in weights}
    assert paths == {row.ours for row in TABLE}
    assert all(path == names.ours for path, (names, _) in weights.items())


@pytest.mark.parametrize("column", ["ours", "torch", "tf"])
def test_no_name_twice(weights, column):
    names = [getattr(names, column) for names, _ in weights.values()]
    assert len(set(names)) == len(names)
    assert len({getattr(row, column) for row in TABLE}) == len(TABLE)


def test_names_and_shapes_of_pytorch(weights, torch_state):
    # All sizes differ pairwise, so that a shape tells which way round a kernel is.
    ours = {
        names.torch: tuple(variable.shape)[::-1] if names.transposed else tuple(variable.shape)
        for names, variable in weights.values()
    }
    assert ours == {name: tuple(tensor.shape) for name, tensor in torch_state.items()}


def test_names_and_shapes_of_tensorflow(oracle):
    model = TFBertForSequenceClassification.from_pretrained(oracle / "tiny-sequence-h5")
    ours = {names.tf: tuple(variable.shape) for names, variable in named_weights(model).values()}
    with safe_open(oracle / "tiny-sequence-safetensors-tf" / "model.safetensors", "np") as file:
        stored = {
            name.removesuffix(":0"): tuple(file.get_slice(name).get_shape()) for name in file.keys()
        }
    assert ours == stored


def test_encoder_is_the_model_without_its_head(config, weights):
    encoder = named_weights(TFBertModel(config))
    assert encoder.keys() == {path for path in weights if path.startswith("bert/")}


def test_tokens_have_the_names_of_sequences(config, weights):
    tokens = named_weights(TFBertForTokenClassification(config))
    assert tokens.keys() == {path for path in weights if "pooler" not in path}
    assert all(names == weights[path][0] for path, (names, _) in tokens.items())


@pytest.mark.parametrize("column", ["ours", "torch"])
def test_own_heads_have_names_of_their_own(column):
    names = [getattr(row, column) for row in (*TABLE, *OWN_TABLE)]
    assert len(set(names)) == len(names)


def test_every_own_row_has_a_weight(config):
    heads = (HeadConfig("slots", "token", ("O", "B-x")),)
    models = [
        TFBertForMultiTask(config.replace(heads=heads)),
        TFBertForMultiTask(config.replace(heads=heads, head_hidden_size=7)),
        TFBertForTokenClassification(config.replace(head_hidden_size=7)),
    ]
    paths = {path for model in models for path in named_weights(model) if "bert/" not in path}
    assert {path.replace("slots", "{}") for path in paths} == {row.ours for row in OWN_TABLE}


@pytest.mark.parametrize(
    "path, torch",
    [
        ("head_slots/kernel", "heads.slots.weight"),
        ("head_slots.hidden/bias", "heads_hidden.slots.bias"),
        ("head_slots.output/kernel", "heads_output.slots.weight"),
        ("classifier.hidden/kernel", "classifier_hidden.weight"),
        # Names that have parts of the table's in them.
        ("head_a/kernel", "heads.a.weight"),
        ("head_head_/bias", "heads.head_.bias"),
        ("head_a_hidden/kernel", "heads.a_hidden.weight"),
        ("head_a_hidden.hidden/kernel", "heads_hidden.a_hidden.weight"),
    ],
)
def test_names_of_own_heads(path, torch):
    assert weight_name(path)[:2] == (path, torch)
    assert is_dropped(torch)


def test_layers_beyond_nine():
    # Names are put together by hand from the attribute names in transformers' modeling_bert.py
    # and modeling_tf_bert.py (4.49).
    assert weight_name("bert/encoder/layer_11/attention_norm/gamma") == (
        "bert/encoder/layer_11/attention_norm/gamma",
        "bert.encoder.layer.11.attention.output.LayerNorm.weight",
        "bert/encoder/layer_._11/attention/output/LayerNorm/gamma",
    )
    assert weight_name("bert/encoder/layer_10/attention/query/kernel") == (
        "bert/encoder/layer_10/attention/query/kernel",
        "bert.encoder.layer.10.attention.self.query.weight",
        "bert/encoder/layer_._10/attention/self/query/kernel",
    )


def test_only_kernels_are_transposed():
    assert weight_name("classifier/kernel").transposed
    assert weight_name("bert/encoder/layer_0/intermediate/kernel").transposed
    assert not weight_name("classifier/bias").transposed
    assert not weight_name("bert/embeddings/word/embeddings").transposed
    assert not weight_name("bert/embeddings/norm/gamma").transposed


@pytest.mark.parametrize(
    "path", ["bert/encoder/layer_0/crossattention/query/kernel", "head/bias", "head_a/b/bias"]
)
def test_unknown_path(path):
    with pytest.raises(KeyError):
        weight_name(path)


def test_old_and_bare_names_of_pytorch():
    assert standard_torch_names(
        ["embeddings.LayerNorm.gamma", "embeddings.LayerNorm.beta", "pooler.dense.bias"]
    ) == {
        "embeddings.LayerNorm.gamma": "bert.embeddings.LayerNorm.weight",
        "embeddings.LayerNorm.beta": "bert.embeddings.LayerNorm.bias",
        "pooler.dense.bias": "bert.pooler.dense.bias",
    }
    # With bert. in front of one name, a name without it is another tensor.
    assert standard_torch_names(["bert.pooler.dense.bias", "pooler.dense.bias"]) == {
        "bert.pooler.dense.bias": "bert.pooler.dense.bias",
        "pooler.dense.bias": "pooler.dense.bias",
    }


def test_standard_names_stay(weights):
    for column, standard in (("torch", standard_torch_names), ("tf", standard_tf_names)):
        names = [getattr(names, column) for names, _ in weights.values()]
        assert standard(names) == {name: name for name in names}


@pytest.mark.parametrize(
    "name, dropped",
    [
        ("bert.embeddings.position_ids", True),
        ("bert.embeddings.token_type_ids", True),
        ("cls.predictions.bias", True),
        ("cls.predictions.transform.LayerNorm.weight", True),
        ("cls.seq_relationship.weight", True),
        ("mlm___cls/predictions/transform/dense/kernel", True),
        ("nsp___cls/seq_relationship/bias", True),
        ("qa_outputs.weight", True),
        ("classifier.weight", True),
        ("classifier/kernel", True),
        ("bert/pooler/dense/kernel", True),
        ("bert.encoder.layer.2.output.dense.weight", False),
        ("bert.embeddings.word_embeddings.weight", False),
        ("classifier.dense.weight", False),
        ("bert.embeddings.position_idsx", False),
        ("roberta.pooler.dense.weight", False),
    ],
)
def test_what_may_be_left_over(name, dropped):
    assert is_dropped(name) is dropped
