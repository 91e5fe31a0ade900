"""Synthetic rows: their shares, and that single words do not give the label away."""

import re
from collections import Counter

import pytest

from tfclf.data import SAMPLES, read_rows, write_sample
from tfclf.data.samples import MAX_ROWS, TICKETS, tickets
from tfclf.errors import ArgumentError


def words(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def words_by_label(rows):
    found = {label: set() for label in TICKETS}
    for row in rows:
        found[row["label"]] |= words(row["text"])
    return found


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
    assert rows.labels() == [row["label"] for row in expected]
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
        with pytest.raises(ArgumentError, match=f"{count} rows, expected 1 to {MAX_ROWS}"):
            write_sample("tickets", path, count, 1)
    with pytest.raises(ArgumentError, match="none: no such folder"):
        write_sample("tickets", tmp_path / "none" / "a.csv", 10, 1)
    assert not path.exists()
    assert list(SAMPLES) == ["tickets"]
