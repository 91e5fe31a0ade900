"""Support tickets of a web shop: three labels, 90 to 8 to 2, told in the same words."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tfclf.data.samples.drawing import distinct, in_shares, known

# Support tickets of a web shop. What happened is told with the same sentences under every label;
# only the sentence that says what the writer makes of it decides, and its words recur under the
# other labels, in part turned round: "it was not me", "it was not me but my wife, is that right?".
OPENERS = ("Hi,", "Hello team,", "Good morning.", "Hey,", "Dear support,", "Second message today.",
           "Quick one:", "As discussed on the phone,", "", "", "", "")  # fmt: skip
CLOSERS = ("Thanks!", "Please help.", "Kind regards", "Can you check?", "Let me know.",
           "It is urgent.", "No rush.", "", "", "", "")  # fmt: skip
FILLERS = {
    "item": ("card payment", "last order", "invoice", "account", "gift card", "refund", "voucher",
             "subscription", "delivery address", "password", "saved card", "return label",
             "phone number", "newsletter", "bank transfer", "order confirmation"),
    "place": ("in the app", "on the website", "at checkout", "in my account", "on my phone",
              "on the tablet", "under settings", "in the order history"),
    "time": ("yesterday", "this morning", "last week", "on Monday", "two days ago", "tonight",
             "at 3 am", "before the weekend", "after the update"),
    "who": ("my wife", "my son", "a colleague", "my assistant", "my flatmate"),
}  # fmt: skip
EVENTS = (
    "The {item} was changed {place} {time}.",
    "I was charged for the {item} {time}.",
    "I got an email about my {item} {time}.",
    "There is a new {item} {place} {time}.",
    "The {item} shows up {place} twice.",
    "Somebody logged in {place} {time}.",
    "The {item} I had {place} is gone {time}.",
    "The {item} {place} was updated {time}.",
    "A code for the {item} was sent to me {time}.",
    "I tried to change the {item} {place} {time}.",
    "The page for the {item} {place} is new {time}.",
    "I wanted to pay for the {item} {place} {time}.",
)
ASIDES = (
    "I did not order anything else {time}.",
    "I never use it {place}.",
    "It was fine {time}.",
    "{who} saw it first.",
    "I do not know much about the {item}.",
    "I have asked about this {time}.",
    "It says error or something {place}, I did not read it.",
    "I have logged out and in again.",
)
QUESTIONS = (
    "Is that how it should be?",
    "Where do I see what I paid?",
    "How do I change it back {place}?",
    "It was not me but {who}, is that all right?",
    "I did it myself, how do I undo it?",
    "Nothing is wrong, I only ask how it works {place}.",
    "Do I have to do anything {place}?",
    "Who of us can see it {place}?",
    "It works again, what was it?",
    "Which {item} do I need for that?",
    "I do not know the new page yet, where is the button?",
    "Can {who} do that for me?",
    "It is no error, I would just like to know when it comes.",
    "I asked for it, how long does it take?",
)
BUGS = (
    "Nothing happens when I press the button {place}.",
    "It does not save, whatever I do.",
    "I only see a blank page {place}.",
    "It ends in an error again.",
    "It was me, but it is not stored {place}.",
    "It logs me out each time I try it.",
    "{who} has the same: it does not load.",
    "The button leads nowhere.",
    "It freezes before it is done.",
    "I asked for it and it never gets past the last step {place}.",
)
FRAUDS = (
    "I did not do that.",
    "It was not me, nor {who}.",
    "I never asked for it.",
    "Nobody here knows of it.",
    "I have not been {place} for weeks.",
    "{who} did not do it either.",
    "I did not order it and I do not know who did.",
)
TICKETS = {"question": (QUESTIONS, 0.90), "bug": (BUGS, 0.08), "fraud": (FRAUDS, 0.02)}


def tickets(count: int, seed: int) -> list[dict[str, str]]:
    """Makes support tickets: 90 % questions, 8 % bugs, 2 % frauds, with the same words.

    A draw uses some of the sentences that decide, another draw others: as from month to month, not
    every wording of a test file was in the training file.

    Args:
        count: Number of tickets.
        seed: Seed of the draw.

    Returns:
        Rows with ``text`` and ``label``, in random order; no text occurs twice.
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    deciding = {label: known(sentences, generator) for label, (sentences, _) in TICKETS.items()}
    shares = {label: share for label, (_, share) in TICKETS.items()}
    return distinct(
        in_shares(shares, count, generator),
        lambda label: {"text": _ticket(deciding[label], generator), "label": label},
        key=lambda row: row["text"],
    )


def _ticket(deciding: Sequence[str], generator: random.Random) -> str:
    def filled(templates: Sequence[str]) -> str:
        words = {name: generator.choice(texts) for name, texts in FILLERS.items()}
        sentence = generator.choice(templates).format(**words)
        return sentence[0].upper() + sentence[1:]

    story = [filled(EVENTS), filled(deciding)]
    for _ in range(generator.randrange(3)):
        story.insert(generator.randrange(len(story) + 1), filled(ASIDES))
    parts = [generator.choice(OPENERS), *story, generator.choice(CLOSERS)]
    return " ".join(part for part in parts if part)
