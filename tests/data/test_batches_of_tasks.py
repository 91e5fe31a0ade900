"""Batches of every task: pairs, windows, words, and labels of one head or of several."""

import numpy as np
import pytest

from tests.conftest import write_tokenizer
from tfclf.data import (
    Batches,
    Columns,
    LabelMap,
    LongText,
    Tokenizer,
    encode_rows,
    read_rows,
    row_labels,
)
from tfclf.tasks import IGNORED, TASKS, Head

WORDS = ["good", "xyz", "film", "abcdef", "the", "a"]  # of one, three and six tokens
HEADS = (
    Head("kind", "single-label"),
    Head("topics", "multi-label"),
    Head("stars", "regression", "score"),
    Head("entities", "token"),
)
COUNT = 37
CLS, PAD = 2, 0


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return Tokenizer(folder)


def random_words(seed, most=13):
    generator = np.random.default_rng(seed)
    return [generator.choice(WORDS, n).tolist() for n in generator.integers(1, most, COUNT)]


def random_labels(task, sentences, seed):
    generator = np.random.default_rng(seed)
    if task == "single-label":
        return generator.choice(list("abcde"), len(sentences)).tolist()
    if task == "multi-label":
        return [generator.permutation(list("uvw"))[:n].tolist()
                for n in generator.integers(0, 4, len(sentences))]  # fmt: skip
    if task == "regression":
        return generator.normal(size=len(sentences)).astype("float32").tolist()
    return [generator.choice(["O", "B-x", "B-y"], len(words)).tolist() for words in sentences]


def labels_of(rows, **settings):
    return {
        name: row_labels(target, LabelMap.from_rows(rows, name), **settings)
        for name, target in rows.targets.items()
    }


def with_gaps(values, seed):
    """Some of the labels, None where a row has none."""
    here = np.random.default_rng(seed).random(len(values)) < 0.6
    return [value if keep else None for value, keep in zip(values, here, strict=True)]


def every_head(tokenizer, max_length=8, seed=0, **settings):
    sentences = random_words(seed)
    columns = [with_gaps(random_labels(head.task, sentences, 1), number)
               for number, head in enumerate(HEADS)]  # fmt: skip
    rows = read_rows((sentences, *columns), heads=HEADS)
    encoded = encode_rows(rows, tokenizer, max_length, labels=labels_of(rows), **settings)
    return rows, encoded


def specs(dataset):
    """Shape and type of each part of an element, by its name."""
    inputs, labels = dataset.element_spec

    def told(spec):
        return (*spec.shape, spec.dtype.name)

    named = {name: told(spec) for name, spec in inputs.items()}
    if isinstance(labels, dict):
        return named, {name: told(spec) for name, spec in labels.items()}
    return named, told(labels)


SHAPES = {
    "single-label": (None, "int32"),
    "multi-label": (None, 3, "float32"),
    "regression": (None, 1, "float32"),
    "token": (None, None, "int32"),
}


@pytest.mark.parametrize("task", TASKS)
def test_shapes_and_types_of_each_task(tokenizer, task):
    sentences = random_words(3)
    values = random_labels(task, sentences, 4)
    words = task == "token"
    source = (sentences if words else [" ".join(words) for words in sentences], values)
    rows = read_rows(source, task=task)
    (labels,) = labels_of(rows).values()
    encoded = encode_rows(rows, tokenizer, 60, labels=labels)
    batches = Batches(encoded, 5, shuffle=True, seed=2)
    dataset = batches.dataset()
    inputs, found = specs(dataset)
    assert inputs == {name: (None, None, "int32") for name in ("input_ids", "attention_mask")}
    assert found == SHAPES[task]
    order, seen = batches.row_order(0), 0
    for inputs, batch in dataset:
        batch = batch.numpy()
        part = order[seen : seen + len(batch)]
        seen += len(batch)
        if words:
            assert batch.shape == inputs["input_ids"].shape
            expected = [values[row] for row in part]
            names = LabelMap.from_rows(rows).names
            assert [[names[i] for i in tags[tags != IGNORED]] for tags in batch] == expected
        else:
            np.testing.assert_array_equal(batch, labels.batch(part))
    assert seen == COUNT


def test_shapes_and_types_of_several_heads(tokenizer):
    _, encoded = every_head(tokenizer)
    dataset = Batches(encoded, 6, shuffle=True).dataset()
    _, found = specs(dataset)
    assert found == {head.name: SHAPES[head.task] for head in HEADS}
    for inputs, labels in dataset:
        sizes = {name: tuple(array.shape) for name, array in labels.items()}
        batch, seq = inputs["input_ids"].shape
        expected = {"kind": (batch,), "topics": (batch, 3), "stars": (batch, 1)}
        assert sizes == expected | {"entities": (batch, seq)}


def test_labels_of_several_heads(tokenizer):
    """Every label of every row once; what is absent is -100, and NaN of numbers."""
    rows, encoded = every_head(tokenizer)
    maps = {name: LabelMap.from_rows(rows, name).names for name in rows.targets}
    assert len(encoded) > len(rows) == encoded.num_rows == COUNT
    batches = Batches(encoded, 4, shuffle=True, seed=9)
    items = batches.row_order(0)
    found = [label for _, label in batches]
    joined = {name: np.concatenate([labels[name] for labels in found])
              for name in ("kind", "topics", "stars")}  # fmt: skip
    for row in range(COUNT):
        of_row = np.flatnonzero(encoded.row_of[items] == row)
        first, *others = of_row[np.argsort(items[of_row])]
        kind, topics, stars = (rows.targets[name].values()[row] for name in joined)
        assert joined["kind"][first] == (IGNORED if kind is None else maps["kind"].index(kind[0]))
        expected = [name in (topics or []) for name in maps["topics"]]
        assert joined["topics"][first].tolist() == ([IGNORED] * 3 if topics is None else expected)
        np.testing.assert_array_equal(joined["stars"][first], stars or [np.nan])
        for other in others:  # a window behind the first says nothing of the text
            assert joined["kind"][other] == IGNORED
            assert (joined["topics"][other] == IGNORED).all()
            assert np.isnan(joined["stars"][other]).all()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("subwords", ["first", "all"])
