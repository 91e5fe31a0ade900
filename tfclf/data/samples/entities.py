"""Sentences with tagged entities, told in names that are also other names and common words."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypedDict

from tfclf.data.samples.drawing import distinct, known, tagged

# Parts of names. May is a month, a first name and a verb; Lincoln a place and a surname; a compass
# lies on the table, and Compass is a company or what it sells.
PARTS = {
    "first": ("May", "April", "Mark", "Rose", "Will", "Bill", "Grace", "Jordan", "Austin", "Paris",
              "Florence", "Chelsea", "Sydney", "Georgia", "Anna", "Omar", "Lena", "Tariq", "Mina",
              "Pablo", "Yuki", "Greta", "Ivan", "Hugo", "Noor", "Selma"),
    "last": ("Lincoln", "Kent", "York", "Bath", "Reading", "Stone", "Banks", "March", "Winter",
             "Chase", "Hill", "Rivers", "Ford", "Lund", "Houston", "Okafor", "Novak", "Silva",
             "Rossi", "Haddad", "Tanaka", "Larsen", "Moreau", "Petrov", "Field", "Day"),
    "place": ("Lincoln", "Kent", "York", "Bath", "Reading", "Nice", "Jordan", "Austin", "Paris",
              "Florence", "Chelsea", "Sydney", "Georgia", "Houston", "Lund", "Oslo", "Lima",
              "Accra", "New York", "Cape Town", "San Marino", "Porto", "Split", "Male", "Nancy"),
    "word": ("Compass", "Lantern", "Anchor", "Beacon", "Falcon", "Summit", "Harbour", "Atlas",
             "Mercury", "Delta", "Meadow", "Pebble", "Cobalt", "Juniper", "Maple", "Orchard",
             "Bridge", "Castle", "Saddle", "Chase"),
    "trade": ("Motors", "Freight", "Labs", "Foods", "Airways", "Press", "Insurance", "Textiles"),
    "club": ("United", "Rovers", "City Council", "Philharmonic", "Hospital", "Museum of Art"),
    "variant": ("Pro", "Mini", "Two", "X", "Light", "Max", "Classic", "One"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday"),
    "month": ("March", "April", "May", "June", "August", "October", "December"),
    "season": ("spring", "summer", "winter"),
    "day": tuple(str(day) for day in range(1, 29)),
    "year": tuple(str(year) for year in range(1987, 2024)),
    "number": ("3", "5", "7", "12", "20", "28", "1998", "2012"),
}  # fmt: skip
NAMES = {
    "PERSON": ("{first} {last}", "{first} {last}", "{first}", "{last}", "{first} van {last}"),
    "ORGANIZATION": ("{word}", "{word} {trade}", "{last} {trade}", "{last} & {last}",
                     "{place} {club}", "Bank of {place}", "University of {place}", "{word}"),
    "PRODUCT": ("{word}", "{word} {variant}", "{word} {number}", "{last} {variant}", "{word}"),
    "LOCATION": ("{place}", "{place}", "{place}", "North {place}", "{last} Street", "Lake {last}"),
    "DATE": ("{weekday}", "{month}", "{month} {day}", "{day} {month} {year}", "{month} {year}",
             "{year}", "last {weekday}", "the {season} of {year}"),
}  # fmt: skip
# Lower-case slots are words that are no entities here, though they look like some.
COMMON = {
    "thing": ("compass", "lantern", "anchor", "saddle", "bridge", "castle", "falcon", "pebble"),
    "verb": ("may", "will", "might", "may well", "will not"),
    "ground": ("summit", "harbour", "meadow", "orchard", "delta", "hill", "field", "banks"),
    "doing": ("reading", "a hot bath", "a march", "the chase", "hope", "a nice walk", "stone work"),
    "count": ("3", "12", "20", "28", "1998", "2012"),
    "goods": ("boxes", "visitors", "bicycles", "pages", "tickets"),
}
FRAMES = (
    "{PERSON} has been with {ORGANIZATION} since {DATE} .",
    "{PERSON} , who works for {ORGANIZATION} , flew to {LOCATION} .",
    "{ORGANIZATION} has opened an office in {LOCATION} .",
    "{ORGANIZATION} hired {PERSON} away from {ORGANIZATION} .",
    "Before {DATE} {PERSON} moved from {LOCATION} to {LOCATION} .",
    "The {PRODUCT} by {ORGANIZATION} was sold until {DATE} .",
    "{PERSON} returned the {PRODUCT} because it broke before {DATE} .",
    "{ORGANIZATION} shares fell after the {PRODUCT} was delayed .",
    "{PERSON} and {PERSON} met in {LOCATION} before {DATE} .",
    "Winners in {LOCATION} : {PERSON} {PERSON} {PERSON} .",
    "Trains to {LOCATION} {LOCATION} and {LOCATION} are late .",
    "New on the shelf : {PRODUCT} {PRODUCT} and {PRODUCT} .",
    "Closed until {DATE} and after {DATE} {DATE} .",
    "{PERSON} asked {PERSON} for a {thing} .",
    "The {thing} that {PERSON} bought in {LOCATION} cost {count} crowns .",
    "The {ground} near {LOCATION} {verb} be closed until {DATE} .",
    "{PERSON} {verb} bring {count} {goods} to {LOCATION} .",
    "{doing} , says {PERSON} , is better than {doing} .",
    "I {verb} ask {PERSON} about {doing} .",
    "{ORGANIZATION} {verb} sell {count} {goods} in {LOCATION} .",
    "My {PRODUCT} and the {PRODUCT} of {PERSON} look the same .",
    "She charged her {PRODUCT} in {LOCATION} and left after {DATE} .",
    "{count} {goods} came to the {ground} , {count} to the {thing} .",
    "Nobody saw the {thing} or the {thing} on the {ground} .",
    "You {verb} mark the page and bill me for {doing} .",
    "According to {ORGANIZATION} the {PRODUCT} {verb} come before {DATE} .",
    "Dear {PERSON} , your {PRODUCT} was sent to {LOCATION} .",
    "{PERSON} of {LOCATION} sued {ORGANIZATION} after {DATE} .",
    "{LOCATION} had {count} {goods} before {DATE} and {count} since {DATE} .",
    "They rose at dawn for {doing} by the {ground} .",
    "The board of {ORGANIZATION} meets {PERSON} in {LOCATION} by {DATE} .",
    "With the {PRODUCT} {PERSON} {verb} find the {ground} .",
)
LEADS = ("", "", "", "Later ,", "It is said that", "As reported ,", "By the way ,", "Again ,")
LOWER = 0.25  # share of the sentences without capitals, as people type them


class Sentence(TypedDict):
    """A row."""

    tokens: list[str]
    tags: list[str]


def entities(count: int, seed: int) -> list[Sentence]:
    """Makes sentences with persons, organizations, products, locations and dates.

    Most names are names of two kinds, or common words elsewhere, so the words around decide. Some
    entities follow another one of their kind without a word between them.

    Args:
        count: Number of sentences.
        seed: Seed of the draw, which knows some of the names and frames only.

    Returns:
        Rows with ``tokens`` and BIO ``tags``, as many of both; no sentence occurs twice.

    Example:
    >>> sorted({tag[2:] for row in entities(40, 1) for tag in row["tags"] if tag != "O"})
    ['DATE', 'LOCATION', 'ORGANIZATION', 'PERSON', 'PRODUCT']
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    parts = {name: known(texts, generator) for name, texts in PARTS.items()}
    frames = known(FRAMES, generator)
    return distinct(
        range(count),
        lambda _: _sentence(frames, parts, generator),
        key=lambda row: str(row["tokens"]),
    )


def _sentence(
    frames: Sequence[str], parts: Mapping[str, Sequence[str]], generator: random.Random
) -> Sentence:
    def words(slot: str) -> str:
        if slot in COMMON:
            return generator.choice(COMMON[slot])
        pattern = generator.choice(NAMES[slot])
        return pattern.format(**{name: generator.choice(texts) for name, texts in parts.items()})

    lead = generator.choice(LEADS)
    tokens, tags = tagged(f"{lead} {generator.choice(frames)}", words)
    if generator.random() < LOWER:
        tokens = [token.lower() for token in tokens]
    else:
        tokens[0] = tokens[0][0].upper() + tokens[0][1:]
    return Sentence(tokens=tokens, tags=tags)
