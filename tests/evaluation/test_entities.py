"""Entities and their figures against seqeval."""

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.evaluation.entities import entities_of, entity_scores

TYPES = ("person", "geo-loc", "x")
ALPHABETS = {"bio": "BI", "iobes": "BIES", "iob1": "IIIB"}


def random_tags(alphabet, seed, count):
    """Tags in any order, so that many break every scheme."""
    generator = np.random.default_rng(seed)
    tags = ["O", "O", *(f"{letter}-{type_}" for letter in alphabet for type_ in TYPES)]
    return [list(generator.choice(tags, n)) for n in generator.integers(0, 12, count)]


def valid_bio(seed, count):
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        row = []
        for _ in range(generator.integers(0, 5)):
            type_, length = generator.choice(TYPES), generator.integers(1, 4)
            row += [f"B-{type_}"] + [f"I-{type_}"] * (length - 1) + ["O"] * generator.integers(0, 2)
        rows.append(row)
    return rows


def changed(rows, seed):
    """Some tags replaced, so that truth and prediction have much in common."""
    generator = np.random.default_rng(seed)
    tags = sorted({tag for row in rows for tag in row})
    return [
        [generator.choice(tags) if generator.random() < 0.2 else tag for tag in row] for row in rows
    ]


@pytest.mark.parametrize("scheme", ALPHABETS)
def test_entities_against_seqeval(scheme):
    sequence_labeling = pytest.importorskip("seqeval.metrics.sequence_labeling")
    for tags in random_tags(ALPHABETS[scheme], seed=3, count=1000) + valid_bio(seed=4, count=300):
        assert entities_of(tags) == sequence_labeling.get_entities(tags)


@pytest.mark.parametrize("scheme", [*ALPHABETS, "valid"])
@pytest.mark.parametrize("seed", range(4))
def test_scores_against_seqeval(scheme, seed):
    seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling")
    count = 1 + 60 * seed  # a single sentence too
    if scheme == "valid":
        truth = valid_bio(seed, count)
    else:
        truth = random_tags(ALPHABETS[scheme], seed, count)
    predicted = changed(truth, seed + 10)
    scores = entity_scores(truth, predicted)
    for name in ("f1", "precision", "recall"):
        expected = getattr(seqeval, f"{name}_score")(truth, predicted, zero_division=0)
        assert scores[name] == pytest.approx(expected, abs=1e-12)
    columns = seqeval.precision_recall_fscore_support(truth, predicted, zero_division=0)
    names = sorted({e[0] for rows in (truth, predicted) for row in rows for e in entities_of(row)})
    assert list(scores["per_entity"]) == names
    for i, figures in enumerate(scores["per_entity"].values()):
        expected = [float(column[i]) for column in columns]
        keys = ("precision", "recall", "f1", "support")
        assert [figures[key] for key in keys] == pytest.approx(expected, abs=1e-12)
        assert type(figures["support"]) is int


def test_scores_by_hand():
    truth = [["B-x", "I-x", "O", "B-y"], ["B-x"]]
    predicted = [["B-x", "I-x", "O", "B-x"], ["B-x"]]
    # 3 true and 3 predicted entities, 2 of them the same.
    # x: 2 found of 2 true and 3 predicted; y: none found of one.
    third = pytest.approx(2 / 3)
    assert entity_scores(truth, predicted) == {
        "f1": third,
        "precision": third,
        "recall": third,
        "per_entity": {
            "x": {"precision": third, "recall": 1.0, "f1": pytest.approx(4 / 5), "support": 2},
            "y": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
        },
    }


def test_entities_do_not_cross_sentences():
    scores = entity_scores([["B-x"], ["I-x"]], [["B-x"], ["B-x"]])
    assert scores["f1"] == 1 and scores["per_entity"]["x"]["support"] == 2


def test_nothing_to_find():
    nothing = {"f1": 0.0, "precision": 0.0, "recall": 0.0, "per_entity": {}}
    assert entity_scores([], []) == nothing
    assert entity_scores([["O", "NOUN"], []], [["O", "O"], []]) == nothing


def test_lengths_have_to_agree():
    with pytest.raises(ArgumentError, match="sentence 2: 1 true tags, but 2 predicted ones"):
        entity_scores([["O"], ["O"]], [["O"], ["O", "O"]])
    with pytest.raises(ArgumentError, match="2 true sentences, but 1 predicted ones"):
        entity_scores([["O"], ["O"]], [["O"]])
