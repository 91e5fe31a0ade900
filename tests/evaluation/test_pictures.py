"""Pictures are written and show what they should."""

import numpy as np
import pytest

from tfclf.evaluation import (
    draw_confusion_matrix,
    draw_label_scores,
    draw_learning_curves,
    draw_numbers,
)

PNG = b"\x89PNG\r\n\x1a\n"


def pixels(path):
    from matplotlib.image import imread

    return imread(path)


@pytest.mark.parametrize("count", [2, 5, 77])
def test_confusion_matrix(tmp_path, count):
    labels = [f"label number {i} with a long name" for i in range(count)]
    draw_confusion_matrix(np.eye(count, dtype=int), labels, tmp_path / "right.png")
    draw_confusion_matrix(np.eye(count, dtype=int)[::-1], labels, tmp_path / "wrong.png")
    right, wrong = pixels(tmp_path / "right.png"), pixels(tmp_path / "wrong.png")
    assert right.shape == wrong.shape
    assert not np.array_equal(right, wrong)


def test_learning_curves(tmp_path):
    history = {"loss": [2.0, 1.0], "macro_f1": [0.1, 0.5]}
    draw_learning_curves(history, tmp_path / "training.png")
    draw_learning_curves(
        history | {"val_loss": [2.0, 1.5], "val_macro_f1": [0.1, 0.4]}, tmp_path / "both.png"
    )
    assert not np.array_equal(pixels(tmp_path / "training.png"), pixels(tmp_path / "both.png"))


@pytest.mark.parametrize("figure", ["macro_f1", "f1", "pearson", "score"])
def test_learning_curves_of_any_figure(tmp_path, figure):
    draw_learning_curves({"loss": [2.0, 1], figure: [-0.4, 0.5]}, tmp_path / "a.png", figure)
    draw_learning_curves({"loss": [2.0, 1], figure: [-0.9, 0.5]}, tmp_path / "b.png", figure)
    assert not np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


@pytest.mark.parametrize("count", [1, 3])
def test_label_scores(tmp_path, count):
    scores = {f"label number {i} [with] a long name": (i + 1) / count for i in range(count)}
    rows = {name: {"f1": f1, "support": 3} for name, f1 in scores.items()}
    more = {name: row | {"support": 5} for name, row in rows.items()}
    less = {name: row | {"f1": row["f1"] / 2} for name, row in rows.items()}
    for name, shown in (("a", rows), ("more", more), ("less", less)):
        draw_label_scores(shown, tmp_path / f"{name}.png")
    draw_label_scores(rows, tmp_path / "entity.png", "entity F1")
    drawn = [path.read_bytes() for path in tmp_path.iterdir()]
    assert [picture[:8] for picture in drawn] == [PNG] * 4
    assert len(set(drawn)) == 4


@pytest.mark.parametrize("names", [("$a_{$", r"\$5 to $\frac$", "_"), ("嬉しい", "гнев", "😀")])
def test_any_label_can_be_drawn(tmp_path, names):
    """Neither as a formula that is none, nor with a warning where the font lacks a sign."""
    draw_label_scores(dict.fromkeys(names, {"f1": 0.5, "support": 3}), tmp_path / "labels.png")
    draw_confusion_matrix(np.eye(3, dtype=int), names, tmp_path / "matrix.png")
    assert {path.read_bytes()[:8] for path in tmp_path.iterdir()} == {PNG}


def test_many_labels(tmp_path):
    names = [f"label {i}" for i in range(28)]
    draw_label_scores(dict.fromkeys(names, {"f1": 0.5, "support": 3}), tmp_path / "labels.png")
    assert len(pixels(tmp_path / "labels.png")) > 28 * 20  # pixels: a line of text each


def test_the_most_frequent_label_stands_on_top(tmp_path):
    """Blue from the third of the left half on which its bar begins: high up only for it."""
    rows = {"rare": {"f1": 0.0, "support": 2}, "often": {"f1": 1.0, "support": 9}}
    draw_label_scores(rows, tmp_path / "labels.png")
    picture = pixels(tmp_path / "labels.png")[..., :3]
    blue = (np.abs(picture - np.array([31, 119, 180]) / 255) < 0.02).all(-1)
    heights = np.flatnonzero(blue.any(1))
    assert len(heights) > 10 and heights.max() < len(picture) / 2


@pytest.mark.parametrize(
    "truth, predicted",
    [([1.0], [2.0]), ([1.0, 1, 1], [1.0, 1, 1]), ([0.0, 5, 2], [1.0, 4, 1e4])],
)
def test_numbers(tmp_path, truth, predicted):
    draw_numbers(truth, predicted, tmp_path / "a.png")
    draw_numbers(truth, [-9.0 - x for x in predicted], tmp_path / "b.png")
    drawn = [(tmp_path / name).read_bytes() for name in ("a.png", "b.png")]
    assert [picture[:8] for picture in drawn] == [PNG] * 2
    assert drawn[0] != drawn[1]


def test_many_numbers(tmp_path):
    truth = np.random.default_rng(4).normal(size=2001)
    draw_numbers(truth.tolist(), (truth / 2).tolist(), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:8] == PNG


def test_no_global_state_is_touched(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw_learning_curves({"loss": [1.0], "macro_f1": [0.5]}, tmp_path / "curve.png")
    assert dict(matplotlib.rcParams) == before
