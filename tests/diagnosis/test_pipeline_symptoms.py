import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from tfclf.data import read_rows
from tfclf.diagnosis.case import Case, Plan
from tfclf.diagnosis.evidence.pipeline import read_pipeline
from tfclf.diagnosis.symptoms import (
    autotune_stall,
    frozen_order,
    interpolated_ids,
    no_labels,
    pipeline_infinite,
    pipeline_raises,
    pipeline_unbatched,
    small_shuffle_buffer,
    sorted_labels,
    stale_cache,
)
from tfclf.runs.make_case import plan_of
from tfclf.training import FeatureBatches

EVERY = {
    module.SYMPTOM.name: module.look
    for module in (
        autotune_stall,
        frozen_order,
        interpolated_ids,
        no_labels,
        pipeline_infinite,
        pipeline_raises,
        pipeline_unbatched,
        small_shuffle_buffer,
        sorted_labels,
        stale_cache,
    )
}


def rows_of(number=400, classes=4, width=6):
    generator = np.random.default_rng(1)
    ids = generator.integers(5, 900, (number, width)).astype("int32")
    return ids, np.sort(np.arange(number) % classes)


def dataset_of(ids, labels):
    return tf.data.Dataset.from_tensor_slices(({"input_ids": ids}, labels))


def tuned(dataset, enabled):
    options = tf.data.Options()
    options.autotune.enabled = enabled
    return dataset.with_options(options)


def healthy():
    ids, labels = rows_of()
    return read_pipeline(tuned(dataset_of(ids, labels).shuffle(400).batch(16), False))


@pytest.mark.parametrize("name", EVERY)
def test_a_healthy_pipeline_is_silent(name):
    assert not EVERY[name](Case(train=healthy(), validation=healthy()))


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_look_at_is_silent(name):
    assert not EVERY[name](Case())


def test_a_pipeline_that_raises_is_named_with_its_batch():
    def rows():
        yield [1, 2], 1
        raise OSError("disk gone")

    signature = (tf.TensorSpec((2,), tf.int32), tf.TensorSpec((), tf.int32))
    dataset = tf.data.Dataset.from_generator(rows, output_signature=signature).batch(1)
    (finding,) = pipeline_raises.look(Case(validation=read_pipeline(dataset, name="validation")))
    assert (finding.name, finding.severity, finding.rows) == ("pipeline-raises", "error", (1,))
    assert "disk gone" in finding.evidence and "the validation pipeline" in finding.evidence
    with pytest.raises(tf.errors.OpError, match="disk gone"):  # the remedy's code
        next(iter(dataset.skip(1)))


def test_an_endless_pipeline_needs_steps():
    seen = read_pipeline(dataset_of(*rows_of(40)).repeat().batch(8), most_rows=80)
    assert pipeline_infinite.look(Case(train=seen)).severity == "note"
    assert pipeline_infinite.look(Case(train=seen, plan=Plan(steps_per_epoch=5))) is None


def steps_before(dataset):
    return read_pipeline(dataset, most_rows=80).steps_of_pass


def test_the_steps_of_an_endless_pipeline_are_told():
    rows = dataset_of(*rows_of(40))
    # 40 rows in batches of 8 are 5; in batches of 16 are 2 and a half, or 3 where none is dropped.
    assert steps_before(rows.shuffle(9).repeat().batch(8).prefetch(1)) == 5
    assert steps_before(rows.repeat().batch(16)) == 2
    assert steps_before(rows.batch(16).repeat()) == 3
    assert steps_before(rows.filter(lambda x, y: y > 0).repeat().batch(8)) is None
    assert steps_before(rows.repeat().filter(lambda x, y: y > 0).batch(8)) is None
    assert steps_before(rows.batch(8)) is None


def test_fit_on_an_endless_pipeline_is_warned_of_before_it_was_done():
    seen = read_pipeline(dataset_of(*rows_of(40)).repeat().batch(8), most_rows=80)
    model = SimpleNamespace(is_compiled=True)
    finding = pipeline_infinite.look(Case(train=seen, model=model))
    assert finding.severity == "warning" and "fit(steps_per_epoch=5)" in finding.remedy
    done = Case(train=seen, model=model, history={"loss": [0.7]})
    assert pipeline_infinite.look(done).severity == "note"
    unknown = read_pipeline(
        dataset_of(*rows_of(40)).filter(lambda x, y: y >= 0).repeat().batch(8), most_rows=80
    )
    remedy = pipeline_infinite.look(Case(train=unknown, model=model)).remedy
    assert "divided by the 8 of a batch" in remedy


EMPTIED = {
    "filtered": lambda rows: rows.filter(lambda x, y: y > 99).batch(8),
    "remainder": lambda rows: rows.batch(64, drop_remainder=True),
}


