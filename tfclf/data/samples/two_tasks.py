"""Spoken commands for a home: what is wanted, and the words that say of what."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from tfclf.data.samples.drawing import distinct, in_shares, known, tagged

# Without capitals and commas, as speech recognition writes it. Songs are called like rooms, times
# and commands, and "turn up", "set" and "put on" are said to everything.
SLOTS = {
    "ROOM": ("kitchen", "hall", "living room", "bath", "cellar", "blue room", "garage", "nursery",
             "guest room", "attic", "porch", "study"),
    "DEVICE": ("lamp", "light", "lights", "ceiling lamp", "reading light", "lantern", "night light",
               "spotlights", "fairy lights", "lamps"),
    "COLOR": ("blue", "warm white", "red", "sunset orange", "green", "cold white", "pink"),
    "LEVEL": ("ten percent", "half", "the maximum", "twenty", "a third", "twenty one degrees",
              "eighteen", "nineteen and a half", "two notches more", "the minimum"),
    "ARTIST": ("the lanterns", "anna winter", "october", "four o'clock", "the cellar band",
               "hot bath", "milk and eggs", "tomorrow", "nora hall", "the spotlights"),
    "TITLE": ("ten minutes", "turn it down", "rain in porto", "kitchen light", "blue room",
              "set the timer", "half past nothing", "colder", "a list of things",
              "bread and butter", "lights out", "summer in oslo"),
    "DURATION": ("ten minutes", "half an hour", "two hours", "ninety seconds", "a minute",
                 "three quarters of an hour", "an hour and a half", "twenty minutes"),
    "TIME": ("tomorrow", "at seven", "tonight", "at half past four", "on sunday", "this evening",
             "at noon", "at four o'clock", "in the morning", "at a quarter to nine"),
    "ITEM": ("milk", "eggs", "kitchen paper", "bread", "light bulbs", "bath salt", "butter", "tea",
             "an egg timer", "lemons", "green beans", "blue cheese"),
    "PLACE": ("porto", "oslo", "the garden", "nice", "bath", "the coast", "lima", "reading"),
}  # fmt: skip
INTENTS = {
    "light": (0.34, (
        "turn on the {DEVICE} in the {ROOM}",
        "turn up the {DEVICE}",
        "turn the {ROOM} {DEVICE} down to {LEVEL}",
        "set the {DEVICE} to {LEVEL}",
        "set the {ROOM} {DEVICE} to {COLOR}",
        "put the {DEVICE} off {TIME}",
        "make the {ROOM} {COLOR}",
        "i want it {COLOR} in the {ROOM} {TIME}",
        "it is too dark in the {ROOM}",
        "no {DEVICE} in the {ROOM} {TIME}",
    )),
    "music": (0.26, (
        "play {TITLE} by {ARTIST}",
        "put on {TITLE} in the {ROOM}",
        "turn up {ARTIST} in the {ROOM}",
        "set the volume in the {ROOM} to {LEVEL}",
        "i want to hear {ARTIST} {TIME}",
        "start {TITLE}",
        "something by {ARTIST} but not {TITLE}",
        "it is too quiet in the {ROOM} play {TITLE}",
        "stop {ARTIST} in {DURATION}",
        "once more {TITLE} in the {ROOM}",
    )),
    "timer": (0.18, (
        "set a timer for {DURATION}",
        "wake me {TIME}",
        "start {DURATION} for {ITEM}",
        "tell me when {DURATION} are over",
        "give the pot with {ITEM} {DURATION}",
        "stop the timer in the {ROOM}",
        "put {DURATION} on the clock in the {ROOM}",
        "i want to be up {TIME}",
        "{DURATION} more for {ITEM}",
    )),
    "heating": (0.12, (
        "turn up the heating in the {ROOM}",
        "set the {ROOM} to {LEVEL}",
        "make it warmer in the {ROOM} {TIME}",
        "it is too cold in the {ROOM}",
        "put the heating off for {DURATION}",
        "i want it colder in the {ROOM}",
        "turn the radiator in the {ROOM} down to {LEVEL}",
        "no heating in the {ROOM} {TIME}",
    )),
    "shopping": (0.07, (
        "put {ITEM} on the list",
        "we need {ITEM} and {ITEM}",
        "add {ITEM} {TIME}",
        "no {ITEM} left in the {ROOM}",
        "i want to buy {ITEM} {TIME}",
        "once more {ITEM} from the shop",
        "take {ITEM} off the list",
    )),
    "weather": (0.03, (
        "is it cold in {PLACE} {TIME}",
        "will it be warmer in {PLACE} {TIME}",
        "do i need a coat in {PLACE}",
        "tell me if there is rain in {PLACE} {TIME}",
        "how hot is {PLACE} {TIME}",
        "i want to know if {PLACE} has sun",
    )),
}  # fmt: skip
LEADS = ("", "", "", "please", "hey", "okay now", "quick", "and", "well", "listen")
ENDS = ("", "", "", "for me", "now", "if you can", "thanks", "my dear", "as always")
# What a row lacks: labels of two tasks are often collected one after the other.
LACKS = {"": 0.85, "intent": 0.075, "tags": 0.075}


def two_tasks(count: int, seed: int) -> list[dict[str, Any]]:
    """Makes commands with an intent, one of six, and a tag for each word.

    Of 15 % of the commands either the intent or the tags are missing: null or absent, as files
    from elsewhere have it.

    Args:
        count: Number of commands.
        seed: Seed of the draw, which knows some of the words and sentences only.

    Returns:
        Rows with ``tokens``, ``intent`` and ``tags``; no command occurs twice.

    Example:
    >>> rows = two_tasks(200, 1)
    >>> sum(row.get("intent") is None for row in rows), sum(row.get("tags") is None for row in rows)
    (15, 15)
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    slots = {slot: known(words, generator) for slot, words in SLOTS.items()}
    frames = {intent: known(texts, generator) for intent, (_, texts) in INTENTS.items()}
    shares = {intent: share for intent, (share, _) in INTENTS.items()}
    rows = distinct(
        in_shares(shares, count, generator),
        lambda intent: _command(intent, frames[intent], slots, generator),
        key=lambda row: str(row["tokens"]),
    )
    for row, lack in zip(rows, in_shares(LACKS, count, generator), strict=True):
        if lack:
            row[lack] = None
            if generator.random() < 0.5:
                del row[lack]
    return rows


def _command(
    intent: str,
    frames: Sequence[str],
    slots: Mapping[str, Sequence[str]],
    generator: random.Random,
) -> dict[str, Any]:
    parts = (generator.choice(LEADS), generator.choice(frames), generator.choice(ENDS))
    tokens, tags = tagged(" ".join(parts), lambda slot: generator.choice(slots[slot]))
    return {"tokens": tokens, "intent": intent, "tags": tags}
