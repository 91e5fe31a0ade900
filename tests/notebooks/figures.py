"""What the printed figures of each notebook have to satisfy, each with its source."""

import ast
import json
import re
from collections.abc import Callable

from tfclf.data.samples.frameworks import FRAMEWORKS

Said = dict[str, str]  # what each cell printed, by its id

# What calls everything a question: F1 of 2 * 0.9 / 1.9 for one label of three, 0 for the others.
ALL_QUESTIONS = 2 * 0.9 / 1.9 / 3
# Likewise for one of three labels that are equally frequent: F1 of 2 / 3 / (4 / 3).
ONE_OF_THREE = 0.5 / 3
LEARNT = 0.1  # by which a model has to be better than a constant answer
COLLAPSED = 0.02  # within which of the constant answer one has collapsed, as in the README's table
SAME_PATH, EXPORTED, OTHER_LIBRARY = 1e-6, 1e-5, 1e-4


def number(pattern: str, text: str) -> float:
    return float(re.search(pattern, text)[1])


def table(text: str) -> dict[str, list[float]]:
    """Lines of a name and at least two figures, by the name."""
    rows = re.findall(r"^(\S.*?)((?: +\d+(?:\.\d+)?){2,})$", text, re.MULTILINE)
    return {name: [float(figure) for figure in figures.split()] for name, figures in rows}


def colab_tpu(said: Said) -> None:
    assert number(r"macro-F1 (\S+),", said["figures"]) > ALL_QUESTIONS + LEARNT
    served, run = re.search(r"served: (\[.*\]); the run: (\[.*\])", said["export"]).groups()
    assert served == run
    assert number(r"difference of a score: (\S+);", said["export"]) < EXPORTED


def text_classification(said: Said) -> None:
    assert number(r"macro-F1 (\S+)", said["train"]) > ALL_QUESTIONS + LEARNT
    assert "the same answers: True" in said["save"]
    assert "report.html" in said["save"].split()


def imbalance(said: Said) -> None:
    constant = number(r"all questions: macro-F1 (\S+),", said["rows"])
    assert abs(constant - ALL_QUESTIONS) < 0.001  # three digits are printed
    sides = table(said["sides"])
    *_, auto, accuracy, _ = sides["auto"]
    assert auto > constant + LEARNT
    assert auto > sides["usual"][3]
    assert accuracy > 0.9 - 0.05  # of which the decisions may have cost a point
    # The decisions are in the run's weights: judged again, its own figures come out.
    assert table(said["decisions"])["decided"] == sides["auto"]


def multi_label_compliance(said: Said) -> None:
    sides = table(said["figures"])
    rows = 150
    labels = sum(round(rows * framework.share) for framework in FRAMEWORKS.values())
    hamming = labels / rows / len(FRAMEWORKS)  # of no label ever: each label is an error
    assert sides["no label ever"] == [0.0, 0.0, round(hamming, 3)]
    gdpr = FRAMEWORKS["GDPR"].share
    constant = 2 * gdpr / (1 + gdpr) / len(FRAMEWORKS)
    assert abs(sides["always GDPR"][0] - constant) < 0.001
    macro_f1, samples_f1, loss = sides["this model"]
    assert macro_f1 > constant + LEARNT
    assert samples_f1 > sides["always GDPR"][1] + LEARNT
    assert loss < hamming
    assert "unknown.jsonl, line 1: " in said["rows"]
    assert number(r"macro-F1: (\S+) with thresholds", said["thresholds"]) == macro_f1
    assert number(r"samples-F1: (\S+) in windows", said["long"]) == samples_f1
    assert number(r"lose (\d+) tokens", said["long"]) > 0


def token_classification(said: Said) -> None:
    pieces = said["subwords"].split()
    inner = [piece for piece in pieces if piece.startswith("##")]
    assert inner and all(piece.endswith("/·") for piece in inner)
    assert pieces[0] == "[CLS]/·" and pieces[-1] == "[SEP]/·"
    entity_f1 = number(r"\nentity F1 (\S+),", said["figures"])
    assert entity_f1 > LEARNT  # O for every word finds none: 0
    accuracy, outside = re.findall(r"accuracy over words (\S+)", said["figures"])
    assert float(accuracy) > float(outside)
    broken, f1 = re.search(r"viterbi: (\d+) broken tags, entity F1 (\S+)", said["viterbi"]).groups()
    assert broken == "0"  # what Viterbi forbids
    assert float(f1) == entity_f1  # the run decodes so, too


def collapse_and_rescue(said: Said) -> None:
    usual = number(r"macro-F1 (\S+)", said["usual"])
    assert usual < ALL_QUESTIONS + COLLAPSED
    first, second = re.findall(r"^error: ([\w-]+)\.", said["diagnose"], re.MULTILINE)
    assert (first, second) == ("logits-read-as-probabilities", "learning-rate-too-high")
    # The monitor looks every eight steps.
    assert "at step 8: logits-read-as-probabilities" in said["monitor"]
    assert "steps made: 8 of 40" in said["monitor"]
    assert "Back to the weights of the start" in said["rescue"]
    assert "the monitor has seen: []" in said["remedy"]
    assert number(r"macro-F1 (\S+)", said["remedy"]) > ALL_QUESTIONS + LEARNT


def migration_from_tfbert(said: Said) -> None:
    assert "tf_model.h5" in said["old"].split()
    assert "new: " not in said["load"] and "dropped: " not in said["load"]
    assert number(r"largest difference: (\S+)", said["logits"]) < SAME_PATH
    assert number(r"\nmacro-F1 (\S+)", said["fit"]) > ONE_OF_THREE + LEARNT
    assert number(r"loaded: largest difference (\S+)", said["save"]) < EXPORTED
    if "PyTorch" in said["save"]:
        assert number(r"PyTorch: largest difference (\S+)", said["save"]) < OTHER_LIBRARY


def serving(said: Said) -> None:
    served, run = re.search(r"served:  (.*)\nthe run: (.*)\n", said["compare"]).groups()
    assert served == run
    labels = ast.literal_eval(run)
    assert number(r"of a probability: (\S+)", said["compare"]) < EXPORTED
    answer = json.loads(re.search(r"answer:  (.*)", said["request"])[1])["predictions"]
    assert [each["label"] for each in answer] == labels[:2]
    (found,) = re.findall(r"^\{.*\}$", said["classify"], re.MULTILINE)
    assert next(iter(ast.literal_eval(found))) == labels[1]  # the likeliest comes first


CHECKS: dict[str, Callable[[Said], None]] = {
    check.__name__: check
    for check in (
        colab_tpu,
        text_classification,
        imbalance,
        multi_label_compliance,
        token_classification,
        collapse_and_rescue,
        migration_from_tfbert,
        serving,
    )
}
