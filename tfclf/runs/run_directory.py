"""A run on disk: a Hugging Face model folder with our own facts beside it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfclf.data.small_files import UnfitJson, check_file_size, parse_json
from tfclf.errors import RunError, TfclfError

FACTS = "tfclf.json"
CONFIG = "config.json"
METRICS = "metrics.json"
HISTORY = "history.json"
FORMAT = 1  # of tfclf.json
# Arguments that say how a run is computed, and change nothing of what comes out but rounding.
HOW = {"devices", "recipe.jit", "recipe.steps_per_execution", "recipe.gradient_checkpointing"}
# Arguments that came later: what runs that do not have them did.
BEFORE = {"recipe.precision": "float32", "recipe.gradient_accumulation_steps": 1}
# How Python names an argument that does not fit a function.
ARGUMENT = re.compile(r"(unexpected keyword|required \S+) arguments?:? ('\w+')")


def read_facts(run: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads ``tfclf.json`` of a finished run.

    Raises:
        RunError: The folder is missing or holds no run.
    """
    folder = Path(run)
    if not folder.is_dir():
        raise RunError(
            "no such run directory",
            where=str(folder),
            remedy="Give a folder that tfclf train --output made.",
        )
    if not (folder / FACTS).is_file():
        raise RunError(
            f"this folder holds no run: there is no {FACTS}",
            where=str(folder),
            remedy="Give a folder that tfclf train --output made.",
        )
    facts = read_json(folder, FACTS)
    with what_is_damaged(folder, FACTS):
        version = facts["format"]
    if version != FORMAT:
        raise RunError(
            f"written in format {version!r}, this tfclf reads {FORMAT}",
            where=str(folder / FACTS),
            remedy="Use the tfclf that wrote it (pip install -U tfclf), or train again.",
        )
    return facts


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Reads a file of a run.

    Raises:
        RunError: The file is missing, too large, or is no JSON object.
    """
    with what_is_damaged(folder, name):
        check_file_size(folder / name, RunError)
        values = parse_json((folder / name).read_text("utf-8"))
        if not isinstance(values, dict):
            raise TypeError
    return values


@contextmanager
def what_is_damaged(folder: Path, name: str) -> Iterator[None]:
    """Says in words what is wrong with a file of a run, where reading its content fails.

    Args:
        folder: The run.
        name: The file whose content is read.

    Raises:
        RunError: It is missing, no JSON, lacks a value, or has one that is of no use.
    """
    try:
        yield
    except RunError:
        raise
    except TfclfError as error:
        what = f"{name}: {error.what}"
    except FileNotFoundError as error:
        what = f"{Path(error.filename or name).name} is missing"
    except UnicodeDecodeError:
        what = f"{name} is no text in UTF-8"
    except json.JSONDecodeError as error:
        what = f"{name} is no JSON from line {error.lineno}, column {error.colno} on"
    except UnfitJson as error:
        what = f"{name} is no JSON that can be read: {error}"
    except KeyError as error:
        what = f"{name} lacks {error}"
    except (TypeError, AttributeError) as error:
        argument = ARGUMENT.search(str(error))
        kind, own = argument.groups() if argument else ("", "")
        what = {
            "unexpected keyword": f"{name} has {own}, which this tfclf does not know",
            "required positional": f"{name} lacks {own}",
            "required keyword-only": f"{name} lacks {own}",
        }.get(kind, f"{name} does not hold what tfclf writes there")
    else:
        return
    raise RunError(
        f"the run is damaged: {what}",
        where=str(folder),
        remedy="Copy the whole folder again, or train again.",
    )


def is_finished(output: Path, arguments: dict[str, Any]) -> bool:
    """Tells whether a folder already holds the run that the same arguments made.

    Raises:
        RunError: The folder holds another run or something else.
    """
    if str(output) == "-":
        raise RunError(
            "a run is a folder, and cannot be written to standard output",
            where="--output",
            remedy="Name a new folder.",
        )
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    if not (output / FACTS).is_file():
        raise RunError(
            "the output exists and is no run of tfclf",
            where=str(output),
            remedy="Choose another --output, or remove it.",
        )
    stored, arguments = BEFORE | flat(read_facts(output)["arguments"]), flat(arguments)
    differing = differences(_but_how(stored), _but_how(arguments))
    differing += [
        f"{name}: {value} cannot be compared"
        for name, value in stored.items()
        if str(value).startswith("<") and arguments.get(name) == value
    ]
    if differing:
        raise RunError(
            f"the output holds another run ({'; '.join(differing)})",
            where=str(output),
            remedy="Choose another --output, or remove it.",
        )
    return True


def differences(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """Returns what differs between two nested sets of JSON, each in a few words.

    Example:
    >>> differences({"recipe": {"epochs": 3, "seed": 0}}, {"recipe": {"epochs": 5, "seed": 0}})
    ['recipe.epochs: 3 there, 5 asked for']
    """
    there, here = flat(stored), flat(asked)
    return [
        f"{name}: {_short(there.get(name))} there, {_short(here.get(name))} asked for"
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    ]


def flat(values: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """Returns nested values under names such as ``recipe.epochs``."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{within}{name}.")
        else:
            found[within + name] = value
    return found


def _but_how(arguments: dict[str, Any]) -> dict[str, Any]:
    """Returns arguments without those that change nothing of what comes out."""
    return {name: value for name, value in arguments.items() if name not in HOW}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "..."
