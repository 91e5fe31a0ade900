"""Figures on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from tfclf.terminal import console

if TYPE_CHECKING:
    from tfclf.runs import Classifier
    from tfclf.runs.demo import Demonstration


def show_scores(scores: Mapping[str, Any], title: str) -> None:
    """Prints the table of a split and what is wrong with it."""
    from tfclf.evaluation import score_table, warnings_of

    shown = console()
    for name, own in (scores["tasks"] if "tasks" in scores else {"": scores}).items():
        heading = f"{title}, {name}" if name else title
        shown.print(score_table(own, f"{heading} ({own['rows']:,} rows)"))
        for warning in warnings_of(own):
            shown.print(f"warning: {warning}", style="yellow", markup=False, highlight=False)


def show_run(classifier: Classifier, output: str) -> None:
    """Prints what a finished run reached, and what to do with it."""
    metrics = classifier.metrics
    if not metrics:  # another process of the same training judges, writes and shows
        return
    for split in ("validation", "test"):
        if split in metrics:
            show_scores(metrics[split], split)
    cost = metrics["training"]
    _show_collapses(cost.get("rescues", ()))
    share = cost["trainable_parameters"] / cost["parameters"]
    console().print(
        f"{cost['epochs']} epochs of {cost['examples']:,} rows in {cost['seconds']:.0f} s, "
        f"{cost['examples_per_second']:.0f} rows/s, {cost['padding_share']:.1%} padding, "
        f"{cost['peak_memory_bytes'] / 2**30:.1f} GiB at most.\n"
        f"{cost['trainable_parameters']:,} of {cost['parameters']:,} parameters ({share:.1%}) "
        f"trained from the first step; {cost['truncated_rows']:,} rows lost "
        f"{cost['truncated_tokens']:,} tokens to the length.\n"
        f"Run: {output}\n"
        f"Predict: {_example(classifier, output)}",
        highlight=False,
        markup=False,
    )


def _show_collapses(events: Iterable[Mapping[str, Any]]) -> None:
    """Prints where training collapsed, what fits, and what was done about it."""
    shown = console(highlight=False, soft_wrap=True)
    for event in events:
        heading = f"collapse at step {event['step']}: {event['seen']}"
        done = f"; begun again, {event['remedy']}" if event.get("repaired") else ""
        shown.print(heading, style="yellow", markup=False)
        shown.print(f"  what fits: {', '.join(event['causes'])}{done}", markup=False)


def _example(classifier: Classifier, output: str) -> str:
    """Returns the command that predicts something."""
    if classifier.reading.pairs:
        return f"tfclf predict {output} FILE --text-pair COLUMN"
    return f"echo 'a text' | tfclf predict {output} -"


def show_demonstration(result: Demonstration) -> None:
    """Prints both recipes side by side."""
    shown = console()
    table = Table(
        title=f"Test rows, {result.epochs} epochs each", title_justify="left", title_style="bold"
    )
    table.add_column("F1 of")
    table.add_column("support", justify="right")
    table.add_column("naive", justify="right")
    table.add_column("tfclf", justify="right", style="bold")
    ours, naive = result.ours["per_class"], result.naive["per_class"]
    for label in sorted(ours, key=lambda label: -ours[label]["support"]):
        f1 = (f"{scores[label]['f1']:.3f}" for scores in (naive, ours))
        table.add_row(label, str(ours[label]["support"]), *f1)
    table.add_section()
    for key, name in (("macro_f1", "macro-F1"), ("accuracy", "accuracy")):
        table.add_row(name, "", f"{result.naive[key]:.3f}", f"{result.ours[key]:.3f}")
    predicted = (str(scores["predicted_classes"]) for scores in (result.naive, result.ours))
    table.add_row("labels predicted", str(len(ours)), *predicted)
    shown.print(table)
