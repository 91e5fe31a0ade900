"""A run or a study -> the recipe that is written there, to train others with."""

from __future__ import annotations

import os
from pathlib import Path

from tfclf.errors import RunError
from tfclf.runs.job import recipe_of
from tfclf.runs.run_directory import FACTS, read_json, what_is_damaged
from tfclf.training import Recipe

TUNED = "tuning.json"  # what ``tfclf tune`` writes
RECIPE = "recipe"


def read_recipe(folder: str | os.PathLike[str]) -> Recipe:
    """Reads the recipe of a study, or the one that a run was trained with.

    Args:
        folder: Folder of ``tfclf tune``, or a run directory.

    Raises:
        RunError: It is neither, or its file is damaged.
    """
    place = Path(folder)
    name = next((name for name in (TUNED, FACTS) if (place / name).is_file()), None)
    if name is None:
        raise RunError(
            f"expected {TUNED} of tfclf tune, or {FACTS} of a run, got neither",
            where=str(place),
            remedy="Give the folder of a study that has ended, or a run directory.",
        )
    with what_is_damaged(place, name):
        return recipe_of(read_json(place, name)[RECIPE])
