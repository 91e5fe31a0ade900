"""Pictures are written and show what they should."""

import numpy as np
import pytest

from tfclf.evaluation import draw_confusion_matrix, draw_learning_curves


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


def test_no_global_state_is_touched(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw_learning_curves({"loss": [1.0], "macro_f1": [0.5]}, tmp_path / "curve.png")
    assert dict(matplotlib.rcParams) == before
