"""Each promise of docs/trust.md names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def named_tests():
    """File and test of each name; one that begins with :: is of the file named last."""
    file = None
    for name in re.findall(r"`((?:tests/[\w/]+\.py)?::\w+)`", (ROOT / "docs/trust.md").read_text()):
        before, test = name.split("::")
        file = before or file
        yield file, test


def test_every_test_is_there():
    named = list(named_tests())
    assert len(named) > 20
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / file).read_text(), f"{file}::{test}"
