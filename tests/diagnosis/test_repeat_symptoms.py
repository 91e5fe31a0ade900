import keras
import numpy as np
import pytest
import tensorflow as tf

from tfclf.data import Columns, read_rows
from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.model import read_model
from tfclf.diagnosis.evidence.pipeline import read_pipeline
from tfclf.diagnosis.symptoms import conflicting_labels, duplicate_rows, empty_texts, leakage

EVERY = {
    module.SYMPTOM.name: module.look
    for module in (conflicting_labels, duplicate_rows, empty_texts, leakage)
}
TEXTS = [f"text number {i}" for i in range(100)]
LABELS = ["ham", "spam"] * 50


def pipeline(texts, labels):
    return read_pipeline((np.array(texts), np.array(labels)))


def rows(texts, labels=None):
    return read_rows((list(texts), list(labels or LABELS[: len(texts)])))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("form", ["files", "pipelines"])
def test_different_rows_are_silent(name, form):
    if form == "files":
        case = Case(rows={"training": rows(TEXTS[:80]), "validation": rows(TEXTS[80:])})
    else:
        case = Case(
            train=pipeline(TEXTS[:80], LABELS[:80]), validation=pipeline(TEXTS[80:], LABELS[80:])
        )
    assert not EVERY[name](case)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_look_at_is_silent(name):
    assert not EVERY[name](Case())


def test_oversampling_before_the_split_leaks():
    from imblearn.over_sampling import RandomOverSampler
    from sklearn.model_selection import train_test_split

    ids = np.random.default_rng(0).integers(1000, 9000, (100, 8))
    labels = np.array([0] * 80 + [1] * 20)
    made, made_labels = RandomOverSampler(random_state=0).fit_resample(ids, labels)
    parts = train_test_split(made, made_labels, test_size=40, random_state=0)
    train, validation, train_labels, validation_labels = parts
    known = {tuple(row) for row in train}
    common = sum(tuple(row) in known for row in validation)
    case = Case(
        train=read_pipeline((train, train_labels)),
        validation=read_pipeline((validation, validation_labels)),
    )
    finding = leakage.look(case)
    assert (finding.name, finding.severity) == ("leakage", "warning")
    assert f"{common} of 40 rows" in finding.evidence
    assert duplicate_rows.look(case).severity == "note"


def test_one_common_row_is_a_note():
    case = Case(
        train=pipeline(TEXTS[:80], LABELS[:80]), validation=pipeline(TEXTS[79:], LABELS[79:])
    )
    finding = leakage.look(case)
    assert finding.severity == "note" and finding.rows == (0,)


def test_the_same_file_given_twice_leaks_and_a_split_of_ours_does_not():
    ours = rows([*TEXTS[:90], *TEXTS[:10]], LABELS)  # a tenth of the rows again
    twice = Case(rows={"training": ours, "validation": ours}, handled=True)
    assert leakage.look(twice).severity == "warning"
    sides = {"training": ours.select(np.arange(90)), "validation": ours.select(np.arange(90, 100))}
    assert leakage.look(Case(rows=sides, handled=True)).severity == "note"


def test_the_remedy_keeps_equal_texts_on_one_side():
    import sklearn.model_selection

    same = pipeline(TEXTS, LABELS)
    remedy = leakage.look(Case(train=same, validation=same)).remedy
    code = remedy[remedy.index("next(") : remedy.index("; tfclf")]
    texts = TEXTS[:50] * 2
    names = {"sklearn": sklearn, "texts": texts, "labels": LABELS}
    train, validation = eval(code, names)  # noqa: S307
    assert not {texts[i] for i in train} & {texts[i] for i in validation}


def test_files_and_pipelines_are_compared():
    case = Case(rows={"training": rows(TEXTS)}, validation=pipeline(TEXTS[:50], LABELS[:50]))
    assert "50 of 50 rows (100.0%)" in leakage.look(case).evidence


def test_a_pipeline_that_was_read_in_part_says_at_least():
    dataset = tf.data.Dataset.from_tensor_slices((TEXTS, LABELS)).batch(10)
    case = Case(
        train=read_pipeline(dataset, most_rows=50), validation=pipeline(TEXTS[:50], LABELS[:50])
    )
    assert leakage.look(case).evidence.startswith("at least 50 of 50 rows")


