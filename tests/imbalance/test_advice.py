"""What auto chooses for imbalanced labels, and that it treats imbalance once."""

import numpy as np
import pytest

from tfclf.imbalance import advise

SKEWED, BALANCED = np.array([900, 80, 20]), np.array([30, 20, 10])


def chosen(counts, **given):
    return {choice.setting: choice.value for choice in advise(counts, **given)}


def test_the_ratio_decides():
    assert chosen(BALANCED)["loss"] == "cross-entropy"  # 3.0 is balanced still
    assert chosen(np.array([31, 20, 10]))["loss"] == "logit-adjusted"
    assert "45.0 times" in str(advise(SKEWED)[0])


@pytest.mark.parametrize(
    "given, expected",
    [
        ({}, {"loss": "logit-adjusted", "class weights": "none", "sampling": "none"}),
        ({"loss": "focal"}, {"class weights": "inverse", "sampling": "none"}),
        ({"loss": "cross-entropy"}, {"class weights": "inverse", "sampling": "none"}),
        ({"loss": "ldam"}, {"class weights": "none", "sampling": "none"}),
        ({"class_weights": "inverse"}, {"loss": "cross-entropy", "sampling": "none"}),
        ({"class_weights": (1.0, 2.0, 3.0)}, {"loss": "cross-entropy", "sampling": "none"}),
        ({"sampling": "balanced"}, {"loss": "cross-entropy", "class weights": "none"}),
        ({"loss": "focal", "sampling": "oversample"}, {"class weights": "none"}),
        ({"class_weights": "none"}, {"loss": "logit-adjusted", "sampling": "none"}),
        (
            {"loss": "cross-entropy", "class_weights": "none", "sampling": "none"},
            {},
        ),
    ],
)
def test_imbalance_is_treated_once(given, expected):
    assert chosen(SKEWED, **given) == expected


@pytest.mark.parametrize("loss", ["auto", "focal", "logit-adjusted"])
def test_balanced_labels_are_left_alone(loss):
    answers = chosen(BALANCED, loss=loss)
    assert (answers["class weights"], answers["sampling"]) == ("none", "none")


def test_every_choice_says_why_and_what_it_costs():
    for counts in (SKEWED, BALANCED):
        for choice in advise(counts):
            assert choice.why and choice.risk
