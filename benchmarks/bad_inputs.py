"""Gives every bad input of the tests to its verb and counts what becomes of them.

    python benchmarks/bad_inputs.py

writes ``results/bad_inputs.md``: by verb and by what is bad, how many there are, and of how many
the answer is no message with its place and its remedy.
"""

import datetime
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a model's name is not to be looked for elsewhere
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.bad_inputs.bad_input import BadInput  # noqa: E402
from tests.bad_inputs.run_command import Outcome, outcome_of  # noqa: E402
from tests.bad_inputs.table import BAD_INPUTS  # noqa: E402
from tests.bad_inputs.world import make_world  # noqa: E402

RESULTS = HERE / "results" / "bad_inputs.md"
# What is counted, by the heading of its column.
FAULTS = {
    "taken for good": lambda given, outcome: outcome.status == 0,
    "tracebacks": lambda given, outcome: outcome.shows_its_inside or outcome.status < 0,
    "something left behind": lambda given, outcome: bool(outcome.left),
    "no place": lambda given, outcome: not outcome.names(given.place),
    "no remedy": lambda given, outcome: not outcome.names(given.remedy),
}
VERBS = (
    "train", "evaluate", "predict", "doctor", "export", "tune", "lr-find", "augment", "sample",
    "demo",
)  # fmt: skip
Answer = tuple[str, BadInput, Outcome]  # what is bad, the input, and what became of it


def answers(world: Path) -> list[Answer]:
    """Runs all of them, each in a folder of its own."""
    found = []
    for kind, inputs in BAD_INPUTS.items():
        for given in inputs:
            with tempfile.TemporaryDirectory() as folder:
                found.append((kind, given, outcome_of(given, world, Path(folder))))
        print(f"{kind}: {len(inputs)}", file=sys.stderr)
    return found


def table(title: str, groups: Mapping[str, Iterable[Answer]]) -> list[str]:
    """Returns the lines of a table, one row a group and one for all."""
    lines = [f"| {title} | inputs | {' | '.join(FAULTS)} |", "|---" * (2 + len(FAULTS)) + "|"]
    every = [answer for group in groups.values() for answer in group]
    for name, group in [*groups.items(), ("all", every)]:
        rows = list(group)
        counts = [sum(is_one(*answer[1:]) for answer in rows) for is_one in FAULTS.values()]
        lines.append(f"| {name} | {len(rows)} | {' | '.join(map(str, counts))} |")
    return lines


def grouped(found: list[Answer], key: str) -> dict[str, list[Answer]]:
    """Returns the answers by verb or by what is bad."""
    groups: dict[str, list[Answer]] = {}
    for answer in found:
        verb = answer[1].verb if answer[1].verb in VERBS else "none of them"
        name = answer[0] if key == "kind" else verb
        groups.setdefault(name, []).append(answer)
    return groups


def report(found: list[Answer]) -> str:
    """Returns the page."""
    faulty = [answer for answer in found if any(one(*answer[1:]) for one in FAULTS.values())]
    lines = [
        "# Bad inputs",
        "",
        f"`python benchmarks/bad_inputs.py`, {datetime.date.today()}: {len(found)} bad inputs "
        "(`tests/bad_inputs`), each given to its verb as a user types it. A good answer ends with "
        "status 1 or 2, names the file and the line, or the option, says what to do (the phrases "
        "stand in the table of the tests), shows nothing of the inside and leaves everything as it "
        "was.",
        "",
        *table("verb", grouped(found, "verb")),
        "",
        *table("what is bad", grouped(found, "kind")),
    ]
    if faulty:
        lines += ["", "Not answered so:", "", *(f"- {given.name}" for _, given, _ in faulty)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the page."""
    with tempfile.TemporaryDirectory() as folder:
        found = answers(make_world(Path(folder)))
    RESULTS.write_text(report(found), "utf-8")
    print(report(found))


if __name__ == "__main__":
    main()