@pytest.mark.parametrize("max_length, stride", [(8, None), (9, 2), (100, None)])
def test_every_word_once(tokenizer, shuffle, subwords, max_length, stride):
    sentences = random_words(6)
    tags = random_labels("token", sentences, 7)
    rows = read_rows((sentences, tags), task="token")
    (labels,) = labels_of(rows, subwords=subwords).values()
    long_text = LongText(stride=stride)
    encoded = encode_rows(rows, tokenizer, max_length, long_text=long_text, labels=labels)
    batches = Batches(encoded, 4, shuffle=shuffle, seed=3)
    names = LabelMap.from_rows(rows).names
    words = [(row, word) for row, sentence in enumerate(sentences) for word in range(len(sentence))]
    for epoch in range(2):
        seen = {}
        for batch in batches.plan(epoch):
            inputs, found = batches.batch(batch)
            places = encoded.padded_words(batch.indices, batch.length)
            assert found.shape == inputs["input_ids"].shape == places.shape
            for item, places_of_item, tags_of_item in zip(
                batch.indices, places, found, strict=True
            ):
                row = encoded.row_of[item]
                for place, tag in zip(places_of_item, tags_of_item, strict=True):
                    if place >= 0:
                        assert (row, place) not in seen
                        seen[row, place] = names[tag]
                    elif place == -1 or subwords == "first":
                        assert tag == IGNORED
            # Neither [CLS] nor [SEP] nor padding has a tag.
            assert (found[np.isin(inputs["input_ids"], (PAD, CLS, 3))] == IGNORED).all()
        assert sorted(seen) == words
        assert all(seen[row, word] == tags[row][word] for row, word in words)


def test_batches_of_windows(tokenizer):
    texts = [" ".join(words) for words in random_words(8, 30)]
    rows = read_rows((texts, random_labels("single-label", texts, 2)))
    (labels,) = labels_of(rows).values()
    long_text = LongText("windows", stride=5)
    encoded = encode_rows(rows, tokenizer, 9, long_text=long_text, labels=labels)
    batches = Batches(encoded, 5, shuffle=True, seed=4)
    assert len(batches) == -(-COUNT // 5)
    dataset = batches.dataset()
    inputs, found = specs(dataset)
    assert inputs == {name: (None, None, None, "int32") for name in ("input_ids", "attention_mask")}
    assert found == (None, "int32")
    counts, whole = np.diff(encoded.row_ends), tokenizer.encode(texts)
    assert (counts.min(), counts.max() > 3) == (1, True)
    order, seen = batches.row_order(0), 0
    for inputs, found in dataset:
        ids, mask = inputs["input_ids"].numpy(), inputs["attention_mask"].numpy()
        part = order[seen : seen + len(ids)]
        seen += len(ids)
        assert ids.shape == (len(part), counts[part].max(), ids.shape[2])
        assert ids.shape[2] == 9 or counts[part].max() == 1
        np.testing.assert_array_equal(mask, ids != PAD)
        np.testing.assert_array_equal(found, labels.batch(part))
        for row, windows in zip(part, ids, strict=True):
            filled = [window[window != PAD][1:-1].tolist() for window in windows]
            number = counts[row]
            assert filled[number:] == [[]] * (len(windows) - number)
            assert filled[:number] == [whole[row][5 * i : 5 * i + 7] for i in range(number)]
            assert (windows[:number, 0] == CLS).all() and not windows[number:].any()
    assert seen == COUNT


def test_padding_of_windows_is_counted(tokenizer):
    texts = [" ".join(words) for words in random_words(8, 30)]
    encoded = encode_rows(
        read_rows(texts, task=None), tokenizer, 9, long_text=LongText("windows", stride=5)
    )
    batches = Batches(encoded, 5)
    assert batches.row_order(0).tolist() == np.argsort(encoded.lengths, kind="stable").tolist()
    padded = sum(inputs["input_ids"].size for (inputs,) in batches)
    # A row of several windows counts them as whole ones.
    assert batches.padding_share(0) == pytest.approx(1 - encoded.lengths.sum() / padded)


def test_batches_of_pairs(tokenizer):
    sentences = [" ".join(words) for words in random_words(2)]
    source = (sentences, sentences[::-1], random_labels("regression", sentences, 3))
    rows = read_rows(source, columns=Columns(text_pair="second"), task="regression")
    (labels,) = labels_of(rows).values()
    encoded = encode_rows(rows, tokenizer, 21, labels=labels)
    batches = Batches(encoded, 4, shuffle=True, seed=1)
    dataset = batches.dataset()
    names = ("input_ids", "attention_mask", "token_type_ids")
    assert specs(dataset)[0] == {name: (None, None, "int32") for name in names}
    order = iter(batches.row_order(0))
    for inputs, found in dataset:
        arrays = [inputs[name].numpy() for name in names]
        for ids, mask, types, number in zip(*arrays, found.numpy(), strict=True):
            row = next(order)
            length = encoded.lengths[row]
            second = encoded.second[row]
            assert mask.tolist() == [1] * length + [0] * (len(ids) - length)
            assert types.tolist() == [0] * second + [1] * (length - second) + [0] * (
                len(ids) - length
            )
            assert ids[second - 1] == ids[length - 1] == 3  # [SEP] behind each text
            assert number.tolist() == [np.float32(source[2][row])]
    assert next(order, None) is None
