"""The README shows what the results say, and its Python runs as far as it can without a network."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SHOWN = README + (ROOT / "docs" / "figures.md").read_text()


@pytest.mark.parametrize("name", ["demo", "lines", "quality", "tasks", "multi_task", "rates"])
def test_tables_are_those_of_the_benchmarks(name):
    lines = (ROOT / "benchmarks" / "results" / f"{name}.md").read_text().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) >= 4
    assert "\n".join(table) in SHOWN


def test_the_rates_are_those_of_the_benchmark():
    text = (ROOT / "benchmarks" / "results" / "throughput.md").read_text()
    table = text[text.index("| rate | whole process") :].split("\n\n")[0]
    assert len(table.splitlines()) >= 6
    assert table in README


def test_the_tokenizer_graph_has_the_measured_figures():
    ids, speed = (
        (ROOT / "benchmarks" / "results" / "tokenizer_graph.md").read_text().split("## Speed")
    )
    assert "\n".join(line for line in speed.splitlines() if line.startswith("|")) in README
    rows = re.findall(r"\| ([\d,]+) \| ([\d,]+) \| (\d+) \|", ids)
    texts = {sum(int(number.replace(",", "")) for number in row[:2]) for row in rows}
    (each,) = texts
    differences = sum(int(row[2]) for row in rows)
    said = f"with {len(rows)} tokenizers on {each:,} texts each"
    assert said in README and f"{differences} differences" in README


def test_the_opening_sentence_has_the_measured_figures():
    table = (ROOT / "benchmarks" / "results" / "demo.md").read_text()
    naive, ours = re.search(r"\| macro-F1 \| \d+ \| (\S+) \| \*\*(\S+)\*\* \|", table).groups()
    opening = README.split("```")[0]
    assert f"macro-F1 of {naive}" in opening
    assert f"with {ours}." in opening


@pytest.fixture
def blocks():
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_fit_block_runs(blocks, tiny_encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    letters = "abcdefghijkl"  # 12 x 12 x 3 rows: more steps than the warm-up has
    lines = [f"film {a}{b},{label}" for a in letters for b in letters for label in "pqr"]
    Path("tickets.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    block = next(block for block in blocks if "model.fit" in block)
    assert len(block.splitlines()) <= 45
    tree = ast.parse(
        block.replace("google-bert/bert-base-uncased", str(tiny_encoder)).replace(" 128,", " 19,")
    )
    names: dict = {}
    exec(compile(tree, "README.md", "exec"), names)
    assert Path("my-model/model.safetensors").is_file()
    assert "val_macro_f1" in names["model"].history.history


def test_the_checkpoint_block_runs(blocks, oracle, golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = next(block for block in blocks if "tf_model.h5" in block)
    import tfclf

    names = {"tfclf": tfclf, "ids": golden["input_ids"], "mask": golden["attention_mask"]}
    exec(block.replace("folder-with-tf_model.h5", str(oracle / "tiny-sequence-h5")), names)
    assert names["logits"].shape == (7, 6)
    assert Path("new-folder/model.safetensors").is_file()


@pytest.mark.slow
def test_the_doctor_block_says_what_the_readme_says(blocks, encoder, capsys):
    import numpy as np
    import tensorflow as tf

    import tfclf
    from tfclf.data import Tokenizer

    texts = [f"the {what} of order {number}" for number in range(80) for what in ("card", "bill")]
    ids = Tokenizer(encoder).encode(texts)
    rows = np.array([[101, *own[:6], 102] for own in ids], "int32")
    labels = np.arange(len(rows)) % 3
    train = tf.data.Dataset.from_tensor_slices(({"input_ids": rows}, labels)).shuffle(999).batch(8)
    block = next(block for block in blocks if "tfclf.diagnose" in block)
    exec(block, {"tfclf": tfclf, "folder": encoder, "train": train})
    errors = [line for line in capsys.readouterr().out.splitlines() if line.startswith("error: ")]
    for line, name, remedy in zip(
        errors,
        ("logits-read-as-probabilities", "learning-rate-too-high"),
        ("SparseCategoricalCrossentropy(from_logits=True)", "WarmupDecay(2e-04"),
        strict=True,
    ):
        assert line.startswith(f"error: {name}. ") and remedy in line
        assert f"`error: {name}`" in README


def test_rare_labels_have_the_measured_figures():
    """The peer and ours, on each data set; the other losses are in the results."""
    results = (ROOT / "benchmarks" / "results" / "imbalance_summary.md").read_text().splitlines()
    shown = [row for row in README.splitlines() if row in results and row.startswith("| ")]
    sides = {tuple(cell.strip() for cell in row.split("|")[1:3]) for row in shown[1:]}
    for data in ("fb_multitask_en_intent", "clinc_oos_rare", "goemotions", "banking77_tail"):
        assert {(data, "peer default"), (data, "peer weighted"), (data, "auto")} <= sides
    table = README[README.index("F1 of the rarest third") :].split("\n\n")[0].splitlines()[2:]
    assert set(table) <= set(results) and len(table) == len(sides)


def test_memory_with_a_large_file_is_the_measured_one():
    results = (ROOT / "benchmarks" / "results" / "large_file.md").read_text()
    own, mapped = re.findall(r"^Ratio, .*: (\S+) \(goal", results, re.MULTILINE)
    said = " ".join(SHOWN.split())
    assert f"takes {own} times as much as one on 50,000, and {mapped} times with what" in said
    trust = (ROOT / "docs" / "trust.md").read_text()
    assert [row for row in results.splitlines() if row.startswith("|")][2:] == [
        row for row in trust.splitlines() if row.startswith(("| 50,000", "| 5,000,000"))
    ]


@pytest.mark.parametrize("name", ["kill_training", "bad_inputs", "tuning"])
def test_quoted_rows_are_those_of_the_benchmarks(name):
    """Each line of a table that stands in the README under a link to its results."""
    lines = (ROOT / "benchmarks" / "results" / f"{name}.md").read_text().splitlines()
    _, _, after = README.partition(f"benchmarks/results/{name}.md)")
    quoted = after.lstrip(",:)\n ").split("\n\n")[0].splitlines()
    assert len(quoted) >= 3 and all(line.startswith("|") for line in quoted)
    assert set(quoted) <= set(lines)
