"""Several processes that train one model together, on JAX."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import keras
import numpy as np

from tfclf.errors import RunError

T = TypeVar("T")

ADDRESSES, NUMBER, PLACE = (
    f"KERAS_DISTRIBUTION_{name}" for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
)
TPU_HOSTS = "TPU_WORKER_HOSTNAMES"  # of the hosts of a TPU pod


class Processes:
    """The processes of a training; alone there is one, and nothing is asked of anybody.

    Args:
        number: How many there are.
        place: Number of this one, from 0.
        joined_here: Whether ``join`` has joined them, so that ``leave`` has to part them.
    """

    def __init__(self, number: int = 1, place: int = 0, joined_here: bool = False):
        self.number, self.place, self._joined_here = number, place, joined_here

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and shows."""
        return self.place == 0

    def gather(self, text: str) -> list[str]:
        """Returns the texts of all processes, in their order; all of them have to call it.

        Args:
            text: What this one says.
        """
        if self.number == 1:
            return [text]
        from jax.experimental import multihost_utils

        # Lengths first: what is gathered has one shape.
        own = np.frombuffer(text.encode(), "uint8")
        length = int(multihost_utils.process_allgather(np.array(len(own), "int32")).max())
        padded = np.zeros(max(length, 1), "uint8")
        padded[: len(own)] = own
        everything = np.asarray(multihost_utils.process_allgather(padded))
        return [bytes(row).rstrip(b"\0").decode() for row in everything]

    def all_do(self, work: Callable[[], T]) -> T:
        """Returns what a piece of work gives here, once it is done in every process.

        Raises:
            Exception: It failed here, and this is why.
            RunError: It failed in another process, which this one would wait for in vain.
        """
        failed: Exception | None = None
        try:
            done = work()
        except Exception as error:  # whatever it is: the others would wait for this process
            failed = error
        said = self.gather("" if failed is None else str(failed) or type(failed).__name__)
        if failed is not None:
            raise failed
        for place, what in enumerate(said):
            if what:
                raise RunError(what, where=f"process {place} of {self.number}")
        return done

    def leave(self) -> None:
        """Parts the processes, once each of them is here; each goes on alone."""
        if self._joined_here:
            import jax

            jax.distributed.shutdown()
        self.number, self._joined_here = 1, False


def join() -> Processes:
    """Joins the processes that the environment names, before anything is computed.

    Keras reads ``KERAS_DISTRIBUTION_JOB_ADDRESSES``, ``KERAS_DISTRIBUTION_NUM_PROCESSES`` and
    ``KERAS_DISTRIBUTION_PROCESS_ID``; on the hosts of a TPU pod JAX finds out by itself. Processes
    that are joined already are left as they are.

    Raises:
        RunError: They cannot be joined.
    """
    if keras.backend.backend() != "jax":
        return Processes()
    import jax

    several = os.environ.get(NUMBER, "1") != "1" or "," in os.environ.get(TPU_HOSTS, "")
    named = several or ADDRESSES in os.environ
    if named and not jax.distributed.is_initialized():
        try:
            keras.distribution.initialize()
        except (RuntimeError, ValueError, TypeError) as error:
            first = str(error).strip().splitlines()[0]
            raise RunError(
                f"cannot be joined ({first})",
                where="processes",
                remedy=f"Set {ADDRESSES}=HOST:PORT, {NUMBER} and {PLACE} in each of them, and "
                "start them together; in Python, before anything is computed.",
            ) from None
        return Processes(jax.process_count(), jax.process_index(), joined_here=True)
    if not jax.distributed.is_initialized():
        return Processes()
    return Processes(jax.process_count(), jax.process_index())
