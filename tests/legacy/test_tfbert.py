"""Ours beside the last TFBert of transformers on random configurations: both ways, step by step."""

import keras
import pytest

from tests.gradients import gradients_of_weights
from tests.legacy.cases import ACTIVATIONS, CASES, ENCODERS, MASKS, TASKS
from tfclf import TFBertModel
from tfclf.models.loading import named_weights

pytestmark = pytest.mark.legacy

every_case = pytest.mark.parametrize("asked", CASES, ids=lambda case: case.name, indirect=True)
every_encoder = pytest.mark.parametrize(
    "asked", ENCODERS, ids=lambda case: case.name, indirect=True
)
FORMS = {
    "h5": "logits of their tf_model.h5",
    "safetensors": "logits of their model.safetensors",
    "sharded": "logits of their sharded model.safetensors",
}
OPTIMIZERS = {  # those of legacy_side, which says why
    "SGD": lambda: keras.optimizers.SGD(0.01),
    "Adam": lambda: keras.optimizers.Adam(1e-3, epsilon=1e-7),
}


def values_of(model):
    return [keras.ops.convert_to_numpy(variable) for _, variable in named_weights(model).values()]


def test_the_cases_differ():
    """Every activation, mask and task occurs, and no two sizes of a configuration are one."""
    assert len({case.name for case in CASES}) == len(CASES) >= 50
    assert {case.config.hidden_act for case in CASES} == set(ACTIVATIONS)
    assert {case.task for case in CASES} == TASKS.keys() - {"encoder"}
    for case in CASES:
        config = case.config
        sizes = [
            *case.inputs["input_ids"].shape, config.hidden_size, config.num_attention_heads,
            config.head_size, config.num_hidden_layers, config.intermediate_size,
            config.vocab_size, config.max_position_embeddings, config.type_vocab_size,
            config.num_labels,
        ]  # fmt: skip
        assert len(set(sizes)) == len(sizes)
    assert len(MASKS) == len({case.seed // 5 % len(MASKS) for case in CASES})


@every_case
def test_they_read_ours_as_it_is(asked):
    """No weight of theirs starts anew, and none of ours is left over."""
    assert asked.answer["not_loaded"].tolist() == []


@every_case
def test_outputs(asked, differences):
    answer, inputs = asked.answer, asked.case.inputs
    differences.compare("logits", asked.model(inputs), answer["logits"])
    hidden, pooled = asked.model.bert(inputs)
    differences.compare("last hidden state", hidden, answer["last_hidden_state"])
    if pooled is not None:
        differences.compare("pooler output", pooled, answer["pooler_output"])


@every_case
def test_loss_and_gradients(asked, differences):
    """By every weight, the keys' bias too: it is zero but for rounding on both sides."""
    case, answer, model = asked.case, asked.answer, asked.model
    loss = TASKS[case.task].loss()
    names = [names.tf for names, _ in named_weights(model).values()]
    weights = [variable for _, variable in named_weights(model).values()]
    value, found = gradients_of_weights(
        lambda: loss(case.targets, model(case.inputs, training=True)), weights
    )
    theirs = {name.removeprefix("gradient:") for name in answer if name.startswith("gradient:")}
    assert theirs == set(names)
    differences.compare("loss", value, answer["loss"])
    differences.compare(
        "gradient of every weight", found, [answer[f"gradient:{name}"] for name in names]
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@every_case
def test_ten_steps(asked, differences, optimizer):
    """One case of four in a graph, whose tracing takes longer than the steps of the others."""
    case, answer, model = asked.case, asked.answer, asked.case.model()
    eagerly = case.seed % 4 > 0
    loss = TASKS[case.task].loss()
    model.compile(OPTIMIZERS[optimizer](), loss, jit_compile=False, run_eagerly=eagerly)
    losses = []
    for _ in answer["sgd_losses"]:
        model.reset_metrics()  # some releases of Keras 3 return the mean over all steps so far
        losses.append(float(model.train_on_batch(case.inputs, case.targets)))
    key, logits = optimizer.lower(), model(case.inputs)
    differences.compare(f"losses of ten steps, {optimizer}", losses, answer[f"{key}_losses"])
    differences.compare(f"logits after ten steps, {optimizer}", logits, answer[f"{key}_logits"])


@pytest.mark.parametrize("form", FORMS)
@every_case
def test_we_read_theirs(asked, differences, form):
    """What they read of ours and wrote in a form of their own: bit by bit what it was."""
    model = TASKS[asked.case.task].model.from_pretrained(asked.folder / form)
    assert model.load_report.new == model.load_report.dropped == ()
    differences.compare("weights that both have read", values_of(model), values_of(asked.model))
    differences.compare(FORMS[form], model(asked.case.inputs), asked.answer["logits"])
    assert model.config.num_labels == asked.case.config.num_labels


@every_encoder
def test_bare_encoders(asked, differences):
    assert asked.answer["not_loaded"].tolist() == []
    hidden, pooled = asked.model(asked.case.inputs)
    differences.compare("last hidden state", hidden, asked.answer["last_hidden_state"])
    differences.compare("pooler output", pooled, asked.answer["pooler_output"])


@pytest.mark.parametrize("form", FORMS)
@every_encoder
def test_we_read_their_encoders(asked, differences, form):
    model = TFBertModel.from_pretrained(asked.folder / form)
    assert model.load_report.new == model.load_report.dropped == ()
    differences.compare("weights that both have read", values_of(model), values_of(asked.model))
