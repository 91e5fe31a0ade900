"""The cost model of ``docs/scaling.md``: its forecasts, and what this machine takes beside them.

    python benchmarks/cost_model.py [--cells NAME,...] [--turns 3] [--tables]

Each cell is a process of its own (``cost_model_cells.py``); one that stands in the results is not
run again. At the end, or with ``--tables`` at once, the tables of the results and those of
``docs/scaling.md`` are written anew. The forecasts alone need neither TensorFlow nor a measurement.
"""

import argparse
import datetime
import json
import re
import statistics
import sys
from dataclasses import replace
from pathlib import Path

from cost_model_work import ENCODERS, MACHINES, UPDATE, Machine, Sizes, Work, forward, training
from throughput_parts.found import spread, table

HERE = Path(__file__).parent
RESULTS, DOCS = HERE / "results", HERE.parent / "docs" / "scaling.md"
CELLS, TABLE = RESULTS / "cost_model.jsonl", RESULTS / "cost_model.md"
SHAPES = ((32, 16), (32, 32), (32, 64), (32, 128), (8, 128), (64, 32))
SMALLEST, FITTED = (1, 8), (32, 32)  # what gives the overhead, and the share of the products' rate
MEMORY = ((16, 128), (32, 128), (64, 128))  # the first is what the others are compared with
NARROW = 4_000  # trained rows of the word embeddings in the cells
NOT_YET = ["*Not measured yet.*"]
TOKENS, TEXTS = 40, 1e9  # of a text, as in streaming.md; of the corpus


TRAINED_IN = {"T4": "float16"}  # else bfloat16
PREDICTED_IN = {"T4": "float32", "v5e-8": "bfloat16"}  # else tf32, for float32
LOADS = (("MiniLM", 32, 32), ("MiniLM", 256, 32), ("BERT-base", 32, 128), ("BERT-base", 256, 128))
NVLINK = 300e9  # bytes/s each way between A100 SXM
SETTINGS = (  # options, rows and tokens of a batch, precision, what the model is told
    ("`--precision float32`", 32, 128, "tf32", {}),
    ("`--precision bfloat16`", 32, 128, "bfloat16", {}),
    ("... `--gradient-checkpointing`", 32, 128, "bfloat16", {"checkpoint": True}),
    (
        "... `--batch-size 8 --gradient-accumulation-steps 4`",
        8,
        128,
        "bfloat16",
        {"batches": 4},
    ),
    ("... `--devices 8`", 32, 128, "bfloat16", {}),
    ("rows of 512 tokens, bfloat16", 32, 512, "bfloat16", {}),
    ("... `--batch-tokens 4096`", 8, 512, "bfloat16", {}),
    ("... `--gradient-checkpointing`", 32, 512, "bfloat16", {"checkpoint": True}),
)
PREDICTED_TOKENS = 16_384  # of a batch, as in tfclf.evaluation.predict


def cells() -> dict[str, list[str]]:
    """Returns the arguments of each cell by its name."""
    named = {
        "products": [],
        "bandwidth": ["bandwidth"],
        "compile": ["compile"],
        "update": ["update"],
        "update whole": ["update", "--whole"],
    }
    for rows, length in (SMALLEST, *SHAPES):
        shape = ["--rows", str(rows), "--length", str(length)]
        named[f"step {rows}x{length}"] = ["step", *shape]
        named[f"forward {rows}x{length}"] = ["forward", *shape]
    named["step 32x32 without XLA"] = ["step", "--no-jit"]
    named["step 32x32 checkpointing"] = ["step", "--checkpoint"]
    for rows, length in MEMORY:
        shape = ["--rows", str(rows), "--length", str(length)]
        named[f"memory {rows}x{length}"] = ["memory", *shape]
        named[f"memory {rows}x{length} checkpointing"] = ["memory", *shape, "--checkpoint"]
    return named


def read_cells() -> dict[str, list[dict]]:
    """Returns what stands in the results: the turns of each cell."""
    found: dict[str, list[dict]] = {}
    for line in CELLS.read_text().splitlines() if CELLS.exists() else []:
        cell = json.loads(line)
        found.setdefault(cell["cell"], []).append(cell)
    return found


def median(found: dict[str, list[dict]], name: str, figure: str = "seconds") -> float:
    """Returns the median of a figure over the turns of a cell."""
    return statistics.median(cell[figure] for cell in found[name])


