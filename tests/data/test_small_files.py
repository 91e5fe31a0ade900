"""JSON that is somebody else's: bounded, and understood in one way."""

import pytest

from tfclf.data.small_files import (
    LIMITS,
    MOST_DIGITS,
    UnfitJson,
    check_file_size,
    parse_json,
    read_json_object,
)
from tfclf.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "the key 'a' stands twice in an object"),
        ('{"a": {"b": [{"c": 1, "c": 2}]}}', "the key 'c' stands twice in an object"),
        ('{"a": ' + "9" * 65 + "}", "a whole number has 65 digits, expected 64"),
        ('{"a": ' + "9" * 5_000 + "}", "a whole number has 5,000 digits, expected 64"),
        ("[" * 200_000, "it is nested too deep"),
        ('{"a":' * 200_000, "it is nested too deep"),
    ],
    ids=["twice", "within", "digits", "beyond-python", "lists", "objects"],
)
def test_what_is_refused(text, said):
    with pytest.raises(UnfitJson) as caught:
        parse_json(text)
    assert said in str(caught.value)


def test_what_is_read():
    """The length that transformers writes where a tokenizer has none has 31 digits."""
    endless = 1000000000000000019884624838656
    assert parse_json(f'{{"model_max_length": {endless}}}') == {"model_max_length": endless}
    assert parse_json("9" * MOST_DIGITS) == int("9" * MOST_DIGITS)
    assert parse_json('[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]  # in two objects


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors.index.json",
                                  "vocab.txt", "metrics.json", "anything.json"])  # fmt: skip
def test_every_kind_has_its_limit(tmp_path, name):
    path = tmp_path / name
    most = LIMITS.get(name, LIMITS["*.index.json" if "index" in name else "*.json"])[0]
    with open(path, "wb") as file:
        file.truncate(most)
    check_file_size(path, ConfigError)
    with open(path, "r+b") as file:
        file.truncate(most + 1)
    with pytest.raises(ConfigError) as caught:
        check_file_size(path, ConfigError)
    expected = f"{path}: has {most + 1:,} bytes, expected {most:,} at most"
    assert str(caught.value).startswith(expected)


def test_the_error_names_the_file(tmp_path):
    (tmp_path / "config.json").write_text('{"a": 1, "a": 2}')
    with pytest.raises(ConfigError) as caught:
        read_json_object(tmp_path / "config.json", ConfigError)
    expected = "config.json: not valid JSON in UTF-8 (the key 'a' stands twice in an object). Fetch"
    assert expected in str(caught.value)
