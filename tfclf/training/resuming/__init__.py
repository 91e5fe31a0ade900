"""A training that was interrupted goes on, as if it had not been."""

from tfclf.training.resuming.backup import SAVE_EVERY, Backup
from tfclf.training.resuming.interrupts import Interrupted, interrupts
from tfclf.training.resuming.position import Position
from tfclf.training.resuming.saving import Saving, saved_fit
from tfclf.training.resuming.snapshot import Snapshot

__all__ = [
    "SAVE_EVERY",
    "Backup",
    "Interrupted",
    "Position",
    "Saving",
    "Snapshot",
    "interrupts",
    "saved_fit",
]
