"""Synthetic rows: their shares, and that nothing simple gives the label away."""

import csv
import inspect
import itertools
import json
import random
import re
import shlex
from collections import Counter, defaultdict

import pytest

from tfclf.cli.sample import NAMES
from tfclf.cli.train import train
from tfclf.data import SAMPLES, Columns, read_rows, write_sample
from tfclf.data.samples import MAX_ROWS, TICKETS, find_sample, tickets
from tfclf.data.samples.contracts import FILLERS as CLAUSE_FILLERS
from tfclf.data.samples.contracts import NOT_BY_NAME, contracts
from tfclf.data.samples.drawing import known
from tfclf.data.samples.entailment import Statement, entailment, judge
from tfclf.data.samples.entities import entities
from tfclf.data.samples.frameworks import FRAMEWORKS
from tfclf.data.samples.reviews import FILLERS as REVIEW_FILLERS
from tfclf.data.samples.reviews import VERDICTS, reviews
from tfclf.data.samples.similarity import Event, likeness, similarity
from tfclf.data.samples.two_tasks import two_tasks
from tfclf.errors import ArgumentError
from tfclf.tasks import TASKS, Head, find_task, read_head


def words(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def words_by_label(rows):
    found = {label: set() for label in TICKETS}
    for row in rows:
        found[row["label"]] |= words(row["text"])
    return found


def key(row):
    return row.get("text") or " ".join(row["tokens"])


def pattern(template, fillers):
    """What a template becomes once its slots are filled, its first letter being any."""
    parts = re.split(r"{(\w+)}", template)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = ("(?:" + "|".join(map(re.escape, fillers[name])) + ")" for name in parts[1::2])
    return re.compile("".join(parts), re.IGNORECASE)


# All samples.


@pytest.mark.parametrize("name", SAMPLES)
def test_a_seed_makes_the_same_rows(name):
    make = SAMPLES[name].make
    assert make(150, 4) == make(150, 4)
    first, second = ({key(row) for row in make(150, seed)} for seed in (4, 5))
    assert len(first & second) < 15


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_few_rows(name, count):
    assert len(SAMPLES[name].make(count, 1)) == count


@pytest.mark.parametrize("name", SAMPLES)
def test_no_row_twice(name):
    assert len({key(row) for row in SAMPLES[name].make(2_000, 5)}) == 2_000


@pytest.mark.parametrize("name", SAMPLES)
def test_another_seed_knows_other_wordings(name):
    """Some words of 400 rows of a seed occur in none of another's."""
    first, second = (
        set().union(*(words(key(row)) for row in SAMPLES[name].make(400, seed))) for seed in (1, 2)
    )
    assert first - second and second - first


def test_known_wordings():
    wordings = [f"wording {number}" for number in range(10)]
    draws = [known(wordings, random.Random(seed)) for seed in range(8)]
    assert {len(set(draw)) for draw in draws} == {7}  # 70 % of 10
    assert len({frozenset(draw) for draw in draws}) > 1


def test_table():
    assert list(SAMPLES) == [
        "tickets", "reviews", "contracts", "entities", "entailment", "similarity", "two-tasks",
    ]  # fmt: skip
    assert re.split(", | or ", NAMES.rstrip(".")) == list(SAMPLES)
    rows = {name: sample.rows for name, sample in SAMPLES.items()}
    assert (rows["contracts"], rows["entities"], rows["two-tasks"]) == (8_000, 2_000, 1_500)
    for sample in SAMPLES.values():
        assert all(find_task(task) for task in sample.task.split(" and "))


@pytest.mark.parametrize("name", SAMPLES)
def test_options_of_train_that_fit(name):
    """The command that the verb prints has options that there are, and columns of the rows."""
    sample = SAMPLES[name]
    options = shlex.split(sample.train_with)
    given = defaultdict(list)
    for flag, value in zip(options[::2], options[1::2], strict=True):
        given[flag.removeprefix("--").replace("-", "_")].append(value)
    assert set(given) <= set(inspect.signature(train).parameters)
    heads = [read_head(text) for text in given["head"]]
    tasks = [head.task for head in heads] or given["task"] or ["single-label"]
    assert tasks == sample.task.split(" and ")
    columns = set().union(*sample.make(40, 1))
    assert {head.label_column for head in heads} | set(given["text_pair"]) <= columns
    if not heads:
        assert TASKS[sample.task].label_column in columns


@pytest.mark.parametrize(
    "name, suffix", [(name, suffix) for name in SAMPLES for suffix in SAMPLES[name].formats]
)
def test_written_formats(tmp_path, name, suffix):
    path = tmp_path / f"rows{suffix}"
    assert write_sample(name, path, 53, 6) == 53
    expected = [dict(row) for row in SAMPLES[name].make(53, 6)]
    text = path.read_text(encoding="utf-8")
    if suffix == ".jsonl":
        assert [json.loads(line) for line in text.splitlines()] == expected
    elif suffix == ".csv":
        with open(path, encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        for row in expected:
            if "labels" in row:
                row["labels"] = "|".join(row["labels"])
        assert found == [{name: str(value) for name, value in row.items()} for row in expected]
    else:
        sentences = [part.splitlines() for part in text.removesuffix("\n\n").split("\n\n")]
        pairs = [[tuple(line.split("\t")) for line in lines] for lines in sentences]
        assert pairs == [list(zip(row["tokens"], row["tags"], strict=True)) for row in expected]
    write_sample(name, tmp_path / f"again{suffix}", 53, 6)
    assert (tmp_path / f"again{suffix}").read_bytes() == path.read_bytes()


def test_the_readers_read_what_is_written(tmp_path):
    for suffix in (".jsonl", ".csv"):
        write_sample("contracts", tmp_path / f"c{suffix}", 60, 2)
        rows = read_rows(tmp_path / f"c{suffix}", task="multi-label")
        assert rows.target.values() == [row["labels"] for row in contracts(60, 2)]
    for suffix in (".jsonl", ".conll"):
        write_sample("entities", tmp_path / f"e{suffix}", 30, 2)
        rows = read_rows(tmp_path / f"e{suffix}", task="token")
        assert rows.target.values() == [row["tags"] for row in entities(30, 2)]
        assert (rows.target.scheme, rows.target.num_broken) == ("bio", 0)
    write_sample("similarity", tmp_path / "s.csv", 40, 2)
    pairs = Columns(text_pair="text_b")
    rows = read_rows(tmp_path / "s.csv", task="regression", columns=pairs)
    assert rows.target.values() == [[row["label"]] for row in similarity(40, 2)]
    write_sample("two-tasks", tmp_path / "t.jsonl", 90, 2)
    heads = (Head("intent", "single-label", "intent"), Head("slots", "token", "tags"))
    rows = read_rows(tmp_path / "t.jsonl", heads=heads)
    expected = two_tasks(90, 2)
    assert rows.targets["slots"].values() == [row.get("tags") for row in expected]
    intents = [row.get("intent") for row in expected]
    assert rows.targets["intent"].values() == [intent and [intent] for intent in intents]


def test_default_number_of_rows(tmp_path):
    assert write_sample("similarity", tmp_path / "a.csv", None, 1) == 1_500
    assert write_sample("similarity", tmp_path / "b.csv") == 1_500
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


# Tickets.


@pytest.mark.parametrize(
    "count, expected",
    [(1500, (1350, 120, 30)), (1000, (900, 80, 20)), (50, (45, 4, 1)), (10, (9, 1, 0))],
)
def test_shares(count, expected):
    counts = Counter(row["label"] for row in tickets(count, 3))
    assert (counts["question"], counts["bug"], counts["fraud"]) == expected


@pytest.mark.parametrize("count", [*range(1, 41), 73, 111])
def test_every_number_of_rows(count):
    assert len(tickets(count, 1)) == count


def test_no_text_twice():
    rows = tickets(4_000, 5)
    assert len({row["text"] for row in rows}) == 4_000


def test_labels_are_in_random_order():
    labels = [row["label"] for row in tickets(1_500, 2)]
    # 30 frauds over ten parts of 150 rows: more than 10 in one has a chance below 1e-3 a part.
    assert max(Counter(i // 150 for i, x in enumerate(labels) if x == "fraud").values()) <= 10


def test_seed():
    assert tickets(200, 4) == tickets(200, 4)
    first, second = ({row["text"] for row in tickets(200, seed)} for seed in (4, 5))
    assert len(first & second) < 20


def test_frauds_speak_the_language_of_questions():
    found = words_by_label(tickets(1_500, 1))
    for label in ("fraud", "bug"):
        shared = found[label] & found["question"]
        assert len(shared) > 0.8 * len(found[label])


@pytest.mark.parametrize("label", TICKETS)
def test_deciding_words_occur_under_other_labels(label):
    """The words of the sentences that make the label are mostly those of other tickets."""
    draws = [words_by_label(tickets(1_500, seed)) for seed in range(4)]  # of 70 % of the sentences
    others = set().union(*(found[other] for found in draws for other in TICKETS if other != label))
    deciding = set().union(*(words(re.sub("{.*?}", "", text)) for text in TICKETS[label][0]))
    assert len(deciding & others) > 0.5 * len(deciding)


def test_no_single_word_gives_a_fraud_away():
    """Whoever calls each ticket with some word a fraud is wrong more often than right."""
    rows = tickets(1_500, 1)
    with_word, frauds = Counter(), Counter()
    for row in rows:
        with_word.update(words(row["text"]))
        frauds.update(words(row["text"]) if row["label"] == "fraud" else ())
    common = [word for word, count in frauds.items() if count >= 10]  # a third of the frauds
    assert common
    assert all(frauds[word] < 0.5 * with_word[word] for word in common)


def test_written_file(tmp_path):
    path = tmp_path / "tickets.csv"
    assert write_sample("tickets", path, 300, 7) == 300
    rows = read_rows(path)
    assert rows.label_counts == {"question": 270, "bug": 24, "fraud": 6}
    expected = tickets(300, 7)
    assert [text for part in rows.texts() for text in part] == [row["text"] for row in expected]
    assert rows.target.values() == [[row["label"]] for row in expected]
    assert rows.num_empty == 0
    write_sample("tickets", tmp_path / "again.csv", 300, 7)
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_existing_file_is_left_alone(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_text("mine")
    with pytest.raises(ArgumentError, match=f"{path}: the file exists already"):
        write_sample("tickets", path, 10, 1)
    assert path.read_text() == "mine"


def test_bad_arguments(tmp_path):
    path = tmp_path / "a.csv"
    with pytest.raises(ArgumentError, match="unknown sample 'letters', expected one of tickets"):
        write_sample("letters", path, 10, 1)
    for count in (0, -5, MAX_ROWS + 1):
        with pytest.raises(ArgumentError, match=f"rows is {count}, expected 1 to {MAX_ROWS}"):
            write_sample("tickets", path, count, 1)
    with pytest.raises(ArgumentError, match="none: no such folder"):
        write_sample("tickets", tmp_path / "none" / "a.csv", 10, 1)
    with pytest.raises(ArgumentError, match="reviews is written as .csv or .jsonl, not as '.txt'"):
        write_sample("reviews", tmp_path / "a.txt", 10, 1)
    with pytest.raises(ArgumentError, match="entities is written as .jsonl or .conll, not"):
        write_sample("entities", path, 10, 1)
    with pytest.raises(ArgumentError, match="unknown sample ''"):
        find_sample("")
    assert list(tmp_path.iterdir()) == []


# Reviews.


def test_a_review_has_one_verdict_and_it_comes_late():
    """A verdict of its own label, none of another's, behind the middle of a long text."""
    found = {
        label: [pattern(text, REVIEW_FILLERS) for text in texts]
        for label, texts in VERDICTS.items()
    }
    rows = reviews(300, 3)
    for row in rows:
        places = {
            label: [place.start() for one in ones for place in one.finditer(row["text"])]
            for label, ones in found.items()
        }
        (place,) = places.pop(row["label"])
        assert not any(places.values())
        if len(row["text"].split()) > 128:
            assert place > 0.5 * len(row["text"])


def test_lengths_of_reviews():
    """A word is a token or more, so these are bounds of the shares by tokens."""
    lengths = [len(row["text"].split()) for row in reviews(1_000, 2)]
    assert 0.4 < sum(length > 128 for length in lengths) / 1_000 < 0.7
    assert sum(length > 300 for length in lengths) > 50
    assert max(lengths) < 480
    assert min(lengths) < 60


@pytest.mark.parametrize("count, expected", [(1_500, (750, 525, 225)), (20, (10, 7, 3))])
def test_shares_of_reviews(count, expected):
    counts = Counter(row["label"] for row in reviews(count, 3))
    assert (counts["positive"], counts["negative"], counts["mixed"]) == expected


# Contracts.


@pytest.fixture(scope="module")
def many_contracts():
    return contracts(8_000, 1)


def test_shares_of_contracts(many_contracts):
    counts = Counter(label for row in many_contracts for label in row["labels"])
    assert len(counts) == 21
    assert counts == {name: 8_000 * one.share for name, one in FRAMEWORKS.items()}
    assert sum(counts.values()) / 8_000 == pytest.approx(2.3, abs=0.05)
    assert (max(counts.values()), min(counts.values())) == (3_200, 240)  # 40 %, 3 %
    numbers = Counter(len(row["labels"]) for row in many_contracts)
    assert 0.01 < numbers[0] / 8_000 < 0.06
    assert max(numbers) == 5


def test_frameworks_of_a_sector_occur_together(many_contracts):
    """More often than two that are independent: lift = P(a, b) / (P(a) P(b)) > 1."""

    def lift(*names):
        both = sum(set(names) <= set(row["labels"]) for row in many_contracts) / 8_000
        return both / (FRAMEWORKS[names[0]].share * FRAMEWORKS[names[1]].share)

    assert lift("AML", "MiFID II") > 1.2  # finance
    assert lift("REACH", "CSRD") > 1.15  # industry
    assert lift("HIPAA", "AML") < 0.8  # health, finance


def test_lengths_of_contracts(many_contracts):
    lengths = [len(row["text"].split()) for row in many_contracts]
    assert 20 <= min(lengths) and max(lengths) < 100


def test_a_name_does_not_tell_the_framework(many_contracts):
    """What is out of scope never binds, and most of those who name a framework do that."""
    negated = [t.split("{framework}")[1].split("{unit}")[0] for t in NOT_BY_NAME]
    named = Counter()
    for row in many_contracts[:2_000]:
        for name in FRAMEWORKS:
            if name in row["text"]:
                out = any(name + words in row["text"] for words in negated)
                assert out != (name in row["labels"])
                named[out] += 1
    assert named[True] > 0.4 * sum(named.values())


def test_decoys_bind_nobody(many_contracts):
    found = Counter()
    for name, framework in FRAMEWORKS.items():
        decoys = [pattern(text, CLAUSE_FILLERS) for text in framework.decoys]
        for row in many_contracts[:1_000]:
            if any(decoy.search(row["text"]) for decoy in decoys):
                assert name not in row["labels"]
                found[name] += 1
    assert set(found) == set(FRAMEWORKS)


def test_rare_frameworks_are_told_in_words_of_others():
    """Of the words of a rare framework's clauses, most occur in rows that it does not bind."""
    rows = contracts(1_000, 2)
    for name in list(FRAMEWORKS)[-6:]:
        own = set().union(*(words(re.sub("{.*?}", "", t)) for t in FRAMEWORKS[name].clauses))
        others = set().union(*(words(row["text"]) for row in rows if name not in row["labels"]))
        assert len(own & others) > 0.5 * len(own)


# Entities and two tasks.


@pytest.mark.parametrize("make", [entities, two_tasks])
def test_tags_are_bio(make):
    for row in make(500, 1):
        if row.get("tags") is None:
            continue
        assert len(row["tags"]) == len(row["tokens"])
        assert all(token and not token.isspace() for token in row["tokens"])
        for before, tag in itertools.pairwise(["O", *row["tags"]]):
            if tag.startswith("I-"):
                assert before[2:] == tag[2:]


def test_entities_follow_each_other():
    rows = entities(1_000, 1)
    counts = Counter(
        before[0] for row in rows for before, tag in itertools.pairwise(row["tags"])
        if tag.startswith("B-") and before[2:] == tag[2:]
    )  # fmt: skip
    assert counts["I"] > 10 and counts["B"] > 10


def test_entities_are_ambiguous():
    tags = defaultdict(set)
    for row in entities(1_000, 1):
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            tags[token.lower()].add(tag[2:])
    assert sum(len(found) >= 3 for found in tags.values()) > 20  # of three kinds, or of none
    assert sum("" in found and len(found) > 1 for found in tags.values()) > 20


@pytest.mark.parametrize("make", [entities, two_tasks])
def test_a_word_does_not_tell_its_tag(make):
    """Each word's most frequent tag is far from enough; seqeval counts the entities."""
    seqeval = pytest.importorskip("seqeval.metrics")
    counts = defaultdict(Counter)
    train_rows, test_rows = (
        [row for row in make(1_000, seed) if row.get("tags")] for seed in (1, 2)
    )
    for row in train_rows:
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            counts[token][tag] += 1
    usual = {token: found.most_common(1)[0][0] for token, found in counts.items()}
    guessed = [[usual.get(token, "O") for token in row["tokens"]] for row in test_rows]
    assert seqeval.f1_score([row["tags"] for row in test_rows], guessed) < 0.7


def test_shares_of_two_tasks():
    rows = two_tasks(1_500, 3)
    lacking = {name: [row for row in rows if row.get(name) is None] for name in ("intent", "tags")}
    assert {name: len(found) for name, found in lacking.items()} == {"intent": 112, "tags": 112}
    for name, found in lacking.items():  # 7.5 % each, null or absent
        assert 0 < sum(name in row for row in found) < len(found)
        assert all(set(row) | {name} == {"tokens", "intent", "tags"} for row in found)
    counts = Counter(row.get("intent") for row in rows if row.get("intent"))
    assert len(counts) == 6
    assert counts["light"] > 8 * counts["weather"] > 0


# Entailment.

TREE = {"item": ("a vehicle", "an animal"), "place": ("indoors", "outdoors")}
LEAVES = 2


def statements():
    paths = {
        slot: [(), *((one,) for one in tree), *((o, str(n)) for o in tree for n in range(LEAVES))]
        for slot, tree in TREE.items()
    }
    for item, place, told in itertools.product(*paths.values(), (True, False)):
        yield Statement({"item": item, "place": place}, told)


def worlds(statement):
    """In which worlds a statement is true: each has one event, or none at all."""
    events = {
        (one, two)
        for one in itertools.product(TREE["item"], "01")
        for two in itertools.product(TREE["place"], "01")
    }
    item, place = statement.slots["item"], statement.slots["place"]
    true = {e for e in events if e[0][: len(item)] == item and e[1][: len(place)] == place}
    return true if statement.told else (events | {None}) - true


def test_judgements_are_those_of_all_worlds():
    """A second implementation: sets of worlds."""
    labels = Counter()
    for first, second in itertools.product(statements(), repeat=2):
        one, other = worlds(first), worlds(second)
        expected = "entailment" if one <= other else "neutral" if one & other else "contradiction"
        assert judge(first, second) == expected
        labels[expected] += 1
    assert len(labels) == 3


def test_the_order_of_a_pair_counts():
    """What is entailed by more is neutral the other way round."""
    pairs = [
        pair for pair in itertools.product(statements(), repeat=2) if judge(*pair) == "entailment"
    ]
    turned = Counter(judge(second, first) for first, second in pairs)
    assert turned["entailment"] == sum(first == second for first, second in pairs)
    assert turned["neutral"] > 0.7 * len(pairs)


def test_shares_of_entailment():
    assert Counter(row["label"] for row in entailment(999, 1)) == {
        "entailment": 333, "neutral": 333, "contradiction": 333,
    }  # fmt: skip


def test_a_denial_does_not_tell_the_label():
    rows = [
        row for row in entailment(1_500, 1) if re.search("true|wrong|false|never", row["text_b"])
    ]
    counts = Counter(row["label"] for row in rows)
    assert len(rows) > 200
    assert max(counts.values()) < 0.6 * len(rows)


# Similarity.

SPRING, AUTUMN, LONG_AGO = (1, 0), (1, 1), (2, 1)


def event(time=SPRING, happened=True, **things):
    same = {"event": (0, 0), "item": (1, 0), "place": (2, 1)}
    return Event({**same, "time": time, **things}, happened)


@pytest.mark.parametrize(
    "one, other, expected",
    [
        (event(), event(), 5.0),
        (event(), event(AUTUMN), 4.7),  # 5 - 0.6 / 2
        (event(), event(LONG_AGO), 4.4),  # 5 - 0.6
        (event(), event(happened=False), 2.5),  # 5 / 2
        (event(happened=False), event(happened=False), 5.0),
        (event(), event(event=(0, 1)), 4.0),  # 5 - 2 / 2
        (event(), event(event=(3, 0)), 3.0),  # 5 - 2
        (event(), event(item=(4, 0), place=(0, 0)), 2.6),  # 2 + 0.6
        (event(), event(AUTUMN, happened=False), 2.3),  # 4.7 / 2, rounded down
        (event(), event(LONG_AGO, event=(5, 0), item=(0, 0), place=(3, 0)), 0.0),
    ],
)
def test_likeness(one, other, expected):
    assert likeness(one, other) == likeness(other, one) == expected


def test_degrees_of_similarity():
    labels = [row["label"] for row in similarity(1_500, 1)]
    assert min(labels) < 0.5 and max(labels) == 5.0
    assert all(isinstance(label, float) and label == round(label, 1) for label in labels)
    for low in range(5):  # a fifth of the scale has a tenth of the pairs or more
        assert sum(low <= label <= low + 1 for label in labels) > 150


def test_shared_words_do_not_tell_the_similarity():
    np = pytest.importorskip("numpy")
    rows = similarity(1_500, 1)
    shared = [
        len(words(row["text"]) & words(row["text_b"]))
        / len(words(row["text"]) | words(row["text_b"]))
        for row in rows
    ]
    assert np.corrcoef(shared, [row["label"] for row in rows])[0, 1] < 0.65