def here(found: dict[str, list[dict]], kind: str) -> Machine:
    """Returns this machine: rate and bandwidth measured; two figures fitted to two of the cells."""
    bare = Machine(
        {"float32": median(found, "products", "rate")},
        median(found, "bandwidth", "bytes_per_second"),
        share=1.0,
        bandwidth_share=1.0,
        overhead=0.0,
    )
    sizes, fits = ENCODERS["MiniLM"], []
    for rows, length in (SMALLEST, FITTED):
        work = work_of(sizes, kind, rows, length)
        left = median(found, f"{kind} {rows}x{length}") - bare.parts(work, "float32")["update"]
        fits.append((work, left))
    (small, first), (large, second) = fits
    # Two equations: flop / rate / share + overhead = what was measured but for the update.
    rate = bare.rates["float32"]
    share = (large.flop - small.flop) / rate / (second - first)
    return replace(bare, share=share, overhead=max(0.0, first - small.flop / rate / share))


def work_of(sizes: Sizes, kind: str, rows: int, length: int) -> Work:
    """Returns the work of a cell."""
    if kind == "forward":
        return forward(sizes, rows * length, length, "float32")
    return training(sizes, rows * length, length, trained=trained_weights(sizes))


def trained_weights(sizes: Sizes) -> int:
    """Returns the weights that are trained where data have ``NARROW`` different words."""
    return sizes.weights - (sizes.vocabulary - NARROW) * sizes.hidden


def measured(found: dict[str, list[dict]]) -> list[str]:
    """Returns the table of what was measured beside what the model says."""
    needed = {"products", "bandwidth"}
    rows_shown = []
    for kind in ("step", "forward"):
        fitted = {f"{kind} {rows}x{length}" for rows, length in (SMALLEST, FITTED)}
        if not (needed | fitted) <= set(found):
            continue
        machine = here(found, kind)
        for rows, length in SHAPES:
            name = f"{kind} {rows}x{length}"
            if name not in found:
                continue
            work = work_of(ENCODERS["MiniLM"], kind, rows, length)
            seconds, forecast = median(found, name), machine.seconds(work, "float32")
            rate = work.flop / seconds
            rows_shown.append(
                [kind, f"{rows} x {length}"]
                + [spread([cell["seconds"] * 1e3 for cell in found[name]], 0)]
                + [f"{forecast * 1e3:,.0f}"]
                + ["fitted" if (rows, length) == FITTED else f"{seconds / forecast:.2f}"]
                + [f"{rate / 1e9:.0f}", f"{rate / machine.rates['float32']:.2f}"]
            )
    head = ["what", "rows x tokens", "measured, ms", "model, ms", "measured to model"]
    head += ["GFLOP/s", "share of products"]
    return table(head, rows_shown) if rows_shown else NOT_YET


def machine_facts(found: dict[str, list[dict]]) -> list[str]:
    """Returns the table of what the model takes from this machine, and of what stands by itself."""
    shown = []
    figures = {
        "products of a layer, 1,024 rows, GFLOP/s": ("products", "rate", 1e-9),
        "memory, GB/s": ("bandwidth", "bytes_per_second", 1e-9),
        "first step of all, s more than a later one": ("compile", "first", 1),
        "first step of another shape, s more": ("compile", "another", 1),
        "update, 4,000 rows of the word embeddings, ms": ("update", "seconds", 1e3),
        "update, all 30,522 rows, ms": ("update whole", "seconds", 1e3),
        "step of 32 x 32 without XLA, ms": ("step 32x32 without XLA", "seconds", 1e3),
        "step of 32 x 32 with checkpointing, ms": ("step 32x32 checkpointing", "seconds", 1e3),
    }
    for text, (name, figure, scale) in figures.items():
        if name not in found:
            continue
        forecast = ""
        if name.startswith("update") and "bandwidth" in found:
            weights = found[name][0]["weights"]
            seconds = UPDATE * weights / median(found, "bandwidth", "bytes_per_second")
            forecast = f"{seconds * 1e3:.0f}"
        values = [cell[figure] * scale for cell in found[name]]
        shown.append([text, spread(values, 0 if scale != 1 else 1), forecast])
    for kind in ("step", "forward"):
        if {"products", "bandwidth", f"{kind} 1x8", f"{kind} 32x32"} <= set(found):
            machine = here(found, kind)
            text = f"fitted to 1 x 8 and 32 x 32, {kind}: share of the products' rate; overhead, ms"
            shown.append([text, f"{machine.share:.2f}; {machine.overhead * 1e3:.1f}", ""])
    return table(["figure", "measured", "model"], shown) if shown else NOT_YET


