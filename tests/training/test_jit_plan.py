"""When XLA pays."""

import keras
import pytest

from tfclf.models import BertConfig, TFBertModel
from tfclf.training.hardware import CPU, GPU, Hardware
from tfclf.training.jit_plan import plan_jit, shape_cost, tokens_per_second

SMALL = {
    "vocab_size": 11,
    "hidden_size": 12,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 7,
    "max_position_embeddings": 9,
}
HOUR = 3600


@pytest.fixture(scope="module")
def model():
    return TFBertModel(BertConfig(**SMALL))


on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="other backends compile every step"
)


@on_tensorflow
def test_long_trainings_are_compiled_and_short_ones_are_not(model):
    rate = tokens_per_second(model)
    assert plan_jit("auto", model, HOUR * rate, 8, 1).layers != "off"
    short = plan_jit("auto", model, rate, 8, 1)
    assert (short.layers, short.update, short.per_shape) == ("off", False, 0)
    assert "8 shapes" in short.why


@on_tensorflow
def test_more_shapes_have_to_save_more(model):
    tokens = 60 * tokens_per_second(model)
    assert plan_jit("auto", model, tokens, 1, 1).layers != "off"
    assert plan_jit("auto", model, tokens, 1000, 1).layers == "off"


@on_tensorflow
def test_an_update_is_compiled_for_many(model):
    """By hand: 744 weights x 5e-10 s x 3e6 updates are 1.1 s, more than 0.9."""
    assert plan_jit("auto", model, 1, 1, 3e6).update
    assert not plan_jit("auto", model, 1, 1, 2e6).update


@on_tensorflow
def test_what_is_asked_for_is_done(model):
    assert plan_jit("on", model, 1, 100, 1).layers != "off"
    assert plan_jit("off", model, 1e12, 1, 1e12).layers == "off"


@on_tensorflow
def test_cpus_multiply_outside_of_xla(model, monkeypatch):
    half = TFBertModel(BertConfig(**SMALL), dtype="mixed_bfloat16")
    found = {}
    for kind, hardware in ((CPU, Hardware(CPU)), (GPU, Hardware(GPU, (8, 0)))):
        monkeypatch.setattr("tfclf.training.jit_plan.find_hardware", lambda: hardware)  # noqa: B023
        for each in (model, half):
            tokens = HOUR * tokens_per_second(each)
            found[kind, each.compute_dtype] = plan_jit("auto", each, tokens, 8, 1).layers
    assert found == {
        (CPU, "float32"): "pieces",
        (CPU, "bfloat16"): "tokens",
        (GPU, "float32"): "layers",
        (GPU, "bfloat16"): "layers",
    }


@on_tensorflow
def test_of_shorter_trainings_less_is_compiled(model, monkeypatch):
    """By hand, float32 on a CPU, 8 shapes: 3.2 s for 6 %, 7.2 s for 10 %; even at 100 s."""
    monkeypatch.setattr("tfclf.training.jit_plan.find_hardware", lambda: Hardware(CPU))
    rate = tokens_per_second(model)
    found = [plan_jit("auto", model, s * rate, 8, 1).layers for s in (50, 60, 95, 105)]
    assert found == ["off", "tokens", "tokens", "pieces"]


@on_tensorflow
def test_shapes_cost_nothing_where_nothing_is_compiled(model):
    rate = tokens_per_second(model)
    assert shape_cost("off", model, HOUR * rate, 1) == 0
    assert shape_cost("auto", model, 1, 1) == 0
    assert shape_cost("auto", model, HOUR * rate, 1) > 0


def test_the_rate_is_that_of_the_weights(model, monkeypatch):
    """By hand: 12 x (4 x 12 + 2 x 7) = 744 weights, 6 operations each for a token."""
    monkeypatch.setattr("tfclf.training.jit_plan.find_hardware", lambda: Hardware(CPU))
    assert tokens_per_second(model) == pytest.approx(2.5e11 / (6 * 744))
