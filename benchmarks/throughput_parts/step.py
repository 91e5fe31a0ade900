"""A steady training step and a forward pass on full batches, beside the products of matrices."""

import json
import random
import statistics
import sys
from pathlib import Path
from typing import Any

from throughput_watch import step_seconds

from throughput_parts.found import Found, of_side, ratios, spread, table
from throughput_parts.process import Measured
from throughput_parts.setting import (
    BATCH,
    HERE,
    KERASHUB,
    LIKE_PEERS,
    OURS,
    RATE,
    SHUFFLED_WITH,
    Cell,
    Setting,
    printed,
)

PRODUCTS = HERE / "throughput_products.py"
TORCH_STEP = HERE / "peers" / "torch_step.py"
LENGTHS = (32, 128)  # tokens of every row
PRECISIONS = ("float32", "bfloat16")
LIBRARIES = ("tensorflow", "torch")
CLASSES = 77
LEAST_STEPS = 8
TRAINING, FORWARD = "step", "forward"
TIMES = {TRAINING: 3, FORWARD: 1}  # forward passes that each is worth in products
IN_A_LAYER = {"square": 4, "up": 1, "down": 1}  # query, key, value, output; feed-forward
GOALS = {(TRAINING, 32): 0.70, (TRAINING, 128): 0.75, (FORWARD, 32): 0.9, (FORWARD, 128): 0.9}


def cells(setting: Setting, turn: int) -> list[Cell]:
    """Returns products, steps and forward passes of each length and precision."""
    made = []
    for length in LENGTHS:
        rows = full_rows(setting, length)
        for library in LIBRARIES:
            made.append(_products(setting, library, length))
        for precision in PRECISIONS:
            made += _steps(setting, turn, rows, length, precision)
    return made


def full_rows(setting: Setting, length: int) -> Path:
    """Returns a file of rows that have at least so many tokens, a batch for each step."""
    words = [word for row in setting.shuffled for word in row["text"].split()]
    draw = random.Random(SHUFFLED_WITH)
    rows = [
        {"text": " ".join(draw.choices(words, k=length)), "label": f"label {row % CLASSES}"}
        for row in range(_count(setting, length) * BATCH)
    ]
    return setting.write(f"full-{length}", rows)


