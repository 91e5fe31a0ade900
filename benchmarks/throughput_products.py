"""How fast the machine multiplies matrices of the encoder's own shapes; prints one JSON line.

The rate of a share is the better of two libraries, ``--framework tensorflow`` and ``torch``.

    python benchmarks/throughput_products.py --framework torch --tokens 1024 --hidden 384
        --intermediate 1536
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

SECONDS = 1.5  # a shape and precision
PRECISIONS = ("float32", "bfloat16")


def shapes_of(tokens: int, hidden: int, intermediate: int) -> dict[str, tuple[int, int, int]]:
    """Returns the products of a layer: rows, inner and columns of each.

    Example:
    >>> shapes_of(1024, 384, 1536)["up"]
    (1024, 384, 1536)
    """
    return {
        "square": (tokens, hidden, hidden),  # query, key, value and what joins the heads
        "up": (tokens, hidden, intermediate),
        "down": (tokens, intermediate, hidden),
    }


def multiply_tensorflow(shape: tuple[int, int, int], precision: str) -> Callable[[], object]:
    """Returns a product of TensorFlow, which is done when the function returns."""
    import tensorflow as tf

    rows, inner, columns = shape
    left = tf.cast(tf.random.normal((rows, inner)), precision)
    right = tf.cast(tf.random.normal((inner, columns)), precision)
    return tf.function(lambda: tf.matmul(left, right))


def multiply_torch(shape: tuple[int, int, int], precision: str) -> Callable[[], object]:
    """Returns a product of PyTorch."""
    import torch

    rows, inner, columns = shape
    left = torch.randn(rows, inner).to(getattr(torch, precision))
    right = torch.randn(inner, columns).to(getattr(torch, precision))
    return lambda: torch.matmul(left, right)


def seconds_of(multiply: Callable[[], object]) -> float:
    """Returns the median seconds of a product, over a second and more."""
    for _ in range(5):
        multiply()
    taken: list[float] = []
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        begun = time.perf_counter()
        multiply()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


FRAMEWORKS = {"tensorflow": multiply_tensorflow, "torch": multiply_torch}


def main() -> None:
    """Times each product and prints its seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--framework", choices=FRAMEWORKS, required=True)
    for name in ("tokens", "hidden", "intermediate"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    shapes = shapes_of(options.tokens, options.hidden, options.intermediate)
    found = {
        precision: {
            name: seconds_of(FRAMEWORKS[options.framework](shape, precision))
            for name, shape in shapes.items()
        }
        for precision in PRECISIONS
    }
    print(json.dumps({"product_seconds": found}))


if __name__ == "__main__":
    main()
