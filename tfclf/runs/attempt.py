"""One ``fit`` of a run: what it trains with, and what those before it came to; saved with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from tfclf.diagnosis import Collapse
from tfclf.runs.job import recipe_of
from tfclf.runs.unfinished import Unfinished
from tfclf.training import Recipe
from tfclf.training.resuming import Saving, Snapshot

ATTEMPT = "attempt"  # a fact of a snapshot


@dataclass(frozen=True)
class Attempt:
    """What a ``fit`` begins with.

    Attributes:
        recipe: What it trains with; a rescue changes it.
        action: What the monitor does where it collapses; None watches nothing.
        events: What was seen in the fits before it.
    """

    recipe: Recipe
    action: str | None
    events: tuple[Collapse, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON."""
        events = [event.to_dict() for event in self.events]
        return {"recipe": self.recipe.to_dict(), "action": self.action, "events": events}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Reads what ``to_dict`` returned."""
        events = tuple(Collapse.from_dict(event) for event in values["events"])
        return cls(recipe_of(values["recipe"]), values["action"], events)


class Attempts:
    """The attempts of a run: that which was interrupted, and those after it.

    Args:
        unfinished: Where the state is; None saves nothing.
        every: Seconds between two savings.

    Raises:
        RunError: The state is damaged.
    """

    def __init__(self, unfinished: Unfinished | None, every: float):
        self._unfinished, self._every = unfinished, every
        self._resumed = None if unfinished is None else unfinished.resumed()

    def first(self, recipe: Recipe, action: str | None) -> Attempt:
        """Returns the attempt to begin with: the interrupted one where there is one."""
        if self._resumed is None:
            return Attempt(recipe, action)
        return Attempt.from_dict(self._resumed.facts[ATTEMPT])

    def saving(self, attempt: Attempt) -> Saving | None:
        """Returns how an attempt is saved; the first one goes on where it was interrupted."""
        unfinished, resumed = self._unfinished, self._resumed
        if unfinished is None:
            return None
        self._resumed = None

        def keep(snapshot: Snapshot) -> None:
            facts = snapshot.facts | {ATTEMPT: attempt.to_dict()}
            unfinished.keep(dataclasses.replace(snapshot, facts=facts))

        return Saving(keep, resumed, self._every)

    def give_up(self) -> None:
        """Throws away what was saved: going on would end the same."""
        if self._unfinished is not None:
            self._unfinished.discard()
