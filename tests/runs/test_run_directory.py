"""Whether a folder holds what the same arguments made."""

import json

import pytest

from tfclf import Job, Recipe
from tfclf.errors import RunError
from tfclf.runs.run_directory import FACTS, FORMAT, is_finished

LATER = ("precision", "batch_tokens", "gradient_accumulation_steps", "gradient_checkpointing",
         "jit", "steps_per_execution")  # fmt: skip


def job_of(**settings):
    devices = settings.pop("devices", "auto")
    return Job("rows.csv", "run", devices=devices, recipe=Recipe(**settings))


@pytest.fixture
def finished(tmp_path):
    """Writes the arguments of a run as its folder has them."""

    def write(arguments):
        (tmp_path / FACTS).write_text(json.dumps({"format": FORMAT, "arguments": arguments}))
        return tmp_path

    return write


@pytest.fixture
def earlier(finished):
    """The run of a version that had none of the settings that came later."""
    arguments = job_of().to_dict()
    del arguments["devices"]
    for name in LATER:
        del arguments["recipe"][name]
    return finished(arguments)


def test_an_empty_folder_is_no_run(tmp_path):
    assert not is_finished(tmp_path, job_of().to_dict())
    assert not is_finished(tmp_path / "nowhere", job_of().to_dict())


HOW = {
    "devices": {"devices": 2},
    "XLA": {"jit": "on"},
    "looks": {"steps_per_execution": 8},
    "layers computed again": {"gradient_checkpointing": True},
}


@pytest.mark.parametrize("name", HOW)
def test_how_it_is_computed_makes_no_other_run(name, finished, earlier):
    assert is_finished(earlier, job_of(**HOW[name]).to_dict())
    run = finished(job_of(**HOW[name]).to_dict())
    assert is_finished(run, job_of().to_dict())


OTHERS = {
    "precision": ({"precision": "bfloat16"}, 'recipe.precision: "float32" there, "bfloat16"'),
    "tokens": ({"batch_tokens": 4096}, "recipe.batch_tokens: null there, 4096 asked for"),
    "accumulation": (
        {"gradient_accumulation_steps": 2},
        "recipe.gradient_accumulation_steps: 1 there, 2 asked for",
    ),
    "seed": ({"seed": 3}, "recipe.seed: 0 there, 3 asked for"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_comes_out_otherwise_is_another_run(name, finished, earlier):
    settings, message = OTHERS[name]
    with pytest.raises(RunError, match=message):
        is_finished(earlier, job_of(**settings).to_dict())
    run = finished(job_of(**settings).to_dict())
    assert is_finished(run, job_of(**settings).to_dict())


def test_a_run_of_an_earlier_version_is_found_finished(earlier):
    assert is_finished(earlier, job_of().to_dict())
