"""Texts -> token ids on disk."""

import tempfile

import numpy as np
import pytest

from tests.conftest import VOCABULARY, write_tokenizer
from tfclf.data import (
    Columns,
    LabelMap,
    LongText,
    TextRules,
    Tokenizer,
    check_max_length,
    encode_rows,
    read_rows,
    row_labels,
)
from tfclf.errors import ArgumentError
from tfclf.tasks import IGNORED, Head

IDS = {word: i for i, word in enumerate(VOCABULARY)}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return Tokenizer(folder)


@pytest.fixture
def encode(tokenizer):
    def encode(texts, max_length=40, **settings):
        return encode_rows(read_rows(texts, task=None), tokenizer, max_length, **settings)

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
    assert (encoded.pad_id, encoded.max_length, encoded.labels) == (IDS["[PAD]"], 40, None)


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
    rows = read_rows(texts, task=None)
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
    assert encode(["a", "b", "c"], labels=label_ids).labels.ids is label_ids


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


# Windows, pairs and words

TEXTS = ["the good film was bad", "bad", "", "ugly bad good the film ."]
PAD = IDS["[PAD]"]


def test_windows_of_texts(encode):
    encoded = encode(TEXTS, max_length=5, long_text=LongText("windows", stride=2))
    assert split(encoded) == [
        ids("the", "good", "film"),
        ids("film", "was", "bad"),
        ids("bad"),
        ids(),
        ids("ugly", "bad", "good"),
        ids("good", "the", "film"),
        ids("film", "."),
    ]
    assert encoded.row_ends.tolist() == [0, 2, 3, 4, 7]
    assert (len(encoded), encoded.num_rows, encoded.windowed) == (4, 4, True)
    # Rows of several windows take whole windows of five tokens.
    assert encoded.lengths.tolist() == [10, 3, 2, 15]
    assert encoded.row_of.tolist() == [0, 1, 2, 3]
    assert (encoded.num_truncated, encoded.num_tokens_lost) == (0, 0)


def test_batches_of_windows_are_padded_with_windows(encode):
    encoded = encode(TEXTS, max_length=5, long_text=LongText("windows", stride=2))
    inputs = encoded.padded(np.array([1, 3, 0]), 15)
    nothing = [PAD] * 5
    np.testing.assert_array_equal(
        inputs["input_ids"],
        [
            [[*ids("bad"), PAD, PAD], nothing, nothing],
            [ids("ugly", "bad", "good"), ids("good", "the", "film"), [*ids("film", "."), PAD]],
            [ids("the", "good", "film"), ids("film", "was", "bad"), nothing],
        ],
    )
    np.testing.assert_array_equal(inputs["attention_mask"], inputs["input_ids"] != PAD)
    assert list(inputs) == ["input_ids", "attention_mask"]


@pytest.mark.parametrize("length, shape", [(2, (2, 1, 2)), (4, (2, 1, 4)), (5, (2, 1, 5))])
def test_one_window_is_as_long_as_its_text(encode, length, shape):
    encoded = encode(["", *TEXTS[:1], ""], max_length=5, long_text=LongText("windows"))
    inputs = encoded.padded(np.array([0, 2]), length)
    assert inputs["input_ids"].shape == inputs["attention_mask"].shape == shape


def test_unknown_tokens_of_windows_are_counted_in_each(encode):
    """The second of two windows repeats the token in the middle."""
    encoded = encode(["a b \u4e2d c d"], max_length=5, long_text=LongText("windows", stride=2))
    assert encoded.num_unknown == 2


@pytest.mark.parametrize("how", ["head", "tail", "head+tail"])
def test_no_windows_where_none_are_asked_for(encode, how):
    encoded = encode(TEXTS, max_length=5, long_text=LongText(how))
    assert (encoded.row_ends, encoded.windowed, len(encoded)) == (None, False, 4)
    assert encoded.lengths.tolist() == [5, 3, 2, 5]
    assert (encoded.num_truncated, encoded.num_tokens_lost) == (2, 2 + 3)
    assert encoded.num_rows == 4
    assert encoded.row_of.tolist() == [0, 1, 2, 3]


def test_pairs(tokenizer):
    columns = Columns(text_pair="second")
    rows = read_rows((["good film", "bad", "ugly"], ["the", "was bad", ""]), columns=columns,
                     task=None)  # fmt: skip
    encoded = encode_rows(rows, tokenizer, 6)
    assert split(encoded) == [
        [*ids("good", "film"), *ids("the")[1:]],
        [*ids("bad"), *ids("was", "bad")[1:]],
        [*ids("ugly"), IDS["[SEP]"]],
    ]
    assert encoded.second.tolist() == [4, 3, 3]
    inputs = encoded.padded(np.array([2, 0]), 7)
    np.testing.assert_array_equal(
        inputs["token_type_ids"], [[0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0]]
    )
    np.testing.assert_array_equal(
        inputs["attention_mask"], [[1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0]]
    )
    assert {ids.dtype.name for ids in inputs.values()} == {"int32"}
    with pytest.raises(ArgumentError, match="pairs are not cut into windows"):
        encode_rows(rows, tokenizer, 6, long_text=LongText("windows"))


