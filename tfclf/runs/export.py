"""A run -> what others serve: one table of formats."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfclf.data import Columns
from tfclf.errors import ArgumentError, DataError, ExportError
from tfclf.evaluation import Logits
from tfclf.export import (
    Servable,
    prove,
    save_saved_model,
    write_keras,
    write_litert,
    write_onnx,
)
from tfclf.export.serving.signature import DESCRIPTION
from tfclf.models import new_folder, write_json
from tfclf.models.whole_files import check_free
from tfclf.runs.classifier import Classifier
from tfclf.runs.manifest import write_manifest
from tfclf.runs.own_texts import Texts, columns_of, own_texts, texts_of
from tfclf.runs.run_directory import FACTS, read_facts, what_is_damaged
from tfclf.runs.with_tensorflow import with_tensorflow
from tfclf.versions import versions

logger = logging.getLogger("tfclf")

SAVED_MODEL = "saved-model"
# Each format with the function that writes it, and says what it wrote.
FORMATS: dict[str, Callable[[Servable, Path], dict[str, Any]]] = {
    SAVED_MODEL: save_saved_model,
    "onnx": write_onnx,
    "litert": write_litert,
    "keras": write_keras,
}


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: Where it is.
        format: Name of its format.
        facts: The content of ``signature.json``.
    """

    folder: Path
    format: str
    facts: dict[str, Any]

    @property
    def sizes(self) -> dict[str, int]:
        """Size of each file (bytes) by its path within the folder, the largest first."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        sizes = {str(path.relative_to(self.folder)): path.stat().st_size for path in files}
        return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def export_run(
    run: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    format: str = SAVED_MODEL,
    texts: Any = None,
) -> Exported:
    """Writes a run as something that others serve.

    A SavedModel takes raw texts: the text rules, the tokenizer, the windows, the thresholds and the
    labels are in its graph. It is loaded from its files and held against the run, on the run's own
    validation texts (1,000 at most) and on texts that are hard for tokenizers; where an id, a label
    or a score differs, nothing is written. The other formats take token ids.

    A run has no backend: where Keras runs on another than TensorFlow, a process with TensorFlow
    writes the export.

    Args:
        run: Run directory.
        folder: Where to: a new or empty folder, which is there at the end, or not at all.
        format: One of ``FORMATS``.
        texts: A file or anything else that ``tfclf.data.read_rows`` reads, whose texts are taken
            for the proof instead of the validation texts; all of them are asked about, and held
            in memory.

    Returns:
        What was written, with the figures.

    Raises:
        ArgumentError: The format is unknown.
        RunError: There is no run, or it is damaged.
        TokenizerError: It has no tokenizer, or one that a graph cannot do the work of.
        ExportError: The folder is not free, or what was written does not answer as the run does.
        DataError: ``texts`` cannot be read.
    """
    if format not in FORMATS:
        raise ArgumentError(f"format {format!r}, expected one of {', '.join(FORMATS)}")
    if texts is not None and format != SAVED_MODEL:
        raise ArgumentError(
            f"texts are for the proof of a SavedModel, and the format is {format}",
            remedy="Leave --texts out.",
        )
    check_free(folder, ExportError)
    facts = read_facts(run)
    if keras.backend.backend() == "tensorflow":
        classifier = Classifier.load(run)
        given = _given_texts(run, classifier, facts, texts)
        written = _write(run, folder, format, classifier, given)
    else:
        given = None if texts is None else _given_texts(run, Classifier.load(run), facts, texts)
        arguments = {
            "run": os.fspath(run),
            "folder": os.fspath(folder),
            "format": format,
            "given": None if given is None else asdict(given),
        }
        written = with_tensorflow(f"{__name__}:export_texts", arguments)
    return Exported(Path(folder), format, written)


def export_texts(
    run: str, folder: str, format: str, given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Does what ``export_run`` does, of arguments that are JSON.

    Args:
        run: Run directory.
        folder: Where to.
        format: One of ``FORMATS``.
        given: ``Texts`` for the proof as a dict; None takes those of the run.

    Returns:
        The content of ``signature.json``.
    """
    return _write(run, folder, format, Classifier.load(run), Texts(**given) if given else None)


def _write(
    run: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    format: str,
    classifier: Classifier,
    given: Texts | None,
) -> dict[str, Any]:
    """Writes the export of a run that is loaded, and returns what it says of itself."""
    facts, servable = read_facts(run), servable_of(classifier)
    with new_folder(folder, ExportError) as hidden:
        logger.info("Writing %s.", format)
        written = {"format": format} | FORMATS[format](servable, hidden)
        if format == SAVED_MODEL:
            given = given or _own_texts(run, facts)
            written["proof"] = _proof(hidden, classifier, servable, given)
        written["run"] = {
            "task": classifier.task,
            "metrics": _figures(classifier.metrics),
            "versions": facts.get("versions", {}),
        }
        written["versions"] = versions()
        write_json(hidden / DESCRIPTION, written)
        write_manifest(hidden)
    return written


def servable_of(classifier: Classifier) -> Servable:
    """Returns what an export needs of a classifier."""
    reading = classifier.reading
    return Servable(
        classifier.model,
        classifier.tokenizer,
        reading.max_length,
        reading.rules,
        reading.long_text,
        classifier.deciders,
        pairs=reading.pairs,
        words=reading.words,
    )


def _given_texts(
    run: str | os.PathLike[str], classifier: Classifier, facts: Mapping[str, Any], source: Any
) -> Texts | None:
    """Reads the texts that somebody asked for, before anything takes time."""
    if source is None:
        return None
    with what_is_damaged(Path(run), FACTS):
        columns = columns_of(facts)
    rows = classifier.read(source, columns=columns, labelled=False)
    is_file = isinstance(source, str | os.PathLike)
    return texts_of(rows, f"texts of {Path(rows.source).name}" if is_file else "texts in memory")


def _own_texts(run: str | os.PathLike[str], facts: Mapping[str, Any]) -> Texts:
    """Reads the validation texts; where they are gone, it is said, and the hard texts remain."""
    try:
        return own_texts(run, facts)
    except DataError as error:
        logger.warning(
            "The export is proven on hard texts alone: %s Name texts of yours: --texts FILE.", error
        )
        return Texts([], None, f"none: {error.what}")  # not where: it leaves this machine


def _proof(
    folder: Path, classifier: Classifier, servable: Servable, given: Texts
) -> dict[str, Any]:
    """Holds a SavedModel against the run."""

    def ask(texts: Sequence[str], text_pairs: Sequence[str] | None) -> dict[str, Any]:
        source = list(texts) if text_pairs is None else (list(texts), list(text_pairs))
        columns = Columns(text_pair=None if text_pairs is None else "text_pair")
        rows = classifier.read(source, columns=columns, labelled=False)
        parts = list(classifier.predict_rows(rows))
        return {name: _joined([part[name] for part in parts]) for name in classifier.deciders}

    logger.info("Proving it on %s texts (%s) and the hard ones.", f"{len(given):,}", given.source)
    proof = prove(folder, servable, ask, given.texts, given.text_pairs)
    return {"source": given.source} | proof.to_dict()


def _joined(parts: Sequence[Logits]) -> Any:
    """Joins the logits of rows, shape (rows, labels); of words, a list of one array a row."""
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    return [words for part in parts for words in part]


def _figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the figures of a run that are one number each, by split, and by head."""
    figures = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping) and name not in ("per_class", "calibration"):
            figures[name] = _figures(value)
        elif isinstance(value, (int, float)):
            figures[name] = value
    return figures
