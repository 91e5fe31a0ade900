"""A folder with everything that the pages name, and the command line in the test's own process."""

import gzip
import json
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from tests.cli.conftest import process, tfclf  # noqa: F401
from tests.conftest import VOCABULARY, randomised, write_tokenizer

LONGEST = 515  # positions: pages train with 128 tokens, and with 512
ENCODERS = ("google-bert/bert-base-uncased", "bert-base-uncased")
# Name of a file: the sample that it has, how many rows of it, and of which seed.
SAMPLES = {
    "tickets.csv": ("tickets", 90, 1),
    "test.csv": ("tickets", 60, 2),
    "other.csv": ("tickets", 50, 3),
    "new.csv": ("tickets", 40, 4),
    "validation.csv": ("tickets", 60, 5),
    "made.csv": ("tickets", 30, 6),
    "contracts.jsonl": ("contracts", 60, 1),
    "entailment.csv": ("entailment", 60, 1),
    "similarity.csv": ("similarity", 60, 1),
    "entities.jsonl": ("entities", 50, 1),
    "news.conll": ("entities", 60, 2),
    "two-tasks.jsonl": ("two-tasks", 70, 1),
}
WRONG = {  # rows of which a page tells what is said of them
    "kinds.csv": "text,kind\nWhere is it?,question\nIt broke.,bug\n",
    "one_label.csv": "text,label\nIt broke.,bug\nIt fell.,bug\n",
    "gaps.csv": "text,label\nWhere is it?,question\nIt broke.,bug\nWhen is it?,\n",
}


@pytest.fixture(scope="session")
def rows_of_the_pages(tmp_path_factory):
    """The files, and for each hub id a folder of that name, which comes before the hub."""
    from tfclf import TFBertModel
    from tfclf.data import write_sample
    from tfclf.models import BertConfig

    folder = tmp_path_factory.mktemp("pages")
    for name, (sample, count, seed) in SAMPLES.items():
        write_sample(sample, folder / name, count, seed)
    for name, text in WRONG.items():
        (folder / name).write_text(text)
    with gzip.open(folder / "texts.jsonl.gz", "wt") as file:
        file.writelines(json.dumps({"text": f"the film was {a}"}) + "\n" for a in "abcdefg")
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=12,
        num_hidden_layers=1,
        num_attention_heads=3,
        intermediate_size=17,
        max_position_embeddings=LONGEST,
    )
    model = randomised(TFBertModel(config), scale=0.3)
    for name in ENCODERS:
        model.save_pretrained(folder / name)
        write_tokenizer(folder / name)
    return folder


@pytest.fixture
def place(rows_of_the_pages, tmp_path, monkeypatch):
    """The working folder of a page, in which ``auto`` is three epochs at most."""
    settle = import_module("tfclf.training.settle")  # whose name in its room is a function's
    shutil.copytree(rows_of_the_pages, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settle, "MAX_EPOCHS", settle.MIN_EPOCHS)
    return tmp_path


@pytest.fixture(scope="session")
def trained(rows_of_the_pages, tmp_path_factory) -> Path:
    """A run of the tickets, for pages that begin with one."""
    from tfclf import Job, Recipe, train

    run = tmp_path_factory.mktemp("trained") / "run"
    model = rows_of_the_pages / ENCODERS[0]
    train(Job(rows_of_the_pages / "tickets.csv", run, model=model, recipe=Recipe(epochs=1)))
    return run
