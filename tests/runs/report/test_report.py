"""The page against figures that are known by hand, and against what rows may hold."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.runs.report.conftest import TRAINING, facts_of, logits_of
from tfclf.data import Columns, read_rows
from tfclf.evaluation import Decider
from tfclf.evaluation.predict import WordLogits
from tfclf.runs.job import Job
from tfclf.tasks import Head
from tfclf.terminal import COMMANDS

HOSTILE = [
    "<script>alert(1)</script>", "<img src=http://a.example/b.png onerror=alert(1)>",
    "\"quoted\" 'too' onload=\"x()\"", "</style><style>@import url(//a.example)</style>",
    "&lt;b&gt; &#60;b>", "a\x1b[2Jb\u202ec\u2067d", "</title></td>", "--x: url(http://a.example)",
]  # fmt: skip
AB = {"classifier": Decider("single-label", ("a", "b"))}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.open = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "elements end where they began"

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def lead(html):
    """The sentences at the top."""
    body = html.split('<div class="lead">')[1].split("</div>")[0]
    return re.findall(r"<p[^>]*>(.*?)</p>", body)


def section(html, title):
    return html.split(f">{title}</h2>")[1].split("</section>")[0]


def cells(part):
    """The rows of the tables in a part of a page, as texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)
    return [
        [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
        for row in rows
    ]


def test_the_sentences_that_a_manager_needs(one_label):
    first, rarest, always = lead(one_label[0])
    assert first == "Of 12 new texts 9 (75.0 %) are labelled right."
    assert rarest.startswith(
        "The rarest label, fraud, is found 1 time of 2; of the 1 times that it is said 1 are right."
    )
    # Wilson's interval of 1 of 2 is 1/2 -+ z sqrt(2 + z2) / (2 (2 + z2)), z2 = 1.96^2.
    assert "anything from 9.5 % to 90.5 %" in rarest
    assert always == "Always saying question would be right 6 times."


def test_the_table_has_the_figures_of_the_run(one_label):
    html, metrics = one_label
    rows = {row[0]: row for row in cells(section(html, "Figures"))}
    for label, own in metrics["test"]["per_class"].items():
        assert rows[label][1] == str(own["support"])
        shown = [rows[label][2], *rows[label][4:]]
        assert shown == [f"{own[key]:.3f}" for key in ("f1", "precision", "recall")]
        low, high = map(float, rows[label][3].split(" to "))
        assert low <= own["f1"] <= high
    for key, name in (("macro_f1", "macro-F1"), ("accuracy", "accuracy")):
        assert rows[name][1] == f"{metrics['test'][key]:.3f}"
        low, high = map(float, rows[name][2].split(" to "))
        assert low < metrics["test"][key] < high
    assert "1,000 resamples" in html


def test_what_is_mixed_up(one_label):
    part = cells(section(one_label[0], "What is mixed up"))
    assert sorted(part[1:4]) == [
        ["bug", "question", "1", "25.0 %"],
        ["fraud", "question", "1", "50.0 %"],
        ["question", "bug", "1", "16.7 %"],
    ]
    assert part[4][1:] == ["question", "bug", "fraud"]
    assert part[5:] == [
        ["question", "5", "1", "0"], ["bug", "1", "3", "0"], ["fraud", "1", "0", "1"]
    ]  # fmt: skip


def test_the_worst_mistakes_come_first(one_label):
    part = section(one_label[0], "The worst mistakes")
    assert re.findall(r"text number (\d+)", part) == ["9", "10", "5"]  # 0.95, 0.7 and 0.55 sure
    assert "said <b>question</b> (95.0 %), true is <b>bug</b>" in part
    assert re.findall(r">(\w+ \d+): <", part)[0] == "index 9"


def test_doctor_choices_and_command_are_told(one_label):
    html, _ = one_label
    assert "class-imbalance" in section(html, "What the doctor found")
    assert "saw no collapse" in section(html, "What the monitor saw")
    chosen = cells(section(html, "What was chosen, and why"))
    assert ["loss", "focal", "bugs abound", "little"] in chosen
    assert "tfclf train tickets.csv --output tickets --test test.csv --model org/base" in html
    assert "somebody" not in html


def test_a_rescue_is_told(written):
    event = {
        "step": 48, "seen": "every row is 'bug'", "causes": ["learning-rate-too-high"],
        "remedy": "learning rate 1e-04 (was 2e-03)", "repaired": True,
    }  # fmt: skip
    html, _ = written({}, AB, training=TRAINING | {"rescues": [event]})
    said = section(html, "What the monitor saw")
    assert "<b>Step 48</b>: every row is &#x27;bug&#x27;. What fits: learning-rate" in said
    assert "Begun again, repaired: learning rate 1e-04 (was 2e-03)." in said


def test_nothing_was_measured(written):
    html, _ = written({}, AB)
    assert "Nothing was measured" in lead(html)[0]
    assert "The training" in html and "The worst mistakes" not in html


def test_validation_rows_flatter_and_are_said_to(written):
    rows = ["x", "y", "z"], ["a", "b", "a"]
    logits = {"classifier": logits_of(("a", "b"), ["a", "b", "a"], [0.9] * 3)}
    html, _ = written({"validation": (rows, logits)}, AB)
    assert lead(html)[0] == "Of 3 held-out texts 3 (100 %) are labelled right."
    assert "expect a little less" in lead(html)[-1]
    assert "There is none." in section(html, "The worst mistakes")
    assert "No label was taken for another." in html


def test_test_rows_are_shown_and_validation_rows_are_looked_through(written):
    both = {}
    for split, number in (("validation", 3), ("test", 2)):
        truth = (["a", "b"] * 2)[:number]
        logits = {"classifier": logits_of(("a", "b"), truth, [0.9] * number)}
        both[split] = ((list("xyz")[:number], truth), logits)
    html, _ = written(both, AB)
    assert lead(html)[0].startswith("Of 2 new texts")
    assert html.count('id="s0"') == 1 and "rows held out of training</h3>" in html


def test_rows_and_labels_are_only_text(written):
    truth, answers = HOSTILE * 2, HOSTILE[1:] + HOSTILE[:1] + HOSTILE
    rows = [f"{text} {i}" for i, text in enumerate(truth)], truth
    logits = {"classifier": logits_of(HOSTILE, answers, [0.9] * 16)}
    finding = {"name": HOSTILE[0], "severity": HOSTILE[2], "evidence": HOSTILE[1],
               "effect": HOSTILE[3], "remedy": HOSTILE[4], "rows": []}  # fmt: skip
    chosen = dict.fromkeys(("setting", "value", "why", "risk"), HOSTILE[0])
    arguments = Job(f"{HOSTILE[0]}.csv", "run", test=HOSTILE[1], model=HOSTILE[4]).to_dict()
    facts = facts_of(findings=[finding], chosen=[chosen], arguments=arguments)
    decider = {"classifier": Decider("single-label", tuple(HOSTILE))}
    html, _ = written({"test": (rows, logits)}, decider, facts=facts, name=HOSTILE[0])
    page = Page(html)
    names = [name for name, _ in page.elements]
    assert not set(names) & {"script", "img", "link", "iframe", "object", "form", "base"}
    assert names.count("style") == names.count("title") == 1
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#").startswith("#") and "src" not in attributes
        assert not re.search("url|import|//", attributes.get("style", ""))
    assert not re.search(r"url\(|@import|//", html.split("<style>")[1].split("</style>")[0])
    assert not COMMANDS.search(html)
    text = " ".join("".join(page.words).split())
    for label in HOSTILE[:5]:
        assert label in text
    policy = next(one for _, one in page.elements if one.get("http-equiv"))
    assert policy["content"].startswith("default-src 'none'")


def test_several_labels(written):
    """Of four labels three are found, one of four given is wrong, one list of three is right."""
    rows = ["a", "b", "c"], [["late"], ["late", "broken"], ["broken"]]
    probabilities = np.array([[0.9, 0.8], [0.9, 0.9], [0.1, 0.2]])
    logits = {"classifier": np.log(probabilities / (1 - probabilities))}
    html, metrics = written(
        {"test": (rows, logits)}, {"classifier": Decider("multi-label", ("late", "broken"))},
        facts=facts_of("multi-label"), task="multi-label",
    )  # fmt: skip
    assert lead(html)[0] == (
        "Of the 4 labels that 3 new texts have 3 are found, and 1 of the 4 that are given are "
        "wrong. Of 1 texts the list is right to the last label."
    )
    part = section(html, "The worst mistakes")
    assert "said <b>late, broken</b> (80.0 %), true is <b>late</b>" in part
    assert "said <b>(none)</b> (80.0 %), true is <b>broken</b>" in part
    rows = {row[0]: row for row in cells(section(html, "Figures"))}
    assert rows["micro-F1"][1] == f"{metrics['test']['micro_f1']:.3f}"
    assert "What is mixed up" not in html


def test_numbers(written):
    """Off by 0.5, 0 and 1; the median 2 is off by 1, 0 and 2."""
    rows = ["a", "b", "c"], ["x", "y", "z"], [1.0, 2.0, 4.0]
    logits = {"classifier": np.array([[1.5], [2.0], [3.0]])}
    html, _ = written(
        {"test": (rows, logits)}, {"classifier": Decider("regression", ("LABEL_0",))},
        facts=facts_of("regression"), task="regression", columns=Columns(text_pair="text_pair"),
    )  # fmt: skip
    assert lead(html)[0] == (
        "On 3 new pairs of texts the number is off by 0.5 on average; always saying 2 would be off "
        "by 1."
    )
    part = section(html, "The worst mistakes")
    off = re.findall(r"true is <b>(\d)</b>: ([\d.]+) off", part)
    assert off == [("4", "1"), ("1", "0.5"), ("2", "0")]
    assert '<blockquote dir="auto">c<br>z</blockquote>' in part


def test_tags_and_several_heads(written):
    """Of three entities one is found whole and named right, one of two marked ones is wrong."""
    pandas = pytest.importorskip("pandas")
    tags = ("O", "B-place", "I-place", "B-time")
    truth = [["O", "B-place", "I-place"], ["B-time", "O"], ["B-place", "O"]]
    said = ["O", "B-place", "O", "B-time", "O", "O", "O"]
    tokens = [["in", "New", "<b>York</b>"], ["now", "go"], ["Rome", "!"]]
    source = {"tokens": tokens, "mood": ["good", "bad", "good"], "tags": truth}
    heads = (Head("mood", "single-label", "mood"), Head("slots", "token", "tags"))
    rows = read_rows(pandas.DataFrame(source), heads=heads)
    words = logits_of(tags, said, [0.9, 0.9, 0.8, 0.9, 0.9, 0.7, 0.9])
    moods = logits_of(("good", "bad"), ["good", "bad", "bad"], [0.9, 0.9, 0.6])
    logits = {"mood": moods, "slots": WordLogits(words, np.array([0, 3, 5, 7]))}
    deciders = {
        "mood": Decider("single-label", ("good", "bad")),
        "slots": Decider("token", tags, scheme="bio"),
    }
    facts = facts_of("multi-task")
    html, metrics = written({"test": (rows, logits)}, deciders, facts=facts)
    sentences = lead(html)
    assert sentences[0] == "mood: Of 3 new texts 2 (66.7 %) are labelled right."
    assert (
        "slots: Of 3 entities in 3 new texts 1 are found whole and named right; 1 of the 2 that "
        "are marked are wrong."
    ) in sentences
    part = section(html, "The worst mistakes")
    assert "in New <mark>&lt;b&gt;York&lt;/b&gt;</mark>" in part
    assert "said <b>O</b> (80.0 %), true is <b>I-place</b>" in part
    own = {row[0]: row for row in cells(section(html, "Figures"))}
    assert own["entity F1"][1] == "0.400"  # 2 x 1 / (3 + 2)
    assert own["place"][1] == "2" and own["time"][2] == "1.000"
    assert metrics["test"]["tasks"]["slots"]["f1"] == pytest.approx(0.4)


def test_a_label_that_training_never_had_is_a_mistake(written):
    rows = ["x", "y", "z"], ["a", "b", "new"]
    logits = {"classifier": logits_of(("a", "b"), ["a", "b", "b"], [0.9] * 3)}
    html, metrics = written({"test": (rows, logits)}, AB)
    assert "true is <b>new</b>" in html
    own = {row[0]: row for row in cells(section(html, "Figures"))}
    assert own["macro-F1"][1] == f"{metrics['test']['macro_f1']:.3f}"
    assert own["new"][1:] == ["1", "0.000", "0.000 to 0.000", "\u2013", "0.000"]


def test_of_many_labels_the_others_are_one(written):
    """No row is lost when labels are put together."""
    ids = np.random.default_rng(0).integers(0, 40, (2, 300))
    labels = tuple(f"label {i:02}" for i in range(40))
    truth, answers = ([labels[i] for i in side] for side in ids)
    logits = {"classifier": logits_of(labels, answers, [0.5] * 300)}
    rows = [f"text {i}" for i in range(300)], truth
    html, _ = written({"test": (rows, logits)}, {"classifier": Decider("single-label", labels)})
    part = section(html, "What is mixed up").split('class="matrix"')[1]
    counts = [[int(cell) for cell in row[1:]] for row in cells(part)[1:]]
    assert np.shape(counts) == (16, 16) and np.sum(counts) == 300
    assert html.count("<li><blockquote") <= 12 + 20  # mistakes and suspects


@pytest.mark.parametrize("length", [0, 5_000])
def test_texts_are_cut_to_a_length(written, length):
    rows = ["word " * length, "y"], ["a", "b"]
    logits = {"classifier": logits_of(("a", "b"), ["b", "b"], [0.9] * 2)}
    html, _ = written({"test": (rows, logits)}, AB)
    part = section(html, "The worst mistakes")
    assert part.count("word") <= 65
    assert ("(no text)" in part) == (length == 0)