@pytest.mark.parametrize("how", EMPTIED)
def test_a_pipeline_without_rows_is_an_error(how):
    (finding,) = no_labels.look(Case(train=read_pipeline(EMPTIED[how](dataset_of(*rows_of(40))))))
    assert (finding.name, finding.severity) == ("no-labels", "error")
    assert "the training pipeline has no rows" in finding.evidence
    assert ("fewer rows than a batch of 64" in finding.remedy) == (how == "remainder")


def test_rows_instead_of_batches():
    case = Case(train=read_pipeline(dataset_of(*rows_of(40))), plan=Plan(batch_size=8))
    (finding,) = pipeline_unbatched.look(case)
    assert (finding.name, finding.severity) == ("pipeline-unbatched", "error")
    assert "dataset.batch(8)" in finding.remedy
    (finding,) = pipeline_unbatched.look(dataclasses.replace(case, plan=plan_of(case.train, 3)))
    assert "dataset.batch(32)" in finding.remedy


def test_inputs_without_labels():
    ids, labels = rows_of(40)
    inputs = {"input_ids": ids, "labels": labels}
    dataset = tf.data.Dataset.from_tensor_slices(inputs).batch(8)
    (finding,) = no_labels.look(Case(train=read_pipeline(dataset)))
    assert (finding.name, finding.severity) == ("no-labels", "error")
    assert "x.pop('labels')" in finding.remedy
    repaired = dataset.map(lambda x: (x, x.pop("labels")))
    assert no_labels.look(Case(train=read_pipeline(repaired))) == []


@pytest.mark.parametrize("prepare", ["none", "behind batch"])
def test_sorted_rows_are_an_error(prepare):
    dataset = dataset_of(*rows_of()).batch(16)
    dataset = dataset if prepare == "none" else dataset.shuffle(25)
    finding = sorted_labels.look(Case(train=read_pipeline(dataset)))
    assert (finding.name, finding.severity) == ("sorted-labels", "error")
    assert "train.shuffle(400).batch(16)" in finding.remedy
    assert ("behind .batch" in finding.remedy) == (prepare == "behind batch")
    if prepare == "none":
        # 100 rows of each of four labels, batches of 16: bits of 6:10, 12:4 and 2:14 split the
        # three batches over borders; the others are pure.
        assert "4 runs of one label, where 301 are expected" in finding.evidence


def test_half_sorted_rows_are_a_warning():
    labels = np.concatenate([np.random.default_rng(i).permutation([0, 1] * 50) for i in range(2)])
    labels[100:] += 2
    labels = np.concatenate([labels, labels + 4])
    ids, _ = rows_of()
    finding = sorted_labels.look(Case(train=read_pipeline(dataset_of(ids, labels).batch(16))))
    assert finding.severity == "warning"


def test_order_that_fit_or_tfclf_makes_is_no_trouble():
    ids, labels = rows_of()
    assert sorted_labels.look(Case(train=read_pipeline((ids, labels)))) is None
    rows = read_rows(([f"text {i}" for i in range(400)], [str(label) for label in labels]))
    finding = sorted_labels.look(Case(rows={"training": rows}, handled=True))
    assert (finding.severity, finding.name) == ("note", "sorted-labels")


def test_first_rows_of_one_label_are_sorted_rows():
    seen = read_pipeline(dataset_of(*rows_of()).batch(16), most_rows=64)
    finding = sorted_labels.look(Case(train=seen, model=SimpleNamespace(num_outputs=4)))
    assert finding.severity == "error"
    assert "the first 64 rows" in finding.evidence and "shuffle(400)" in finding.remedy


def test_a_small_buffer_over_sorted_rows():
    dataset = dataset_of(*rows_of()).shuffle(40).batch(16)
    finding = small_shuffle_buffer.look(Case(train=read_pipeline(dataset)))
    assert (finding.name, finding.severity) == ("small-shuffle-buffer", "warning")
    assert "40 of 400 rows" in finding.evidence and ".shuffle(400)" in finding.remedy


def test_a_small_buffer_over_mixed_rows_is_silent():
    ids, labels = rows_of()
    labels = np.random.default_rng(0).permutation(labels)
    seen = read_pipeline(dataset_of(ids, labels).shuffle(40).batch(16))
    assert small_shuffle_buffer.look(Case(train=seen)) is None
    assert sorted_labels.look(Case(train=seen)) is None


FROZEN = {
    "no shuffle": (lambda rows: rows, "nothing shuffles"),
    "one order": (
        lambda rows: rows.shuffle(400, reshuffle_each_iteration=False),
        "reshuffle_each_iteration=False",
    ),
    "cache": (lambda rows: rows.shuffle(400).cache(), "a cache behind the shuffle"),
}


