"""What ``--devices`` means on this machine."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tfclf.errors import ArgumentError
from tfclf.training.devices.machine import CPU, Machine

logger = logging.getLogger("tfclf")

AUTO = "auto"


@dataclass(frozen=True)
class Devices:
    """The devices that a training runs on, together.

    Attributes:
        names: As the backend names them, those of all processes; they share each batch alike.
        num_processes: Processes that compute together; each has as many of the devices.
        process_id: Number of this one, from 0.
    """

    names: tuple[str, ...]
    num_processes: int = 1
    process_id: int = 0

    @property
    def number(self) -> int:
        """How many devices there are."""
        return len(self.names)

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and shows."""
        return self.process_id == 0


ONE_DEVICE = Devices(("",))  # whichever the backend takes by itself


def choose_devices(wanted: int | str, batch_size: int, machine: Machine) -> Devices:
    """Chooses the devices of a training.

    ``auto`` takes all accelerators, or as many of them as a batch can be divided by; of a processor
    one device. Several processes take all that they have.

    Args:
        wanted: A number, or ``"auto"``.
        batch_size: Rows of a batch, of all devices together.
        machine: What there is.

    Raises:
        ArgumentError: There are fewer devices, or a batch cannot be divided by them.

    Example:
    >>> four = Machine("GPU", ("GPU:0", "GPU:1", "GPU:2", "GPU:3"))
    >>> choose_devices("auto", 32, four).number, choose_devices(2, 32, four).names
    (4, ('GPU:0', 'GPU:1'))
    """
    there, several = len(machine.names), machine.num_processes > 1
    number = there
    if wanted != AUTO:
        number = int(wanted)
    elif not several:
        number = 1 if machine.kind == CPU else _divisor(batch_size, there)
        if machine.kind != CPU and number < there:
            _warn_of_idle(batch_size, number, machine)
    if number > there:
        raise ArgumentError(
            f"{number} devices asked for, but there is {machine}"
            if there == 1
            else f"{number} devices asked for, but there are {machine}",
            where="devices",
            remedy=f"Pass --devices {there}, or leave it out.",
        )
    if several and number != there:
        raise ArgumentError(
            f"{number} of {machine} asked for, but {machine.num_processes} processes share them "
            "all",
            where="devices",
            remedy="Leave --devices out.",
        )
    _check_batch(batch_size, number, several)
    if number > 1 or there > 1:
        logger.info(
            "Devices: %s of %s, %s rows of a batch each.", number, machine, batch_size // number
        )
    return Devices(machine.names[:number], machine.num_processes, machine.process_id)


def _divisor(batch_size: int, most: int) -> int:
    """Returns the largest number up to ``most`` that divides a batch."""
    return next(number for number in range(most, 0, -1) if batch_size % number == 0)


def _sizes(batch_size: int, number: int) -> str:
    """Returns the sizes nearest to a batch that a number of devices divides."""
    below = batch_size // number * number
    return " or ".join(str(size) for size in (below, below + number) if size)


def _warn_of_idle(batch_size: int, number: int, machine: Machine) -> None:
    there = len(machine.names)
    logger.warning(
        "%s of %s stay%s idle: a batch of %s rows can be divided by %s of them. "
        "--batch-size %s takes them all.",
        there - number,
        machine,
        "s" if there - number == 1 else "",
        batch_size,
        number,
        _sizes(batch_size, there),
    )


def _check_batch(batch_size: int, number: int, several: bool) -> None:
    if batch_size % number == 0:
        return
    sizes = _sizes(batch_size, number)
    fewer = "" if several else f", or --devices {_divisor(batch_size, number)}"
    raise ArgumentError(
        f"a batch of {batch_size} rows cannot be divided by {number} devices",
        where="devices",
        remedy=f"Pass --batch-size {sizes}{fewer}.",
    )
