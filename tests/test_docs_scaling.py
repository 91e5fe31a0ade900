"""docs/scaling.md shows what its model says, and the model counts what the code keeps."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "scaling.md").read_text()
NAMES = ("measured", "figures", "memory", "hardware", "stages", "bulk", "settings")


@pytest.fixture
def cost_model(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import cost_model

    return cost_model


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_those_of_the_model_and_the_results(cost_model, name):
    shown = re.search(rf"<!-- table: {name} -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL)[1]
    # Where they differ: python benchmarks/cost_model.py --tables
    assert shown.splitlines() == cost_model.tables()[name]


def test_every_table_has_its_place(cost_model):
    assert set(cost_model.tables()) == set(NAMES)


def test_the_page_names_the_rates_of_each_machine(cost_model):
    sources = [line for line in PAGE.splitlines() if line.startswith("| ") and "](https" in line]
    for name, machine in cost_model.MACHINES.items():
        (row,) = [line for line in sources if line.startswith(f"| {name}")]
        figures = [rate / 1e12 for rate in machine.rates.values()]
        figures += [machine.memory / 1e9, machine.bandwidth / 1e9]
        for figure in figures:
            assert f"{figure:,.10g}" in row, f"{name}: {figure}"


def test_the_flop_of_a_token(cost_model):
    # MiniLM: 2 x 6 x 384 x (4 x 384 + 2 x 1536) weights, and 4 x 32 x 384 x 6 for attention.
    work = cost_model.forward(cost_model.ENCODERS["MiniLM"], 1, 32, "float32")
    assert work.flop == 21_233_664 + 294_912
    step = cost_model.training(cost_model.ENCODERS["MiniLM"], 1, 32)
    again = cost_model.training(cost_model.ENCODERS["MiniLM"], 1, 32, checkpoint=True)
    assert step.flop == 3 * work.flop and again.flop == 4 * work.flop


def test_the_weights_are_those_of_a_model(cost_model):
    from tfclf import TFBertForSequenceClassification

    sizes = {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 3}
    others = {"num_attention_heads": 4, "vocab_size": 17, "max_position_embeddings": 9}
    model = TFBertForSequenceClassification(
        {**sizes, **others, "type_vocab_size": 2, "num_labels": 5}
    )
    model.build()
    head = 12 * 5 + 5
    assert cost_model.Sizes(12, 20, 3, 4, 17, 11).weights == model.count_params() - head


def test_what_is_kept_is_what_the_layer_keeps(cost_model):
    from tfclf.models.fused_layer import FusedLayer, LayerTensors
    from tfclf.models.layer_pieces import LayerPieces

    batch, seq, hidden, wide, heads = 3, 5, 8, 14, 2
    square, row = np.ones((hidden, hidden), "float32"), np.ones(hidden, "float32")
    tensors = LayerTensors(
        np.ones((batch, seq, hidden), "float32"),
        *(square, row) * 4,
        *(row, row),
        *(np.ones((hidden, wide), "float32"), np.ones(wide, "float32")),
        *(np.ones((wide, hidden), "float32"), row),
        *(row, row),
    )
    layer = FusedLayer(LayerPieces(heads, "gelu", 1e-12, 0.1, 0.1))
    _, kept = layer.forward(tensors, (None, None, None, None))
    numbers = batch * seq * hidden + sum(int(np.prod(each.shape)) for each in kept)
    assert numbers == batch * seq * cost_model.Sizes(hidden, wide, 1, heads).kept(seq)


@pytest.mark.parametrize("kind", ["step", "forward"])
def test_the_figures_of_a_machine_are_found_again(cost_model, kind, monkeypatch, tmp_path):
    # Seconds made by hand: 70 % of 200 GFLOP/s, 3 ms of overhead, an update at 10 GB/s.
    sizes, cells = cost_model.ENCODERS["MiniLM"], []
    cells.append({"cell": "products", "rate": 200e9})
    cells.append({"cell": "bandwidth", "bytes_per_second": 10e9})
    for rows, length in (cost_model.SMALLEST, *cost_model.SHAPES):
        work = cost_model.work_of(sizes, kind, rows, length)
        seconds = work.flop / 200e9 / 0.7 + work.updated / 10e9 + 3e-3
        cells.append({"cell": f"{kind} {rows}x{length}", "seconds": seconds})
    file = tmp_path / "cells.jsonl"
    file.write_text("".join(json.dumps(cell) + "\n" for cell in cells))
    monkeypatch.setattr(cost_model, "CELLS", file)
    machine = cost_model.here(cost_model.read_cells(), kind)
    assert machine.share == pytest.approx(0.7) and machine.overhead == pytest.approx(3e-3)
    lines = cost_model.measured(cost_model.read_cells())
    ratios = [line.split(" | ")[4] for line in lines[2:]]
    assert ratios == ["1.00", "fitted", "1.00", "1.00", "1.00", "1.00"]
