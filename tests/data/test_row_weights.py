"""What each row counts for: read, checked, batched; and its laws in a training."""

import dataclasses
import json

import numpy as np
import pytest

import tfclf
from tests.runs.test_imbalance import skewed
from tfclf import Columns, Job, Recipe
from tfclf.data import Batches, LabelMap, Tokenizer, encode_rows, read_rows
from tfclf.errors import ArgumentError, DataError
from tfclf.training.probe import fit_probe

WEIGHED = Columns(weight="weight")


def test_weights_are_read_and_go_with_their_rows():
    source = (["a", "b", "", "c"], ["x", "y", "x", "x"], [2, 0.5, 7, "1e1"])
    rows = read_rows(source, columns=WEIGHED, empty_text="drop")
    assert rows.weights.tolist() == [2.0, 0.5, 10.0]
    assert rows.select(np.array([2, 0])).weights.tolist() == [10.0, 2.0]
    assert read_rows(source[:2]).weights is None


@pytest.mark.parametrize("bad", ["", None, "much", -1, float("nan"), float("inf"), True, [1]])
def test_what_is_no_weight_is_told_with_its_place(bad):
    with pytest.raises(DataError, match="index 1: column 'weight': expected a weight, a number"):
        read_rows((["a", "b"], ["x", "y"], [1, bad]), columns=WEIGHED)


def test_a_file_of_weights(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("text,label,weight\na,x,2\nb,y,-3\n")
    with pytest.raises(DataError, match=r"rows\.csv, line 3: .* got '-3'"):
        read_rows(file, columns=WEIGHED)
    with pytest.raises(DataError, match="no column 'w', .* Declare yours: --weight COLUMN"):
        read_rows(file, columns=Columns(weight="w"))
    with pytest.raises(ArgumentError, match="the weight is to be in 'label', which is a column"):
        read_rows(file, columns=Columns(weight="label"))
    (tmp_path / "rows.conll").write_text("a B-x\n\nb O\n")
    with pytest.raises(DataError, match="no column of weights: a row is a sentence"):
        read_rows(tmp_path / "rows.conll", columns=WEIGHED, task="token")


@pytest.mark.parametrize("static", [False, True])
def test_batches_have_the_weights_of_their_rows(static, tiny_encoder):
    texts = ["good", "bad film", "the film was good", "ugly"]
    rows = read_rows((texts, list("xyxy"), [1, 2, 3, 6]), columns=WEIGHED)
    labels = LabelMap.from_rows(rows)
    encoded = encode_rows(rows, Tokenizer(tiny_encoder), 19, labels=labels.ids(rows))
    batches = Batches(encoded, 3, static_shapes=static)
    expected = np.array([1, 2, 3, 6]) / 3  # of mean 1
    seen = {}
    for batch, (_, _, weights) in zip(batches.plan(0), batches.dataset(), strict=True):
        own = weights.numpy()
        seen |= dict(zip(batch.indices.tolist(), own.tolist(), strict=False))
        np.testing.assert_array_equal(own[len(batch.indices) :], 0)
    np.testing.assert_allclose([seen[row] for row in range(4)], expected, rtol=1e-6)


def test_weights_that_are_all_0(tiny_encoder):
    rows = read_rows((["a", "b"], ["x", "y"], [0, 0]), columns=WEIGHED)
    with pytest.raises(DataError, match="every row has a weight of zero"):
        encode_rows(rows, Tokenizer(tiny_encoder), 19)


@pytest.mark.parametrize("kind", ["one", "several", "number"])
def test_a_probe_takes_weight_2_for_the_row_twice_and_0_for_no_row(kind):
    from tfclf.data.row_labels import LabelIds, MultiHot, Numbers

    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(60, 5))
    score = vectors @ np.array([1.0, -2.0, 0.5, 0.0, 1.0]) + generator.normal(size=60)
    hot = np.stack([score > 0, score > 1], -1)
    flat, offsets = hot.nonzero()[1], np.concatenate([[0], hot.sum(-1).cumsum()])
    labels = {
        "one": LabelIds(np.digitize(score, [-1, 1])),
        "several": MultiHot(flat, offsets, np.ones(60, bool), 2),
        "number": Numbers(score.astype("float32")),
    }[kind]
    units = {"one": 3, "several": 2, "number": 1}[kind]
    weights = generator.integers(0, 3, 60)
    rows = np.arange(60)
    own = np.repeat(rows, weights)
    weighted = fit_probe(vectors, labels, rows, units, weights.astype(float))
    repeated = fit_probe(vectors[own], labels, own, units)
    if kind == "number":  # its penalty is chosen by leaving rows out, and copies are no such rows
        assert np.corrcoef(weighted.kernel[:, 0], repeated.kernel[:, 0])[0, 1] > 0.99
    else:
        centred = [probe.logits(vectors) for probe in (weighted, repeated)]
        np.testing.assert_allclose(*centred, atol=0.2)
        assert (centred[0].argmax(-1) == centred[1].argmax(-1)).mean() > 0.95


RECIPE = Recipe(epochs=2, learning_rate=1e-2, max_length=19, batch_size=16, decisions="none")


def trained(tmp_path, name, encoder, source, columns, **settings):
    job = Job(source, tmp_path / name, columns=columns, model=encoder, recipe=RECIPE, **settings)
    return tfclf.train(job)


@pytest.mark.slow
def test_the_unit_of_weights_does_not_matter_and_0_takes_a_row_out(tiny_encoder, tmp_path):
    texts, labels = skewed((40, 30, 9))
    validation = skewed((9, 9, 3))

    def probabilities(name, weights, labels=labels):
        run = trained(tmp_path, name, tiny_encoder, (texts, labels, weights), WEIGHED,
                      validation=validation)  # fmt: skip
        return run.predict_proba(texts[:9])

    ones = probabilities("ones", [1] * len(texts))
    np.testing.assert_allclose(probabilities("sevens", [7] * len(texts)), ones, atol=1e-6)
    # What has weight 0 may say anything.
    weights = [0 if number % 4 == 0 else 1 for number in range(len(texts))]
    wrong = [labels[0] if weight == 0 else label
             for label, weight in zip(labels, weights, strict=True)]  # fmt: skip
    right = probabilities("right", weights)
    assert np.abs(right - ones).max() > 1e-3
    np.testing.assert_allclose(probabilities("wrong", weights, wrong), right, atol=1e-5)


@pytest.mark.slow
def test_auto_leaves_the_balance_to_the_weights(tiny_encoder, tmp_path):
    texts, labels = skewed((70, 30, 9))
    source = (texts, labels, [1.0] * len(texts))
    trained(tmp_path, "run", tiny_encoder, source, WEIGHED)
    facts = json.loads((tmp_path / "run" / "tfclf.json").read_text())
    assert facts["recipe"]["loss"] == "cross-entropy"
    chosen = {choice["setting"]: choice["why"] for choice in facts["chosen"]}
    assert chosen["loss"] == "the rows' own weights see to the balance"
    assert facts["data"]["training"]["columns"] == ["text", "label", "weight"]
    assert facts["data"]["validation"]["columns"] == ["text", "label"]


def test_smote_has_no_weights(tiny_encoder, tmp_path):
    texts, labels = skewed((40, 30, 9))
    recipe = dataclasses.replace(RECIPE, sampling="smote", freeze="encoder")
    job = Job((texts, labels, [1.0] * len(texts)), tmp_path / "run", columns=WEIGHED,
              model=tiny_encoder, recipe=recipe)  # fmt: skip
    with pytest.raises(ArgumentError, match="'smote', and rows have weights"):
        tfclf.train(job)
