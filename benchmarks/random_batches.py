"""``tfclf train`` with random batches: one bucket for all rows, as without length bucketing.

python benchmarks/random_batches.py train TRAIN --output RUN ...
"""

import functools
from typing import Any

import numpy as np

from tfclf.cli.app import main
from tfclf.data import Batches, EncodedRows


def in_one_bucket(original: Any) -> Any:
    """Returns the constructor of ``Batches`` with one bucket, as long as the longest row."""

    @functools.wraps(original)
    def construct(self: Batches, rows: EncodedRows, *arguments: Any, **settings: Any) -> None:
        settings["buckets"] = np.array([rows.lengths.max()])
        original(self, rows, *arguments, **settings)

    return construct


if __name__ == "__main__":
    Batches.__init__ = in_one_bucket(Batches.__init__)
    main()
