"""Texts, pairs and words in [CLS] and [SEP], against transformers and by law."""

import itertools

import numpy as np
import pytest

from tests.conftest import VOCABULARY, write_tokenizer
from tfclf.data import LongText, TextRules, Tokenizer
from tfclf.data.framing import NO_WORD, Framer, word_windows
from tfclf.errors import ArgumentError

IDS = {word: i for i, word in enumerate(VOCABULARY)}
PIECES = ["good", "bad", "film.", "xyz", "the", "abcdef", "was!", "\u4e2d", "ugly", "GOODx", "a-b"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def theirs(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def framer(folder):
    tokenizer = Tokenizer(folder)

    def framer(max_length, long_text=None, rules=None):
        return Framer(tokenizer, max_length, long_text or LongText(), rules or TextRules())

    return framer


def ids(*words):
    return [IDS[word] for word in words]


def random_texts(seed, count, most=9):
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(PIECES, n)) for n in generator.integers(1, most, count)]


def random_sentences(seed, count=60, most=14):
    generator = np.random.default_rng(seed)
    return [generator.choice(PIECES, n).tolist() for n in generator.integers(0, most, count)]


# Texts


def test_a_text(framer):
    (framed,) = framer(9).frame({"text": ["good film"]})
    assert framed.pieces == [(ids("[CLS]", "good", "film", "[SEP]"), 4, None)]
    assert framed.num_lost == 0


@pytest.mark.parametrize("how", ["head", "tail", "head+tail"])
def test_what_is_left_of_a_text(framer, how):
    (framed,) = framer(5, LongText(how)).frame({"text": ["good bad ugly the film was"]})
    kept = {
        "head": ["good", "bad", "ugly"],
        "tail": ["the", "film", "was"],
        "head+tail": ["good", "film", "was"],
    }[how]
    assert [piece.ids for piece in framed.pieces] == [ids("[CLS]", *kept, "[SEP]")]
    assert framed.num_lost == 3


def test_windows_lose_nothing(framer):
    texts = random_texts(1, 40, 30)
    whole = framer(500).frame({"text": texts})
    for max_length, stride in ((7, None), (9, 3), (4, 2), (3, 1)):
        every = LongText("windows", stride, max_windows=99)
        framed = framer(max_length, every).frame({"text": texts})
        step = LongText("windows", stride).step(max_length - 2)
        for windows, one in zip(framed, whole, strict=True):
            assert windows.num_lost == 0
            inner = one.pieces[0].ids[1:-1]
            for number, piece in enumerate(windows.pieces):
                begin = number * step
                assert piece.ids[1:-1] == inner[begin : begin + max_length - 2]
                assert (piece.ids[0], piece.ids[-1]) == (IDS["[CLS]"], IDS["[SEP]"])
                assert piece.second == len(piece.ids) <= max_length
            assert windows.pieces[-1].ids[-2] == inner[-1]


def test_more_windows_than_are_read(framer):
    (framed,) = framer(6, LongText("windows", 3, max_windows=2)).frame(
        {"text": ["good bad ugly the film was good bad ugly"]}
    )
    # Windows of 4 words, 3 on: the first 7 of 9 words are read.
    assert [piece.ids[1:-1] for piece in framed.pieces] == [
        ids("good", "bad", "ugly", "the"), ids("the", "film", "was", "good"),
    ]  # fmt: skip
    assert framed.num_lost == 2


def test_a_stride_that_loses_tokens_is_refused_at_once(framer):
    with pytest.raises(ArgumentError, match="the stride is 5 tokens, but a window holds 4"):
        framer(6, LongText("windows", 5))


def test_empty_texts(framer):
    for long_text in (LongText(), LongText("windows")):
        framed = framer(5, long_text).frame({"text": ["", " "]})
        assert [one.pieces for one in framed] == [[(ids("[CLS]", "[SEP]"), 2, None)]] * 2
    assert framer(5).frame({"text": []}) == []


# Pairs


@pytest.mark.parametrize("max_length", [4, 5, 8, 13, 60])
def test_pairs_against_transformers(framer, theirs, max_length):
    first, second = random_texts(2, 80), random_texts(3, 80)
    framed = framer(max_length).frame({"text": first, "text_pair": second})
    expected = theirs(first, second, truncation="longest_first", max_length=max_length)
    whole = theirs(first, second)
    for row, one in enumerate(framed):
        (piece,) = one.pieces
        assert piece.ids == expected["input_ids"][row]
        types = [int(place >= piece.second) for place in range(len(piece.ids))]
        assert types == expected["token_type_ids"][row]
        assert piece.words is None
        assert one.num_lost == len(whole["input_ids"][row]) - len(piece.ids)


