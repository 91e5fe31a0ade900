"""Texts -> token ids on disk."""

import tempfile

import numpy as np
import pytest

from tests.conftest import VOCABULARY, write_tokenizer
from tfclf.data import (
    Columns,
    TextRules,
    Tokenizer,
    check_max_length,
    encode_rows,
    read_rows,
)
from tfclf.errors import ArgumentError

IDS = {word: i for i, word in enumerate(VOCABULARY)}
TEXT_ALONE = Columns(label=None)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return Tokenizer(folder)


@pytest.fixture
def encode(tokenizer):
    def encode(texts, max_length=40, **settings):
        return encode_rows(read_rows(texts, columns=TEXT_ALONE), tokenizer, max_length, **settings)

    return encode


def ids(*words):
    return [IDS[word] for word in ("[CLS]", *words, "[SEP]")]


def split(encoded):
    """The ids of each row."""
    bounds = zip(encoded.offsets[:-1], encoded.offsets[1:], strict=True)
    return [encoded.tokens[begin:end].tolist() for begin, end in bounds]


def test_frame(encode):
    encoded = encode(["The good film.", "xyz", "bad", "ugly ugly!"])
    assert split(encoded) == [
        ids("the", "good", "film", "."),
        ids("x", "##y", "##z"),
        ids("bad"),
        ids("ugly", "ugly", "!"),
    ]
    assert encoded.offsets.tolist() == [0, 6, 11, 14, 19]
    assert encoded.lengths.tolist() == [6, 5, 3, 5]
    assert len(encoded) == 4
    assert encoded.tokens.dtype == np.int32
    assert (encoded.num_truncated, encoded.num_tokens_lost, encoded.num_unknown) == (0, 0, 0)
    assert (encoded.pad_id, encoded.max_length, encoded.label_ids) == (IDS["[PAD]"], 40, None)


def test_empty_text_is_the_frame_alone(encode):
    assert split(encode(["", " \t\n", "\x00", "bad"])) == [ids(), ids(), ids(), ids("bad")]
    assert split(encode([""])) == [ids()]


def test_truncation_keeps_the_head(encode):
    # 5, 3, 2, 7 and 0 tokens beside the frame, of which 3 stay.
    texts = ["the good film was bad", "ugly bad good", "bad film", "abc the film was.", ""]
    encoded = encode(texts, max_length=5)
    assert split(encoded) == [
        ids("the", "good", "film"),
        ids("ugly", "bad", "good"),
        ids("bad", "film"),
        ids("a", "##b", "##c"),
        ids(),
    ]
    assert encoded.num_truncated == 2
    assert encoded.num_tokens_lost == 2 + 4
    assert encoded.lengths.max() == encoded.max_length == 5


def test_unknown_tokens_are_counted_where_they_stay(encode):
    texts = ["\u4e2d good \u6587", "\U0001f600 film", "bad bad bad \u4e2d"]
    assert encode(texts).num_unknown == 4
    assert encode(texts, max_length=5).num_unknown == 3


def test_rules_come_first(encode):
    rules = TextRules(contractions=True, replacements=(("movie", "film"),), whitespace=True)
    assert split(encode(["The  movie was\u2019nt good", "I'm bad"], rules=rules)) == [
        # was'nt is no contraction; its apostrophe is not in the vocabulary.
        ids("the", "film", "was", "[UNK]", "n", "##t", "good"),
        ids("i", "a", "##m", "bad"),
    ]
    assert split(encode(["movie"], rules=TextRules())) == split(encode(["movie"]))


def test_against_transformers(encoder):
    from transformers import AutoTokenizer

    generator = np.random.default_rng(4)
    words = [
        "the",
        "caf\u00e9",
        "\u4e2d\u6587",
        "unbelievably",
        "isn't",
        "\U0001f600",
        "x\x07y",
        "[SEP]",
        "\u2026",
    ]
    texts = [" ".join(generator.choice(words, n)) for n in generator.integers(0, 40, 100)]
    theirs = AutoTokenizer.from_pretrained(encoder)
    rows = read_rows(texts, columns=TEXT_ALONE)
    for max_length in (3, 17, 200):
        encoded = encode_rows(rows, Tokenizer(encoder), max_length)
        expected = theirs(texts, truncation=True, max_length=max_length)["input_ids"]
        assert split(encoded) == expected
        whole = np.array([len(row) for row in theirs(texts)["input_ids"]])
        assert encoded.num_truncated == (whole > max_length).sum()
        assert encoded.num_tokens_lost == np.maximum(whole - max_length, 0).sum()
        unknown = sum(row.count(theirs.unk_token_id) for row in expected)
        assert encoded.num_unknown == unknown


def test_many_rows_in_order(encode):
    words = [chr(ord("a") + i % 26) for i in range(4_500)]
    portions = []
    encoded = encode(words, progress=portions.append)
    assert encoded.tokens.reshape(4_500, 3)[:, 1].tolist() == [IDS[word] for word in words]
    assert sum(portions) == 4_500
    assert len(portions) > 1


def test_padded(encode):
    encoded = encode(["good film", "", "bad", "the film was ugly"])
    inputs = encoded.padded(np.array([2, 0, 1]), 5)
    pad = IDS["[PAD]"]
    np.testing.assert_array_equal(
        inputs["input_ids"],
        [[*ids("bad"), pad, pad], [*ids("good", "film"), pad], [*ids(), pad, pad, pad]],
    )
    np.testing.assert_array_equal(
        inputs["attention_mask"], [[1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 0]]
    )
    assert inputs["input_ids"].dtype == inputs["attention_mask"].dtype == np.int32


def test_labels_go_along(encode):
    label_ids = np.array([2, 0, 1], "int32")
    assert encode(["a", "b", "c"], label_ids=label_ids).label_ids is label_ids


def test_nothing_stays_on_disk(encode, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    encoded = encode(["good", "bad"])
    assert list(tmp_path.iterdir()) == []
    assert split(encoded) == [ids("good"), ids("bad")]

    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode(["good", "bad"], progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("max_length", [3, 40, 41])
def test_lengths_that_fit(max_length):
    check_max_length(max_length, 41)


@pytest.mark.parametrize("max_length", [-1, 0, 2, 42, 10**6])
def test_lengths_that_do_not_fit(max_length):
    expected = f"max_length is {max_length}, expected 3 to 41, the model's positions"
    with pytest.raises(ArgumentError, match=f"{expected}. Pass --max-length 41 or less"):
        check_max_length(max_length, 41)
