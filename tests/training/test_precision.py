"""Which precision is taken where, and what a model of it is."""

import dataclasses

import numpy as np
import pytest

from tests.conftest import randomised
from tfclf import Recipe, TFBertForSequenceClassification
from tfclf.errors import ArgumentError
from tfclf.training import precision as module
from tfclf.training import settle
from tfclf.training.hardware import Hardware
from tfclf.training.precision import in_float32, is_fast, policy_of, resolve_precision, why_slow


def cpu(*flags, **settings):
    return Hardware("CPU", flags=frozenset(flags), **settings)


# Hardware -> whether bfloat16 and float16 are faster there than float32. GPUs have tensor cores
# for float16 from compute capability 7.0 on and for bfloat16 from 8.0 on (CUDA C++ Programming
# Guide, table of arithmetic instructions); TPUs multiply bfloat16 alone.
FAST = {
    "T4": (Hardware("GPU", (7, 5)), False, True),
    "P100": (Hardware("GPU", (6, 0)), False, False),
    "A100": (Hardware("GPU", (8, 0)), True, True),
    "Apple's GPU": (Hardware("GPU"), None, None),
    "TPU": (Hardware("TPU"), True, False),
    "Sapphire Rapids": (cpu("avx2", "avx512_bf16", "amx_bf16"), True, False),
    "Zen 4": (cpu("avx2", "avx512_bf16"), True, False),
    "Arm": (cpu("asimd", "bf16"), True, False),
    "Skylake": (cpu("avx2", "avx512f"), False, False),
    "Zen 4 with JAX": (cpu("avx2", "avx512_bf16", compiles=True), False, False),
    "a Mac": (cpu(), None, None),
    "unknown": (Hardware("unknown"), None, None),
}


@pytest.mark.parametrize("name", FAST)
def test_what_is_fast_where(name):
    hardware, *expected = FAST[name]
    found = [is_fast(precision, hardware) for precision in ("bfloat16", "float16")]
    assert [fast for fast, _ in found] == expected
    assert all(why for _, why in found)
    assert is_fast("float32", hardware)[0]


def test_xla_of_a_cpu_converts():
    """JAX has XLA's products, slower than those of float32; TensorFlow multiplies it as it is."""
    fast, why = is_fast("bfloat16", dataclasses.replace(cpu("avx512_bf16"), compiles=True))
    assert not fast and why.startswith("XLA converts it")
    assert is_fast("bfloat16", cpu("avx512_bf16"))[0]
    assert is_fast("bfloat16", Hardware("GPU", (8, 0), compiles=True))[0]


@pytest.mark.parametrize("name", FAST)
def test_auto_takes_bfloat16_where_it_is_fast_and_never_float16(name, monkeypatch):
    hardware, fast, _ = FAST[name]
    monkeypatch.setattr(module, "find_hardware", lambda: hardware)
    assert resolve_precision("auto") == ("bfloat16" if fast else "float32")
    recipe, choices = settle(Recipe(precision="auto"), np.array([50, 50]), 384)
    assert recipe.precision == resolve_precision("auto")
    said = next(choice for choice in choices if choice.setting == "precision")
    assert is_fast("bfloat16", hardware)[1] in said.why and "--precision" in said.risk


def test_what_was_asked_for_is_taken_and_told_of(monkeypatch):
    monkeypatch.setattr(module, "find_hardware", lambda: cpu("avx2"))
    for precision in ("float32", "bfloat16", "float16"):
        assert resolve_precision(precision) == precision
        recipe, choices = settle(Recipe(precision=precision), np.array([50, 50]), 384)
        assert recipe.precision == precision
        assert all(choice.setting != "precision" for choice in choices)
    assert "no instructions for it (none of amx_bf16, avx512_bf16, bf16)" in why_slow("bfloat16")
    assert why_slow("float32") is None
    monkeypatch.setattr(module, "find_hardware", lambda: Hardware("unknown"))
    assert why_slow("bfloat16") is None  # nobody knows


def test_policies():
    assert [policy_of(name) for name in ("float32", "bfloat16", "float16")] == [
        "float32", "mixed_bfloat16", "mixed_float16",
    ]  # fmt: skip


def test_an_unknown_precision():
    with pytest.raises(ArgumentError, match="'fp8', expected one of auto, float32, bfloat16"):
        resolve_precision("fp8")
    with pytest.raises(ArgumentError, match="'auto', expected one of float32, bfloat16, float16"):
        policy_of("auto")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_the_same_weights_in_float32(precision, tiny_config):
    """The model in float32 answers as one that never was anything else, bit by bit."""
    model = randomised(TFBertForSequenceClassification(tiny_config, dtype=policy_of(precision)))
    model.window_pooling = "max"
    same = in_float32(model)
    assert same.compute_dtype == "float32" and same.window_pooling == "max"
    assert {variable.dtype for variable in same.trainable_variables} == {"float32"}
    ids = np.array([[2, 7, 9, 3], [2, 5, 3, 0]])
    mask = (ids > 0).astype("int32")
    plain = randomised(TFBertForSequenceClassification(tiny_config))
    expected = np.asarray(plain(ids, mask))
    np.testing.assert_array_equal(np.asarray(same(ids, mask)), expected)
    assert np.any(np.asarray(model(ids, mask)) != expected)
    assert in_float32(plain) is plain
