"""Many cases of seconds each: the slow tier runs every third, the exhaustive one the rest."""

from collections.abc import Sequence
from typing import Any

import pytest

EVERY = 3


def sampled(cases: Sequence[Any]) -> list[Any]:
    """Marks every third case as slow, the first among them, and the others as exhaustive."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=pytest.mark.exhaustive if number % EVERY else pytest.mark.slow,
        )
        for number, case in enumerate(cases)
    ]
