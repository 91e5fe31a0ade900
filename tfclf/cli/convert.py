"""``tfclf convert``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from tfclf.terminal import console

if TYPE_CHECKING:
    from tfclf.models import Converted


def convert(
    folder: Annotated[str, Argument(help="Old checkpoint, with tf_model.h5 or model.safetensors.")],
    new_folder: Annotated[str, Argument(help="What to make: a new or empty folder.")],
    ignore_config_keys: Annotated[
        list[str] | None,
        Option(help="Unknown key of config.json that changes nothing; may be repeated."),
    ] = None,
) -> None:
    """Write an old TFBert checkpoint so that PyTorch's transformers loads it as it is.

    tfclf convert folder-with-tf_model.h5 new-folder
    """
    from tfclf.cli.console import load_tensorflow

    load_tensorflow()
    from tfclf.models import convert_checkpoint

    ignored = tuple(ignore_config_keys or ())
    _show(convert_checkpoint(folder, new_folder, ignore_config_keys=ignored))


def _show(converted: Converted) -> None:
    """Prints what was read, what was left behind, what was written and how it was proven."""
    report, folder = converted.report, str(converted.folder)
    lines = [f"{report.source}: {converted.architecture}, {len(report.used)} tensors read"]
    lines += [f"  {part}: {len(names)}" for part, names in report.parts().items()]
    lines += ["Missing: none", f"Left behind: {', '.join(report.dropped) or 'none'}"]
    lines.append(f"{folder}: {', '.join(converted.files)}")
    if "tokenizer.json" not in converted.files:
        lines.append("No tokenizer: there was none. Copy that of its pretrained model beside it.")
    lines += [
        f"Read again: outputs within {converted.largest_difference:.1e} of the old ones.",
        f"Load it: transformers.{converted.architecture}.from_pretrained({folder!r})",
    ]
    console(highlight=False, soft_wrap=True).print("\n".join(lines), markup=False)
