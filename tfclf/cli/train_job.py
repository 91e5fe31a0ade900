"""What was typed for ``tfclf train`` -> the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from typer import Context

from tfclf.cli.train_options import OF_THE_RECIPE
from tfclf.cli.values import (
    name_or_numbers,
    number_or_auto,
    replacements,
    shares,
    whole_or_text,
)
from tfclf.data import Columns, LongText, TagRules, TextRules
from tfclf.runs import DEFAULT_MODEL, Job
from tfclf.runs.recipe_file import read_recipe
from tfclf.tasks import read_head
from tfclf.training import Recipe

OF_THE_JOB = (
    "train",
    "output",
    "validation",
    "validation_share",
    "test",
    "task",
    "decoding",
    "empty_text",
    "new_head",
    "log_to",
    "augmented",
    "save_every",
    "restart",
)


# Options of the recipe by other names than its own.
UNDER_ANOTHER_NAME = {
    "head_rate": "head_learning_rate",
    "mlp_head": "head_hidden_size",
}


def asked_for(context: Context) -> frozenset[str]:
    """Returns the names of the options that were typed, or set in another way, in a call."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return frozenset(
        name for name, source in sources.items() if source and source.name != "DEFAULT"
    )


def job_of(given: Mapping[str, Any], asked: Collection[str] = ()) -> Job:
    """Returns the job that options ask for.

    Args:
        given: The options by their names.
        asked: Those that were typed: they go before a recipe that is read from a file.

    Raises:
        ArgumentError: One has no value that is taken, or contradicts another.
    """
    return Job(
        **{name: given[name] for name in OF_THE_JOB},
        heads=tuple(read_head(one) for one in given["head"] or ()),
        columns=Columns(
            given["text"],
            given["label"],
            given["quotes"],
            given["text_pair"],
            given["tokens"],
            given["separator"],
            given["weight"],
        ),
        tag_rules=TagRules(given["tag_scheme"], given["broken_tags"], given["convert_tags"]),
        model=DEFAULT_MODEL if given["model"] is None else given["model"],
        recipe=recipe_of(given, asked),
        rules=TextRules(
            unicode=given["normalize"],
            contractions=given["expand_contractions"],
            replacements=replacements(given["replace"]),
            whitespace=given["collapse_whitespace"],
        ),
        long_text=LongText(
            given["long_text"],
            given["window_stride"],
            given["window_pooling"],
            given["max_windows"],
        ),
        devices=number_or_auto("devices", given["devices"], int),
    )


def recipe_of(given: Mapping[str, Any], asked: Collection[str] = ()) -> Recipe:
    """Returns the recipe that options ask for.

    Args:
        given: The options by their names.
        asked: Those that were typed.

    Raises:
        ArgumentError: One has no value that is taken, or contradicts another.
        RunError: There is no recipe where one is to be read.
    """
    steps = number_or_auto("steps per execution", given["steps_per_execution"], int)
    typed = Recipe(
        epochs=number_or_auto("epochs", given["epochs"], int),
        learning_rate=number_or_auto("learning rate", given["learning_rate"], float),
        class_weights=name_or_numbers("class weights", given["class_weights"]),
        freeze=whole_or_text(given["freeze"]),
        steps_per_execution=steps,
        head_learning_rate=given["head_rate"],
        head_hidden_size=given["mlp_head"],
        deployment_prior=shares(given["deployment_prior"]),
        **{name: given[name] for name in OF_THE_RECIPE},
    )
    if given.get("recipe") is None:
        return typed
    return replace(
        read_recipe(given["recipe"]), **{name: getattr(typed, name) for name in fields_of(asked)}
    )


def fields_of(options: Collection[str]) -> frozenset[str]:
    """Returns the fields of a recipe that some options set.

    Example:
    >>> sorted(fields_of({"head_rate", "epochs", "task"}))
    ['epochs', 'head_learning_rate']
    """
    known = {field.name for field in fields(Recipe)}
    return frozenset(UNDER_ANOTHER_NAME.get(name, name) for name in options) & known
