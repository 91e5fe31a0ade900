"""What fine-tuning and prediction do, in FLOP and bytes, and how long a machine takes for it.

``docs/scaling.md`` explains it; nothing here needs TensorFlow.
"""

import math
from dataclasses import dataclass

NUMBERS = {"float32": 4, "tf32": 4, "bfloat16": 2, "float16": 2}  # bytes of an activation
UPDATE = 32  # bytes a trained weight: AdamW reads 4 numbers, writes 3; clipping reads the gradient
MOVES = 5  # of each kept number: written, read forwards and backwards; its gradient both ways


@dataclass(frozen=True)
class Sizes:
    """Sizes of an encoder, which decide what it costs.

    Example:
    >>> Sizes(384, 1536, 6, 12).weights, Sizes(768, 3072, 12, 12).weights
    (22713216, 109482240)
    """

    hidden: int
    intermediate: int
    layers: int
    heads: int
    vocabulary: int = 30_522
    others: int = 514  # positions and token types

    @property
    def products(self) -> int:
        """Weights that each token is multiplied with."""
        return self.layers * self.hidden * (4 * self.hidden + 2 * self.intermediate)

    @property
    def weights(self) -> int:
        """All weights, those of tables, biases, norms and pooler as well."""
        biases = self.layers * (9 * self.hidden + self.intermediate)
        tables = (self.vocabulary + self.others + 2) * self.hidden
        return self.products + biases + tables + self.hidden**2 + self.hidden

    def kept(self, length: int) -> int:
        """Numbers that a layer keeps of a token for its gradient, by ``FusedLayer.Kept``.

        Input, query, key, value, mixed, attended and output; what stands before the activation;
        a row of attention's weights for each head; the scales of two norms.
        """
        return 7 * self.hidden + self.intermediate + self.heads * length + 2


ENCODERS = {"MiniLM": Sizes(384, 1536, 6, 12), "BERT-base": Sizes(768, 3072, 12, 12)}


@dataclass(frozen=True)
class Work:
    """What a step does.

    Attributes:
        flop: Multiplications and additions of its products.
        moved: Bytes that its layers read and write.
        updated: Bytes that the optimizer reads and writes.
        transient: Bytes that it holds while it runs, gradients among them.
        held: Bytes of weights and of the optimizer's moments.
        runs: Batches of an update, each with the overhead of a step.
    """

    flop: float
    moved: float
    updated: float
    transient: float
    held: float
    runs: int = 1


def forward(sizes: Sizes, tokens: float, length: int, precision: str) -> Work:
    """Returns the work of a forward pass: each number is written and read once."""
    number = NUMBERS[precision]
    flop = tokens * (2 * sizes.products + 4 * length * sizes.hidden * sizes.layers)
    moved = 2 * tokens * sizes.layers * sizes.kept(length) * number + 4 * sizes.products
    return Work(flop, moved, 0, 4 * tokens * sizes.kept(length), 4 * sizes.weights)


def training(
    sizes: Sizes,
    tokens: float,
    length: int,
    precision: str = "float32",
    *,
    trained: float | None = None,
    checkpoint: bool = False,
    batches: int = 1,
) -> Work:
    """Returns the work of a step: one forward pass and two more backwards.

    Args:
        sizes: The encoder.
        tokens: Tokens of a batch, padding counted.
        length: Tokens of a row.
        precision: What is computed in.
        trained: Weights that are trained; None for all.
        checkpoint: Whether layers keep their input alone, and run forwards again.
        batches: Batches of an update.
    """
    number, trained = NUMBERS[precision], trained or sizes.weights
    once = forward(sizes, tokens, length, precision)
    layer = tokens * sizes.kept(length) * number
    all_layers, passes = sizes.layers * layer, 4 if checkpoint else 3
    kept = sizes.layers * tokens * sizes.hidden * number + layer if checkpoint else all_layers
    at_once = tokens * (2 * sizes.intermediate + 4 * sizes.hidden) * number  # of the layer at hand
    moved = (MOVES + 2 * checkpoint) * all_layers + 3 * 4 * sizes.products
    gradients = 4 * trained * (2 if batches > 1 else 1)
    return Work(
        passes * once.flop * batches,
        moved * batches,
        UPDATE * trained,
        kept + at_once + gradients,
        4 * sizes.weights + 8 * trained,
        batches,
    )


@dataclass(frozen=True)
class Machine:
    """What computes, by its data sheet, and how much of that a program gets.

    Attributes:
        rates: FLOP/s by precision.
        bandwidth: Bytes/s of the memory of a device.
        memory: Bytes of a device.
        share: Of the rate that products get.
        bandwidth_share: Of the bandwidth.
        overhead: Seconds of a step that are neither.
        devices: Number of devices; rows of a batch are divided among them.
        link: Bytes/s from a device to the others.
    """

    rates: dict[str, float]
    bandwidth: float
    memory: float = math.inf
    share: float = 0.4
    bandwidth_share: float = 0.7
    overhead: float = 2e-3
    devices: int = 1
    link: float = math.inf

    def parts(self, work: Work, precision: str) -> dict[str, float]:
        """Returns the seconds of each part of the work of one device."""
        bandwidth = self.bandwidth * self.bandwidth_share
        return {
            "products": work.flop / (self.rates[precision] * self.share),
            "memory": work.moved / bandwidth,
            "update": work.updated / bandwidth,
            "exchange": 2 * (1 - 1 / self.devices) * work.updated / UPDATE * 4 / self.link,
            "overhead": self.overhead * work.runs,
        }

    def seconds(self, work: Work, precision: str) -> float:
        """Returns the seconds of a step: products and memory overlap, the others do not."""
        parts = self.parts(work, precision)
        slower = max(parts.pop("products"), parts.pop("memory"))
        return slower + sum(parts.values())

    def bound(self, work: Work, precision: str) -> str:
        """Returns the name of the part that takes longest."""
        parts = self.parts(work, precision)
        return max(parts, key=parts.__getitem__)


# Dense rates, without structured sparsity; the sources stand in docs/scaling.md.
MACHINES = {
    "T4": Machine({"float32": 8.1e12, "float16": 65e12}, 300e9, 16e9),
    "A100 80 GB": Machine({"tf32": 156e12, "bfloat16": 312e12}, 2_039e9, 80e9),
    "H100 SXM": Machine({"tf32": 494.5e12, "bfloat16": 989.5e12}, 3_350e9, 80e9),
    "v5e-8": Machine({"bfloat16": 197e12}, 819e9, 16e9, devices=8, link=200e9),
}
