"""Synthetic rows, made by ourselves, that are hard in the ways that real ones are."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

from tfclf.errors import ArgumentError

# Support tickets of a web shop. Every list is shared by all labels, so that no single word gives a
# label away; only what is asked, told or denied does.
OPENERS = (
    "Hi,", "Hello team,", "Good morning.", "Hey,", "Dear support,", "Sorry to bother you,",
    "Second message today.", "Quick one:", "As discussed on the phone,", "", "", "",
)  # fmt: skip
ITEMS = (
    "card payment", "last order", "invoice", "account", "gift card", "refund", "subscription",
    "delivery address", "password", "saved card", "order confirmation", "voucher", "return label",
    "phone number", "newsletter", "bank transfer",
)  # fmt: skip
PLACES = (
    "in the app", "on the website", "at checkout", "in my account", "on my phone", "on the tablet",
    "under settings", "in the order history",
)  # fmt: skip
TIMES = (
    "since yesterday", "this morning", "last week", "on Monday", "after the update", "again",
    "for two days", "tonight", "at 3 am", "before the weekend",
)  # fmt: skip
CLOSERS = (
    "Thanks!", "Please help.", "Kind regards", "Can you check?", "Waiting for your answer.",
    "Let me know.", "It is urgent.", "No rush.", "", "", "",
)  # fmt: skip

QUESTIONS = (
    "how do I change the {item} {place}?",
    "where can I see the {item} that I changed {time}?",
    "is it normal that the {item} shows up {place} twice?",
    "do you know whether the {item} I ordered {time} can be cancelled {place}?",
    "my wife changed our {item} {time}, how do I see it {place}?",
    "I logged in {place} {time} and would like to update the {item}.",
    "which {item} do you take {place}? I did not find it {time}.",
    "I got an email about my {item} {time}, what do I have to do {place}?",
    "I was charged for the {item} {time}, where do I find the receipt {place}?",
    "can somebody else use my {item} {place}, and how do I allow it?",
)
BUGS = (
    "the {item} does not load {place} {time}, I only see a blank page.",
    "changing the {item} {place} ends in error 500 {time}.",
    "the button for the {item} {place} does nothing {time}.",
    "I was logged out {place} {time} while I changed the {item}, it never saves.",
    "the {item} shows up {place} twice and disappears when I reload it {time}.",
    "I was charged for the {item} {time} but the page {place} froze before it was done.",
    "the email about my {item} came {time}, its link {place} leads nowhere.",
)
FRAUDS = (
    "somebody changed my {item} {place} {time} and it was not me.",
    "I was charged for a {item} {time} that I never ordered {place}.",
    "I got an email about a {item} {time}, I do not know who logged in {place}.",
    "there is a {item} {place} {time} that nobody in my family knows of.",
    "I did not ask for the new {item} {place}, who updated it {time}?",
)
TICKETS = {"question": (QUESTIONS, 0.90), "bug": (BUGS, 0.08), "fraud": (FRAUDS, 0.02)}


def tickets(count: int, seed: int) -> list[dict[str, str]]:
    """Makes support tickets: 90 % questions, 8 % bugs, 2 % frauds, with the same words.

    Args:
        count: Number of tickets.
        seed: Seed of the draw.

    Returns:
        Rows with ``text`` and ``label``, in random order; no text occurs twice.
    """
    generator = random.Random(seed)
    labels = [label for label, (_, share) in TICKETS.items() for _ in range(round(count * share))]
    labels += ["question"] * (count - len(labels))
    labels = labels[:count]
    generator.shuffle(labels)
    seen: set[str] = set()
    rows = []
    for label in labels:
        text = _ticket(label, generator)
        while text in seen:
            text = _ticket(label, generator)
        seen.add(text)
        rows.append({"text": text, "label": label})
    return rows


def _ticket(label: str, generator: random.Random) -> str:
    sentence = generator.choice(TICKETS[label][0]).format(
        item=generator.choice(ITEMS),
        place=generator.choice(PLACES),
        time=generator.choice(TIMES),
    )
    parts = [generator.choice(OPENERS), sentence, generator.choice(CLOSERS)]
    text = " ".join(part for part in parts if part)
    return text[0].upper() + text[1:]


SAMPLES: dict[str, Callable[[int, int], list[dict[str, str]]]] = {"tickets": tickets}
MAX_ROWS = 50_000  # of one sample; more would have to repeat texts


def write_sample(name: str, path: Path, count: int, seed: int) -> int:
    """Writes a sample as CSV.

    Args:
        name: One of ``SAMPLES``.
        path: File to write; it must not exist.
        count: Number of rows.
        seed: Seed of the draw.

    Returns:
        The number of rows.

    Raises:
        ArgumentError: The name or the number is out of range, or the file exists.
    """
    if name not in SAMPLES:
        raise ArgumentError(f"unknown sample {name!r}, expected one of {', '.join(SAMPLES)}")
    if not 1 <= count <= MAX_ROWS:
        raise ArgumentError(f"{count} rows, expected 1 to {MAX_ROWS}")
    if not path.parent.is_dir():
        raise ArgumentError("no such folder", where=str(path.parent))
    if path.exists():
        raise ArgumentError("the file exists already", where=str(path))
    rows = SAMPLES[name](count, seed)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)