@pytest.mark.parametrize("how", FROZEN)
def test_one_order_for_all_epochs_is_noted_with_its_cause(how):
    change, cause = FROZEN[how]
    finding = frozen_order.look(Case(train=read_pipeline(change(dataset_of(*rows_of())).batch(16))))
    assert (finding.name, finding.severity) == ("frozen-order", "note")
    assert cause in finding.evidence


@pytest.mark.parametrize("enabled", [None, True], ids=["by-default", "switched-on"])
def test_autotuning_is_noted_with_the_pipelines_that_have_it(enabled):
    dataset = dataset_of(*rows_of()).batch(16)
    waits = read_pipeline(dataset if enabled is None else tuned(dataset, enabled))
    finding = autotune_stall.look(Case(train=waits, validation=healthy()))
    assert (finding.name, finding.severity) == ("autotune-stall", "note")
    assert finding.evidence == "options().autotune.enabled of train is not False"
    lines = finding.remedy.split("; ")
    assert lines[-1] == "train = train.with_options(options)"
    names = {"tf": tf, "train": dataset}
    exec("\n".join(lines), names)
    assert autotune_stall.look(Case(train=read_pipeline(names["train"]))) is None
    both = Case(train=waits, validation=read_pipeline(dataset, name="validation"))
    assert "of train and validation is" in autotune_stall.look(both).evidence


def test_arrays_and_our_own_batches_have_no_options_to_set():
    ids, labels = rows_of()
    vectors = np.zeros(ids.shape, "float32")
    for source in ((ids, labels), FeatureBatches(vectors, labels, 16, seed=1)):
        assert autotune_stall.look(Case(train=read_pipeline(source))) is None


def bert_rows(number=100, width=12):
    generator = np.random.default_rng(2)
    ids = np.zeros((number, width), "int64")
    for row, length in zip(ids, generator.integers(4, width, number), strict=True):
        row[:length] = [101, *generator.integers(1000, 9000, length - 2), 102]
    return ids


@pytest.mark.parametrize("rounded", [True, False], ids=["rounded", "fractional"])
def test_smote_on_ids(rounded):
    from imblearn.over_sampling import SMOTE

    ids = bert_rows()
    labels = np.array([0] * 80 + [1] * 20)
    made, made_labels = SMOTE(random_state=0, k_neighbors=3).fit_resample(
        ids if rounded else ids.astype("float64"), labels
    )
    seen = read_pipeline(({"input_ids": made}, made_labels))
    finding = interpolated_ids.look(Case(train=seen))
    assert (finding.name, finding.severity) == ("interpolated-ids", "error")
    assert min(finding.rows) >= 100  # the rows that SMOTE made stand behind the others
    honest = read_pipeline(({"input_ids": ids}, labels))
    assert interpolated_ids.look(Case(train=honest)) is None


def test_cut_texts_and_other_tokenizers_are_not_interpolated():
    cut = bert_rows(width=20)[:, :8]  # texts that are cut lose their [SEP], and fill the width
    assert interpolated_ids.look(Case(train=read_pipeline((cut, np.zeros(100))))) is None
    other = rows_of()[0]
    assert interpolated_ids.look(Case(train=read_pipeline((other, np.zeros(400))))) is None


def test_a_cache_that_is_there_already(tmp_path):
    dataset = dataset_of(*rows_of(40)).cache(str(tmp_path / "rows"))
    assert stale_cache.look(Case(train=read_pipeline(dataset.batch(8)))) == []
    list(dataset)
    (finding,) = stale_cache.look(Case(train=read_pipeline(dataset.batch(8))))
    assert (finding.name, finding.severity) == ("stale-cache", "note")
    assert str(tmp_path / "rows") in finding.remedy


def test_a_cache_behind_what_draws_at_random():
    def noisy(inputs, labels):
        mask = tf.random.uniform(tf.shape(inputs["input_ids"])) < 0.9
        return inputs["input_ids"] * tf.cast(mask, tf.int32), labels

    rows = dataset_of(*rows_of(40))
    (finding,) = stale_cache.look(Case(train=read_pipeline(rows.map(noisy).cache().batch(8))))
    assert finding.severity == "warning"
    assert stale_cache.look(Case(train=read_pipeline(rows.cache().map(noisy).batch(8)))) == []


def test_a_small_buffer_over_many_sorted_labels_is_named():
    """77 labels of 6 rows: a tenth of shuffled rows is far from all shares as well."""
    labels = np.repeat(np.arange(77), 6)
    ids = np.arange(len(labels))[:, None] % 50 + 1000
    sick = tf.data.Dataset.from_tensor_slices((ids, labels)).shuffle(16).batch(16)
    well = tf.data.Dataset.from_tensor_slices((ids, labels)).shuffle(len(labels)).batch(16)
    for rows, named in ((sick, ["warning"]), (well, [])):
        case = Case(train=read_pipeline(rows, name="train"))
        found = small_shuffle_buffer.look(case)
        assert ([] if found is None else [found.severity]) == named