def test_pairs_of_every_length(framer, theirs):
    sizes = list(itertools.product(range(1, 8), range(1, 8)))
    first, second = (["good " * pair[i] for pair in sizes] for i in (0, 1))
    for max_length in (4, 7, 10, 11):
        framed = framer(max_length).frame({"text": first, "text_pair": second})
        expected = theirs(first, second, truncation="longest_first", max_length=max_length)
        assert [one.pieces[0].ids for one in framed] == expected["input_ids"]
        assert [one.pieces[0].second for one in framed] == [
            types.index(1) if 1 in types else len(types) for types in expected["token_type_ids"]
        ]


def test_pairs_with_an_empty_text(framer):
    """Still pairs; transformers takes an empty second text for none."""
    first, second = ["good", "", ""], ["", "bad", " "]
    framed = framer(7).frame({"text": first, "text_pair": second})
    assert [one.pieces for one in framed] == [
        [(ids("[CLS]", "good", "[SEP]", "[SEP]"), 3, None)],
        [(ids("[CLS]", "[SEP]", "bad", "[SEP]"), 2, None)],
        [(ids("[CLS]", "[SEP]", "[SEP]"), 2, None)],
    ]


def test_what_is_left_of_a_pair(framer):
    rows = {"text": ["good bad ugly the film was"], "text_pair": ["bad ugly"]}
    (framed,) = framer(8, LongText("tail")).frame(rows)  # room for five: three and two
    expected = ids("[CLS]", "the", "film", "was", "[SEP]", "bad", "ugly", "[SEP]")
    assert framed.pieces == [(expected, 5, None)]
    assert framed.num_lost == 3


def test_pairs_are_not_cut_into_windows(framer):
    with pytest.raises(ArgumentError, match="pairs are not cut into windows.*--long-text head"):
        framer(8, LongText("windows")).frame({"text": ["a"], "text_pair": ["b"]})


def test_rules_for_both_texts(framer):
    rules = TextRules(replacements=(("movie", "film"),))
    (framed,) = framer(9, rules=rules).frame({"text": ["movie"], "text_pair": ["bad movie"]})
    assert framed.pieces[0].ids == ids("[CLS]", "film", "[SEP]", "bad", "film", "[SEP]")


# Words


def test_words_by_hand(framer):
    (framed,) = framer(20).frame({"words": [["Good", "xyz", "film.", "!"]]})
    (piece,) = framed.pieces
    assert piece.ids == ids("[CLS]", "good", "x", "##y", "##z", "film", ".", "!", "[SEP]")
    assert piece.words == [NO_WORD, 0, 1, -3, -3, 2, -4, 3, NO_WORD]
    assert (piece.second, framed.num_lost) == (9, 0)


def test_words_against_transformers(framer, theirs):
    sentences = random_sentences(4)
    sentences = [words for words in sentences if words]  # transformers refuses an empty one
    framed = framer(200).frame({"words": sentences})
    expected = theirs(sentences, is_split_into_words=True)
    for row, one in enumerate(framed):
        (piece,) = one.pieces
        assert piece.ids == expected["input_ids"][row]
        owners = [number if number >= NO_WORD else -2 - number for number in piece.words]
        assert [None if n == NO_WORD else n for n in owners] == expected.word_ids(row)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("max_length, stride", [(8, None), (9, 3), (12, 1), (10, 8), (40, None)])
def test_laws_of_windows_of_words(framer, seed, max_length, stride):
    """The longest word has six tokens: nothing is cut."""
    sentences = random_sentences(seed)
    framed = framer(max_length, LongText(stride=stride)).frame({"words": sentences})
    whole = framer(10_000).frame({"words": sentences})
    for words, windows, one in zip(sentences, framed, whole, strict=True):
        assert windows.num_lost == 0
        firsts, tokens = [], {}
        for piece in windows.pieces:
            assert len(piece.ids) == len(piece.words) == piece.second <= max_length
            assert (piece.words[0], piece.words[-1]) == (NO_WORD, NO_WORD)
            assert (piece.ids[0], piece.ids[-1]) == (IDS["[CLS]"], IDS["[SEP]"])
            for token, number in zip(piece.ids, piece.words, strict=True):
                if number != NO_WORD:
                    tokens.setdefault(number if number >= 0 else -2 - number, []).append(token)
            firsts += [number for number in piece.words if number >= 0]
        # Each word is tagged in one window, all of it, and in order.
        assert firsts == list(range(len(words)))
        assert sum((tokens[number] for number in firsts), []) == one.pieces[0].ids[1:-1]
        assert len(windows.pieces) == 1 or all(max(piece.words) >= 0 for piece in windows.pieces)


