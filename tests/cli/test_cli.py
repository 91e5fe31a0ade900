"""The command line, as a user types it."""

import json

import pytest

TEXTS = {"good": "the film was good", "bad": "the film was bad .", "ugly": "ugly ! ugly"}


def write(path, count=60):
    names = list(TEXTS)
    lines = [f"{TEXTS[names[i % 3]]} {'abcdefgh'[i % 8]},{names[i % 3]}" for i in range(count)]
    path.write_text("text,label\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(tiny_encoder, tmp_path_factory):
    import tfclf as package

    folder = tmp_path_factory.mktemp("cli")
    recipe = package.Recipe(epochs=1, learning_rate=1e-3, max_length=19)
    package.train(package.Job(write(folder / "rows.csv"), folder / "run", model=tiny_encoder,
                              recipe=recipe))  # fmt: skip
    return folder / "run"


def test_train_then_again(tfclf, tiny_encoder, tmp_path):
    rows = write(tmp_path / "rows.csv")
    arguments = (
        "train", rows, "--output", tmp_path / "run", "--test", rows, "--model", tiny_encoder,
        "--epochs", 1, "--learning-rate", "1e-3", "--max-length", 19, "--loss", "focal",
        "--class-weights", "none", "--replace", "FILM=film",
    )  # fmt: skip
    status, out, err = tfclf(*arguments)
    assert status == 0, err
    assert "macro-F1" in out
    assert "test (60 rows)" in out
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files >= {
        "config.json", "model.safetensors", "tokenizer.json", "tfclf.json", "metrics.json",
        "history.json", "learning_curves.png", "confusion_matrix_test.png",
        "confusion_matrix_validation.png",
    }  # fmt: skip
    facts = json.loads((tmp_path / "run" / "tfclf.json").read_text())
    assert facts["text_rules"]["replacements"] == [["FILM", "film"]]
    assert facts["recipe"]["loss"] == "focal"
    before = (tmp_path / "run" / "tfclf.json").stat().st_mtime_ns
    assert tfclf(*arguments)[0] == 0
    assert (tmp_path / "run" / "tfclf.json").stat().st_mtime_ns == before
    status, _, err = tfclf(*arguments, "--seed", 3)
    assert status == 1
    assert "the output holds another run (recipe.seed: 0 there, 3 asked for)" in err


def test_train_says_which_precision_it_takes(tfclf, tiny_encoder, tmp_path, monkeypatch, caplog):
    """What was asked for is taken, and a run that was computed otherwise is another one."""
    from tfclf.training import precision
    from tfclf.training.hardware import Hardware

    monkeypatch.setattr(precision, "find_hardware", lambda: Hardware("CPU", flags=frozenset("x")))
    rows = write(tmp_path / "rows.csv")
    arguments = (
        "train", rows, "--output", tmp_path / "run", "--model", tiny_encoder, "--epochs", 1,
        "--learning-rate", "1e-3", "--max-length", 19, "--head-start", "random",
    )  # fmt: skip
    caplog.set_level("INFO", logger="tfclf")
    status, _, err = tfclf(*arguments, "--precision", "bfloat16")
    assert status == 0, err
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any(
        text.startswith("Precision bfloat16 is slower here than float32: this CPU has no")
        and text.endswith("--precision auto takes the faster one.")
        for text in warned
    )
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["training"]["precision"] == "bfloat16"
    assert tfclf(*arguments, "--precision", "bfloat16", "--devices", 1, "--jit", "off")[0] == 0
    status, _, err = tfclf(*arguments, "--precision", "auto")
    assert status == 1
    assert 'recipe.precision: "bfloat16" there, "auto" asked for' in err


def test_evaluate(tfclf, trained, tmp_path):
    rows = write(tmp_path / "rows.csv", 30)
    status, out, _ = tfclf("evaluate", trained, rows, "--json")
    scores = json.loads(out)
    assert status == 0
    assert sum(row["support"] for row in scores["per_class"].values()) == 30
    status, out, _ = tfclf("evaluate", trained, rows)
    assert "support" in out


def test_evaluate_with_a_report(tfclf, trained, tmp_path):
    rows, path = write(tmp_path / "other.csv", 30), tmp_path / "report.html"
    plain = tfclf("evaluate", trained, rows, "--json")[1]
    status, out, err = tfclf("evaluate", trained, rows, "--json", "--report", path)
    assert status == 0, err
    assert out == plain
    html = path.read_text("utf-8")
    assert "Of 30 texts " in html and "Measured on other.csv (30 rows)." in html
    status, _, err = tfclf("evaluate", trained, rows, "--report", tmp_path / "none" / "report.html")
    assert status == 1 and "expected a file in a folder that exists" in err


def test_predict_a_file(tfclf, trained, tmp_path):
    rows = write(tmp_path / "rows.csv", 25)
    output = tmp_path / "out.jsonl"
    status, _, err = tfclf("predict", trained, rows, "--output", output, "--scores")
    assert status == 0, err
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(lines) == 25
    for line in lines:
        assert set(line["scores"]) == set(TEXTS)
        assert line["score"] == max(line["scores"].values()) == line["scores"][line["label"]]
        assert sum(line["scores"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "stdin", ["the film was good\nugly\n", '{"text": "the film was good"}\n{"text": "ugly"}\n']
)
def test_predict_standard_input(tfclf, trained, stdin):
    status, out, err = tfclf("predict", trained, "-", stdin=stdin)
    assert status == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [set(line) for line in lines] == [{"label", "score"}] * 2


def test_sample(tfclf, tmp_path):
    path = tmp_path / "tickets.csv"
    assert tfclf("sample", "tickets", "--rows", 20, "--output", path)[0] == 0
    assert len(path.read_text().splitlines()) == 21
    status, _, err = tfclf("sample", "tickets", "--output", path)
    assert (status, "the file exists already" in err) == (1, True)
    status, _, err = tfclf("sample", "songs", "--output", tmp_path / "x.csv")
    assert (status, "expected one of tickets" in err) == (1, True)


@pytest.mark.slow
def test_demo(tfclf, tiny_encoder, tmp_path, monkeypatch):
    """The whole demonstration on a tiny encoder; letters are its vocabulary."""
    status, out, err = tfclf(
        "demo", "--output", tmp_path / "demo", "--rows", 200, "--test-rows", 100, "--model",
        tiny_encoder, "--epochs", 1,
    )  # fmt: skip
    assert status == 1
    assert "max_length is 128" in err  # the tiny encoder is too short for the recipe's length
    from tfclf.runs import demo

    monkeypatch.setattr(demo, "Recipe", lambda **settings: _short_recipe(**settings))
    status, out, err = tfclf(
        "demo", "--output", tmp_path / "again", "--rows", 200, "--test-rows", 100, "--model",
        tiny_encoder, "--epochs", 1,
    )  # fmt: skip
    assert status == 0, err
    assert "naive" in out
    assert "fraud" in out
    assert (tmp_path / "again" / "run" / "model.safetensors").is_file()


def _short_recipe(**settings):
    from tfclf import Recipe

    return Recipe(max_length=41, **settings)


BAD = [
    (("train", "nowhere.csv"), "nowhere.csv: no such file"),
    (("train", "rows.csv", "--label", "kind"), "no column 'kind', only 'text', 'label'"),
    (("train", "rows.csv", "--text", "words"), "Declare yours: --text COLUMN."),
    (("train", "rows.doc"), "unknown format '.doc'"),
    (("train", "rows.csv", "--epochs", "many"), "epochs is 'many', expected a number or auto"),
    (("train", "rows.csv", "--learning-rate", "-1"), "learning_rate is -1.0"),
    (("train", "rows.csv", "--loss", "mse"), "expected one of auto, cross-entropy, focal"),
    (("train", "rows.csv", "--task", "poem"), "unknown task 'poem'"),
    (("train", "rows.csv", "--max-length", "600"), "max_length is 600"),
    (("train", "rows.csv", "--replace", "abc"), "expected OLD=NEW"),
    (("train", "rows.csv", "--normalize", "NFX"), "unknown Unicode form 'NFX'"),
    (("train", "rows.csv", "--empty-text", "burn"), "expected one of keep, drop"),
    (("train", "rows.csv", "--validation", "none.csv"), "none.csv: no such file"),
    (
        ("train", "rows.csv", "--precision", "fp8"),
        "precision is 'fp8', expected one of auto, float32, bfloat16, float16",
    ),
    (("train", "rows.csv", "--devices", "0"), "devices is 0, expected auto or a whole number >= 1"),
    (("train", "rows.csv", "--devices", "all"), "devices is 'all', expected a number or auto"),
    (("train", "rows.csv", "--jit", "maybe"), "jit is 'maybe', expected one of auto, on, off"),
    (("train", "rows.csv", "--steps-per-execution", "0"), "steps_per_execution is 0"),
    (("train", "rows.csv", "--gradient-accumulation-steps", "0"), "accumulation_steps is 0"),
    (("train", "rows.csv", "--batch-tokens", "64"), "Pass --batch-tokens 128 or more"),
    (
        ("train", "rows.csv", "--gradient-checkpointing", "--freeze", "encoder"),
        "a frozen encoder keeps nothing for a backward pass. Leave it out.",
    ),
    (("train", "one.csv"), "expected at least two labels, got only 'x'"),
    (("train", "gap.csv"), "gap.csv, line 3: the label is missing"),
    (("train", "rows.csv", "--model", "rows.csv"), "expected a folder"),
]


@pytest.mark.parametrize("arguments, message", BAD, ids=lambda value: " ".join(value)[:40])
def test_bad_input(tfclf, tiny_encoder, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rows.csv")
    (tmp_path / "rows.doc").write_text("x")
    (tmp_path / "one.csv").write_text("text,label\na,x\nb,x\n")
    (tmp_path / "gap.csv").write_text("text,label\na,x\nb,\nc,y\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    model = () if "--model" in arguments else ("--model", tiny_encoder)
    status, out, err = tfclf(*arguments, "--output", "run", *model)
    assert status == 1
    assert message in err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_bad_input_of_other_verbs(tfclf, trained, tmp_path):
    rows = write(tmp_path / "rows.csv", 9)
    assert "no such run directory" in tfclf("predict", tmp_path / "none", rows)[2]
    assert "this folder holds no run" in tfclf("evaluate", tmp_path, rows)[2]
    status, _, err = tfclf("predict", trained, rows, "--output", tmp_path / "no" / "out.jsonl")
    assert (status, "cannot be written" in err) == (1, True)
    (tmp_path / "broken.jsonl").write_text('{"text": "a"}\n{"text": \n')
    output = tmp_path / "out.jsonl"
    status, _, err = tfclf("predict", trained, tmp_path / "broken.jsonl", "--output", output)
    assert (status, "line 2: no valid JSON" in err) == (1, True)
    assert not output.exists()


def test_usage(tfclf):
    assert tfclf("train")[0] == 2
    assert tfclf("sing")[0] == 2
    status, out, _ = tfclf("--version")
    assert (status, out.startswith("tfclf ")) == (0, True)
    for verb in ("train", "evaluate", "predict", "augment", "sample", "demo"):
        status, out, _ = tfclf(verb, "--help")
        assert status == 0
        assert f"tfclf {verb}" in out  # each help shows an example