def test_pairs_against_transformers(tokenizer):
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(tokenizer.folder)
    generator = np.random.default_rng(9)
    words = ["good", "xyz", "film.", "the", "\u4e2d"]
    first, second = (
        [" ".join(generator.choice(words, n)) for n in generator.integers(1, 12, 70)]
        for _ in range(2)
    )
    rows = read_rows((first, second), columns=Columns(text_pair="b"), task=None)
    for max_length in (4, 11, 50):
        encoded = encode_rows(rows, tokenizer, max_length)
        length = int(encoded.lengths.max())
        settings = {"truncation": "longest_first", "max_length": length, "padding": "max_length"}
        expected = theirs(first, second, **settings, return_tensors="np")
        found = encoded.padded(np.arange(70), length)
        for name in ("input_ids", "attention_mask", "token_type_ids"):
            np.testing.assert_array_equal(found[name], expected[name])


@pytest.fixture
def encode_words(tokenizer):
    def encode_words(sentences, max_length, **settings):
        columns = Columns(tokens="words")
        rows = read_rows(sentences, task=None, columns=columns)
        return encode_rows(rows, tokenizer, max_length, **settings)

    return encode_words


def test_words(encode_words):
    sentences = [["good", "xyz", "!"], [], ["bad", "film", "ugly", "the"]]
    encoded = encode_words(sentences, 6, long_text=LongText(stride=3))
    # Room for four tokens, of which one may be read twice; but the last word there has three.
    assert split(encoded) == [
        ids("good", "x", "##y", "##z"),
        ids("!"),
        ids(),
        ids("bad", "film", "ugly", "the"),
    ]
    assert encoded.row_ends.tolist() == [0, 2, 3, 4]
    assert (len(encoded), encoded.num_rows, encoded.windowed) == (4, 3, False)
    assert encoded.row_of.tolist() == [0, 0, 1, 2]
    assert encoded.lengths.tolist() == [6, 3, 2, 6]
    np.testing.assert_array_equal(
        encoded.padded_words(np.array([1, 0, 3]), 7),
        [[-1, 2, -1, -1, -1, -1, -1], [-1, 0, 1, -3, -3, -1, -1], [-1, 0, 1, 2, 3, -1, -1]],
    )
    assert encoded.words.dtype == np.int32
    assert encoded.second is None


def test_words_are_read_in_windows_whatever_becomes_of_texts(encode_words):
    sentences = [["good", "bad", "ugly", "the", "film"]]
    for how in ("head", "tail", "windows"):
        encoded = encode_words(sentences, 5, long_text=LongText(how))
        assert (encoded.windowed, encoded.num_truncated) == (False, 0)
        owned = encoded.words[encoded.words >= 0]
        assert owned.tolist() == [0, 1, 2, 3, 4]


def test_words_that_are_cut_are_counted(encode_words):
    encoded = encode_words([["good"], ["abcdef", "bad"], ["abcdefg"]], 5)
    assert encoded.num_truncated == 2
    assert encoded.num_tokens_lost == 3 + 4
    assert encoded.lengths.max() <= 5


def test_texts_have_no_words(encode):
    with pytest.raises(ArgumentError, match="these rows have no words.*tokens=COLUMN"):
        encode(["good"]).padded_words(np.array([0]), 4)


def test_labels_of_windows_of_words(tokenizer):
    """A sentence in several windows has the label of its text in the first of them."""
    heads = (Head("ner", "token"), Head("stars", "regression"), Head("kind", "multi-label"))
    sentences = [["good", "xyz", "!"], ["bad"]]
    source = (sentences, [["O", "B-x", "I-x"], None], [2.5, -1], [["a"], ["b", "a"]])
    rows = read_rows(source, heads=heads)
    labels = {
        name: row_labels(target, LabelMap.from_names(target.names))
        for name, target in rows.targets.items()
    }
    encoded = encode_rows(rows, tokenizer, 5, labels=labels)  # good | x ##y ##z | !
    assert encoded.row_of.tolist() == [0, 0, 0, 1]
    found = encoded.batch_labels(np.array([2, 0, 3, 1]), 6)
    none = IGNORED
    np.testing.assert_array_equal(
        found["ner"],  # ids: B-x 0, I-x 1, O 2
        [
            [none, 1, none, none, none, none],
            [none, 2, none, none, none, none],
            [none] * 6,
            [none, 0, none, none, none, none],
        ],
    )
    np.testing.assert_array_equal(found["stars"], [[np.nan], [2.5], [-1], [np.nan]])
    np.testing.assert_array_equal(found["kind"], [[none, none], [1, 0], [1, 1], [none, none]])
    again = encoded.batch_labels(np.array([0, 1]), 6)
    np.testing.assert_array_equal(again["stars"], [[2.5], [np.nan]])  # nothing was written over


def test_labels_of_windows_of_texts(encode):
    encoded = encode(TEXTS, max_length=5, long_text=LongText("windows"), labels=[3, 0, 2, 1])
    assert encoded.batch_labels(np.array([3, 0, 2]), 15).tolist() == [1, 3, 2]
    assert encode(["a"]).batch_labels(np.array([0]), 3) is None


def test_many_ids_are_on_disk_and_few_in_memory(encode):
    texts = [f"{'abc'[number % 3]} good" for number in range(2_001)]
    many, few = encode(texts), encode(texts[:9])
    assert isinstance(many.tokens, np.memmap)
    assert not isinstance(few.tokens, np.memmap)
    assert not many.tokens.flags.writeable and not few.tokens.flags.writeable
    np.testing.assert_array_equal(many.tokens[: len(few.tokens)], few.tokens)
    letters = many.tokens.reshape(-1, 4)[:, 1]  # [CLS] letter good [SEP]
    assert letters.tolist() == [IDS["abc"[number % 3]] for number in range(2_001)]
