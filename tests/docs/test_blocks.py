"""Every block of every page runs: Python as it stands, commands through the command line."""

import csv
import json
import shlex
import shutil

import pytest
import typer

from tests.conftest import BACKEND
from tests.docs.claims import CLAIMS
from tests.docs.pages import DOCS, README, ROOT, blocks_of, commands_of, name_of, pages
from tests.tuning.played import play
from tfclf.cli.app import app

OWN_TESTS = {
    "migration.md": "tests/test_docs_migration.py",
    "scaling.md": "tests/test_docs_scaling.py",
    "other_formats.md": "tests/export/formats",
}
# Pages that take longer: several trainings, or an export.
SLOW = {
    "bulk_prediction.md",
    "estimator.md",
    "imbalance.md",
    "serving.md",
    "tuning.md",
    "tasks/multi_label.md",
    "tasks/pairs_and_regression.md",
    "tasks/several_tasks.md",
    "tasks/tokens.md",
}
if BACKEND == "jax":  # which compiles each shape
    SLOW |= {"collapse.md", "doctor.md"}
# Commands that take longer and are only parsed, since another page runs the same.
RUN_ELSEWHERE = {
    ("index.md", "tfclf train tickets.csv --output run --test test.csv"): "getting_started.md",
    ("getting_started.md", "tfclf export run served"): "serving.md",
}
BEGIN_WITH_A_RUN = {"bulk_prediction.md", "doctor.md", "serving.md"}
# Languages of blocks that are shown: rows, output, settings of Sphinx.
SHOWN = {"text", "json", "{toctree}"}
# Programs that are not ours, and what a test of their own or their place in the tree says of them.
OTHERS = {
    "docker": "tests/export/test_serving_protocol.py",
    "curl": "tests/export/test_serving_protocol.py",
    "make": "Makefile",
    "pip": "setup.cfg",
    "python": "examples",
    "split": "docs/scaling.md",
}
SICK = 1  # the status of a doctor that has found an error
RUN = {"python", "bash", "console"}
PAGES = [
    page
    for page in pages()
    if name_of(page) not in OWN_TESTS and RUN & {block.language for block in blocks_of(page)}
]
VERBS = typer.main.get_command(app).commands


def by_page(page):
    name = name_of(page)
    return pytest.param(page, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


def accept_all(place):
    """What a person does between two commands: reads the review, and says yes."""
    with open(place / "review.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and not any(row["accept"] for row in rows)
    with open(place / "review.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"accept": "yes"} for row in rows)


def what_a_user_has(place):
    """The model, pipelines and tokenizer of a program of one's own, in which the doctor looks."""
    import numpy as np
    import tensorflow as tf

    import tfclf

    folder = place / "bert-base-uncased"
    model = tfclf.TFBertForSequenceClassification.from_pretrained(folder, num_labels=3)
    model.compile("adam", "sparse_categorical_crossentropy")
    rows = np.random.default_rng(0).integers(5, 60, (48, 7)).astype("int32")
    rows = {"input_ids": rows, "attention_mask": np.ones_like(rows)}
    made = tf.data.Dataset.from_tensor_slices((rows, np.arange(48) % 3)).shuffle(48).batch(8)
    return {"tf": tf, "model": model, "train": made, "validation": made, "tokenizer": folder}


BETWEEN = {"augment": accept_all}
PLAYED = {"tuning.md"}  # studies of dozens of trainings; tests/tuning has a real one
GIVEN = {"doctor.md": what_a_user_has}


def commands_to_run(name, block):
    for command in commands_of(block.text):
        is_ours = command.words[0] == "tfclf"
        if is_ours and (name, " ".join(command.words)) not in RUN_ELSEWHERE:
            yield command


def errors_of(text):
    """The commands of a console block, each with the line that it answers with."""
    lines = text.splitlines()
    for typed, answer in zip(lines[::2], lines[1::2], strict=True):
        assert typed.startswith("$ tfclf ") and answer.startswith("error: "), typed
        yield shlex.split(typed)[2:], answer


@pytest.mark.parametrize("page", [by_page(page) for page in PAGES])
def test_the_blocks_run(page, place, tfclf, request, monkeypatch):
    if name_of(page) in PLAYED:
        pytest.importorskip("optuna")
        play(monkeypatch)
    if name_of(page) in BEGIN_WITH_A_RUN:
        shutil.copytree(request.getfixturevalue("trained"), "run")
    names = GIVEN.get(name_of(page), lambda place: {})(place)
    for block in blocks_of(page):
        where = f"{page}, line {block.line}"
        if block.language == "python":
            exec(compile("\n" * block.line + block.text, page, "exec"), names)
        elif block.language == "bash":
            for command in commands_to_run(name_of(page), block):
                verb = command.words[1]
                status, _, err = tfclf(*command.words[1:], stdin=command.stdin)
                assert status in ((0, SICK) if verb == "doctor" else (0,)), f"{where}: {err}"
                BETWEEN.get(verb, lambda place: None)(place)
        elif block.language == "console":
            for words, answer in errors_of(block.text):
                status, _, err = tfclf(*words)
                assert (status, err.strip().splitlines()[-1]) == (1, answer), where
    CLAIMS.get(name_of(page), lambda names: None)(names)


@pytest.mark.parametrize("page", [README, *pages()], ids=lambda page: page.name)
def test_every_block_is_known(page):
    """Of a kind that the tests run or list, with commands whose options there are."""
    for block in blocks_of(page):
        where = f"{page}, line {block.line}"
        if block.language == "json":
            [json.loads(line) for line in block.text.splitlines()]
        elif block.language == "bash":
            for command in commands_of(block.text):
                check(command.words, where)
        elif block.language == "console":
            for words, _ in errors_of(block.text):
                VERBS[words[0]].make_context(words[0], words[1:])
        else:
            own = {"python old"} if page.name in OWN_TESTS else set()
            assert block.language in {"python", *SHOWN, *own}, where


def check(words, where):
    program, rest = words[0], list(words[1:])
    if program == "tfclf":
        assert rest[0] in VERBS, f"{where}: tfclf {rest[0]}"
        context = VERBS[rest[0]].make_context(rest[0], rest[1:])  # raises at an unknown option
        if rest[0] == "train":
            from tfclf.cli.train_job import job_of

            # What a page made before is not there yet.
            assert job_of(context.params | {"recipe": None}).output == context.params["output"]
        return
    assert program in OTHERS, f"{where}: {program} is neither ours nor listed"
    assert (ROOT / OTHERS[program]).exists()
    if program == "python":
        assert (ROOT / rest[0]).is_file(), f"{where}: {rest[0]}"
    elif program == "make":
        assert f"\n{rest[0]}: " in (ROOT / "Makefile").read_text()


def test_the_tables_name_pages():
    there = {name_of(page) for page in pages()}
    assert {*OWN_TESTS, *SLOW, *BEGIN_WITH_A_RUN, *GIVEN, *CLAIMS, *PLAYED} <= there
    assert all((ROOT / own).exists() for own in OWN_TESTS.values())
    for (name, line), elsewhere in RUN_ELSEWHERE.items():
        for page in (name, elsewhere):
            shells = [block.text for block in blocks_of(DOCS / page) if block.language == "bash"]
            typed = {" ".join(command.words) for text in shells for command in commands_of(text)}
            assert line in typed, f"{page}: {line}"
        assert (elsewhere, line) not in RUN_ELSEWHERE