def memory(found: dict[str, list[dict]]) -> list[str]:
    """Returns the table of the memory that larger batches take, beside the smallest one."""
    shown = []
    for suffix in ("", " checkpointing"):
        peaks, forecasts = [], []
        for rows, length in MEMORY:
            turns = found.get(f"memory {rows}x{length}{suffix}", [])
            peaks.append([cell["bytes"] / 2**20 for cell in turns])
            trained = trained_weights(ENCODERS["MiniLM"])
            checkpoint = {"trained": trained, "checkpoint": bool(suffix)}
            work = training(ENCODERS["MiniLM"], rows * length, length, **checkpoint)
            forecasts.append(work.transient / 2**20)
        for (rows, length), peak, forecast in zip(MEMORY, peaks, forecasts, strict=True):
            more, forecast_more = "", f"{forecast - forecasts[0]:,.0f}"
            if peak and peaks[0]:
                more = f"{statistics.median(peak) - statistics.median(peaks[0]):,.0f}"
            shown.append(
                [f"{rows} x {length}", "yes" if suffix else "no", spread(peak, 0)]
                + [more, forecast_more, f"{forecast:,.0f}"]
            )
    head = ["rows x tokens", "checkpointing", "peak of the process, MiB", "more than the first"]
    return table([*head, "the same by the model", "all of a step by the model"], shown)


def others() -> list[str]:
    """Returns the table of fine-tuning on other hardware."""
    shown = []
    for name, machine in MACHINES.items():
        precision = TRAINED_IN.get(name, "bfloat16")
        for encoder, rows, length in LOADS:
            tokens = rows * length / machine.devices
            work = training(ENCODERS[encoder], tokens, length, precision)
            seconds = machine.seconds(work, precision)
            shown.append(
                [name, precision, encoder, f"{rows} x {length}", f"{seconds * 1e3:.1f}"]
                + [f"{rows / seconds:,.0f}", machine.bound(work, precision)]
                + [f"{(work.held + work.transient) / 1e9:.1f} of {machine.memory / 1e9:.0f}"]
            )
    head = ["device", "precision", "encoder", "rows x tokens", "step, ms", "examples/s"]
    return table([*head, "longest part", "memory of a device, GB"], shown)


def bulk() -> list[str]:
    """Returns the table of the forward passes for the corpus on other hardware."""
    shown = []
    tokenized = figure_of("streaming.md", "tokenize_rows_per_second")
    for name, machine in MACHINES.items():
        precision = PREDICTED_IN.get(name, "tf32")
        for encoder, sizes in ENCODERS.items():
            work = forward(sizes, PREDICTED_TOKENS, TOKENS, precision)
            seconds = machine.seconds(work, precision)
            speed = machine.devices * PREDICTED_TOKENS / TOKENS / seconds
            shown.append(
                [name, precision, encoder, f"{speed:,.0f}", f"{TEXTS / speed / 3600:,.1f}"]
                + [machine.bound(work, precision), f"{speed / tokenized:.1f}"]
            )
    head = ["device", "precision", "encoder", "texts/s", "hours of it", "longest part"]
    return table([*head, "hosts of two cores that tokenize as fast"], shown)


def stages(found: dict[str, list[dict]]) -> list[str]:
    """Returns the table of what one machine like this one takes for each stage of the corpus."""
    read, tokenized = (
        figure_of("streaming.md", f"{name}_rows_per_second") for name in ("read", "tokenize")
    )
    graph = (RESULTS / "tokenizer_graph.md").read_text().split("## Speed")[1]
    in_graph = float(re.search(r"\| graph \| ([\d,]+)", graph)[1].replace(",", ""))
    lines = (RESULTS / "bulk_predict.jsonl").read_text().splitlines()
    whole = [json.loads(line) for line in lines]
    whole = [cell["rows"] / cell["seconds"] for cell in whole if cell["side"] == "command"]
    speeds = {
        f"reading and checking, {TOKENS} tokens a text": read,
        f"tokenizing for `tfclf predict`, {TOKENS} tokens a text": tokenized,
        "tokenizing in the graph of the SavedModel, texts of banking77": in_graph,
        "`tfclf predict` as a whole, MiniLM, texts of banking77": statistics.median(whole),
    }
    if {"products", "bandwidth", "forward 1x8", "forward 32x32"} <= set(found):
        for encoder, sizes in ENCODERS.items():
            work = forward(sizes, 1_024, TOKENS, "float32")
            seconds = here(found, "forward").seconds(work, "float32")
            speeds[f"forward pass, {encoder}, {TOKENS} tokens a text (model)"] = (
                1_024 / TOKENS / seconds
            )
    shown = [[text, f"{v:,.0f}", f"{TEXTS / v / 3600:,.1f}"] for text, v in speeds.items()]
    return table(["stage, on two cores", "texts/s", "hours for a billion"], shown)


