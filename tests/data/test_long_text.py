"""What becomes of texts that are too long, and of pairs."""

import itertools
import json

import numpy as np
import pytest

from tfclf.data.long_text import HOW, LongText, pair_lengths
from tfclf.errors import ArgumentError

IDS = list(range(10, 21))  # eleven tokens


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("count", [0, 1, 10, 11])
def test_what_fits_is_whole(how, count):
    assert LongText(how).pieces(IDS[:count], 11) == [IDS[:count]]


def test_head_and_tail():
    assert LongText("head").pieces(IDS, 4) == [[10, 11, 12, 13]]
    assert LongText("tail").pieces(IDS, 4) == [[17, 18, 19, 20]]
    assert LongText("head+tail").pieces(IDS, 4) == [[10, 18, 19, 20]]
    assert LongText("head+tail").pieces(IDS, 9) == [[10, 11, *IDS[-7:]]]
    for how in ("head", "tail", "head+tail"):
        assert LongText(how).pieces(tuple(IDS), 10) == LongText(how).pieces(np.array(IDS), 10)


def test_head_and_tail_as_published():
    """Sun et al. 2019, section 5.3.1: of 510 tokens the first 128 and the last 382."""
    (piece,) = LongText("head+tail").pieces(range(1000), 510)
    assert piece == [*range(128), *range(1000 - 382, 1000)]


@pytest.mark.parametrize("how", ["head", "tail", "head+tail"])
def test_of_every_length(how):
    for count, room in itertools.product(range(15), range(1, 12)):
        (piece,) = LongText(how).pieces(range(count), room)
        assert len(piece) == min(count, room)
        assert piece == sorted(set(piece))  # in order, each once
        if count:
            assert how == "head" or piece[-1] == count - 1
            assert how == "tail" or room < 4 or piece[0] == 0


@pytest.mark.parametrize("stride", [None, 1, 2, 5, 6])
def test_windows(stride):
    room = 6
    step = stride or 5  # three quarters of 6 are 4.5: the overlap is rounded down to one token
    long_text = LongText("windows", stride, max_windows=40)
    assert long_text.step(room) == step
    for count in range(1, 40):
        windows = long_text.pieces(range(count), room)
        assert [window[0] for window in windows] == [i * step for i in range(len(windows))]
        for window in windows:
            assert window == list(range(window[0], window[0] + len(window)))
        assert set().union(*windows) == set(range(count))
        assert windows[-1][-1] == count - 1
        assert all(len(window) == room for window in windows[:-1])
        assert len(windows[-1]) <= room
        # The last window is needed: without it the last token would be lost.
        assert len(windows) == 1 or windows[-2][-1] < count - 1


def test_strides_of_their_own():
    for room in range(1, 600):
        step = LongText("windows").step(room)
        assert 1 <= step <= room
        assert room - step == int(room / 4) or room == step == 1


def test_a_stride_beyond_the_window():
    long_text = LongText("windows", 5)
    assert long_text.pieces(IDS, 5) == [IDS[:5], IDS[5:10], IDS[10:]]
    with pytest.raises(ArgumentError, match="5 tokens, but a window holds 4.*--window-stride"):
        long_text.pieces(IDS, 4)


@pytest.mark.parametrize(
    "settings, problem",
    [
        ({"how": "middle"}, "long text: 'middle', expected one of head, tail, head.tail, windows"),
        ({"pooling": "sum"}, "pooling: 'sum', expected one of mean, max"),
        ({"stride": 0}, "stride is 0, expected a whole number of at least 1"),
        ({"stride": -3}, "stride is -3"),
        ({"max_windows": 0}, "max_windows is 0, expected a whole number of at least 1"),
    ],
)
def test_bad_settings(settings, problem):
    with pytest.raises(ArgumentError, match=problem):
        LongText(**settings)


def test_settings_are_json():
    long_text = LongText("windows", 7, "max")
    assert LongText(**json.loads(json.dumps(long_text.to_dict()))) == long_text
    assert LongText().to_dict() == {
        "how": "head", "stride": None, "pooling": "mean", "max_windows": 16,
    }  # fmt: skip


def test_no_more_windows_than_are_wanted():
    assert LongText("windows", 2, max_windows=3).pieces(range(99), 4) == [
        [0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7],
    ]  # fmt: skip


def test_pairs_against_the_tokenizers_library():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    theirs = Tokenizer(WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))
    theirs.pre_tokenizer = Whitespace()
    sizes = range(14)
    pairs = list(itertools.product(sizes, sizes))
    for room in range(1, 17):
        theirs.enable_truncation(room, strategy="longest_first")
        encoded = theirs.encode_batch([("a " * first, "b " * second) for first, second in pairs])
        for (first, second), one in zip(pairs, encoded, strict=True):
            expected = one.ids.count(0), one.ids.count(1)
            assert pair_lengths(first, second, room) == expected, (first, second, room)


def test_laws_of_pairs():
    for first, second, room in itertools.product(range(12), range(12), range(20)):
        kept = pair_lengths(first, second, room)
        assert sum(kept) == min(first + second, room)
        assert kept[0] <= first and kept[1] <= second
        if sum(kept) < first + second and min(kept) < min(first, second):
            assert abs(kept[0] - kept[1]) <= 1  # both lost tokens: they are as long as each other