def test_words_that_tokenize_to_nothing(framer):
    """A word has a tag even where it has no token."""
    words = ["good", "", " ", "\u00a0", "\u200b", "bad"]
    (framed,) = framer(30).frame({"words": [words]})
    (piece,) = framed.pieces
    assert piece.ids == ids("[CLS]", "good", *["[UNK]"] * 4, "bad", "[SEP]")
    assert piece.words == [NO_WORD, 0, 1, 2, 3, 4, 5, NO_WORD]


def test_a_word_longer_than_a_window_is_cut(framer):
    words = ["good", "abcdef", "bad", "xyz"]
    framed = framer(5).frame({"words": [words, words[:1]]})
    assert [one.num_lost for one in framed] == [3, 0]  # of abcdef three of six stay
    found = [
        token
        for piece in framed[0].pieces
        for token, word in zip(piece.ids, piece.words, strict=True)
        if word != NO_WORD
    ]
    assert found == ids("good", "a", "##b", "##c", "bad", "x", "##y", "##z")
    assert all(len(piece.ids) <= 5 for piece in framed[0].pieces)


def test_an_empty_sentence(framer):
    framed = framer(5).frame({"words": [[], ["bad"], []]})
    assert framed[0] == framed[2] == ([(ids("[CLS]", "[SEP]"), 2, [NO_WORD] * 2)], 0)


def test_rules_for_each_word(framer):
    rules = TextRules(replacements=(("$", "the film"), ("?", "")))
    (framed,) = framer(9, rules=rules).frame({"words": [["good", "$", "?"]]})
    assert framed.pieces[0].ids == ids("[CLS]", "good", "the", "film", "[UNK]", "[SEP]")
    assert framed.pieces[0].words == [NO_WORD, 0, 1, -3, 2, NO_WORD]


def test_a_stride_beyond_the_window_of_words(framer):
    with pytest.raises(ArgumentError, match="the stride is 7 tokens, but a window holds 6"):
        framer(8, LongText(stride=7)).frame({"words": [["good"]]})


# Windows of words


def test_word_windows_by_hand():
    # Room for 5, of which 2 are read twice. Words 0-2 have 5 tokens; the next window begins with
    # word 2, whose 2 tokens are the overlap; it holds words 2-4. Word 2 is the whole overlap: the
    # middle of words [2, 3) is rounded up, so that it belongs to the window that comes first.
    assert word_windows([1, 2, 2, 1, 2, 1], 5, 3) == [(0, 3, 0, 3), (2, 5, 3, 5), (4, 6, 5, 6)]


def test_the_overlap_gives_way_to_the_next_word():
    """Words of 1, 1, 1 and 4 tokens: with one of them before it, the last would not fit."""
    assert word_windows([1, 1, 1, 4], 4, 2) == [(0, 3, 0, 3), (3, 4, 3, 4)]


@pytest.mark.parametrize("seed", range(8))
def test_laws_of_word_windows(seed):
    generator = np.random.default_rng(seed)
    for _ in range(150):
        room = int(generator.integers(1, 14))
        step = int(generator.integers(1, room + 1))
        lengths = generator.integers(1, room + 1, generator.integers(0, 30)).tolist()
        windows = word_windows(lengths, room, step)
        own = [n for w in windows for n in range(w.own_first, w.own_last)]
        assert own == list(range(len(lengths)))
        for window in windows:
            assert window.first <= window.own_first <= window.own_last <= window.last
            assert sum(lengths[window.first : window.last]) <= room
            assert window.own_first < window.own_last or not lengths  # none is read for nothing
        for before, after in itertools.pairwise(windows):
            assert before.first < after.first <= before.last < after.last
            assert sum(lengths[after.first : before.last]) <= room - step
            # A word in two windows is tagged where it stands further from the edge, in words.
            for number in range(after.first, before.last):
                to_end, to_start = before.last - 1 - number, number - after.first
                assert (number < before.own_last) == (to_end >= to_start)
        if sum(lengths) <= room:
            assert windows == [(0, len(lengths), 0, len(lengths))]
