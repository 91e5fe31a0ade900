"""Every task end to end on a tiny encoder: train, judge, save, load, predict, transformers."""

import dataclasses
import json

import numpy as np
import pytest

import tfclf
from tfclf import Columns, Head, Job, LongText, Recipe, TagRules
from tfclf.data import read_rows
from tfclf.errors import ArgumentError, CheckpointError, DataError
from tfclf.runs.bulk.lines import lines_of as predicted_lines

GOOD, BAD, UGLY = "good", "bad", "ugly"
RECIPE = Recipe(epochs=12, learning_rate=1e-2, batch_size=16, max_length=19)
SHORT = Recipe(epochs=2, learning_rate=1e-2, batch_size=16, max_length=19)


def many(count, seed=0):
    """Each of two words stands in the text or not, and is a label where it does."""
    generator = np.random.default_rng(seed)
    texts, labels = [], []
    for i in range(count):
        said = [word for word in (GOOD, BAD, UGLY) if generator.random() < 0.4]
        texts.append(" ".join(["the film was", *said, "abc"[i % 3]]))
        labels.append(said)
    return texts, labels


def pairs(count, seed=0):
    """A good first text counts 2, a good second one 1."""
    generator = np.random.default_rng(seed)
    first, second = generator.integers(0, 2, (2, count))
    words = np.array([BAD, GOOD])
    letters = "abcdefghijkl"
    texts = [f"{word} {letters[i % 12]} {letters[i % 11]}" for i, word in enumerate(words[first])]
    return texts, words[second].tolist(), (2.0 * first + second).tolist()


def sentences(count, seed=0):
    """After "the" a good or bad is an entity of two words or one, elsewhere it is none."""
    generator = np.random.default_rng(seed)
    tokens, tags = [], []
    for i in range(count):
        words, labels = ["abc"[i % 3]], ["O"]
        for _ in range(generator.integers(1, 4)):
            kind = generator.integers(0, 3)
            words += [["was"], [GOOD, "film"], [BAD]][kind]
            labels += [["O"], ["B-pos", "I-pos"], ["B-neg"]][kind]
        tokens.append(words)
        tags.append(labels)
    return tokens, tags


def run(job):
    classifier = tfclf.train(job)
    metrics = json.loads((job.output / "metrics.json").read_text())
    assert metrics == classifier.metrics
    return classifier, metrics, tfclf.load(job.output)


def lines_of(classifier, rows, path, **options):
    (logits,) = classifier.predict_rows(rows)
    return [json.loads(line) for line in predicted_lines(classifier, logits, **options)]


@pytest.fixture(scope="module")
def multi_label(tiny_encoder, tmp_path_factory):
    job = Job(
        many(200), tmp_path_factory.mktemp("multi") / "run", test=many(60, seed=1),
        task="multi-label", model=tiny_encoder, recipe=dataclasses.replace(RECIPE, epochs=30),
    )  # fmt: skip
    return job, *run(job)


def test_multi_label(multi_label, tmp_path):
    job, trained, metrics, loaded = multi_label
    assert metrics["task"] == "multi-label"
    test = metrics["test"]
    assert {"macro_f1", "micro_f1", "weighted_f1", "samples_f1", "hamming_loss"} <= set(test)
    assert test["per_class"].keys() == {GOOD, BAD, UGLY}
    assert test["micro_f1"] > 0.7  # saying every label everywhere has 2 x 0.4 / 1.4 = 0.57
    config = json.loads((job.output / "config.json").read_text())
    assert config["problem_type"] == "multi_label_classification"
    texts, labels = many(20, seed=2)
    probabilities = loaded.predict_proba(texts)
    np.testing.assert_allclose(probabilities, trained.predict_proba(texts), atol=1e-5)
    assert probabilities.sum(-1).max() > 1.1  # no softmax
    said = loaded.predict(texts)
    expected = [[loaded.labels[i] for i in np.flatnonzero(row > 0.5)] for row in probabilities]
    assert said == expected
    lines = lines_of(loaded, loaded.read(texts, labelled=False), tmp_path / "out.jsonl")
    assert [line["labels"] for line in lines] == said
    assert all(set(line["scores"]) == set(line["labels"]) for line in lines)


def test_multi_label_in_transformers(multi_label):
    transformers, torch = (pytest.importorskip(name) for name in ("transformers", "torch"))
    job, _, _, loaded = multi_label
    texts = many(9, seed=3)[0]
    model = transformers.BertForSequenceClassification.from_pretrained(job.output).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(job.output)
    with torch.no_grad():
        logits = model(**tokenizer(texts, padding=True, return_tensors="pt")).logits
    np.testing.assert_allclose(loaded.predict_proba(texts), torch.sigmoid(logits), atol=1e-5)
    assert model.config.problem_type == "multi_label_classification"


