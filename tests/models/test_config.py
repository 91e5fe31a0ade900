"""Every key of a ``config.json``: read, without effect, or refused by its name."""

import json

import pytest

from tfclf.errors import ConfigError
from tfclf.models import BertConfig
from tfclf.models.config import MOST_LABELS, read_json
from tfclf.models.config import SIZES as MOST_SIZES

BASE = {
    "architectures": ["BertForMaskedLM"],
    "attention_probs_dropout_prob": 0.1,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": 768,
    "initializer_range": 0.02,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "bert",
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "pad_token_id": 0,
    "type_vocab_size": 2,
    "vocab_size": 30522,
}
UNCASED = BASE | {
    "gradient_checkpointing": False,
    "position_embedding_type": "absolute",
    "transformers_version": "4.6.0.dev0",
    "use_cache": True,
}
MULTILINGUAL = BASE | {
    "directionality": "bidi",
    "pooler_fc_size": 768,
    "pooler_num_attention_heads": 12,
    "pooler_num_fc_layers": 3,
    "pooler_size_per_head": 128,
    "pooler_type": "first_token_transform",
    "vocab_size": 119547,
}
# What PretrainedConfig of transformers 2.5 wrote beside the sizes, whatever the model.
RELEASE_2 = BASE | {
    "bos_token_id": None,
    "do_sample": False,
    "eos_token_ids": None,
    "finetuning_task": "mrpc",
    "id2label": {"0": "LABEL_0", "1": "LABEL_1"},
    "is_decoder": False,
    "label2id": {"LABEL_0": 0, "LABEL_1": 1},
    "length_penalty": 1.0,
    "max_length": 20,
    "num_beams": 1,
    "num_labels": 2,
    "num_return_sequences": 1,
    "output_attentions": False,
    "output_hidden_states": False,
    "output_past": True,
    "pruned_heads": {},
    "repetition_penalty": 1.0,
    "temperature": 1.0,
    "top_k": 50,
    "top_p": 1.0,
    "torchscript": False,
    "use_bfloat16": False,
}
# And what of it changed up to 4.57.
RELEASES_3_AND_4 = BASE | {
    "_commit_hash": None,
    "_name_or_path": "bert-base-uncased",
    "_num_labels": 2,
    "add_cross_attention": False,
    "bad_words_ids": None,
    "begin_suppress_tokens": None,
    "chunk_size_feed_forward": 0,
    "classifier_dropout": None,
    "cross_attention_hidden_size": None,
    "decoder_start_token_id": None,
    "diversity_penalty": 0.0,
    "early_stopping": False,
    "encoder_no_repeat_ngram_size": 0,
    "eos_token_id": None,
    "exponential_decay_length_penalty": None,
    "forced_bos_token_id": None,
    "forced_eos_token_id": None,
    "is_encoder_decoder": False,
    "language": "english",
    "min_length": 0,
    "name": "Bert",
    "no_repeat_ngram_size": 0,
    "num_beam_groups": 1,
    "output_scores": False,
    "prefix": None,
    "problem_type": None,
    "remove_invalid_values": False,
    "return_dict": True,
    "return_dict_in_generate": False,
    "sep_token_id": None,
    "suppress_tokens": None,
    "task_specific_params": None,
    "tf_legacy_loss": False,
    "tie_encoder_decoder": False,
    "tie_word_embeddings": True,
    "tokenizer_class": None,
    "torch_dtype": "float32",
    "typical_p": 1.0,
    "xla_device": True,
}


def small(**changes):
    return {"hidden_size": 6, "num_attention_heads": 3, "num_hidden_layers": 2} | changes


@pytest.mark.parametrize(
    "values",
    [BASE, UNCASED, RELEASE_2, RELEASES_3_AND_4],
    ids=["oldest", "uncased", "2.5", "3-and-4"],
)
def test_published_files_are_bert_base(values):
    """The defaults are BERT base, uncased (Devlin et al. 2019, section 3)."""
    assert BertConfig.from_dict(values) == BertConfig()


def test_multilingual_file():
    assert BertConfig.from_dict(MULTILINGUAL) == BertConfig(vocab_size=119547)


def test_every_key_of_transformers():
    transformers = pytest.importorskip("transformers")
    assert BertConfig.from_dict(transformers.BertConfig().to_dict()) == BertConfig()


