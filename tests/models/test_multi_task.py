"""Several heads on one encoder."""

import json

import keras
import numpy as np
import pytest
from safetensors import safe_open

from tests.conftest import randomised
from tests.gradients import gradients_of_weights
from tfclf import (
    HeadConfig,
    TFBertForMultiTask,
    TFBertForSequenceClassification,
    TFBertForTokenClassification,
    TFBertModel,
)
from tfclf.errors import ArgumentError, CheckpointError, ConfigError

HEADS = (
    HeadConfig("intent", "single-label", ("ask", "tell", "thank")),
    HeadConfig("topics", "multi-label", ("a", "b", "c", "d")),
    HeadConfig("score", "regression", ("LABEL_0",)),
    HeadConfig("slots", "token", ("O", "B-x", "I-x", "B-y", "I-y")),
)
SHAPES = {"intent": (6, 3), "topics": (6, 4), "score": (6, 1), "slots": (6, 11, 5)}
# Names that a careless table takes for something else: letters of "head_", and names of layers.
ODD_NAMES = ("head_", "e_hidden", "e", "e_output", "layer_0")
load = TFBertForMultiTask.from_pretrained


@pytest.fixture(scope="module")
def inputs(tiny_config):
    generator = np.random.default_rng(4)
    mask = (np.arange(11) < np.array([11, 7, 3, 9, 2, 5])[:, None]).astype("int32")
    ids = generator.integers(5, tiny_config.vocab_size, (6, 11)).astype("int32") * mask
    types = (np.arange(11) >= 4).astype("int32") * mask
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


@pytest.fixture(scope="module", params=[None, 8], ids=["linear", "perceptron"])
def model(request, tiny_config):
    config = tiny_config.replace(heads=HEADS, head_hidden_size=request.param)
    return randomised(TFBertForMultiTask(config))


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("tasks")
    model.save_pretrained(path)
    return path


def assert_equal(first, second, inputs, atol=0.0):
    first, second = first(inputs), second(inputs)
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_allclose(first[name], second[name], atol=atol, rtol=0, err_msg=name)


def test_shapes(model, inputs):
    assert {name: tuple(some.shape) for name, some in model(inputs).items()} == SHAPES


def test_keywords(model, inputs):
    def by_keyword(arrays):
        rest = {name: array for name, array in arrays.items() if name != "input_ids"}
        return model(arrays["input_ids"], **rest)

    assert_equal(model, by_keyword, inputs)


def test_save_and_reload(model, folder, inputs):
    again = load(folder)
    assert again.config == model.config
    assert again.load_report.new == again.load_report.dropped == again.load_report.replaced == ()
    assert_equal(model, again, inputs)


def test_keras_file(model, inputs, tmp_path):
    model.save(tmp_path / "model.keras")
    assert_equal(model, keras.models.load_model(tmp_path / "model.keras"), inputs, atol=1e-5)


def test_what_is_written(model, folder):
    values = json.loads((folder / "config.json").read_text())
    assert values["architectures"] == ["BertForMultiTask"]
    assert values["heads"] == {
        "intent": {"task": "single-label", "labels": ["ask", "tell", "thank"]},
        "topics": {"task": "multi-label", "labels": ["a", "b", "c", "d"]},
        "score": {"task": "regression", "labels": ["LABEL_0"]},
        "slots": {"task": "token", "labels": ["O", "B-x", "I-x", "B-y", "I-y"]},
    }
    with safe_open(folder / "model.safetensors", "np") as file:
        names = {name for name in file.keys() if not name.startswith("bert.")}
    parts = (
        ("heads",) if model.config.head_hidden_size is None else ("heads_hidden", "heads_output")
    )
    assert names == {
        f"{part}.{head.name}.{weight}"
        for part in parts
        for head in HEADS
        for weight in ("weight", "bias")
    }


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
def test_single_task(model, inputs, head, tmp_path):
    single = model.single_task(head.name)
    per_word = head.task == "token"
    family = TFBertForTokenClassification if per_word else TFBertForSequenceClassification
    assert type(single) is family
    assert (single.config.labels, single.config.heads) == (head.labels, ())
    np.testing.assert_array_equal(single(inputs), model(inputs)[head.name])
    single.save_pretrained(tmp_path)
    np.testing.assert_array_equal(
        family.from_pretrained(tmp_path)(inputs), model(inputs)[head.name]
    )


def test_single_task_has_weights_of_its_own(tiny_config, inputs):
    model = randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS)))
    single = model.single_task("intent")
    before = np.array(single(inputs))
    randomised(model, seed=8)
    np.testing.assert_array_equal(single(inputs), before)


def test_unknown_head(model):
    with pytest.raises(ArgumentError, match="no head 'slot', only intent, topics, score, slots"):
        model.single_task("slot")


def test_no_heads(tiny_config, tmp_path):
    with pytest.raises(ArgumentError, match="needs heads") as error:
        TFBertForMultiTask(tiny_config)
    assert "HeadConfig" in error.value.remedy
    randomised(TFBertModel(tiny_config)).save_pretrained(tmp_path)
    with pytest.raises(ArgumentError, match="needs heads"):
        load(tmp_path)


def test_heads_on_a_plain_encoder(tiny_config, inputs, tmp_path):
    encoder = randomised(TFBertModel(tiny_config))
    encoder.save_pretrained(tmp_path)
    model = load(tmp_path, heads=list(HEADS))
    assert model.config.heads == HEADS
    assert set(model.load_report.new) == {
        f"head_{head.name}/{weight}" for head in HEADS for weight in ("kernel", "bias")
    }
    np.testing.assert_array_equal(model.bert(inputs).pooler_output, encoder(inputs).pooler_output)
    assert {name: tuple(some.shape) for name, some in model(inputs).items()} == SHAPES


