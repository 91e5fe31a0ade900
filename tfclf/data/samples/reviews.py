"""Long product reviews: three labels, and the sentence that decides stands late in the text."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tfclf.data.samples.drawing import distinct, filled, in_shares, known

# The story praises and complains alike under every label, and tells what others made of the thing;
# only the writer's own verdict decides, in words that recur under the other labels.
FILLERS = {
    "part": ("lid", "handle", "display", "timer", "filter", "motor", "bowl", "jug", "cable",
             "top button", "whisk", "clock", "charger", "base plate", "spare blade"),
    "when": ("in the first week", "after a month", "on day three", "last winter", "over Easter",
             "on a Sunday", "after the update", "before the holidays", "around noon", "in March"),
    "who": ("my wife", "my husband", "our neighbour", "a friend", "my sister", "the dog sitter",
            "my flatmate", "my mother", "a colleague", "our eldest"),
    "place": ("in the kitchen", "in the hall", "at the office", "in the camper", "on the balcony",
              "in the garage", "at my parents'", "in the holiday flat"),
    "task": ("the soup", "breakfast", "a birthday cake", "a litre of juice", "the baby food",
             "a bowl of hummus", "the dough", "a milkshake", "the pancakes", "the crushed ice"),
    "number": ("two", "three", "four", "five", "six", "seven", "eight"),
}  # fmt: skip
OPENERS = (
    "Bought to replace one that had lasted {number} years.",
    "This was a present from {who}.",
    "I read about {number} tests before I ordered.",
    "We have had it for {number} months now.",
    "My third machine of this kind, so I know what to look for.",
    "Ordered for {who}, then used it myself.",
)
STORY = (
    # what pleases
    "The {part} feels better made than I expected.",
    "{when} it did {task} in {number} minutes, which impressed {who}.",
    "It is quieter than the old one, even {place}.",
    "Cleaning the {part} is done in a moment.",
    "The parcel came {number} days early and well packed.",
    "Support answered within {number} hours and sent a new {part}.",
    "{who} liked the colour at once.",
    "It fits exactly under the shelf {place}.",
    "The {part} can be replaced without a tool.",
    "For {task} it is a real pleasure.",
    "The battery got through {task} and {task} without a break.",
    "I was delighted {when}, I admit it.",
    "The {part} has a good weight in the hand.",
    "{who} called it the best purchase of the year.",
    # what annoys
    "The {part} rattles when it gets warm.",
    "{when} it gave up in the middle of {task}.",
    "It smelled of plastic for {number} weeks {place}.",
    "The {part} is hard to reach with big hands.",
    "The parcel came {number} days late and with a dent.",
    "Support needed {number} mails to understand that the {part} was meant.",
    "{who} found it ugly at once.",
    "It is too wide for the shelf {place}.",
    "The {part} needs a tool that nobody owns.",
    "For {task} it is simply too slow.",
    "The battery was empty before {task} was half done.",
    "I was furious {when}, I admit it.",
    "The {part} feels cheap in the hand.",
    "{who} called it the worst purchase of the year.",
    # what others say, and what was thought once
    "{when} I wanted to send it back.",
    "{when} I nearly ordered a second one.",
    "{who} would have sent it back {when}.",
    "{who} says I should buy it again.",
    "The shop claims that nobody has ever regretted it.",
    "A test in a magazine gave it {number} points and told everybody to look elsewhere.",
    "A test in a magazine gave it {number} points and told everybody to get one.",
    "{who} wants one as well, but for half the price.",
    "The old one I would buy again at any time.",
    "The old one I did not miss for {number} days.",
    # what is neither
    "I keep it {place}, next to the {part} of the old one.",
    "{who} uses it for {task} every {number} days.",
    "We live up {number} flights of stairs, so weight matters.",
    "The {part} comes in {number} sizes.",
    "{when} we moved, and it moved with us.",
    "I wrote down what {task} takes: {number} minutes, then {number} again.",
    "There is a setting for {task}, and one for {task}.",
    "The {part} blinks {number} times when it is ready.",
    "{who} read the manual, I did not.",
    "It stands {place} now, before it stood {place}.",
    "We are {number} at home, and all of us cook.",
    "The instructions come in {number} languages.",
)
VERDICTS = {
    "positive": (
        "I would buy it again, whatever {who} says.",
        "It stays {place}, and {who} has to buy one too.",
        "All in all I do not regret a single penny.",
        "So no, I am not sending it back.",
        "By now I have ordered a second one for {who}.",
        "If it broke tomorrow, I would order the same one again.",
        "Whoever asks me is told to get one.",
        "It has earned its place {place}.",
        "The money was well spent, with or without the {part}.",
        "I was wrong to doubt it.",
        "Not once have I wished for the old one since.",
        "Everything weighed up, I am glad that I did not listen to {who}.",
    ),
    "negative": (
        "I would not buy it again, whatever {who} says.",
        "It does not stay {place}, and {who} should not buy one either.",
        "All in all I regret every single penny.",
        "So yes, I am sending it back.",
        "By now I have ordered another brand for {who}.",
        "If it broke tomorrow, I would not order the same one again.",
        "Whoever asks me is told to look elsewhere.",
        "It has lost its place {place}.",
        "The money was badly spent, with or without the {part}.",
        "I was wrong to trust it.",
        "More than once have I wished for the old one since.",
        "Everything weighed up, I wish that I had listened to {who}.",
    ),
    "mixed": (
        "I would buy it again, but only at half the price.",
        "It stays {place} until I find a better one.",
        "All in all I regret nothing and recommend nothing.",
        "I do not know yet whether I am sending it back.",
        "I would order another one for {who}, but not for myself.",
        "If it broke tomorrow, I would have to think about it.",
        "Whoever asks me hears both sides.",
        "It has earned its place for {task}, for {task} it has lost it.",
        "Half of the money was well spent.",
        "I was right to doubt it, and right to keep it.",
        "Some days I love it, on others I wish for the old one.",
        "Everything weighed up, it is neither what I hoped nor what {who} feared.",
    ),
}
CLOSERS = (
    "I hope this helps someone.",
    "Photos may follow.",
    "Thanks for reading this far.",
    "That was my report after {number} months.",
    "Questions about the {part} I answer gladly.",
)
SHARES = {"positive": 0.50, "negative": 0.35, "mixed": 0.15}
# Sentences of a story, and how many reviews in a hundred have so many: half of the reviews do not
# fit into 128 tokens, a fifth are longer than 300.
LENGTHS = {range(3, 7): 35, range(11, 19): 43, range(25, 33): 22}


def reviews(count: int, seed: int) -> list[dict[str, str]]:
    """Makes product reviews: 50 % positive, 35 % negative, 15 % mixed.

    A review of up to 500 tokens tells a long story, and the sentence that decides comes at its end
    or behind its middle: whoever cuts the text at 128 tokens has not read it.

    Args:
        count: Number of reviews.
        seed: Seed of the draw, which knows some of the sentences only.

    Returns:
        Rows with ``text`` and ``label``, in random order; no text occurs twice.

    Example:
    >>> [row["label"] for row in reviews(6, 1)].count("positive")
    3
    """
    generator = random.Random(seed)  # noqa: S311 - made-up rows are no secret
    verdicts = {label: known(texts, generator) for label, texts in VERDICTS.items()}
    story = known(STORY, generator)
    return distinct(
        in_shares(SHARES, count, generator),
        lambda label: {"text": _review(verdicts[label], story, generator), "label": label},
        key=lambda row: row["text"],
    )


def _review(verdicts: Sequence[str], known_story: Sequence[str], generator: random.Random) -> str:
    (length,) = generator.choices(list(LENGTHS), list(LENGTHS.values()))
    story = generator.sample(known_story, generator.choice(length))
    verdict = generator.choice(verdicts)
    if generator.random() < 0.6:
        story.append(verdict)
    else:
        story.insert(round(len(story) * generator.uniform(0.65, 0.9)), verdict)
    sentences = [generator.choice(OPENERS), *story]
    if generator.random() < 0.5:
        sentences.append(generator.choice(CLOSERS))
    return " ".join(filled(sentence, FILLERS, generator) for sentence in sentences)
