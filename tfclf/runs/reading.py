"""How a run reads rows and answers them: what stands in ``tfclf.json`` beside the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from tfclf.data import LongText, TagRules, TextRules
from tfclf.errors import ArgumentError
from tfclf.evaluation import DECODINGS
from tfclf.tasks import MULTI_TASK, TASKS, Head

LEAST_LENGTH = 3  # tokens: [CLS], one of the text, [SEP]


@dataclass(frozen=True)
class Reading:
    """How rows are read and answered, beside the model: what a run remembers of its making.

    Attributes:
        max_length: Longest piece (tokens).
        task: Name of the task, or ``"multi-task"``.
        heads: The heads, where there are several.
        rules: What is done to each text.
        long_text: What becomes of texts that are longer.
        schemes: Scheme of the tags of each head that has tags.
        tag_rules: How tags are read.
        decoding: How tags are chosen.
        pairs: Whether texts come in pairs.
        words: Whether words are read instead of a text.
    """

    max_length: int
    task: str = "single-label"
    heads: tuple[Head, ...] = ()
    rules: TextRules = field(default_factory=TextRules)
    long_text: LongText = field(default_factory=LongText)
    schemes: dict[str, str] = field(default_factory=dict)
    tag_rules: TagRules = field(default_factory=TagRules)
    decoding: str = "argmax"
    pairs: bool = False
    words: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Returns the reading as JSON, under the names of ``tfclf.json``."""
        values = asdict(self)
        values["text_rules"] = self.rules.to_dict()
        del values["rules"]
        return values

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """Reads what ``to_dict`` wrote.

        Raises:
            ArgumentError: A value is none that it could have written.
        """
        _check_types(facts)
        return cls(
            facts["max_length"],
            facts["task"],
            tuple(Head(**head) for head in facts.get("heads", ())),
            TextRules.from_dict(facts["text_rules"]),
            LongText(**facts.get("long_text", {})),
            facts.get("schemes", {}),
            TagRules(**facts.get("tag_rules", {})),
            **{key: facts[key] for key in ("decoding", "pairs", "words") if key in facts},
        )


def _check_types(facts: Mapping[str, Any]) -> None:
    """Raises where a value cannot be what ``Reading.to_dict`` wrote."""
    tasks, length = (*TASKS, MULTI_TASK), facts["max_length"]
    if facts["task"] not in tasks:
        raise ArgumentError(f"task is {facts['task']!r}, expected one of {', '.join(tasks)}")
    if type(length) is not int or length < LEAST_LENGTH:
        raise ArgumentError(f"max_length is {length!r}, expected a whole number >= {LEAST_LENGTH}")
    for name in ("pairs", "words"):
        if not isinstance(facts.get(name, False), bool):
            raise ArgumentError(f"{name} is {facts[name]!r}, expected true or false")
    if facts.get("decoding", DECODINGS[0]) not in DECODINGS:
        raise ArgumentError(
            f"decoding is {facts['decoding']!r}, expected one of {', '.join(DECODINGS)}"
        )
    if not isinstance(facts.get("schemes", {}), dict):
        raise ArgumentError(f"schemes is {facts['schemes']!r}, expected one by each head")
