"""Which diseases can be had two at once, so that each can still be seen."""

import functools
import hashlib
import itertools
from pathlib import Path

from tests.zoo.diseases import DISEASES, Disease
from tests.zoo.healthy import KINDS, tiny
from tests.zoo.training import Setting, changed_fields

# Of these nothing else can be seen, or they need a training of their own.
ALONE = frozenset((
    "not batched", "no labels", "a record that cannot be read", "endless",
    "a weight is no number", "nothing trains", "softmax over one unit",
    "a header among the rows", "labels called after their ids",
    "trained into one label", "loss that is no number", "thresholds never reached",
    "one number for every text", "validation labels in another order",
))  # fmt: skip

# Two groups, no disease of the first with one of the second: one takes away what the other is
# seen by, or is its cure.
APART = (
    # The outputs of such models say nothing of what goes in.
    (("weights never loaded", "one vector for every text", "saturated pooler", "pure float16",
      "softmax over the batch", "large logits at the start"),
     ("no attention mask", "mask of ones", "labels of another column", "large logits at the start",
      "one vector for every text", "saturated pooler", "pure float16")),
    # Only pretrained embeddings know their words, and only a trained encoder can be spoilt.
    (("weights never loaded",),
     ("shuffled vocabulary", "rate of Adam's default", "rate far too high", "frozen encoder",
      "dropout of 0.7", "vocabulary of another domain")),
    (("frozen encoder",),
     ("rate of Adam's default", "rate far too high", "L2 with Adam", "saturated pooler")),
    # Probabilities are what a loss without from_logits expects, and such a metric.
    (("loss by its name", "binary loss of logits"),
     ("probabilities as logits", "softmax for several labels", "sigmoid for one of several",
      "softmax over the batch")),
    (("softmax for several labels",), ("metric of probabilities on logits",)),
    (("one-hot with a sparse loss",), ("ids with a categorical loss",)),
    (("rate of Adam's default",), ("rate far too high", "rate far too low")),
    # The peak of the rate is another, or no optimizer of the kind is asked for it.
    (("rate of Adam's default", "rate far too high", "rate far too low"),
     ("warm-up without end", "plain SGD", "Adagrad")),
    # A warm-up that lasts does not come to the schedule's end, and the other has none.
    (("warm-up without end",), ("schedule for half the steps", "rate below zero")),
    (("rate of Adam's default",), ("schedule for half the steps",)),  # it has no schedule
    (("rate of Adam's default", "plain SGD", "Adagrad"), ("heavy weight decay", "L2 with Adam")),
    (("L2 with Adam",), ("heavy weight decay", "frozen head")),
    # Labels or ids of one of the two are no longer there.
    (("SMOTE on ids",),
     ("shuffled vocabulary", "vocabulary too large", "vocabulary of another domain",
      "capitals before an uncased vocabulary", "letters that the vocabulary lacks", "rows twice",
      "rows on both sides", "equal texts, other labels", "no attention mask", "mask of ones",
      "empty texts")),
    (("the same order each time", "a cache behind the shuffle"),
     ("sorted labels", "sorted labels and a small buffer", "the same order each time",
      "a cache behind the shuffle")),
    (("only one label",),
     ("sorted labels", "sorted labels and a small buffer", "row weights of 1e6")),
    # The frequent label is the one that becomes -1.
    (("a label of -1",),
     ("rare labels", "validation of one label", "labels that training lacks")),
    # So few rows of other labels may come in any order.
    (("rare labels",), ("sorted labels and a small buffer",)),
    # Where most words are [UNK] rows look alike, in whatever order they come.
    (("capitals before an uncased vocabulary", "letters that the vocabulary lacks"),
     ("the same order each time", "a cache behind the shuffle")),
    # Each word is one [UNK], so that tags by words are right, and texts are too short to be cut.
    (("capitals before an uncased vocabulary",),
     ("tags by words, ids by pieces", "cut texts")),
)  # fmt: skip


def kinds_of(one: Disease, other: Disease) -> list[str]:
    """Returns the kinds of trainings that can have both."""
    return [kind for kind in KINDS if kind in one.kinds and kind in other.kinds]


@functools.cache
def _healthy(kind: str) -> Setting:
    """Returns a setting to see what a disease changes; nobody builds it."""
    return tiny(kind, Path())


def can_pair(one: Disease, other: Disease) -> bool:
    """Tells whether two diseases can be had at once: they change other things, and each is seen."""
    if one is other or {one.name, other.name} & ALONE or not kinds_of(one, other):
        return False
    for first, second in APART:
        if any(a.name in first and b.name in second for a, b in ((one, other), (other, one))):
            return False
    healthy = _healthy(kinds_of(one, other)[0])
    first, second = (changed_fields(healthy, disease.change(healthy)) for disease in (one, other))
    return not first & second - {"own_head"}


def _place(seed: int, one: str, other: str) -> bytes:
    """Returns where a pair stands in a draw, whatever other pairs there are."""
    return hashlib.sha256(f"{seed} {one} {other}".encode()).digest()


def draw_pairs(number: int, seed: int, *, pretrained: bool) -> list[tuple[str, str]]:
    """Returns pairs of names, drawn without repetition.

    Another disease takes the places of a few pairs, and leaves the others as they were.

    Args:
        number: How many.
        seed: Seed of the draw.
        pretrained: Whether diseases that show on a pretrained encoder only are drawn as well.
    """
    names = [name for name, disease in DISEASES.items() if pretrained or not disease.pretrained]
    every = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    every.sort(key=lambda pair: _place(seed, *sorted(pair)))
    fitting = ((a, b) for a, b in every if can_pair(DISEASES[a], DISEASES[b]))
    return list(itertools.islice(fitting, number))
