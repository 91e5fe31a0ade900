"""The sections of a model card, in plain words; every figure is read from the run's files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tfclf.evaluation import warnings_of
from tfclf.evaluation.report import OVERALL, REDUNDANT
from tfclf.runs.card.facts import SPLITS, CardFacts, code
from tfclf.terminal import printable

FEW = 30  # rows of a label on which a figure says little
SHOWN = 8  # labels in a sentence
OFF = (None, "none", 0)  # values of settings that do nothing

PURPOSE = {
    "single-label": "gives each {reads} one of {count} labels",
    "multi-label": "gives each {reads} any number of {count} labels",
    "regression": "gives each {reads} a number",
    "token": "gives each word of a text one of {count} tags",
}
COUNTED = {"single-label": "rows", "multi-label": "rows", "token": "words"}
LONG_TEXT = {
    "head": "Of a longer text only the beginning is read.",
    "tail": "Of a longer text only the end is read.",
    "head+tail": "Of a longer text only the beginning and the end are read.",
    "windows": "A longer text is read in windows, whose logits are pooled.",
}
WORDS_IN_WINDOWS = "A longer text is read in windows."


def purpose(card: CardFacts) -> Iterator[str]:
    """What the model does, and what it reads."""
    for head, task in card.tasks.items():
        said = PURPOSE[task].format(reads=card.reads, count=len(card.labels[head]))
        yield f"- {code(head)} {said}." if card.has_several else f"The model {said}."
    facts = card.facts
    yield ""
    per_word = "token" in card.tasks.values()
    longer = WORDS_IN_WINDOWS if per_word else LONG_TEXT[facts["long_text"]["how"]]
    yield f"It reads {facts['max_length']:,} tokens. {longer}"
    rules = [f"{name}: {value}" for name, value in facts["text_rules"].items() if value]
    if rules:
        yield f"Each text is changed first ({cell('; '.join(rules))}); tfclf does that by itself."


def labels(card: CardFacts) -> Iterator[str]:
    """The labels with their counts among the training rows."""
    for head, task in card.tasks.items():
        if task not in COUNTED:
            continue
        yield from _title(card, head)
        rows = [[cell(name), f"{count:,}"] for name, count in card.label_counts(head).items()]
        yield from table(["label", f"training {COUNTED[task]}"], rows)


def figures(card: CardFacts) -> Iterator[str]:
    """What was measured on each split."""
    judged = [split for split in SPLITS if card.scores(split)]
    if not judged:
        yield "Nothing was measured: there were neither validation nor test rows."
    elif set(card.tasks.values()) != {"regression"}:
        yield "Macro-F1 is the mean of the labels' F1, in which rare labels count like frequent"
        yield "ones. The calibration error is the mean distance of a probability from the share of"
        yield "answers that are right."
        yield ""
    for split in judged:
        yield f"### {split.capitalize()}: {cell(card.source(split))}"
        yield ""
        for head, scores in card.scores(split).items():
            yield from _title(card, head, "####")
            yield from _figures_of(scores)


def _figures_of(scores: Mapping[str, Any]) -> Iterator[str]:
    words = f", {scores['words']:,} words" if "words" in scores else ""
    yield f"{scores['rows']:,} rows{words}."
    yield ""
    for warning in warnings_of(scores):
        yield f"**Mind: {cell(warning)}.**"
        yield ""
    overall = [
        [heading, f"{scores[key]:.3f}"]
        for key, heading in OVERALL.items()
        if key in scores and REDUNDANT.get(key) not in scores
    ]
    yield from table(["figure", "value"], overall)
    for key, kind in (("per_entity", "entity"), ("per_class", "label")):
        rows = [
            [cell(name), *(f"{row[part]:.3f}" for part in ("precision", "recall", "f1")),
             f"{row['support']:,}"]
            for name, row in scores.get(key, {}).items()
        ]  # fmt: skip
        if rows:
            yield from table([kind, "precision", "recall", "F1", "support"], rows)


def decisions(card: CardFacts) -> Iterator[str]:
    """How logits become answers."""
    for head, task in card.tasks.items():
        yield from _title(card, head)
        yield from DECIDES[task](card, head)
        yield ""
        decision = card.facts.get("decisions", {}).get(head)
        if decision is None:
            continue
        if any(decision["shift"]):
            yield "An offset was added to the logits; it is in the weights."
        if decision["temperature"] != 1:
            yield (
                f"The logits were divided by the temperature {decision['temperature']:.3f}; "
                "that is in the weights."
            )
        yield from ["", *(f"- {cell(reason)}" for reason in decision["reasons"]), ""]


def _one_label(card: CardFacts, head: str) -> Iterator[str]:
    yield "The answer is the label of the largest logit; a softmax makes probabilities of them."


def _several_labels(card: CardFacts, head: str) -> Iterator[str]:
    decision = card.facts.get("decisions", {}).get(head) or {}
    thresholds = decision.get("thresholds")
    yield "A sigmoid makes a probability of each logit."
    if thresholds is None:
        yield "The answer is each label above 0.5."
        return
    yield "The answer is each label above its threshold:"
    yield ""
    pairs = zip(card.labels[head], thresholds, strict=True)
    yield from table(["label", "threshold"], [[cell(name), f"{at:.3f}"] for name, at in pairs])


def _number(card: CardFacts, head: str) -> Iterator[str]:
    yield "The answer is the one logit itself."


def _tags(card: CardFacts, head: str) -> Iterator[str]:
    yield "The first token of a word tags it."
    if card.facts.get("decoding") == "viterbi":
        scheme = card.facts["schemes"].get(head)
        yield f"The answer is the likeliest sequence of tags that the scheme {scheme} allows."
    else:
        yield "The answer is the tag of its largest logit."


DECIDES: dict[str, Callable[[CardFacts, str], Iterator[str]]] = {
    "single-label": _one_label,
    "multi-label": _several_labels,
    "regression": _number,
    "token": _tags,
}


def training(card: CardFacts) -> Iterator[str]:
    """How the model was trained."""
    facts, done = card.facts, card.metrics["training"]
    rows = ", ".join(f"{split} {count:,}" for split, count in facts["rows"].items())
    best = f", of which epoch {done['best_epoch']} was kept" if done.get("best_epoch") else ""
    yield f"Fine-tuned from {card.base} on {cell(card.source('training'))} (rows: {rows})."
    yield f"{done['epochs']:,} epochs{best}, {done['steps']:,} steps, {done['seconds']:,.0f} s,"
    yield f"{done['precision']}, Keras on {done['backend']}."
    yield ""
    recipe = [
        [name.replace("_", " "), cell(said(value))]
        for name, value in facts["recipe"].items()
        if name == "seed" or value not in OFF
    ]
    yield "Settings; what is not listed is off."
    yield ""
    yield from table(["setting", "value"], recipe)
    chosen = facts.get("chosen", ())
    if chosen:
        yield "Chosen from the rows:"
        yield ""
    for choice in chosen:
        yield f"- {choice['setting']}: {cell(said(choice['value']))}, since {cell(choice['why'])}."
    yield from ["", "Versions: " + ", ".join(" ".join(pair) for pair in facts["versions"].items())]


def findings(card: CardFacts) -> Iterator[str]:
    """What the doctor said of the rows, and what became of the training."""
    found = card.facts.get("findings", ())
    for finding in found:
        evidence = cell(card.without_folders(finding["evidence"]))
        yield f"- {finding['name']} ({finding['severity']}): {evidence}: {cell(finding['effect'])}."
    for event in card.metrics["training"].get("rescues", ()):
        done = f" {event['remedy']}" if event["remedy"] else ""
        yield f"- step {event['step']:,} of the training: {cell(event['seen'] + '.' + done)}"
    if not found and not card.metrics["training"].get("rescues"):
        yield "Nothing wrong was found in the rows."


def limits(card: CardFacts) -> Iterator[str]:
    """What the figures do not say."""
    if set(card.tasks.values()) & {"single-label", "token"}:
        yield "- Every answer is one of the labels above, also for texts about something else."
    judged = next((split for split in SPLITS if card.scores(split)), None)
    if judged == "validation":
        yield (
            "- There were no test rows. The validation rows may have chosen the epoch and the "
            "decisions: their figures flatter."
        )
    for head, task in card.tasks.items():
        if task not in COUNTED:
            continue
        counted = COUNTED[task] + (f" of {code(head)}" if card.has_several else "")
        rare = [name for name, count in card.label_counts(head).items() if count < FEW]
        if rare:
            yield f"- Fewer than {FEW} training {counted} have these labels: {_some(rare)}."
        per_class = card.scores(judged or "").get(head, {}).get("per_class", {})
        thin = [name for name, row in per_class.items() if row["support"] < FEW]
        if thin:
            yield (
                f"- Fewer than {FEW} {judged} {counted} have these labels, so that their figures "
                f"are rough: {_some(thin)}."
            )
    cut = card.metrics["training"].get("truncated_rows")
    if cut:
        yield f"- {cut:,} training rows were longer than the model reads, and were cut."
    yield "- Texts of another kind, time or language than the training rows were not measured."


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yields the lines of a table, its numbers to the right, and an empty one."""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join([' --- ', *[' ---: '] * (len(headings) - 1)])}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def cell(text: str) -> str:
    r"""Returns text that is no Markdown and no HTML, on one line.

    Example:
    >>> print(cell("a|b <i> *c*"))
    a\|b &lt;i> \*c\*
    """
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return printable(re.sub(r"([\\`*_\[\]|#~$])", r"\\\1", text))


def _title(card: CardFacts, head: str, level: str = "###") -> list[str]:
    """Returns the heading of one of several heads."""
    return [f"{level} {code(head)}", ""] if card.has_several else []


def said(value: Any) -> str:
    """Returns a setting in words."""
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(cell(name) for name in names[:SHOWN]) + more
