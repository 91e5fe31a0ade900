"""The report in a run directory, and the speed that it tells."""

import shutil

import pytest

import tfclf
from tfclf import Job, Recipe
from tfclf.runs.manifest import check_manifest
from tfclf.runs.report import REPORT, report_on
from tfclf.runs.report.facts import Speed
from tfclf.runs.report.markup import Markup, element, escaped, share
from tfclf.runs.report.sections.provenance import speed
from tfclf.runs.report.speed import TOGETHER, machine, measure_speed

WORDS = {"good": "praise", "bad": "bug", "ugly": "bug"}


def rows_of(number):
    texts = [f"the film was {word} {letter}" for letter in "abcdefghijklmnop" for word in WORDS]
    texts = [texts[i % 48] for i in range(number)]
    return texts, [WORDS[text.split()[3]] for text in texts]


@pytest.fixture(scope="module")
def run(tiny_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "run"
    recipe = Recipe(epochs=1, learning_rate=1e-2, batch_size=16, max_length=19)
    tfclf.train(Job(rows_of(48), folder, test=rows_of(70), model=tiny_encoder, recipe=recipe))
    return folder


def test_a_run_has_a_report(run):
    html = (run / REPORT).read_text("utf-8")
    assert html.startswith("<!DOCTYPE html>") and html.endswith("</html>\n")
    metrics = tfclf.load(run).metrics
    assert f"{metrics['test']['macro_f1']:.3f}" in html
    assert "Of 70 new texts" in html and "Macro-F1 over the epochs" in html
    assert "Not measured: the rows were few or the training short." in html


def test_a_report_may_be_changed_or_left_behind(run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    check_manifest(copy)  # it is named there
    (copy / REPORT).write_text("Ours.")
    tfclf.load(copy)
    (copy / REPORT).unlink()
    tfclf.load(copy)


def test_other_rows(run, tmp_path):
    classifier = tfclf.load(run)
    rows = classifier.read(rows_of(20))
    scores = report_on(run, classifier, rows, tmp_path / "other.html")
    assert scores == classifier.evaluate(rows)
    html = (tmp_path / "other.html").read_text("utf-8")
    right = round(scores["accuracy"] * 20)
    assert f"Of 20 texts {right} (" in html


def test_the_speed_is_measured_from_texts_to_answers(run):
    classifier = tfclf.load(run)
    rows = classifier.read(rows_of(TOGETHER))
    found = measure_speed(classifier, rows, 0.01)
    assert 0 < found.median <= found.slow and found.per_second > 0
    assert found.machine == machine() and "\n" not in machine()
    assert measure_speed(classifier, rows, 0.0) is None
    assert measure_speed(classifier, classifier.read(rows_of(9)), 1.0) is None


def test_the_speed_in_words():
    told = speed(Speed("AMD <EPYC>", 0.0125, 0.02, 1234.4))
    assert "12.5 ms" in told and "20.0 ms" in told and "1,234 texts/s" in told
    assert "AMD &lt;EPYC&gt;" in told


def test_what_is_made_here_is_not_escaped_twice():
    inner = element("b", "a & b", title='"')
    assert inner == '<b title="&quot;">a &amp; b</b>'
    assert element("p", inner, " < ") == f"<p>{inner} &lt; </p>"
    assert escaped(inner) is inner and isinstance(escaped("x"), Markup)


def test_a_share_of_almost_all_is_not_all():
    assert [share(part) for part in (0, 1e-5, 0.5, 0.99996, 1)] == [
        "0 %", "<0.1 %", "50.0 %", ">99.9 %", "100 %"
    ]  # fmt: skip
