"""Small changes to the tokens of repeated texts, so that no two copies are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.tasks import find_task

STREAM = 3  # sets these draws apart from others of the same seed
RATES = ("swap", "delete", "mask")


@dataclass(frozen=True)
class TokenNoise:
    """Swaps, deletes and masks tokens of chosen texts of a padded batch.

    For the copies that a sampler makes of rare texts: a text that is read several times an epoch is
    else learnt by heart. First neighbours are swapped, then tokens deleted, then tokens masked.
    ``[CLS]``, ``[SEP]`` and padding stay, no token leaves its text of a pair, and each text keeps
    at least one token that is neither deleted nor masked. What a text becomes is a function of its
    key alone, whatever stands beside it in the batch.

    Attributes:
        swap: Probability that a token changes places with the next one, in [0, 1); a token that has
            just done so stays.
        delete: Probability that a token is deleted, in [0, 1); those behind it move up, and padding
            is added at the end.
        mask: Probability that a token becomes ``[MASK]``, in [0, 1).
        pad_id: Id of ``[PAD]``.
        special_ids: Ids of ``[CLS]`` and ``[SEP]``, and of whatever else is to stay.
        mask_id: Id of ``[MASK]``; None where nothing is masked.

    Raises:
        ArgumentError: A rate is out of range, or ``mask_id`` is missing.

    Reference: Wei and Zou 2019, EDA: Easy Data Augmentation Techniques for Boosting Performance on
    Text Classification Tasks, section 2 (which swaps any two words, here neighbouring tokens);
    Devlin et al. 2019, section 3.1, for masks.

    Example:
    >>> noise = TokenNoise(delete=0.999, pad_id=0, special_ids=(101, 102))
    >>> inputs = {"input_ids": np.array([[101, 7, 7, 7, 102, 0]] * 2),
    ...           "attention_mask": np.array([[1, 1, 1, 1, 1, 0]] * 2)}
    >>> noise(inputs, np.array([False, True]), keys=np.array([[5, 0], [5, 1]]))["input_ids"]
    array([[101,   7,   7,   7, 102,   0],
           [101,   7, 102,   0,   0,   0]])
    """

    swap: float = 0.0
    delete: float = 0.0
    mask: float = 0.0
    pad_id: int = field(kw_only=True)
    special_ids: tuple[int, ...] = field(kw_only=True)
    mask_id: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name in RATES:
            rate = getattr(self, name)
            number = isinstance(rate, int | float) and not isinstance(rate, bool)
            if not number or not 0 <= rate < 1:
                raise ArgumentError(f"{name} is {rate!r}, expected a probability in [0, 1)")
        if self.mask and self.mask_id is None:
            raise ArgumentError(
                f"mask is {self.mask}, but the id of [MASK] is not given",
                remedy="Pass mask_id=..., or use a tokenizer that has [MASK].",
            )

    def check_task(self, name: str) -> None:
        """Raises where labels stand on words, whose places swapping and deleting change.

        Args:
            name: Name of the task.

        Raises:
            ArgumentError: The task labels words, and tokens are swapped or deleted.
        """
        moving = [rate for rate in ("swap", "delete") if getattr(self, rate)]
        if find_task(name).per_word and moving:
            raise ArgumentError(
                f"{' and '.join(moving)} would move the words of the task {name} off their tags",
                remedy="Only mask keeps every word in its place.",
            )

    def __call__(
        self, inputs: Mapping[str, np.ndarray], chosen: np.ndarray, keys: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Returns a batch with its chosen texts changed, and the others as they are.

        Args:
            inputs: ``input_ids``, ``attention_mask`` and, for pairs, ``token_type_ids``, each of
                shape (batch, seq) or (batch, windows, seq), with padding at the end.
            chosen: Which texts change, shape (batch,), bool.
            keys: What the noise of each text is drawn from, shape (batch, numbers), whole numbers
                from 0, such as seed, epoch, item, and number of the copy.

        Returns:
            New arrays of the same shapes and types.

        Raises:
            ArgumentError: ``chosen`` or ``keys`` do not fit the batch.
        """
        batch = len(inputs["input_ids"])
        if chosen.shape != (batch,) or chosen.dtype != bool:
            raise ArgumentError(
                f"chosen is {chosen.dtype} of shape {chosen.shape}, expected bool, ({batch},)"
            )
        if keys.ndim != 2 or len(keys) != batch or keys.dtype.kind not in "iu" or keys.min() < 0:
            raise ArgumentError(
                f"keys are {keys.dtype} of shape {keys.shape}, expected whole numbers from 0, "
                f"({batch}, numbers)"
            )
        made = {name: values.copy() for name, values in inputs.items()}
        seq = inputs["input_ids"].shape[-1]
        for row in np.flatnonzero(chosen):
            generator = np.random.default_rng([*keys[row].tolist(), STREAM])
            windows = {name: values[row].reshape(-1, seq) for name, values in made.items()}
            for number in range(len(windows["input_ids"])):
                self._change({name: rows[number] for name, rows in windows.items()}, generator)
        return made

    def _change(self, piece: dict[str, np.ndarray], generator: np.random.Generator) -> None:
        """Changes one piece in place; its arrays have shape (seq,)."""
        length = int(piece["attention_mask"].sum())
        ids = piece["input_ids"][:length]
        special = np.isin(ids, (*self.special_ids, self.pad_id))
        text = np.where(special, -1, np.cumsum(special))  # the text that each token is of
        ids = ids[_swapped(self.swap, text, generator)]
        kept = np.flatnonzero(~_drawn(self.delete, text, generator))
        ids = ids[kept]
        if self.mask:
            ids[_drawn(self.mask, text[kept], generator)] = self.mask_id
        for name, values in piece.items():
            # Places of a text keep its type; what comes last is padding, and 0 but for its id.
            moved = ids if name == "input_ids" else values[kept]
            values[len(kept) :] = self.pad_id if name == "input_ids" else 0
            values[: len(kept)] = moved


def _swapped(rate: float, text: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Returns where the token at each place comes from, shape (tokens,)."""
    places = np.arange(len(text))
    if not rate:
        return places
    # Between the texts of a pair stands [SEP]: neighbours that are both of a text are of the same.
    both = (text[:-1] >= 0) & (text[1:] >= 0)
    free = 0
    for place in np.flatnonzero(both & (generator.random(len(both)) < rate)).tolist():
        if place >= free:
            places[place], places[place + 1] = place + 1, place
            free = place + 2
    return places


def _drawn(rate: float, text: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draws tokens, but never all of a text; shape (tokens,), bool."""
    if not rate:
        return np.zeros(len(text), bool)
    draws = generator.random(len(text))
    drawn = (text >= 0) & (draws < rate)
    for number in np.unique(text[drawn]):
        own = np.flatnonzero(text == number)
        if drawn[own].all():
            drawn[own[draws[own].argmax()]] = False
    return drawn
