"""SIGINT and SIGTERM, kept until a training can save what it has."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

logger = logging.getLogger("tfclf")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A training that was asked to end, and has saved before it did.

    Args:
        number: Number of the signal.
        what: What to say of it.
    """

    def __init__(self, number: int, what: str = "interrupted"):
        super().__init__(what)
        self.number = number


@contextmanager
def interrupts() -> Iterator[Callable[[], int | None]]:
    """Puts SIGINT and SIGTERM off; the second of them ends the process at once.

    Signals reach the main thread alone: in another one nothing is put off.

    Yields:
        Returns the number of the signal that came, None while none has.

    Example:
    >>> with interrupts() as came:
    ...     signal.raise_signal(signal.SIGTERM)
    ...     came() == signal.SIGTERM
    True
    """
    arrived: list[int] = []

    def put_off(number: int, frame: FrameType | None) -> None:
        if arrived:
            raise Interrupted(number)
        arrived.append(number)
        logger.info(
            "%s: saving first (once more: ends at once, with what was saved last).",
            signal.Signals(number).name,
        )

    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = {number: signal.signal(number, put_off) for number in SIGNALS}
    try:
        yield lambda: arrived[0] if arrived else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
