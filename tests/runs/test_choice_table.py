"""What ``auto`` chose is one text, wherever it is asked for."""

import rich.console

from tfclf.imbalance import Choice
from tfclf.runs.choice_table import choice_table

CHOICES = [Choice("loss", "focal", "some [labels] are rare", "accuracy falls")]


def test_every_part_of_a_choice_is_told():
    table = choice_table(CHOICES)
    for part in ("loss", "focal", "some [labels] are rare", "accuracy falls"):
        assert part in table


def test_in_a_notebook_it_is_the_same_text(monkeypatch):
    """There rich takes over what is printed, file or not, unless it is told."""
    elsewhere = choice_table(CHOICES)
    monkeypatch.setattr(rich.console, "_is_jupyter", lambda: True)
    assert choice_table(CHOICES) == elsewhere