def test_transformers_reads_what_is_written():
    transformers = pytest.importorskip("transformers")
    config = BertConfig(
        labels=("schlecht", "gut", "häßlich"),
        problem_type="multi_label_classification",
        classifier_dropout=0.25,
        hidden_act="gelu_new",
        pad_token_id=3,
    )
    theirs = transformers.BertConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert theirs.num_labels == 3
    assert theirs.id2label == {0: "schlecht", 1: "gut", 2: "häßlich"}
    assert theirs.label2id == {"schlecht": 0, "gut": 1, "häßlich": 2}
    assert theirs.problem_type == "multi_label_classification"
    assert (theirs.classifier_dropout, theirs.hidden_act, theirs.pad_token_id) == (
        0.25,
        "gelu_new",
        3,
    )
    assert BertConfig.from_dict(theirs.to_dict()) == config


@pytest.mark.parametrize(
    "config",
    [
        BertConfig(),
        BertConfig(
            vocab_size=65,
            hidden_size=12,
            num_hidden_layers=2,
            num_attention_heads=3,
            intermediate_size=17,
            hidden_act="relu",
            hidden_dropout_prob=0.2,
            attention_probs_dropout_prob=0.3,
            classifier_dropout=0.4,
            max_position_embeddings=41,
            type_vocab_size=1,
            initializer_range=0.5,
            layer_norm_eps=1e-5,
            pad_token_id=None,
            labels=("b", "a", "c"),
            problem_type="regression",
        ),
    ],
    ids=["defaults", "nothing-default"],
)
def test_round_trip(config):
    assert BertConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert config.to_dict("BertForSequenceClassification")["architectures"] == [
        "BertForSequenceClassification"
    ]


@pytest.mark.parametrize(
    "key, value",
    [
        ("model_type", "roberta"),
        ("position_embedding_type", "relative_key"),
        ("is_decoder", True),
        ("is_encoder_decoder", True),
        ("add_cross_attention", True),
        ("pruned_heads", {"0": [1, 2]}),
        ("quantization_config", {"bits": 8}),
    ],
)
def test_refused_by_name(key, value):
    with pytest.raises(ConfigError, match=f"^here: {key} is .*only .* is supported"):
        BertConfig.from_dict(small(**{key: value}), where="here")


def test_unknown_key_is_named_and_can_be_ignored():
    values = small(embedding_size=6, alpha=1)
    with pytest.raises(ConfigError, match="'alpha', 'embedding_size'") as error:
        BertConfig.from_dict(values)
    assert "ignore_config_keys=('alpha', 'embedding_size')" in error.value.remedy
    read = BertConfig.from_dict(values, ignore_keys=("alpha", "embedding_size"))
    assert read == BertConfig.from_dict(small())


SIZES = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
         "intermediate_size", "max_position_embeddings", "type_vocab_size")  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("value", [0, -2, True, 6.0, "6", [6]], ids=repr)
def test_sizes(size, value):
    with pytest.raises(ConfigError, match=f"{size} is .*a whole number of at least 1"):
        BertConfig.from_dict(small(**{size: value}))


@pytest.mark.parametrize(
    "rate", ["hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"]
)
@pytest.mark.parametrize("value", [1.0, 1, -0.1, True, "0.1", float("nan")], ids=repr)
def test_dropout_rates(rate, value):
    with pytest.raises(ConfigError, match=rf"{rate} is .*a rate in \[0, 1\)"):
        BertConfig.from_dict(small(**{rate: value}))


@pytest.mark.parametrize(
    "key, value, expected",
    [
        ("hidden_act", "mish", "one of gelu, gelu_new"),
        ("hidden_act", ["gelu"], "one of gelu, gelu_new"),
        ("hidden_act", {"name": "gelu"}, "one of gelu, gelu_new"),
        ("layer_norm_eps", "1e-12", "a positive number"),
        ("layer_norm_eps", 0, "a positive number"),
        ("initializer_range", True, "a positive number"),
        ("initializer_range", float("inf"), "a positive number"),
        ("pad_token_id", -1, "an id of at least 0"),
        ("pad_token_id", "0", "an id of at least 0"),
        ("problem_type", "classification", "one of single_label_classification"),
        ("problem_type", ["regression"], "one of single_label_classification"),
        ("architectures", "BertModel", "a list of class names"),
        ("architectures", [3], "a list of class names"),
        ("num_labels", 0, "a whole number of at least 1"),
        ("num_labels", "3", "a whole number of at least 1"),
    ],
)
def test_values(key, value, expected):
    with pytest.raises(ConfigError, match=f"^here: {key} is .*{expected}"):
        BertConfig.from_dict(small(**{key: value}), where="here")


