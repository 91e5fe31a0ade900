"""The table on the terminal."""

import io

from rich.console import Console

from tfclf.evaluation import score_table


def scores_of(names):
    rows = {
        name: {"precision": 0.5, "recall": 0.25, "f1": i / len(names), "support": i}
        for i, name in enumerate(names)
    }
    means = dict.fromkeys(
        ("macro_f1", "weighted_f1", "accuracy", "expected_calibration_error"), 0.125
    )
    return {"per_class": rows, "predicted_classes": 2, **means}


def printed(names):
    out = io.StringIO()
    Console(file=out, width=80).print(score_table(scores_of(names), "test"))
    return out.getvalue()


def test_every_label_and_every_mean():
    text = printed(["spam", "[b]ham[/b]"])
    assert "spam" in text
    assert "[b]ham[/b]" in text  # a label is no markup
    assert text.count("0.125") == 4


def test_of_many_labels_the_weakest_are_shown():
    text = printed([f"label-{i:02}" for i in range(77)])
    assert "the 30 labels with the lowest F1 of 77" in text
    assert "label-29" in text
    assert "label-30" not in text
