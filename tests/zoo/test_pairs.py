"""Two diseases at once: one must not hide the other."""

import pytest

from tests.sampled import sampled
from tests.zoo import pairs
from tests.zoo.diseases import DISEASES
from tests.zoo.healthy import tiny
from tests.zoo.pairs import can_pair, draw_pairs, kinds_of
from tests.zoo.training import changed_fields
from tests.zoo.verdict import examined, place_of, told

PAIRS = draw_pairs(40, seed=1, pretrained=False)


@pytest.mark.parametrize(("one", "other"), sampled(PAIRS))
def test_both_are_named(one, other, tiny_encoder, tmp_path):
    both = DISEASES[one], DISEASES[other]
    setting = tiny(kinds_of(*both)[0], tiny_encoder)
    for disease in both:
        setting = disease.change(setting)
    findings = examined(setting, tmp_path)
    hidden = [disease.name for disease in both if place_of(disease, findings) is None]
    assert not hidden, f"{hidden} of {one} and {other}:\n{told(findings)}"


def test_a_disease_does_not_pair_with_itself_nor_with_its_cure():
    by_name, own = DISEASES["loss by its name"], DISEASES["probabilities as logits"]
    assert not can_pair(own, own)
    assert not can_pair(by_name, own) and not can_pair(own, by_name)
    assert can_pair(by_name, DISEASES["sorted labels"])


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_disease_takes_back_what_the_other_changes(one, other, tmp_path):
    first, second = DISEASES[one], DISEASES[other]
    healthy = tiny(kinds_of(first, second)[0], tmp_path)
    each = [changed_fields(healthy, disease.change(healthy)) for disease in (first, second)]
    both = second.change(first.change(healthy))
    assert changed_fields(healthy, both) == each[0] | each[1]


def test_another_disease_leaves_the_other_pairs_as_they_were(monkeypatch):
    gone = PAIRS[0][0]
    before = [pair for pair in PAIRS if gone not in pair]
    monkeypatch.setattr(
        pairs, "DISEASES", {name: one for name, one in DISEASES.items() if name != gone}
    )
    assert draw_pairs(len(PAIRS), seed=1, pretrained=False)[: len(before)] == before
