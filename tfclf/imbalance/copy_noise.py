"""Noise on the copies that a sampler makes, and on nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tfclf.imbalance.token_noise import TokenNoise


@dataclass(frozen=True)
class CopyNoise:
    """Changes the tokens of every reading of an item but the first of an epoch.

    The ``change`` of ``tfclf.data.Batches``: what a copy becomes is a function of seed, epoch, item
    and number of the copy alone.

    Attributes:
        noise: What is done to a copy.
        seed: Seed of the draws.
    """

    noise: TokenNoise
    seed: int = 0

    def __call__(
        self, inputs: dict[str, np.ndarray], items: np.ndarray, copies: np.ndarray, epoch: int
    ) -> dict[str, np.ndarray]:
        """Returns a batch with its copies changed.

        Args:
            inputs: Padded inputs of the batch.
            items: Item in each line, shape (batch,).
            copies: How often the item was read before in this epoch, shape (batch,).
            epoch: Number of the epoch.
        """
        same = np.full_like(items, self.seed), np.full_like(items, epoch)
        return self.noise(inputs, copies > 0, np.column_stack([*same, items, copies]))
