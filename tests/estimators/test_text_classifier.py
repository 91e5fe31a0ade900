"""The estimator on a tiny encoder: fit, predict, keep, and refuse what is no text."""

import json
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score

import tfclf
from tests.estimators.estimators import classifier, rows
from tfclf import Job, Recipe, TextClassifier
from tfclf.errors import ArgumentError, DataError, RunError, TfclfError

RECIPE = {"epochs": 15, "learning_rate": 1e-2, "settings": {"on_collapse": "rescue"}}
TEXTS, LABELS = rows(200)
OTHERS, TRUTH = rows(60, seed=1)


@pytest.fixture(scope="module")
def fitted(tiny_encoder):
    return classifier(tiny_encoder, validation_share=0.1, **RECIPE).fit(TEXTS, LABELS)


def test_it_learns(fitted):
    """The best constant answer has 60 % right: the most frequent of three labels."""
    assert fitted.score(OTHERS, TRUTH) > 0.7
    assert fitted.classes_.tolist() == ["bad", "good", "ugly"]
    assert fitted.n_features_in_ == 1 and not hasattr(fitted, "feature_names_in_")


def test_it_is_what_training_gives(fitted, tiny_encoder, tmp_path):
    recipe = Recipe(epochs=15, learning_rate=1e-2, batch_size=16, max_length=19)
    run = tfclf.train(Job((TEXTS, LABELS), tmp_path / "run", model=tiny_encoder, recipe=recipe))
    np.testing.assert_allclose(
        fitted.predict_proba(OTHERS), run.predict_proba(OTHERS), atol=1e-6, rtol=0
    )
    assert fitted.metrics_["validation"] == run.metrics["validation"]


def test_answers_agree_with_each_other(fitted):
    answers, probabilities = fitted.predict(OTHERS), fitted.predict_proba(OTHERS)
    np.testing.assert_array_equal(answers, fitted.classes_[probabilities.argmax(-1)])
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-6)
    scores = fitted.decision_function(OTHERS)
    np.testing.assert_allclose(np.exp(scores), probabilities, rtol=1e-6)
    assert fitted.score(OTHERS, TRUTH) == accuracy_score(TRUTH, answers)
    weights = np.arange(60)
    assert fitted.score(OTHERS, TRUTH, weights) == pytest.approx(
        accuracy_score(TRUTH, answers, sample_weight=weights)
    )


def test_the_run_is_a_run(fitted, tmp_path):
    loaded = tfclf.load(fitted.run_)
    assert loaded.predict(OTHERS) == fitted.predict(OTHERS).tolist()
    fitted.save(tmp_path / "kept")
    assert tfclf.load(tmp_path / "kept").predict(OTHERS) == loaded.predict(OTHERS)
    with pytest.raises(RunError, match="expected a new or empty folder"):
        fitted.save(tmp_path / "kept")


def test_a_pickle_reaches_another_process(fitted, tmp_path):
    (tmp_path / "estimator.pickle").write_bytes(pickle.dumps(fitted))
    code = (
        "import json, pickle, sys\n"
        "estimator = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(json.dumps(estimator.predict_proba(json.loads(sys.argv[2])).tolist()))\n"
    )
    place = str(tmp_path / "estimator.pickle")
    done = subprocess.run(
        [sys.executable, "-c", code, place, json.dumps(OTHERS)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(
        json.loads(done.stdout), fitted.predict_proba(OTHERS), atol=1e-5, rtol=0
    )


def test_a_pickle_of_a_pickle(fitted):
    """The second one is made of the first one's files, before anything was written to disk."""
    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(fitted))))  # noqa: S301
    np.testing.assert_array_equal(again.predict(OTHERS), fitted.predict(OTHERS))
    folder = again.run_
    assert folder != fitted.run_ and (folder / "tfclf.json").is_file()
    del again
    assert not folder.exists(), "a temporary run goes with its estimator"


def test_the_random_numbers_of_others(tiny_encoder):
    """A training seeds the generators of Python and NumPy; to the caller they go on as before."""
    random.seed(3)
    np.random.seed(3)
    expected = random.Random(3).random(), np.random.RandomState(3).random()
    classifier(tiny_encoder).fit(TEXTS[:40], LABELS[:40])
    assert (random.random(), np.random.random()) == expected


@pytest.mark.parametrize("fit_as", ["tuples", "array"])
def test_pairs(tiny_encoder, fit_as):
    pairs = list(zip(TEXTS, reversed(TEXTS), strict=True))
    given = pairs if fit_as == "tuples" else np.array(pairs, object)
    estimator = classifier(tiny_encoder).fit(given, LABELS)
    assert estimator.n_features_in_ == 2
    assert estimator.predict(given[:9]).shape == (9,)
    assert not np.allclose(
        estimator.predict_proba(pairs[:9]), estimator.predict_proba([(b, a) for a, b in pairs[:9]])
    )
    with pytest.raises(ArgumentError, match="trained on pairs of texts"):
        estimator.predict(TEXTS)