def test_heads_divide_the_width():
    with pytest.raises(ConfigError, match="hidden_size 10 is not a multiple of .*heads 4"):
        BertConfig(hidden_size=10, num_attention_heads=4)


@pytest.mark.parametrize(
    "values, labels",
    [
        ({}, ("LABEL_0", "LABEL_1")),
        ({"num_labels": 3}, ("LABEL_0", "LABEL_1", "LABEL_2")),
        ({"_num_labels": 1}, ("LABEL_0",)),
        ({"id2label": None, "num_labels": 1}, ("LABEL_0",)),
        ({"id2label": {"2": "c", "0": "a", "1": "b"}}, ("a", "b", "c")),
        ({"id2label": {0: "a", 1: "b"}, "num_labels": 2}, ("a", "b")),
        # Ids are numbers: 10 comes after 9.
        ({"id2label": {str(i): f"l{i}" for i in range(11)}}, tuple(f"l{i}" for i in range(11))),
    ],
)
def test_labels(values, labels):
    config = BertConfig.from_dict(small(**values))
    assert (config.labels, config.num_labels) == (labels, len(labels))


@pytest.mark.parametrize(
    "values, message",
    [
        ({"id2label": {"0": "a", "2": "b"}}, "has the ids .*expected 0 to 1"),
        ({"id2label": {"1": "a", "2": "b"}}, "has the ids .*expected 0 to 1"),
        ({"id2label": {"zero": "a", "1": "b"}}, "has the ids .*'zero'.*expected 0 to 1"),
        ({"id2label": {"0": "a", "00": "b"}}, "has the ids .*'00'.*expected 0 to 1"),
        ({"id2label": {"0": "a", 0: "b"}}, "has the ids .*expected 0 to 1"),
        ({"id2label": {"0": "a", "1": "a"}}, r"no name twice, got \['a', 'a'\]"),
        ({"id2label": {}}, "at least one label"),
        ({"id2label": ["a", "b"]}, "no mapping"),
        ({"id2label": {"0": "a", "1": "b"}, "num_labels": 3}, "num_labels is 3, but .* 2 labels"),
        ({"id2label": {"0": "a", "1": "b"}, "_num_labels": 1}, "num_labels is 1, but .* 2 labels"),
    ],
)
def test_contradicting_labels(values, message):
    with pytest.raises(ConfigError, match=message):
        BertConfig.from_dict(small(**values))


@pytest.mark.parametrize(
    "content, message",
    [
        (b'{"hidden_size": 6,}', "not valid JSON"),
        (b"", "not valid JSON"),
        (b'{"hidden_size"', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"hidden_size": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"[1, 2]", "expected a JSON object, got list"),
        (b"null", "expected a JSON object, got NoneType"),
        (json.dumps({"name": "käfer"}, ensure_ascii=False).encode("latin-1"), "not valid JSON"),
    ],
    ids=["comma", "empty", "cut", "deep", "digits", "array", "null", "latin-1"],
)
def test_damaged_files(tmp_path, content, message):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as error:
        read_json(path)
    assert error.value.where == str(path)


def test_oversized_file(tmp_path):
    path = tmp_path / "config.json"
    with open(path, "wb") as file:
        file.truncate(16 * 2**20 + 1)
    message = r"config.json: has 16,777,217 bytes, expected 16,777,216 at most \(100,000 labels"
    with pytest.raises(ConfigError, match=message):
        read_json(path)


@pytest.mark.parametrize("name", [*SIZES, "head_hidden_size", "num_labels"])
def test_sizes_beyond_every_model(name):
    """A number in a file costs nothing; what is made of it would take all memory."""
    others = {"head_hidden_size": MOST_SIZES["hidden_size"], "num_labels": MOST_LABELS}
    most = MOST_SIZES | others
    expected = f"config.json: {name} is 1,000,000,000,000, expected {most[name]:,} at most"
    with pytest.raises(ConfigError, match=expected):
        BertConfig.from_dict(small(**{name: 10**12}))


def test_replace():
    config = BertConfig(hidden_dropout_prob=0.2)
    assert config.replace(hidden_dropout_prob=0.0).head_dropout == 0.0
    assert config.replace(classifier_dropout=0.5).head_dropout == 0.5
    with pytest.raises(ConfigError, match="unknown configuration value 'dropout'.* Known are "):
        config.replace(dropout=0.0)
    with pytest.raises(ConfigError, match="num_hidden_layers is 0"):
        config.replace(num_hidden_layers=0)
