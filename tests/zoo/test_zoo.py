"""One disease a training: the doctor names it."""

import pytest

from tests.sampled import sampled
from tests.zoo.diseases import DISEASES
from tests.zoo.healthy import pretrained, tiny
from tests.zoo.verdict import examined, place_of, told

TINY = [name for name, disease in DISEASES.items() if not disease.pretrained]
LONG = (  # trained to the end, or read row by row
    "thresholds never reached",
    "validation labels in another order",
    "one number for every text",
    "trained into one label",
    "loss that is no number",
    "not batched",
    "batches of two",
    "endless",
)
# Minutes each with a pretrained encoder: benchmarks/collapse.py has them.
MINUTES = ("thresholds never reached", "validation labels in another order")
FIRST_KINDS = [
    pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in TINY
]
OTHER_KINDS = [(name, kind) for name in TINY for kind in DISEASES[name].kinds[1:]]
WITH_PRETRAINED = [name for name in DISEASES if name not in MINUTES]


@pytest.mark.parametrize("name", FIRST_KINDS)
def test_a_disease_is_named(name, tiny_encoder, tmp_path):
    disease = DISEASES[name]
    check(disease, disease.change(tiny(disease.kinds[0], tiny_encoder)), tmp_path)


@pytest.mark.parametrize(("name", "kind"), sampled(OTHER_KINDS))
def test_a_disease_is_named_in_other_tasks(name, kind, tiny_encoder, tmp_path):
    disease = DISEASES[name]
    check(disease, disease.change(tiny(kind, tiny_encoder)), tmp_path)


@pytest.mark.parametrize("name", sampled(WITH_PRETRAINED))
def test_a_disease_is_named_with_a_pretrained_encoder(name, encoder, tmp_path):
    disease = DISEASES[name]
    check(disease, disease.change(pretrained(disease.kinds[0], encoder)), tmp_path)


def check(disease, setting, folder):
    findings = examined(setting, folder)
    place = place_of(disease, findings)
    assert place is not None, f"{disease.name} ({disease.report}):\n{told(findings)}"
    named = findings[place]
    assert named.evidence and named.effect and named.remedy


def test_the_zoo_is_large_enough_and_every_change_changes_something(tiny_encoder):
    assert len(DISEASES) >= 35
    for disease in DISEASES.values():
        for kind in disease.kinds:
            healthy = tiny(kind, tiny_encoder)
            assert disease.change(healthy) != healthy, (disease.name, kind)