SEVERAL = [[label, "long"] if len(text) > 7 else [label]
           for text, label in zip(TEXTS, LABELS, strict=True)]  # fmt: skip


def test_lists_of_labels(tiny_encoder):
    estimator = classifier(tiny_encoder, task="multi-label", validation_share=0.2).fit(
        TEXTS, SEVERAL
    )
    assert estimator.classes_.tolist() == ["bad", "good", "long", "ugly"]
    answers, scores = estimator.predict(OTHERS), estimator.decision_function(OTHERS)
    assert answers == [estimator.classes_[row > 0].tolist() for row in scores]
    right = [set(a) == set(b) for a, b in zip(answers, SEVERAL[:60], strict=True)]
    assert estimator.score(OTHERS, SEVERAL[:60]) == pytest.approx(np.mean(right))


def test_zeros_and_ones(tiny_encoder):
    """A label without a row is never said, and has the probability 0."""
    names = ["bad", "good", "nobody", "ugly"]
    hot = np.array([[name in row for name in names] for row in SEVERAL], int)
    estimator = classifier(tiny_encoder, task="multi-label").fit(TEXTS, hot)
    assert estimator.classes_.tolist() == [0, 1, 2, 3]
    answers, probabilities = estimator.predict(OTHERS), estimator.predict_proba(OTHERS)
    assert probabilities.shape == answers.shape == (60, 4)
    np.testing.assert_array_equal(answers, estimator.decision_function(OTHERS) > 0)
    assert not probabilities[:, 2].any() and probabilities[:, [0, 1, 3]].all()
    assert estimator.score(OTHERS, answers) == 1


def test_numbers_and_two_classes(tiny_encoder):
    numbers = np.array([7 if label == "bad" else -3 for label in LABELS], "int16")
    estimator = classifier(tiny_encoder).fit(np.array(TEXTS)[:, None], numbers)
    assert estimator.classes_.tolist() == [-3, 7] and estimator.predict(TEXTS).dtype == "int16"
    probabilities = estimator.predict_proba(TEXTS)
    odds = np.log(probabilities[:, 1] / probabilities[:, 0])
    np.testing.assert_allclose(estimator.decision_function(TEXTS), odds, rtol=1e-6)


def test_a_frame(tiny_encoder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS, "label": LABELS})
    estimator = classifier(tiny_encoder).fit(frame[["text"]], frame["label"])
    assert estimator.feature_names_in_.tolist() == ["text"]
    expected = estimator.predict(TEXTS)
    np.testing.assert_array_equal(estimator.predict(frame[["text"]]), expected)
    with pytest.raises(ArgumentError, match="the columns that fit was given, text, got label"):
        estimator.predict(frame[["label"]])


def test_class_weights_by_class(tiny_encoder):
    weights = {"good": 0.5, "bad": np.float64(2), "ugly": 1}
    estimator = classifier(tiny_encoder, class_weights=weights).fit(TEXTS, LABELS)
    facts = json.loads((estimator.run_ / "tfclf.json").read_text())
    assert facts["recipe"]["class_weights"] == [2, 0.5, 1]


def test_an_output_is_kept(tiny_encoder, tmp_path):
    estimator = classifier(tiny_encoder, output=tmp_path / "run").fit(TEXTS, LABELS)
    answers = estimator.predict(OTHERS).tolist()
    with pytest.raises(RunError, match="output exists already.*need output=None"):
        estimator.fit(TEXTS, LABELS)
    assert estimator.predict(OTHERS).tolist() == answers, "what was fitted still answers"
    del estimator
    assert tfclf.load(tmp_path / "run").predict(OTHERS) == answers