def test_a_head_is_not_taken_for_another_task(multi_label, tmp_path):
    job = multi_label[0]
    texts = [f"{word} {a}{b}" for a in "abcde" for b in "abcd" for word in (GOOD, BAD, UGLY)]
    single = (texts, [GOOD, BAD, UGLY] * 20)
    with pytest.raises(CheckpointError, match="for multi_label_classification, and the task is"):
        tfclf.train(Job(single, tmp_path / "run", model=job.output, recipe=SHORT))
    with pytest.raises(ArgumentError, match="loss 'cross-entropy', expected one of auto, binary"):
        tfclf.train(
            Job(
                many(40),
                tmp_path / "run",
                task="multi-label",
                model=job.output,
                recipe=Recipe(loss="cross-entropy", max_length=19),
            )  # fmt: skip
        )


def test_regression_of_pairs(tiny_encoder, tmp_path):
    job = Job(
        pairs(160), tmp_path / "run", test=pairs(60, seed=1), task="regression",
        columns=Columns(text_pair="text_b"), model=tiny_encoder, recipe=RECIPE,
    )  # fmt: skip
    _, metrics, loaded = run(job)
    test = metrics["test"]
    assert test["pearson"] > 0.5
    assert {"spearman", "mean_squared_error"} <= set(test)
    config = json.loads((job.output / "config.json").read_text())
    assert config["problem_type"] == "regression" and len(config["id2label"]) == 1
    there, back = loaded.predict([GOOD, BAD], [BAD, GOOD]), loaded.predict([BAD, GOOD], [GOOD, BAD])
    assert there == pytest.approx(back[::-1], abs=1e-5)
    assert abs(there[0] - back[0]) > 0.05  # the order of a pair counts
    lines = lines_of(
        loaded,
        loaded.read(([GOOD], [BAD]), columns=Columns(text_pair="b"), labelled=False),
        tmp_path / "out.jsonl",
    )
    assert lines == [{"value": pytest.approx(there[0], abs=1e-4)}]
    with pytest.raises(ArgumentError, match="a regression has no probabilities"):
        loaded.predict_proba([GOOD], [BAD])
    with pytest.raises(ArgumentError, match="the model was trained on pairs of texts"):
        loaded.predict([GOOD])
    transformers, torch = (pytest.importorskip(name) for name in ("transformers", "torch"))
    model = transformers.BertForSequenceClassification.from_pretrained(job.output).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(job.output)
    with torch.no_grad():
        inputs = tokenizer([GOOD, BAD], [BAD, GOOD], padding=True, return_tensors="pt")
        assert inputs["token_type_ids"].max() == 1
        np.testing.assert_allclose(model(**inputs).logits[:, 0], there, atol=1e-4)


@pytest.fixture(scope="module")
def token(tiny_encoder, tmp_path_factory):
    job = Job(
        sentences(160), tmp_path_factory.mktemp("token") / "run", test=sentences(50, seed=1),
        task="token", model=tiny_encoder, recipe=RECIPE, decoding="viterbi",
    )  # fmt: skip
    return job, *run(job)


def test_tokens(token, tmp_path):
    seqeval = pytest.importorskip("seqeval.metrics")
    job, _, metrics, loaded = token
    tokens, tags = sentences(50, seed=1)
    predicted = loaded.predict(tokens)
    assert [len(row) for row in predicted] == [len(row) for row in tokens]
    test = metrics["test"]
    assert test["f1"] == pytest.approx(seqeval.f1_score(tags, predicted))
    assert test["f1"] > 0.6
    assert test["per_entity"].keys() == {"neg", "pos"}
    assert set(test["per_class"]) == {"B-neg", "B-pos", "I-pos", "O"}
    flat = [(a, b) for x, y in zip(tags, predicted, strict=True) for a, b in zip(x, y, strict=True)]
    assert test["accuracy"] == pytest.approx(np.mean([a == b for a, b in flat]))
    assert loaded.predict([" ".join(words) for words in tokens]) == predicted
    lines = lines_of(loaded, loaded.read(tokens, labelled=False), tmp_path / "out.jsonl")
    assert lines == [{"tags": row} for row in predicted]
    history = json.loads((job.output / "history.json").read_text())
    assert max(history["val_f1"]) > 0.6


