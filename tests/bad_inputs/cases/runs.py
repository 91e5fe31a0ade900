"""Runs that are damaged in one of their files, for each verb that reads runs."""

from tests.bad_inputs.bad_input import BadInput
from tests.bad_inputs.cases.damage import GONE, Change, cut, edited, holding, without
from tests.bad_inputs.world import copy_of

VERBS = {
    "evaluate": "evaluate broken good.csv",
    "predict": "predict broken good.csv --output predicted.jsonl",
    "export": "export broken served",
    "doctor": "doctor broken",
}
FACTS, MANIFEST = "tfclf.json", "manifest.json"
NEEDED = ("config.json", "tokenizer.json", "model.safetensors", "metrics.json", FACTS)
COPY, TRAIN = "Copy the whole folder again, or train again.", "train again."
DAMAGED = "broken: the run is damaged: "
NO_RUN = "broken: this folder holds no run"
EVERYWHERE: tuple[tuple[str, str, str, Change], ...] = (
    ("no facts", NO_RUN, "Give a folder that tfclf train", without(FACTS)),
    ("empty facts", DAMAGED + FACTS, COPY, holding(FACTS, "")),
    ("facts are a list", DAMAGED + FACTS, COPY, holding(FACTS, "[]")),
    ("facts are cut", DAMAGED + FACTS, COPY, cut(FACTS, 100)),
    ("facts are binary", DAMAGED + FACTS, COPY, holding(FACTS, b"\xff\0")),
    ("another format", f"broken/{FACTS}: written in format 2", TRAIN, edited(FACTS, format=2)),
    ("a format that is a text", f"broken/{FACTS}", TRAIN, edited(FACTS, format="1")),
    ("no format", DAMAGED + FACTS, COPY, edited(FACTS, format=GONE)),
    ("no task", DAMAGED + FACTS, COPY, edited(FACTS, task=GONE)),
    ("no metrics", DAMAGED + "metrics.json", COPY, without("metrics.json")),
    ("metrics are cut", DAMAGED + "metrics.json", COPY, cut("metrics.json", 10)),
    ("no weights", "broken: no weights", "save_pretrained wrote", without("model.safetensors")),
    ("weights are cut", "broken/model.safetensors", "Fetch it again", cut("model.safetensors",
                                                                          3000)),
    ("no config.json", "broken: no checkpoint", "save_pretrained wrote", without("config.json")),
    ("config.json is cut", "broken/config.json", "Fetch it again", cut("config.json", 9)),
    ("no tokenizer", "broken: no tokenizer", "Copy the tokenizer files", without("tokenizer.json")),
    ("tokenizer is cut", "broken/tokenizer.json", "Fetch it again.", cut("tokenizer.json", 90)),
)  # fmt: skip
RULES = {"unicode": None, "contractions": False, "replacements": [], "whitespace": False}
VALUES: tuple[tuple[str, object], ...] = (
    *(("task", value) for value in ("poem", "regression", "multi-label", 3)),
    *(("max_length", value) for value in (2, 0, -5, 1000, "19", None, 19.5, True)),
    *(("pairs", value) for value in ("no", 1)),
    ("words", "yes"),
    ("decoding", "beam"),
    ("schemes", []),
    ("text_rules", GONE),
    ("text_rules", []),
    ("text_rules", {"lower": True}),
    ("text_rules", {"unicode": "X"}),
    ("text_rules", {"contractions": "no"}),
    ("text_rules", {"whitespace": "false"}),
    ("text_rules", {"replacements": [["a"]]}),
    ("text_rules", {"replacements": [3]}),
    ("text_rules", {"replacements": "ab"}),
    ("long_text", {"how": "x"}),
    ("long_text", {"how": "windows", "stride": "x"}),
    ("long_text", {"size": 3}),
    ("long_text", []),
    ("tag_rules", {"scheme": "x"}),
    ("tag_rules", 3),
    ("decisions", 3),
    ("decisions", {"classifier": {}}),
    ("decisions", {"classifier": {"thresholds": [0.5]}}),
    ("heads", 3),
    ("heads", [{"name": "a"}]),
)


def run(name: str, verb: str, place: str, remedy: str, *changes: Change) -> BadInput:
    """A run without a manifest, as those of before: what is wrong is found by reading it."""
    return BadInput(f"run: {name}: {verb}", VERBS[verb], place, remedy,
                    {"broken": copy_of("run", without(MANIFEST), *changes)})  # fmt: skip


def kept(name: str, verb: str, file: str, change: Change) -> BadInput:
    """A run with its manifest, which names whatever is not as it was written."""
    return BadInput(f"run: {name}, by its manifest: {verb}", VERBS[verb], DAMAGED + file, COPY,
                    {"broken": copy_of("run", change)})  # fmt: skip


DAMAGED_RUNS = [
    *(run(name, verb, *what) for name, *what in EVERYWHERE for verb in VERBS),
    *(run(f"{key} is {'gone' if value is GONE else value!r}", "predict", DAMAGED + FACTS, COPY,
          edited(FACTS, **{key: value})) for key, value in VALUES),
    run("labels of other rows", "predict", "broken/model.safetensors", "--new-head",
        edited("config.json", id2label={"0": "a", "1": "b"})),
    run("a label twice", "predict", "broken/config.json", "correct it",
        edited("config.json", id2label={"0": "a", "1": "b", "2": "a"})),
    run("another width", "predict", "broken/model.safetensors", "config.json describes",
        edited("config.json", hidden_size=15)),
    *(kept(f"{file} is cut", verb, file, cut(file, 7)) for file in NEEDED for verb in VERBS),
    *(kept(f"no {file}", verb, file, without(file)) for file in NEEDED[:-1] for verb in VERBS),
    kept("another label", "predict", "config.json", edited("config.json", id2label={"0": "a"})),
    kept("manifest is cut", "predict", MANIFEST, cut(MANIFEST, 20)),
    run("history is cut", "doctor", DAMAGED + "history.json", COPY, cut("history.json", 3)),
]  # fmt: skip