def test_heads_on_the_encoder_of_a_fine_tuned_model(tiny_config, tmp_path):
    randomised(TFBertForSequenceClassification(tiny_config)).save_pretrained(tmp_path)
    report = load(tmp_path, heads=HEADS[:2]).load_report
    assert set(report.dropped) == {"classifier.weight", "classifier.bias"}
    assert len(report.new) == 4


def test_the_encoder_of_several_tasks(model, folder, inputs):
    encoder = TFBertModel.from_pretrained(folder)
    np.testing.assert_array_equal(
        encoder(inputs).last_hidden_state, model.bert(inputs).last_hidden_state
    )
    assert all(name.startswith("heads") for name in encoder.load_report.dropped)


def test_a_head_more_and_a_head_less(tiny_config, inputs, tmp_path):
    first = randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS)))
    first.save_pretrained(tmp_path)
    mood = HeadConfig("mood", "single-label", ("good", "bad"))
    second = load(tmp_path, heads=(mood, HEADS[3], HEADS[0]))
    assert set(second.load_report.new) == {"head_mood/kernel", "head_mood/bias"}
    assert set(second.load_report.dropped) == {
        f"heads.{name}.{weight}" for name in ("topics", "score") for weight in ("weight", "bias")
    }
    for name in ("slots", "intent"):
        np.testing.assert_array_equal(second(inputs)[name], first(inputs)[name])


def test_a_head_of_another_width(tiny_config, tmp_path):
    randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS))).save_pretrained(tmp_path)
    wider = (HeadConfig("intent", "single-label", ("ask", "tell", "thank", "beg")), *HEADS[1:])
    message = r"heads.intent.weight has the shape \(3, 12\), expected \(4, 12\)"
    with pytest.raises(CheckpointError, match=message) as error:
        load(tmp_path, heads=wider)
    assert "new_head=True" in error.value.remedy
    report = load(tmp_path, heads=wider, ignore_mismatched_sizes=True).load_report
    assert set(report.replaced) == {"heads.intent.weight", "heads.intent.bias"}
    assert len(load(tmp_path, new_head=True).load_report.replaced) == 8


@pytest.mark.parametrize("stored, wanted", [(None, 7), (7, None)])
def test_heads_of_another_form_are_refused(tiny_config, tmp_path, stored, wanted):
    config = tiny_config.replace(heads=HEADS[:1], head_hidden_size=stored)
    randomised(TFBertForMultiTask(config)).save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="intent.bias is of a head with another") as error:
        load(tmp_path, head_hidden_size=wanted)
    assert "new_head=True" in error.value.remedy
    assert load(tmp_path, head_hidden_size=wanted, new_head=True).load_report.dropped == ()


@pytest.mark.parametrize("hidden", [None, 7], ids=["linear", "perceptron"])
def test_odd_names_of_heads(tiny_config, inputs, tmp_path, hidden):
    heads = tuple(HeadConfig(name, "single-label", ("x", "y", "z")) for name in ODD_NAMES)
    config = tiny_config.replace(heads=heads, head_hidden_size=hidden)
    model = randomised(TFBertForMultiTask(config))
    model.save_pretrained(tmp_path)
    assert_equal(model, load(tmp_path), inputs)
    replaced = load(tmp_path, new_head=True).load_report.replaced
    assert len(replaced) == len(ODD_NAMES) * (2 if hidden is None else 4)
    logits = model(inputs)
    for name in ODD_NAMES[:2]:
        np.testing.assert_array_equal(model.single_task(name)(inputs), logits[name])


def test_heads_over_words_need_no_pooler(tiny_config, inputs, tmp_path):
    model = randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS[3:])))
    assert model.bert.pooler is None
    assert model(inputs)["slots"].shape == (6, 11, 5)
    model.save_pretrained(tmp_path)
    assert_equal(model, load(tmp_path), inputs)
    np.testing.assert_array_equal(model.single_task("slots")(inputs), model(inputs)["slots"])


@pytest.mark.parametrize("head", [head.name for head in HEADS])
def test_gradients_reach_the_encoder_and_one_head(model, inputs, head):
    layer = model.bert.encoder.layers[0].attention.query
    others = [weight for weight in model.trainable_weights if "/head_" in weight.path]
    _, gradients = gradients_of_weights(
        lambda: keras.ops.sum(model(inputs)[head] ** 2), [layer.kernel, *others]
    )
    assert np.abs(gradients[0]).max() > 1e-6
    reached = {
        weight.path.split("/")[1].split(".")[0]
        for weight, gradient in zip(others, gradients[1:], strict=True)
        if gradient is not None and np.abs(gradient).max() > 0
    }
    assert reached == {f"head_{head}"}


def test_mixed_precision_gives_float32_logits(tiny_config, inputs):
    model = TFBertForMultiTask(tiny_config.replace(heads=HEADS), dtype="mixed_bfloat16")
    kinds = {keras.backend.standardize_dtype(some.dtype) for some in model(inputs).values()}
    assert kinds == {"float32"}


def test_two_heads_of_one_name(tiny_config):
    with pytest.raises(ConfigError, match=r"two heads have one name: \['intent', 'intent'\]"):
        tiny_config.replace(heads=(HEADS[0], HEADS[0]))
