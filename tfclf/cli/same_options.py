"""The options of ``tfclf train``, for verbs that train as it does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

from tfclf.cli.train import train

Verb = Callable[..., None]


def with_options_of_train(*, without: Collection[str]) -> Callable[[Verb], Verb]:
    """Gives a verb the arguments and options of ``tfclf train`` before its own.

    The verb takes those by ``**given``, and its own by their names; one of a name that ``train``
    has as well takes its place.

    Args:
        without: Names of those that it does not take.
    """

    def decorated(verb: Verb) -> Verb:
        own = dict(inspect.signature(verb, eval_str=True).parameters)
        own.popitem()  # **given
        shared = inspect.signature(train, eval_str=True).parameters
        every = {name: one for name, one in shared.items() if name not in without} | own
        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in every.values()]
        verb.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return verb

    return decorated


def filled_up(given: dict[str, Any]) -> dict[str, Any]:
    """Returns what was given to a verb, with the defaults of what only ``train`` takes."""
    shared = inspect.signature(train).parameters
    return {name: one.default for name, one in shared.items()} | given
