"""A folder is read as the run's own tokenizer reads it, and what is damaged is refused whole."""

import json

import pytest

from tests.export.tokenizer_folders import (
    SPECIAL,
    normalizer,
    settings_of,
    spelling_vocabulary,
    write_tokenizer,
)
from tfclf.data import Tokenizer
from tfclf.errors import TokenizerError
from tfclf.export.tokenizer.tokenizer_settings import read_tokenizer_settings

VOCAB = spelling_vocabulary([97, 98], ["hello"])


@pytest.fixture
def folder(tmp_path):
    return write_tokenizer(tmp_path, settings_of(VOCAB, normalizer("uncased")))


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values), "utf-8")


def read_as_text(settings):
    return {token.content for token in settings.added_tokens if token.read_as_text}


def test_a_folder_and_its_tokenizer_are_the_same(folder):
    settings = read_tokenizer_settings(folder)
    assert settings == read_tokenizer_settings(Tokenizer(folder))
    assert (settings.vocab, settings.unk_id, read_as_text(settings)) == (VOCAB, 1, set())


@pytest.mark.parametrize("split", [False, True], ids=["found", "read as text"])
def test_without_a_frame_special_tokens_are_read_as_the_configuration_says(folder, split):
    framed = read_tokenizer_settings(folder)
    change(folder / "tokenizer.json", post_processor=None)
    change(folder / "tokenizer_config.json", split_special_tokens=split)
    with pytest.raises(TokenizerError, match=r"expected \[CLS\] \.\.\. \[SEP\] around a text"):
        Tokenizer(folder)
    settings = read_tokenizer_settings(folder)
    assert read_as_text(settings) == (set(SPECIAL) if split else set())
    assert settings.vocab == framed.vocab and settings.normalizer == framed.normalizer


def test_without_special_tokens(folder):
    tokens = [token for token in VOCAB if token not in ("[CLS]", "[SEP]", "[PAD]")]
    vocab = {token: number for number, token in enumerate(tokens)}
    whole = settings_of(VOCAB, normalizer("uncased"))
    added = [token for token in whole["added_tokens"] if token["content"] in vocab]
    change(
        folder / "tokenizer.json",
        model=whole["model"] | {"vocab": vocab},
        added_tokens=[token | {"id": vocab[token["content"]]} for token in added],
        post_processor=None,
    )
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(TokenizerError, match="no pad_token, cls_token, sep_token"):
        Tokenizer(folder)
    assert read_tokenizer_settings(folder).vocab == vocab


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_what_is_damaged_is_refused(folder, name):
    """The other file alone would give ids, which need not be the checkpoint's own."""
    (folder / name).write_text((folder / name).read_text("utf-8")[:-2], "utf-8")
    with pytest.raises(TokenizerError, match="cannot be loaded|not valid JSON"):
        read_tokenizer_settings(folder)


def test_a_vocabulary_without_its_unknown_token(folder):
    whole = settings_of(VOCAB, normalizer("uncased"))
    change(folder / "tokenizer.json", model=whole["model"] | {"unk_token": "[unknown]"})
    with pytest.raises(TokenizerError, match=r"the vocabulary lacks the unk_token '\[unknown\]'"):
        read_tokenizer_settings(folder)
