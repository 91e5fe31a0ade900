"""What becomes of texts that are longer than the model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tfclf.errors import ArgumentError

HOW = ("head", "tail", "head+tail", "windows")
POOLINGS = ("mean", "max")
# Of what is kept of a text: how much stands at its beginning. With head+tail it is a quarter, which
# is 128 of 510 tokens (Sun et al. 2019, section 5.3.1).
BEGINNING_SHARES = {"head": 1.0, "tail": 0.0, "head+tail": 0.25, "windows": 1.0}
OVERLAP_SHARE = 0.25  # of a window that the next one repeats, where no stride is given


@dataclass(frozen=True)
class LongText:
    """What becomes of a text that is too long.

    Attributes:
        how: ``"head"`` keeps its beginning, ``"tail"`` its end, ``"head+tail"`` a quarter of the
            beginning and three of the end, ``"windows"`` all of it in windows that overlap, whose
            logits are pooled. Words with tags are always read in windows.
        stride: Tokens from the beginning of one window to that of the next; None takes three
            quarters of a window.
        pooling: ``"mean"`` or ``"max"`` of the logits of a text's windows.
        max_windows: Most windows of a text; what is behind them is cut off. It bounds the memory
            that a batch takes.

    Raises:
        ArgumentError: A value is none of those.
    """

    how: str = "head"
    stride: int | None = None
    pooling: str = "mean"
    max_windows: int = 16

    def __post_init__(self) -> None:
        for name, value, known in (
            ("long text", self.how, HOW),
            ("pooling", self.pooling, POOLINGS),
        ):
            if value not in known:
                raise ArgumentError(f"{name}: {value!r}, expected one of {', '.join(known)}")
        for name, number in (("stride", self.stride), ("max_windows", self.max_windows)):
            whole = isinstance(number, int) and not isinstance(number, bool)
            if number is not None and not (whole and number >= 1):
                raise ArgumentError(f"{name} is {number!r}, expected a whole number of at least 1")

    def to_dict(self) -> dict[str, Any]:
        """Returns the settings as JSON."""
        return asdict(self)

    def step(self, room: int) -> int:
        """Returns the tokens from one window to the next.

        Raises:
            ArgumentError: The stride would leave tokens out between two windows.
        """
        stride = max(1, room - int(room * OVERLAP_SHARE)) if self.stride is None else self.stride
        if stride > room:
            raise ArgumentError(
                f"the stride is {stride} tokens, but a window holds {room}: "
                "tokens between them would be lost",
                remedy="Choose a smaller --window-stride.",
            )
        return stride

    def pieces(self, ids: Sequence[int], room: int) -> list[list[int]]:
        """Cuts the ids of a text into what the model reads.

        Args:
            ids: Token ids, without ``[CLS]`` and ``[SEP]``.
            room: Tokens that a piece may have.

        Returns:
            One piece, or the windows.

        Example:
        >>> LongText("head+tail").pieces([1, 2, 3, 4, 5, 6], 4)
        [[1, 4, 5, 6]]
        >>> LongText("windows", stride=3).pieces([1, 2, 3, 4, 5, 6], 4)
        [[1, 2, 3, 4], [4, 5, 6]]
        """
        ids = list(ids)
        if len(ids) <= room:
            return [ids]
        if self.how == "windows":
            step = self.step(room)
            number = min(1 + -(-(len(ids) - room) // step), self.max_windows)
            return [ids[i * step : i * step + room] for i in range(number)]
        begin = self.kept_at_beginning(room)
        return [ids[:begin] + ids[len(ids) - (room - begin) :]]

    def kept_at_beginning(self, room: int) -> int:
        """Returns how many tokens of its beginning are kept of a text that is too long.

        Args:
            room: Tokens that are kept of it; the others are those of its end.

        Example:
        >>> [LongText(how).kept_at_beginning(510) for how in ("head", "tail", "head+tail")]
        [510, 0, 128]
        """
        return round(room * BEGINNING_SHARES[self.how])


def pair_lengths(first: int, second: int, room: int) -> tuple[int, int]:
    """Shares the room between two texts: tokens are taken from the longer one first.

    The rule of Hugging Face's ``truncation="longest_first"``.

    Args:
        first: Tokens of the first text.
        second: Tokens of the second text.
        room: Tokens for both.

    Returns:
        Tokens that each keeps.

    Example:
    >>> pair_lengths(9, 3, 8), pair_lengths(9, 7, 9), pair_lengths(1, 2, 9)
    ((5, 3), (5, 4), (1, 2))
    """
    if first + second <= room:
        return first, second
    shorter = min(first, second)
    if 2 * shorter <= room:
        longer = room - shorter
        return (shorter, longer) if first <= second else (longer, shorter)
    half = room // 2
    return (half, room - half) if first <= second else (room - half, half)
