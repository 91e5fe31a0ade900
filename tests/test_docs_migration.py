"""docs/migration.md: every block of ours runs as it stands, and what it says of names is so."""

import ast
import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import randomised, write_tokenizer

PAGE = (Path(__file__).parent.parent / "docs" / "migration.md").read_text()
OLD, OURS = (
    re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL) for kind in ("python old", "python")
)
SECTIONS = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)


@pytest.fixture
def place(tmp_path, monkeypatch, tiny_config, oracle):
    """The folder that the page speaks of."""
    from tfclf import TFBertModel

    config = tiny_config.replace(num_hidden_layers=1, max_position_embeddings=131)
    randomised(TFBertModel(config), scale=0.3).save_pretrained(tmp_path / "my-bert")
    write_tokenizer(tmp_path / "my-bert")
    shutil.copytree(oracle / "tiny-sequence-h5", tmp_path / "old-tfbert")
    words = [f"{a} {b}" for a in "abcdefgh" for b in "abcde"]
    lines = [f"the film was {word},{label}" for word in words for label in ("bug", "fraud", "ask")]
    (tmp_path / "tickets.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_line_says_what_breaks_first():
    first = PAGE.splitlines()[0]
    assert "`.logits` is gone" in first and "returns the logits tensor" in first
    assert len(PAGE.splitlines()) <= 310


def test_every_section_is_linked():
    for section in SECTIONS:
        assert f"(#{section.lower().replace(' ', '-')})" in PAGE


@pytest.mark.parametrize("block", OLD, ids=range(len(OLD)))
def test_what_you_wrote_is_python(block):
    ast.parse(block)


def test_what_you_write_runs(place):
    names: dict = {}
    for number, block in enumerate(OURS):
        exec(compile(block, f"block {number} of migration.md", "exec"), names)
    assert names["logits"].shape == (2, 2)
    assert {"val_macro_f1", "val_accuracy"} <= names["model"].history.history.keys()
    assert (place / "my-model" / "tokenizer.json").is_file()
    assert 0 <= names["macro_f1"] <= 1
    assert names["tags"].tolist() == [0, 0] and names["score"] == 2.0  # 0 then 1 would cost 9
    assert names["answers"][0] in ("positive", "negative")
    for name in ("again", "regressor", "several", "tagger"):
        assert names[name].config.vocab_size == names["model"].config.vocab_size


def test_the_commands_run(place, monkeypatch):
    from tfclf.models import convert_checkpoint

    (command,) = re.findall(r"```bash\n(.*?)\n```", PAGE, re.DOTALL)
    tool, verb, *folders = command.split()
    assert (tool, verb) == ("tfclf", "convert")
    convert_checkpoint(*folders)
    assert (place / folders[1] / "model.safetensors").is_file()


def test_arguments_that_are_named_exist():
    from tfclf import Job, Recipe

    known = {field.name for kind in (Job, Recipe) for field in dataclasses.fields(kind)}
    (table,) = re.findall(r"\| TrainingArguments \|.*?\n\n", PAGE, re.DOTALL)
    rows = [line.split("|")[2] for line in table.splitlines()[2:] if line]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(rows) >= 10 and named <= known


def test_what_is_said_of_refusals(place):
    from tfclf import TFBertForSequenceClassification
    from tfclf.errors import ArgumentError, CheckpointError, ConfigError
    from tfclf.models import TFBertModel

    load = TFBertForSequenceClassification.from_pretrained
    with pytest.raises(ConfigError, match="'from_pt'"):
        load("my-bert", num_labels=3, from_pt=True)
    with pytest.raises(ArgumentError, match="Labels are not an input"):
        load("my-bert")({"input_ids": np.array([[2, 3]]), "labels": np.array([1])})
    config = place / "my-bert" / "config.json"
    config.write_text(config.read_text().replace('"bert"', '"roberta"'))
    with pytest.raises(ConfigError, match="model_type is 'roberta'"):
        load("my-bert")
    shutil.copytree(Path(__file__).parent / "oracle" / "tiny-token-h5", place / "no-pooler")
    with pytest.raises(CheckpointError, match="new_pooler=True"):
        TFBertModel.from_pretrained("no-pooler")


def test_masks_are_not_made_up(place):
    """Without a mask padding is attended to, as TFBert did; types are 0."""
    from tfclf import TFBertModel

    model = TFBertModel.from_pretrained("my-bert")
    ids = np.array([[2, 40, 9, 3, 0, 0]])
    ones = {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    bare = model(ids).pooler_output
    np.testing.assert_allclose(bare, model(ids, **ones).pooler_output, atol=1e-6)
    masked = model(ids, attention_mask=(ids > 0).astype(int)).pooler_output
    assert np.abs(np.asarray(bare) - np.asarray(masked)).max() > 1e-4


def test_lamb_is_keras_s_alone():
    import keras

    import tfclf.training

    assert hasattr(keras.optimizers, "Lamb")
    assert not [name for name in dir(tfclf.training) if "lamb" in name.lower()]
