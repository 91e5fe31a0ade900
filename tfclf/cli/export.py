"""``tfclf export``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from tfclf.cli.answers import Quiet
from tfclf.terminal import console

if TYPE_CHECKING:
    from tfclf.runs import Exported

SERVED_FROM = 8501  # the port of TensorFlow Serving's REST API


def export(
    run: Annotated[str, Argument(help="Run directory.")],
    folder: Annotated[str, Argument(help="Where to: a new or empty folder.")],
    format: Annotated[
        str, Option(help="saved-model takes raw texts; onnx, litert and keras take token ids.")
    ] = "saved-model",
    texts: Annotated[
        str | None,
        Option(help="Texts for the proof, instead of the validation rows of the run."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write a run as a SavedModel, proven to answer as the run does.

    tfclf export run served
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.runs import export_run

    exported = export_run(run, folder, format=format, texts=texts)
    if not quiet:
        _show(exported)


def _show(exported: Exported) -> None:
    """Prints what was written, how it was proven, and what to do next."""
    facts, sizes = exported.facts, exported.sizes
    lines = [f"{exported.folder}: {exported.format}, {_megabytes(sum(sizes.values()))}"]
    lines += [f"  {name}  {_megabytes(size)}" for name, size in sizes.items() if size >= 1e5]
    for name, signature in facts.get("signatures", {}).items():
        lines.append(f"  {name}: {_names(signature['inputs'])} -> {_names(signature['outputs'])}")
    if "proof" in facts:
        lines += ["", _proven(facts["proof"]), "", *_next(exported)]
    elif facts.get("compared_with"):
        difference, runtime = facts["largest_difference"], facts["compared_with"]
        lines += ["", f"Logits of {runtime} within {difference:.1e} of the run's."]
    console(highlight=False, soft_wrap=True).print("\n".join(lines), markup=False)


def _proven(proof: dict[str, Any]) -> str:
    """Says what was held against each other, and how near it came."""
    own = f"{proof['texts']:,} {proof['source']} and " if proof["texts"] else ""
    ties = f", {proof['ties']} ties apart" if proof["ties"] else ""
    return (
        f"Proven on {own}{proof['hard_texts']} hard ones, loaded from its files: "
        f"{proof['token_ids']:,} token ids equal, every label{ties}, "
        f"scores within {proof['largest_difference']:.1e} of the run's."
    )


def _next(exported: Exported) -> list[str]:
    """Returns the commands that serve the folder and ask it."""
    import json
    import re
    import shlex

    folder = exported.folder.resolve()
    name = folder.name if re.fullmatch(r"[\w.-]+", folder.name, re.ASCII) else "model"
    inputs = exported.facts["signatures"]["serving_default"]["inputs"]
    row: Any = dict.fromkeys(inputs, "a text") if len(inputs) > 1 else "a text"
    body = shlex.quote(json.dumps({"instances": [row]}))
    mount = shlex.quote(f"{folder}:/models/{name}/1")
    return [
        f"Serve: docker run --rm -p {SERVED_FROM}:{SERVED_FROM} -v {mount} -e MODEL_NAME={name} "
        "tensorflow/serving",
        f"Ask:   curl -d {body} http://localhost:{SERVED_FROM}/v1/models/{name}:predict",
    ]


def _names(tensors: dict[str, Any]) -> str:
    return ", ".join(tensors)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"
