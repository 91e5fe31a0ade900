"""What a run was made of -> checksums, by which the same data is known again."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfclf.data import Columns, Rows
from tfclf.data.columns import layout
from tfclf.data.sources import open_source
from tfclf.errors import CheckpointError, DataError, RunError
from tfclf.runs.job import Job
from tfclf.runs.manifest import DECIDING, SHOWN, file_facts
from tfclf.runs.run_directory import FACTS, read_facts, what_is_damaged
from tfclf.tasks import Head

STANDARD_INPUT = "-"
SPLITS = {"training": "train", "validation": "validation", "test": "test"}  # to arguments of a job
AT_ONCE = 10_000  # rows
WEIGHTS = (*DECIDING, ".h5")
COMMIT = re.compile("[0-9a-f]{40}")  # the name of a folder in the cache of the hub


def fingerprint(
    source: Any,
    *,
    columns: Columns | None = None,
    task: str | None = "single-label",
    heads: Sequence[Head] = (),
) -> dict[str, Any]:
    """Tells rows by their content, before any of them is used.

    Args:
        source: Anything that ``tfclf.data.read_rows`` reads. Of a file the bytes count, whatever
            its name and its date; of rows in memory the columns that are read. Standard input,
            which is there only once, has no checksum.
        columns: As in ``read_rows``.
        task: As in ``read_rows``.
        heads: As in ``read_rows``.

    Returns:
        ``path``, ``bytes`` and ``sha256`` of a file; ``object``, ``rows``, ``columns`` and
        ``sha256`` of rows in memory; ``object`` alone of standard input.

    Raises:
        DataError: The source cannot be read, or lacks a column.

    Example:
    >>> one, other = (fingerprint((["a", text], ["x", "y"])) for text in ("b", "c"))
    >>> one["rows"], one["columns"], one["sha256"] == other["sha256"]
    (2, ['text', 'label'], False)
    """
    if isinstance(source, str) and source == STANDARD_INPUT:
        return {"object": "standard input"}
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not path.is_file():
            raise DataError("no such file", where=str(path), remedy="Check the path.")
        return {"path": str(path.resolve()), **file_facts(path, DataError)}
    wanted = layout(columns or Columns(), task, heads)
    records = (record.values for record in open_source(source, wanted, None).records)
    return {
        "object": type(source).__name__,
        "columns": list(wanted.needed),
        **_digest_of(records),
    }


def data_facts(
    job: Job, rows: Mapping[str, Rows], sources: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Returns what a run writes down of its rows, by the name of the split.

    Args:
        job: What was to be done.
        rows: The rows of each split, as they were trained on or judged.
        sources: What ``sources_of`` returned before they were used; rows that were held out have
            none.
    """
    wanted = layout(job.columns, job.task, job.heads)
    facts = {}
    for split, some in rows.items():
        weighed = split == "training" or wanted.weight is None
        columns = list(wanted.needed if weighed else wanted.needed[:-1])
        facts[split] = {"columns": columns, **fingerprint_of_rows(some)}
        if split in sources:
            facts[split]["source"] = dict(sources[split])
    return facts


def fingerprint_of_rows(rows: Rows) -> dict[str, Any]:
    """Returns the number of rows and the sha256 of their texts, in order, with their labels."""

    def records() -> Iterable[list[Any]]:
        for start in range(0, len(rows), AT_ONCE):
            some = rows.select(np.arange(start, min(start + AT_ONCE, len(rows))))
            columns = [*next(some.parts(AT_ONCE)).values()]
            columns += [target.values() for target in some.targets.values()]
            columns += [] if some.weights is None else [some.weights.tolist()]
            yield from map(list, zip(*columns, strict=True))

    return _digest_of(records())


def fingerprint_of_checkpoint(folder: Path) -> dict[str, Any]:
    """Tells a checkpoint by the files that it was read from, and the hub's commit where known."""
    files = {
        path.name: file_facts(path, CheckpointError)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in WEIGHTS
    }
    commit = folder.name if COMMIT.fullmatch(folder.name) else None
    return {"path": str(folder.resolve()), "commit": commit, "files": files}


def sources_of(job: Job) -> dict[str, dict[str, Any]]:
    """Returns the fingerprint of what each split is read from, by the name of the split.

    Raises:
        DataError: A source cannot be read.
    """
    given = {split: getattr(job, argument) for split, argument in SPLITS.items()}
    columns = {"training": job.columns}
    unweighted = job.columns.without_weight()
    return {
        split: fingerprint(
            source, columns=columns.get(split, unweighted), task=job.task, heads=job.heads
        )
        for split, source in given.items()
        if source is not None
    }


def check_same_data(output: Path, job: Job) -> None:
    """Checks that a finished run was made of what lies today under the same names.

    Files that are no longer there, and runs of before, which have no fingerprints, tell nothing.

    Args:
        output: The finished run.
        job: What is asked for.

    Raises:
        RunError: Rows or the checkpoint have changed; the message says which.
    """
    facts = read_facts(output)
    with what_is_damaged(output, FACTS):
        then = {
            SPLITS[split]: dict(rows["source"])
            for split, rows in facts.get("data", {}).items()
            if "source" in rows
        }
        files = dict(facts.get("checkpoint", {}).get("files", {}))
    differing = []
    for argument, own in then.items():
        source = getattr(job, argument)
        if isinstance(source, (str, os.PathLike)) and os.path.isfile(source):
            differing += _difference(argument, own, fingerprint(source))
    folder = Path(job.model)
    if folder.is_dir():
        now = fingerprint_of_checkpoint(folder)["files"]
        for name in files.keys() & now.keys():
            differing += _difference(f"model, {name}", files[name], now[name])
    if differing:
        raise RunError(
            f"the output holds a run of other data ({'; '.join(differing)})",
            where=str(output),
            remedy="Choose another --output, or remove it.",
        )


def _difference(name: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Says how a file differs from what it was."""
    if then.get("sha256") in (None, now["sha256"]):
        return []
    sizes = f" ({then['bytes']:,} bytes)", f" ({now['bytes']:,} bytes)"
    there, here = sizes if then["bytes"] != now["bytes"] else ("", "")
    old, new = then["sha256"][:SHOWN], now["sha256"][:SHOWN]
    return [f"{name}: sha256 {old}{there} there, {new}{here} now"]


def _digest_of(records: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Returns the number of records and the sha256 of one line of JSON for each."""
    digest, rows = hashlib.sha256(), 0
    for values in records:
        digest.update(json.dumps(list(values), default=_plain).encode() + b"\n")
        rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


def _plain(value: Any) -> Any:
    """Returns a value of NumPy or of another library as JSON has it."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else str(value)