def test_conflicts_are_counted():
    texts, labels = [*TEXTS[:97], *TEXTS[:3]], [*LABELS[:97], "spam", "spam", "ham"]
    # Texts 0 to 2 are ham, spam, ham: the copies of 0 differs, that of 1 and of 2 do not.
    (finding,) = conflicting_labels.look(Case(train=pipeline(texts, labels)))
    assert (finding.severity, finding.rows) == ("note", (0, 97))
    assert "2 of 100 rows (2.0%)" in finding.evidence
    many = ["ham" if label == "spam" else "spam" for label in LABELS[:10]]
    twice = rows(TEXTS + TEXTS[:10], LABELS + many)
    (finding,) = conflicting_labels.look(Case(rows={"training": twice}))
    assert (finding.severity, finding.name) == ("warning", "conflicting-labels")
    assert "20 of 110 rows" in finding.evidence and "10 texts in all" in finding.evidence


def test_one_text_of_conflicting_labels_is_singular():
    texts = [*TEXTS[:99], TEXTS[0]]
    (finding,) = conflicting_labels.look(Case(train=pipeline(texts, LABELS)))
    assert finding.evidence.endswith("another label, 1 text in all")


def test_conflicting_tags_are_for_the_annotators():
    words = [[f"word{i}", "film"] for i in range(20)]
    tags = [["A", "B"]] * 20
    sides = read_rows(([*words, words[0]], [*tags, ["B", "B"]]), task="token")
    (finding,) = conflicting_labels.look(Case("token", rows={"training": sides}))
    assert "2 of 21 rows" in finding.evidence
    assert "annotators" in finding.remedy and "multi-label" not in finding.remedy


def test_the_order_of_several_labels_is_no_conflict():
    texts, labels = [*TEXTS[:30], TEXTS[0]], [["a", "b"], *[["a"]] * 29, ["b", "a"]]
    same = read_rows((texts, labels), task="multi-label", columns=Columns())
    assert conflicting_labels.look(Case("multi-label", rows={"training": same})) == []
    labels[-1] = ["b"]
    other = read_rows((texts, labels), task="multi-label", columns=Columns())
    assert conflicting_labels.look(Case("multi-label", rows={"training": other}))


def test_copies_are_counted():
    finding = duplicate_rows.look(
        Case(rows={"training": rows(TEXTS + TEXTS[:2], LABELS + LABELS[:2])})
    )
    assert (finding.name, finding.severity, finding.rows) == ("duplicate-rows", "note", (100, 101))
    assert "2 of 102 rows (2.0%)" in finding.evidence and "2 times in all" in finding.evidence


def test_what_repeat_gives_again_is_no_copy():
    dataset = tf.data.Dataset.from_tensor_slices((TEXTS, LABELS)).repeat(2).batch(10)
    assert duplicate_rows.look(Case(train=read_pipeline(dataset))) is None


def test_empty_texts_of_files_and_pipelines():
    texts = ["", " ", *TEXTS[2:]]
    (finding,) = empty_texts.look(Case(rows={"training": rows(texts)}))
    assert (finding.name, finding.severity) == ("empty-texts", "note")
    assert "2 of 100 rows (2.0%)" in finding.evidence
    many = [""] * 5 + TEXTS[5:]
    (finding,) = empty_texts.look(Case(train=pipeline(many, LABELS)))
    assert finding.severity == "warning"


def test_frames_without_words_are_empty_texts():
    ids = np.tile([101, 2001, 2002, 102, 0], (50, 1))
    ids[7] = [101, 102, 0, 0, 0]
    ids[8] = 0
    (finding,) = empty_texts.look(Case(train=read_pipeline((ids, np.arange(50) % 2))))
    assert "2 of 50 rows" in finding.evidence
    words = np.array([[5, 9, 0], [7, 0, 0], [5, 8, 2]] * 20)  # short texts without a frame
    assert empty_texts.look(Case(train=read_pipeline((words, np.zeros(60))))) == []


@pytest.mark.parametrize("masks", [True, False], ids=["mean of nothing", "plain mean"])
def test_a_row_without_tokens_that_makes_nan_is_an_error(masks):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [layers.Embedding(50, 4, mask_zero=masks), layers.GlobalAveragePooling1D(), layers.Dense(2)]
    )
    ids = np.random.default_rng(0).integers(1, 50, (40, 6))
    ids[33] = 0
    seen = read_pipeline((ids, np.arange(40) % 2))
    case = Case(train=seen, model=read_model(model, seen.batches[0]))
    (finding,) = empty_texts.look(case)
    outputs = np.array(model(ids))
    assert np.isfinite(outputs[33]).all() != masks and np.isfinite(outputs[:33]).all()
    assert finding.severity == ("error" if masks else "note")
    assert finding.rows == ((33,) if masks else ())
    whole = read_pipeline((ids[:33], np.arange(33) % 2))
    assert empty_texts.look(Case(train=whole, model=read_model(model, whole.batches[0]))) == []