def test_a_sentence_of_several_windows_has_a_tag_for_each_word(token):
    loaded = token[3]
    words = ["good", "film", "was", "bad"] * 15  # 60 words, windows of 17
    (tags,) = loaded.predict([words])
    assert len(tags) == 60
    assert tags.count("B-pos") > 5
    assert loaded.predict([[], ["was"]])[0] == []


def test_tokens_in_transformers(token):
    transformers, torch = (pytest.importorskip(name) for name in ("transformers", "torch"))
    job, _, _, loaded = token
    tokens = sentences(7, seed=4)[0]
    model = transformers.BertForTokenClassification.from_pretrained(job.output).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(job.output)
    inputs = tokenizer(tokens, is_split_into_words=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        probabilities = torch.softmax(model(**inputs).logits, -1).numpy()
    for row, ours in enumerate(loaded.predict_proba(tokens)):
        ids = inputs.word_ids(row)
        firsts = [ids.index(word) for word in range(len(tokens[row]))]
        np.testing.assert_allclose(ours, probabilities[row, firsts], atol=1e-5)


@pytest.mark.slow
def test_words_and_texts_of_speech(tiny_encoder, tmp_path):
    """Tags without a scheme: token macro-F1 is what is watched, and there are no entities."""
    tokens, tags = sentences(60)
    tags = [["NOUN" if tag == "O" else "ADJ" for tag in row] for row in tags]
    job = Job(
        (tokens, tags), tmp_path / "run", task="token", tag_rules=TagRules("none"),
        model=tiny_encoder, recipe=SHORT,
    )  # fmt: skip
    _, metrics, _ = run(job)
    assert "f1" not in metrics["validation"] and "macro_f1" in metrics["validation"]
    assert "val_macro_f1" in json.loads((job.output / "history.json").read_text())


@pytest.fixture(scope="module")
def two_tasks(tiny_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    for name, count, seed in (("train", 200, 0), ("test", 60, 1)):
        tokens, tags = sentences(count, seed)
        with open(folder / f"{name}.jsonl", "w") as file:
            for i, (words, row) in enumerate(zip(tokens, tags, strict=True)):
                values = {"tokens": words, "tags": row, "mood": "up" if GOOD in words else "down"}
                if i % 5 == 0:
                    del values["mood"]
                if i % 7 == 1:
                    values["tags"] = None
                file.write(json.dumps(values) + "\n")
    heads = (Head("mood", "single-label", "mood", 0.5), Head("slots", "token"))
    job = Job(
        folder / "train.jsonl", folder / "run", test=folder / "test.jsonl", heads=heads,
        model=tiny_encoder, recipe=RECIPE,
    )  # fmt: skip
    return job, *run(job)


def test_several_tasks(two_tasks, tmp_path):
    job, _, metrics, loaded = two_tasks
    assert metrics["task"] == loaded.task == "multi-task"
    tasks = metrics["test"]["tasks"]
    assert tasks["mood"]["macro_f1"] > 0.7
    assert tasks["slots"]["f1"] > 0.5
    assert tasks["mood"]["rows"] == 48 and tasks["slots"]["rows"] == 51  # of 60
    history = json.loads((job.output / "history.json").read_text())
    mean = (history["val_mood_macro_f1"][-1] + history["val_slots_f1"][-1]) / 2
    assert history["val_score"][-1] == pytest.approx(mean)
    answers = loaded.predict([["the", GOOD, "film"]])
    assert answers.keys() == {"mood", "slots"} and len(answers["slots"][0]) == 3
    lines = lines_of(loaded, loaded.read([["a", BAD]], labelled=False), tmp_path / "out.jsonl")
    assert lines[0]["mood"]["label"] in ("down", "up") and len(lines[0]["slots"]["tags"]) == 2
    assert loaded.evaluate(loaded.read(job.test)) == metrics["test"]


def test_each_head_is_a_hugging_face_folder(two_tasks, tmp_path):
    transformers, torch = (pytest.importorskip(name) for name in ("transformers", "torch"))
    loaded = two_tasks[3]
    loaded.save_head("mood", tmp_path / "mood")
    model = transformers.BertForSequenceClassification.from_pretrained(tmp_path / "mood").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "mood")
    tokens = sentences(5, seed=6)[0]
    inputs = tokenizer(tokens, is_split_into_words=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = torch.softmax(model(**inputs).logits, -1)
    np.testing.assert_allclose(loaded.predict_proba(tokens)["mood"], expected, atol=1e-5)
    with pytest.raises(ArgumentError, match="no head 'price', only mood, slots"):
        loaded.save_head("price", tmp_path / "price")


@pytest.mark.slow
def test_long_texts_in_windows(tiny_encoder, tmp_path):
    """The word that decides stands behind what one window holds."""
    generator = np.random.default_rng(3)
    labels = [GOOD, BAD] * 100
    texts = [
        " ".join([*generator.choice(["the", "film", "was", "a"], 20), label, label, label])
        for label in labels
    ]
    read = {}
    for long_text in (LongText("head"), LongText("windows", pooling="max")):
        how = long_text.how
        job = Job(
            (texts, labels), tmp_path / how, long_text=long_text,
            model=tiny_encoder, recipe=RECIPE,
        )  # fmt: skip
        _, metrics, loaded = run(job)
        read[how] = metrics["validation"]["macro_f1"]
        assert metrics["training"]["truncated_rows"] == (180 if how == "head" else 0)
        assert loaded.reading.long_text == long_text
    assert read["windows"] > 0.9 > read["head"]


@pytest.mark.slow
def test_frozen_layers_and_a_hidden_layer(tiny_encoder, tmp_path):
    texts, labels = many(80)
    labels = [GOOD if GOOD in row else BAD for row in labels]
    recipe = Recipe(
        epochs=3, learning_rate=1e-2, batch_size=16, max_length=19, freeze="encoder", thaw_epoch=3,
        layer_decay=0.9, head_learning_rate=2e-2, reinit_layers=1, head_hidden_size=7,
    )  # fmt: skip
    job = Job((texts, labels), tmp_path / "run", model=tiny_encoder, recipe=recipe)
    trained, metrics, loaded = run(job)
    # The head: 12 x 7 weights and 7 biases, then 7 x 2 and 2.
    assert metrics["training"]["trainable_parameters"] == 84 + 7 + 14 + 2
    assert metrics["training"]["parameters"] > 1_000
    np.testing.assert_allclose(
        loaded.predict_proba(texts[:9]), trained.predict_proba(texts[:9]), atol=1e-5
    )


BAD_JOBS = {
    "tags of another length": (
        lambda: ([["a", "b"], ["c"]], [["O", "O"], ["O", "O"]]),
        {"task": "token"}, DataError, "index 1: 1 words, but 2 tags",
    ),
    "an unknown label list": (
        lambda: (["a", "b"], [["x", "x"], ["y"]]),
        {"task": "multi-label"}, DataError, "index 0: the label 'x' stands twice",
    ),
    "no number": (
        lambda: (["a", "b"], [1.0, float("inf")]),
        {"task": "regression"}, DataError, "index 1: expected a finite number",
    ),
    "an empty second column": (
        lambda: (["a", "b"], ["", " "], ["x", "y"]),
        {"columns": Columns(text_pair="b")}, DataError, "column 'b' of the second texts is empty",
    ),
    "refused tags": (
        lambda: ([["a", "b"], ["c"]], [["O", "I-x"], ["B-x"]]),
        {"task": "token", "tag_rules": TagRules("bio", "refuse")}, DataError,
        "index 0: the tag 'I-x' of word 2",
    ),
    "one head": (
        lambda: (["a"], ["x"]), {"heads": (Head("a", "single-label"),)}, ArgumentError, "one head",
    ),
    "decoding of texts": (
        lambda: (["a"], ["x"]), {"decoding": "viterbi"}, ArgumentError, "is for tags",
    ),
    "a tail of words": (
        lambda: ([["a"]], [["O"]]),
        {"task": "token", "long_text": LongText("tail")}, ArgumentError, "are read in windows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_JOBS)
def test_bad_jobs(tiny_encoder, tmp_path, name):
    source, settings, kind, message = BAD_JOBS[name]
    with pytest.raises(kind, match=message):
        tfclf.train(Job(source(), tmp_path / "run", model=tiny_encoder, recipe=SHORT, **settings))
    assert list(tmp_path.iterdir()) == []


def test_a_head_that_no_row_is_labelled_for(tiny_encoder, tmp_path):
    rows = read_rows(
        (["a", "b"], ["x", "y"], [None, None]),
        heads=(Head("a", "single-label", "a"), Head("b", "regression", "b")),
    )
    assert rows.targets["b"].present.tolist() == [False, False]
    heads = (Head("a", "single-label", "a"), Head("b", "regression", "b"))
    source = (["a", "b"], ["x", "y"], [None, None])
    with pytest.raises(DataError, match="no row has a label for 'b', in the column 'b'"):
        tfclf.train(Job(source, tmp_path / "run", heads=heads, model=tiny_encoder, recipe=SHORT))