BAD_INPUT = {
    "one string": ("good", LABELS, "X: expected a list, got one string. Pass \\[text\\]"),
    "numbers": (np.ones((200, 7)), LABELS, "one column of texts, or two of pairs, got 7"),
    "a number": (["good", 3], ["a", "b"], "X, index 1: expected a text, got int 3"),
    "None": (["good", "bad", None], list("aba"), "X, index 2: the text is missing .got None"),
    "words": ([["so", "it", "is"], ["bad"]], list("ab"), "X, index 0: .* got list .* of 3"),
    "a text among pairs": ([("a", "b"), "c"], list("ab"), "X, index 1: expected a pair"),
    "three dimensions": (np.full((2, 1, 1), "x"), list("ab"), "shape \\(2, 1, 1\\)"),
    "sparse": (sparse.eye_array(2).tocsr(), list("ab"), "got a sparse csr_array.*vectorizer"),
    "a dict": ({"a": 1}, list("ab"), "X: cannot be read from a dict"),
    "labels among the texts": (
        list(zip(TEXTS, LABELS, strict=True)),
        LABELS,
        "the column 1 is the labels. Leave it out",
    ),
    "lengths": (TEXTS, LABELS[:-1], "got 200 texts and 199 labels"),
    "no labels": (TEXTS, None, "requires y to be passed, but the target y is None"),
    "one class": (["a", "b"], ["x", "x"], "at least two classes, got 1 class, 'x'"),
    "no rows": ([], [], "at least two classes, got 0 class"),
    "a label missing": (["a", "b"], ["x", None], "y, index 1: the label is missing"),
    "fractions": (["a", "b"], [0.5, 1], "y, index 0: Unknown label type: the fraction 0.5"),
    "lists of labels": (["a", "b"], [["x"], []], "y, index 0: .*TextClassifier\\(task='multi-la"),
    "two types": (["a", "b"], ["1", 2], "one type, got numbers and strings"),
    "one name": (["a", "b"], ["x", "x "], "the labels 'x' and 'x ' have one name"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input(tiny_encoder, name):
    texts, labels, message = BAD_INPUT[name]
    with pytest.raises(ValueError, match=message) as caught:
        classifier(tiny_encoder).fit(texts, labels)
    assert isinstance(caught.value, TfclfError)


BAD_ARGUMENTS = {
    "task": ({"task": "token"}, "task is 'token', expected one of single-label, multi-label"),
    "epochs": ({"epochs": 0}, "epochs is 0, expected a whole number >= 1"),
    "an unknown setting": ({"settings": {"gama": 1}}, "settings: unknown 'gama', expected .*gamma"),
    "a setting twice": ({"settings": {"epochs": 1}}, "settings: epochs is an argument of its own"),
    "the seed": ({"settings": {"seed": 1}}, "Pass random_state"),
    "random state": ({"random_state": "x"}, "random_state: 'x' cannot be used to seed"),
    "weights": ({"class_weights": {"bad": 1}}, "has 'bad', expected a number for each of 'bad', "),
    "a list of weights": ({"class_weights": [1, 2, 3]}, "a name or a dict of a number for each"),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_bad_arguments(tiny_encoder, name):
    changes, message = BAD_ARGUMENTS[name]
    with pytest.raises(ArgumentError, match=message):
        classifier(tiny_encoder, **changes).fit(TEXTS, LABELS)


def test_bad_texts_to_a_fitted_one(fitted):
    with pytest.raises(DataError, match="X, index 1: the text is missing"):
        fitted.predict(["good", float("nan")])
    with pytest.raises(ArgumentError, match="trained on single texts"):
        fitted.predict([("good", "bad")])
    assert fitted.predict([]).shape == (0,) and fitted.predict_proba([]).shape == (0, 3)


def test_before_fit(tiny_encoder):
    for name in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            getattr(classifier(tiny_encoder), name)(TEXTS)
    with pytest.raises(NotFittedError):
        classifier(tiny_encoder).save("nowhere")


def test_without_a_network():
    """The default model is on the hub; where there is none the error names the local way."""
    with pytest.raises(TfclfError, match="folder"):
        TextClassifier(random_state=0).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0], r"expected the shape \(9,\), a weight for each text, got \(1,\)"),
        ([1.0] * 8 + [-1], "expected a number of at least 0, got -1.0 for row 8"),
        (["much"] * 9, "sample_weight: expected numbers"),
        ([0] * 9, "every row has a weight of zero"),
    ],
)
def test_weights_that_cannot_be_used(tiny_encoder, weights, said):
    with pytest.raises(ArgumentError, match=said):
        TextClassifier(tiny_encoder).fit(list("abcdefghi"), list("xyxyxyxyx"), weights)


@pytest.mark.slow
def test_rows_of_weight_0_teach_nothing(tiny_encoder):
    """Half of the rows say the opposite, and count for nothing."""
    texts = [f"{'good' if number % 2 else 'bad'} film {number}" for number in range(80)]
    truth = ["good" if number % 2 else "bad" for number in range(80)]
    weights = [0.0 if number % 4 < 2 else 3.0 for number in range(80)]
    said = [
        label if weight else {"good": "bad", "bad": "good"}[label]
        for label, weight in zip(truth, weights, strict=True)
    ]
    settings = {"epochs": 8, "learning_rate": 1e-2, "max_length": 19, "random_state": 0}
    classifier = TextClassifier(tiny_encoder, validation_share=0.0, **settings)
    assert classifier.fit(texts, said, weights).score(texts, truth) > 0.9