def settings() -> list[str]:
    """Returns the table of what each option does to time and memory, by the model."""
    machine, sizes = MACHINES["A100 80 GB"], ENCODERS["BERT-base"]
    eight = replace(machine, devices=8, link=NVLINK)
    shown = []
    for text, rows, length, precision, options in SETTINGS:
        own = eight if "--devices" in text else machine
        work = training(sizes, rows * length / own.devices, length, precision, **options)
        rows_a_step = rows * options.get("batches", 1)
        seconds = own.seconds(work, precision) * 32 / rows_a_step
        gigabytes = f"{work.held / 1e9:.1f} + {work.transient / 1e9:.1f}"
        shown.append([text, f"{rows} x {length}", f"{seconds * 1e3:.1f}", gigabytes])
    head = ["options", "rows x tokens of a batch", "ms for 32 rows", "GB: held + of a step"]
    return table(head, shown)


def figure_of(file: str, name: str) -> float:
    """Returns a figure of a table of two columns among the results."""
    found = re.search(rf"\| {name} \| ([\d,.]+) \|", (RESULTS / file).read_text())
    return float(found[1].replace(",", ""))


def tables() -> dict[str, list[str]]:
    """Returns the lines of each table of ``docs/scaling.md`` by its name."""
    found = read_cells()
    return {
        "measured": measured(found),
        "figures": machine_facts(found),
        "memory": memory(found),
        "hardware": others(),
        "stages": stages(found),
        "bulk": bulk(),
        "settings": settings(),
    }


def filled(text: str, made: dict[str, list[str]]) -> str:
    """Returns a text with the tables between its marks, ``<!-- table: NAME -->`` and the next."""
    for name, lines in made.items():
        mark = f"<!-- table: {name} -->"
        pattern = rf"{re.escape(mark)}\n.*?<!-- end -->"
        block = "\n".join([mark, *lines, "<!-- end -->"])
        text, number = re.subn(pattern, lambda _, block=block: block, text, flags=re.DOTALL)
        if number != 1:
            raise SystemExit(f"{DOCS}: expected {mark} once, found it {number} times")
    return text


def write_tables() -> None:
    """Writes the tables of the results and of the documentation."""
    made, found = tables(), read_cells()
    dates = [cell["date"] for turns in found.values() for cell in turns]
    lines = ["# The cost model beside measurements", ""]
    lines += [f"`python benchmarks/cost_model.py`, last cell of {max(dates, default='none')}."]
    lines += ["float32, all-MiniLM-L6-v2 on TensorFlow. Median (least-greatest) of the turns."]
    for name in ("measured", "figures", "memory"):
        lines += ["", *made[name]]
    TABLE.write_text("\n".join(lines) + "\n")
    DOCS.write_text(filled(DOCS.read_text(), made))
    print(TABLE.read_text())


def run_cell(name: str, arguments: list[str]) -> dict:
    """Runs a cell in a process of its own, and returns its figures."""
    from throughput_parts.process import measure

    sizes = ENCODERS["MiniLM"]
    if name == "products":
        shape = ("--tokens", 1_024, "--hidden", sizes.hidden, "--intermediate", sizes.intermediate)
        command = [sys.executable, HERE / "throughput_products.py", "--library", "tensorflow"]
        taken = measure([*command, *shape]).figures["product_seconds"]["float32"]
        seconds = 4 * taken["square"] + taken["up"] + taken["down"]
        return {"rate": 2 * 1_024 * sizes.products / sizes.layers / seconds}
    found = measure([sys.executable, HERE / "cost_model_cells.py", *arguments])
    return found.figures | {"load": found.load}


def main() -> None:
    """Runs the missing cells, turn by turn, and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", help="names, by commas; all where it is left out")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--tables", action="store_true", help="write the tables, run nothing")
    options = parser.parse_args()
    every = cells()
    wanted = options.cells.split(",") if options.cells else list(every)
    for turn in range(0 if options.tables else options.turns):
        for name in wanted:
            if any(cell["turn"] == turn for cell in read_cells().get(name, [])):
                continue
            figures = run_cell(name, every[name])
            date = datetime.date.today().isoformat()
            with open(CELLS, "a") as file:
                file.write(json.dumps({"cell": name, "turn": turn} | figures | {"date": date}))
                file.write("\n")
            print(turn, name, figures, flush=True)
    write_tables()


if __name__ == "__main__":
    main()
