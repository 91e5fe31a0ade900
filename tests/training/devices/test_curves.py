"""The same rows, seed and batch give the same curve, however many devices share the batch."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampled import sampled

SCRIPT = Path(__file__).with_name("train_on.py")
ROOT = Path(__file__).parents[3]
CLOSE = 1e-4  # of losses near 1: a hundred times float32's rounding, summed in another order
FOUR = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}

RECIPES = {
    "weighted": {"class_weights": "inverse", "loss": "focal", "head_learning_rate": 1e-2},
    "gathered": {"gradient_accumulation_steps": 2},
}


@pytest.fixture
def dropping_encoder(tiny_encoder, tmp_path):
    """The tiny encoder with dropout: each row has to get the mask of its place in the batch."""
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def start(encoder, output, numbers, recipe, settings=None, interrupted_after=None, **environment):
    values = (numbers, recipe, settings or {}, interrupted_after)
    arguments = [str(encoder), str(output), *map(json.dumps, values)]
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(process):
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err[-3000:]
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def assert_same_curves(first, second):
    assert first["history"].keys() == second["history"].keys()
    for name, values in first["history"].items():
        assert second["history"][name] == pytest.approx(values, rel=CLOSE, abs=CLOSE), name
    assert second["weights"] == pytest.approx(first["weights"], rel=CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_tensorflow_on_one_two_and_four_devices(dropping_encoder, tmp_path, recipe):
    one, two, four = answers(start(dropping_encoder, tmp_path, [1, 2, 4], RECIPES[recipe]))
    assert [one["devices"], two["devices"], four["devices"]] == [1, 2, 4]
    assert_same_curves(one, two)
    assert_same_curves(one, four)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {},
        pytest.param(
            {"KERAS_BACKEND": "jax", **FOUR}, marks=[pytest.mark.jax, pytest.mark.exhaustive]
        ),
    ],
    ids=["tensorflow", "jax"],
)
def test_several_devices_go_on(dropping_encoder, tmp_path, environment):
    """Interrupted in the second epoch, of 7 steps each."""
    given = (dropping_encoder, tmp_path / "through", [4], RECIPES["weighted"], {})
    (through,) = answers(start(*given, **environment))
    again = (given[0], tmp_path / "again", *given[2:], 9)
    (gone_on,) = answers(start(*again, **environment))
    assert_same_curves(through, gone_on)


@pytest.mark.slow
def test_moments_of_numbers_over_replicas(dropping_encoder, tmp_path):
    settings = {"task": "regression"}
    one, four = answers(start(dropping_encoder, tmp_path, [1, 4], {}, settings))
    assert "val_r2" in one["history"]
    assert_same_curves(one, four)


@pytest.mark.slow
@pytest.mark.jax
@pytest.mark.parametrize("recipe", sampled(list(RECIPES)))
def test_jax_on_one_two_and_four_devices(dropping_encoder, tmp_path, recipe):
    started = start(
        dropping_encoder, tmp_path, [1, 2, 4], RECIPES[recipe], KERAS_BACKEND="jax", **FOUR
    )
    one, two, four = answers(started)
    assert_same_curves(one, two)
    assert_same_curves(one, four)


def start_two(encoder, output, recipes):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    together = {
        "KERAS_BACKEND": "jax",
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    }
    return [
        start(
            encoder,
            output / f"of-{place}",
            ["auto"],
            recipe,
            KERAS_DISTRIBUTION_PROCESS_ID=str(place),
            **together,
        )
        for place, recipe in enumerate(recipes)
    ]


@pytest.mark.slow
@pytest.mark.jax
def test_two_processes_are_one_training(dropping_encoder, tmp_path):
    recipe = RECIPES["weighted"]
    first, second = [answers(each) for each in start_two(dropping_encoder, tmp_path, [recipe] * 2)]
    alone = start(dropping_encoder, tmp_path, [1], recipe, KERAS_BACKEND="jax")
    assert_same_curves(answers(alone)[0], first[0])
    assert first[0]["devices"] == 2
    assert second[0]["history"] is None
    assert not (tmp_path / "of-1").exists()  # the second writes nothing
    assert second[0]["weights"] == pytest.approx(first[0]["weights"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.jax
def test_two_processes_that_disagree(dropping_encoder, tmp_path):
    recipes = [RECIPES["weighted"], RECIPES["weighted"] | {"seed": 1}]
    for answer in [answers(each)[0] for each in start_two(dropping_encoder, tmp_path, recipes)]:
        assert "the 2 processes disagree" in answer["error"]
        # Another seed holds other rows out.
        assert "training texts: " in answer["error"]
        assert "recipe.seed: 0 (process 0), 1 (process 1)" in answer["error"]