def _count(setting: Setting, length: int) -> int:
    """Returns how many steps are timed; long rows take fewer."""
    return max(LEAST_STEPS, setting.options.steps * LENGTHS[0] // length)


def _products(setting: Setting, library: str, length: int) -> Cell:
    config = config_of(setting.options.model)
    python = sys.executable if library == "tensorflow" else setting.options.peer_python
    command = [python, PRODUCTS, "--framework", library, "--tokens", length * BATCH]
    command += ["--hidden", config["hidden_size"], "--intermediate", config["intermediate_size"]]
    return Cell("step", f"products, {library}", command, printed, {"length": length})


def _steps(setting: Setting, turn: int, rows: Path, length: int, precision: str) -> list[Cell]:
    about = {"length": length, "precision": precision}
    one = ("--precision", precision, "--max-length", length, "--epochs", 2, *RATE)
    made, steps = [], _count(setting, length)
    for side, jit in (("ours", "on"), ("ours, no XLA", "off")):
        run = setting.run("step", length, precision, side, turn)
        command = setting.watched(rows, run, *one, *LIKE_PEERS, "--jit", jit)
        made.append(Cell("step", side, command, lambda done: _read_step(done, steps), about))
    size = ("--length", length, "--precision", precision, "--steps", steps)
    made.insert(1, Cell("step", "PyTorch", setting.peer(TORCH_STEP, *size), printed, about))
    if setting.kerashub:
        command = setting.peer(KERASHUB, rows, "--encoded", *one)
        made.append(Cell("step", "KerasHub", command, printed, about))
    command = [sys.executable, OURS, "forward", rows, "--model", setting.options.model, *size[:4]]
    return [*made, Cell("step", "ours, forward", command, printed, about)]


def _read_step(done: Measured, steps: int) -> dict[str, Any]:
    """Reads the steps after the first epoch, in which things are built."""
    call = done.figures["calls"][0]
    seconds = statistics.median(step_seconds(call, warm_steps=steps))
    return {"step_seconds": seconds, "first_go": call["ends"][0]}


def config_of(model: str) -> dict[str, Any]:
    """Returns the sizes of an encoder."""
    return json.loads((Path(model) / "config.json").read_text())


def flop_a_token(config: dict[str, Any], length: int, kind: str) -> float:
    """Returns the floating-point operations of products that a useful token needs.

    A weight is multiplied and added once forward and twice backward; attention multiplies each
    token's query with every key, and the shares with every value.

    Example:
    >>> sizes = {"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 6}
    >>> flop_a_token(sizes, 32, "forward") / 1e6
    21.528576
    """
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    weights = layers * (4 * hidden**2 + 2 * hidden * config["intermediate_size"])
    return TIMES[kind] * (2 * weights + 4 * length * hidden * layers)


def product_rate(cells: list[Found], config: dict[str, Any], precision: str) -> float:
    """Returns FLOP/s of a layer's products, of each shape the faster library's."""
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    weights = {"square": hidden**2, "up": hidden * wide, "down": hidden * wide}
    flop = seconds = 0.0
    for shape, number in IN_A_LAYER.items():
        seconds += number * min(cell["product_seconds"][precision][shape] for cell in cells)
        flop += number * 2 * weights[shape] * cells[0]["length"] * BATCH
    return flop / seconds


def lines(found: list[Found], config: dict[str, Any]) -> list[str]:
    """Returns the section on steps."""
    shown = []
    for kind in TIMES:
        for length in LENGTHS:
            for precision in PRECISIONS:
                shown += _rows(found, config, kind, length, precision)
    head = ["what", "tokens", "precision", "side", "ms", "GFLOP/s", "products' GFLOP/s"]
    head += ["share of it", "goal", "to PyTorch"]
    return [
        f"## A step and a forward pass of {BATCH} full rows",
        "",
        "GFLOP/s of useful tokens: 6 FLOP a token (forward 2) for each weight of the encoder's "
        "layers, and 12 x length x hidden x layers (forward 4) for attention. Products: those of "
        f"a layer, {BATCH} x length rows, for each shape the faster of TensorFlow and PyTorch. "
        "Steps of ours are `fit`'s in `tfclf train` with `--jit on` and `off`; its forward pass is "
        "prediction with its batching. To PyTorch: rate to rate; the goal of a float32 step is "
        "1.1.",
        "",
        *table(head, shown),
    ]


def _rows(found: list[Found], config: dict, kind: str, length: int, precision: str) -> list:
    about = {"length": length, "precision": precision}
    flop = flop_a_token(config, length, kind) * length * BATCH
    products = [of_side(found, f"products, {name}", length=length) for name in LIBRARIES]
    rates = {
        turn: product_rate([side[turn] for side in products if turn in side], config, precision)
        for turn in set(products[0]) | set(products[1])
    }

    def seconds(cell: Found) -> float:
        return cell["step_seconds"] if kind == TRAINING else cell["seconds_a_row"] * BATCH

    torch = of_side(found, "PyTorch", **about)
    sides = ("ours", "ours, no XLA", "PyTorch", "KerasHub")
    shown = []
    for side in sides if kind == TRAINING else ("ours, forward", "PyTorch"):
        own = of_side(found, side, **about)
        shares = [flop / seconds(own[turn]) / rates[turn] for turn in own if turn in rates]
        goal = GOALS[kind, length] if side.startswith("ours") and precision == "float32" else None
        if own:
            shown.append(
                [kind, str(length), precision, side.removesuffix(", forward")]
                + [spread([seconds(cell) * 1e3 for cell in own.values()], 0)]
                + [spread([flop / seconds(cell) / 1e9 for cell in own.values()], 0)]
                + [spread([rate / 1e9 for rate in rates.values()], 0)]
                + [spread(shares, 2), f"{goal or ''}"]
                + [spread(ratios(torch, own, seconds), 2) if side != "PyTorch" else ""]
            )
    return shown
