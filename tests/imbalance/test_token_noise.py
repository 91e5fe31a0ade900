"""Token noise: what may move, what never does, and that it is a function of its key."""

import numpy as np
import pytest

from tfclf.data.batches import copy_numbers
from tfclf.errors import ArgumentError
from tfclf.imbalance.token_noise import TokenNoise

PAD, CLS, SEP, MASK = 0, 101, 102, 103
IDS = {"pad_id": PAD, "special_ids": (CLS, SEP), "mask_id": MASK}
# A text, a pair, an empty text beside one of a single token, and a text as long as the batch.
ROWS = [
    [CLS, 11, 12, 13, 14, SEP],
    [CLS, 21, 22, 23, SEP, 24, 25, 26, SEP],
    [CLS, SEP, 31, SEP],
    [CLS, 41, 42, 43, 44, 45, 46, 47, 48, 49, SEP],
]
SEQ = 11
TEXTS = [[range(11, 15)], [range(21, 24), range(24, 27)], [[], [31]], [range(41, 50)]]


def batch(rows=ROWS):
    ids = np.full((len(rows), SEQ), PAD, "int32")
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
        if row.count(SEP) == 2:
            types[i, row.index(SEP) + 1 : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def keys(epoch, batch_size=4):
    return np.stack([np.array([9, epoch, row, 0]) for row in range(batch_size)])


EVERY = np.ones(4, bool)


def texts_of(inputs, row):
    """The tokens between special ones."""
    ids = inputs["input_ids"][row][inputs["attention_mask"][row] == 1]
    assert ids[0] == CLS and ids[-1] == SEP
    return [part.tolist() for part in np.split(ids[1:-1], np.flatnonzero(ids[1:-1] == SEP))]


@pytest.mark.parametrize(
    "rates",
    [(0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5), (0.3, 0.3, 0.3), (0.99, 0.99, 0), (0, 0.99, 0.99)],
)
def test_frames_stay_and_every_text_keeps_a_token(rates):
    noise = TokenNoise(*rates, **IDS)
    for epoch in range(60):
        made = noise(batch(), EVERY, keys(epoch))
        for row, texts in enumerate(TEXTS):
            length = made["attention_mask"][row].sum()
            # Padding at the end, and nothing but padding there.
            assert made["attention_mask"][row].tolist() == [1] * length + [0] * (SEQ - length)
            assert (made["input_ids"][row, length:] == PAD).all()
            parts = [[i for i in part if i != SEP] for part in texts_of(made, row)]
            assert len(parts) == len(texts)
            for part, text in zip(parts, texts, strict=True):
                assert set(part) - {MASK} <= set(text)
                own = [i for i in part if i != MASK]
                assert len(own) == len(set(own))
                assert own or not len(text)
            # The second text, with its [SEP], has the type 1.
            second = 0 if len(texts) == 1 else len(parts[1]) + 1
            types = [0] * (length - second) + [1] * second + [0] * (SEQ - length)
            assert made["token_type_ids"][row].tolist() == types


def test_swapping_keeps_the_tokens_and_moves_each_by_one_place_at_most():
    noise = TokenNoise(swap=0.6, **IDS)
    moved = 0
    for epoch in range(40):
        made = noise(batch(), EVERY, keys(epoch))
        for before, after in zip(batch()["input_ids"], made["input_ids"], strict=True):
            assert sorted(before) == sorted(after)
            places = {token: place for place, token in enumerate(before.tolist())}
            for place, token in enumerate(after.tolist()):
                if token not in (PAD, CLS, SEP):
                    assert abs(place - places[token]) <= 1
                    moved += place != places[token]
    assert moved


def test_deleting_keeps_the_order_and_masking_the_places():
    for epoch in range(40):
        deleted = TokenNoise(delete=0.4, **IDS)(batch(), EVERY, keys(epoch))["input_ids"][3]
        own = deleted[deleted > 40]
        assert (np.diff(own[own < 50]) > 0).all()
        masked = TokenNoise(mask=0.4, **IDS)(batch(), EVERY, keys(epoch))["input_ids"]
        same = masked == batch()["input_ids"]
        assert (masked[~same] == MASK).all()


def test_rates_are_shares_of_the_tokens():
    # A thousand texts of nine tokens; that one is always kept changes 0.3 ** 9 of them. The bounds
    # are four standard deviations of 9,000 draws: 4 * sqrt(0.3 * 0.7 / 9000) = 0.019.
    rows = [ROWS[3]] * 1000
    everyone = np.ones(1000, bool)
    deleted = TokenNoise(delete=0.3, **IDS)(batch(rows), everyone, keys(0, 1000))
    assert 1 - (deleted["attention_mask"].sum() - 2000) / 9000 == pytest.approx(0.3, abs=0.019)
    masked = TokenNoise(mask=0.3, **IDS)(batch(rows), everyone, keys(0, 1000))
    assert (masked["input_ids"] == MASK).sum() / 9000 == pytest.approx(0.3, abs=0.019)


def test_only_chosen_rows_change_and_the_given_arrays_never():
    noise = TokenNoise(0.5, 0.5, 0.5, **IDS)
    given, chosen = batch(), np.array([False, True, False, True])
    made = noise(given, chosen, keys(2))
    for name, values in batch().items():
        np.testing.assert_array_equal(given[name], values)
        np.testing.assert_array_equal(made[name][~chosen], values[~chosen])
        assert made[name].dtype == values.dtype
        assert made[name].shape == values.shape
    assert (made["input_ids"] != given["input_ids"]).any(axis=1).tolist() == chosen.tolist()


def test_a_row_is_a_function_of_its_key_whatever_stands_beside_it():
    noise = TokenNoise(0.3, 0.3, 0.3, **IDS)
    whole = noise(batch(), EVERY, keys(5))
    order = np.array([3, 1, 2, 0])
    turned = noise({k: v[order] for k, v in batch().items()}, EVERY, keys(5)[order])
    alone = noise({k: v[3:] for k, v in batch().items()}, EVERY[3:], keys(5)[3:])
    for name in whole:
        np.testing.assert_array_equal(whole[name][order], turned[name])
        np.testing.assert_array_equal(whole[name][3:], alone[name])
    made = {tuple(noise(batch(), EVERY, keys(epoch))["input_ids"][3]) for epoch in range(9)}
    assert len(made) > 1


def test_rates_of_zero_change_nothing():
    made = TokenNoise(pad_id=PAD, special_ids=(CLS, SEP))(batch(), EVERY, keys(0))
    for name, values in batch().items():
        np.testing.assert_array_equal(made[name], values)


def test_windows_change_one_by_one():
    flat = batch(ROWS[:1] + ROWS[3:] + [[]])
    inputs = {name: np.stack([ids, ids[::-1]]) for name, ids in flat.items()}  # (2, 3, 11)
    made = TokenNoise(0.4, 0.4, **IDS)(inputs, np.array([False, True]), keys(1, 2))
    np.testing.assert_array_equal(made["input_ids"][0], inputs["input_ids"][0])
    assert not made["attention_mask"][1, 0].any()  # a window of nothing but padding
    for window, texts in ((1, TEXTS[3]), (2, TEXTS[0])):
        ids = made["input_ids"][1, window][made["attention_mask"][1, window] == 1]
        assert (ids[0], ids[-1]) == (CLS, SEP)
        assert set(ids[1:-1]) <= set(texts[0])


def test_copies_are_counted():
    indices = np.random.default_rng(1).integers(0, 9, 70)
    seen = {}
    expected = []
    for index in indices.tolist():
        expected.append(seen.get(index, 0))
        seen[index] = seen.get(index, 0) + 1
    assert copy_numbers(indices).tolist() == expected
    assert copy_numbers(indices[:0]).tolist() == []


def test_words_keep_their_tags():
    with pytest.raises(ArgumentError, match="swap and delete would move the words of the task tok"):
        TokenNoise(0.1, 0.1, 0.1, **IDS).check_task("token")
    TokenNoise(mask=0.1, **IDS).check_task("token")
    TokenNoise(0.1, 0.1, 0.1, **IDS).check_task("multi-label")


@pytest.mark.parametrize("name", ["swap", "delete", "mask"])
@pytest.mark.parametrize("rate", [-0.1, 1, float("nan"), "0.1", True])
def test_bad_rates(name, rate):
    with pytest.raises(ArgumentError, match=rf"{name} is .*expected a probability in \[0, 1\)"):
        TokenNoise(**{name: rate}, **IDS)


def test_bad_arguments():
    with pytest.raises(ArgumentError, match=r"the id of \[MASK\] is not given"):
        TokenNoise(mask=0.1, pad_id=PAD, special_ids=(CLS, SEP))
    noise = TokenNoise(0.1, **IDS)
    with pytest.raises(ArgumentError, match=r"chosen is bool of shape \(3,\), expected bool, \(4,"):
        noise(batch(), EVERY[:3], keys(0))
    with pytest.raises(ArgumentError, match="chosen is int64"):
        noise(batch(), EVERY.astype("int64"), keys(0))
    for wrong in (keys(0)[:2], keys(0)[:, 0], -keys(0), keys(0).astype("float64")):
        with pytest.raises(ArgumentError, match="expected whole numbers from 0"):
            noise(batch(), EVERY, wrong)
