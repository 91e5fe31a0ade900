"""The bootstrap against SciPy's, against a binomial, and against laws."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from tfclf.errors import ArgumentError
from tfclf.evaluation.bootstrap import bootstrap_labels, bootstrap_numbers, wilson
from tfclf.evaluation.label_counts import LabelCounts


def single(rows=150, labels=3, seed=0):
    """True and said labels, of which about three quarters are right."""
    generator = np.random.default_rng(seed)
    true = generator.choice(labels, rows, p=(0.7, 0.22, 0.08))
    said = np.where(generator.random(rows) < 0.75, true, generator.integers(0, labels, rows))
    return true, said


def test_scipy_finds_the_same_intervals():
    """Both draw at random: ends agree to the spread of a quantile of so many resamples."""
    true, said = single()
    found = bootstrap_labels(LabelCounts.of_one_label(true, said, 3), 4_000)

    def ends(figure):
        result = stats.bootstrap(
            (true, said), figure, paired=True, vectorized=False, n_resamples=800,
            method="percentile", rng=np.random.default_rng(5),
        )  # fmt: skip
        return tuple(result.confidence_interval)

    def macro(true, said):
        return f1_score(true, said, average="macro", zero_division=0)

    assert found.figures["macro_f1"] == pytest.approx(ends(macro), abs=0.025)
    assert found.figures["micro_f1"] == pytest.approx(ends(lambda t, s: np.mean(t == s)), abs=0.025)
    of_first = ends(lambda t, s: f1_score(t == 0, s == 0, zero_division=0))
    assert found.f1[0] == pytest.approx(of_first, abs=0.025)


def test_the_accuracy_is_binomial():
    """Of rows that are drawn with replacement the number of right ones is binomial."""
    true, said = single(rows=211)
    found = bootstrap_labels(LabelCounts.of_one_label(true, said, 3), 20_000)
    exact = stats.binom(211, np.mean(true == said)).ppf([0.025, 0.975]) / 211
    np.testing.assert_allclose(found.figures["micro_f1"], exact, atol=1.01 / 211)


def test_lists_of_one_label_are_single_labels():
    """Kinds of rows are the same in another order: the same figures, draws differ."""
    true, said = single()
    hot = [np.eye(3, dtype=bool)[ids] for ids in (true, said)]
    lists = LabelCounts.of_rows(hot[0] & hot[1], hot[1], hot[0])
    cells = LabelCounts.of_one_label(true, said, 3)
    for one, other in zip(lists.totals(), cells.totals(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(lists.rows) == len(cells.rows) and lists.rows.sum() == 150
    intervals = [bootstrap_labels(counts, 5_000).figures["macro_f1"] for counts in (lists, cells)]
    assert intervals[0] == pytest.approx(intervals[1], abs=0.02)


def test_what_is_always_right_and_what_never_occurs():
    true = np.array([0, 0, 0, 2, 2])
    found = bootstrap_labels(LabelCounts.of_one_label(true, true, 4), 50)
    assert found.f1[0] == found.figures["macro_f1"] == found.figures["micro_f1"] == (1.0, 1.0)
    assert np.isnan(found.f1[1]).all()  # no resample has it
    assert found.resamples == 50


def test_both_ways_to_draw_are_one_distribution(monkeypatch):
    """Means and variances of the draws are those of a multinomial."""
    from tfclf.evaluation.bootstrap import _drawn

    rows = np.array([1, 2, 5])
    for alike in (0, 100):
        monkeypatch.setattr("tfclf.evaluation.bootstrap.ALIKE", alike)
        drawn = _drawn(np.random.default_rng(0), rows, 8, 20_000)
        assert drawn.shape == (20_000, 3) and set(drawn.sum(1)) == {8}
        np.testing.assert_allclose(drawn.mean(0), rows, atol=0.04)
        np.testing.assert_allclose(drawn.var(0), rows * (1 - rows / 8), atol=0.06)


def test_the_seed_decides():
    counts = LabelCounts.of_one_label(*single(), 3)
    assert bootstrap_labels(counts, 30) == bootstrap_labels(counts, 30)
    assert bootstrap_labels(counts, 30) != bootstrap_labels(counts, 30, seed=1)


def test_many_kinds_of_rows_are_drawn_less_often(monkeypatch):
    monkeypatch.setattr("tfclf.evaluation.bootstrap.MOST_DRAWS", 700)
    counts = LabelCounts.of_one_label(np.arange(5), np.arange(5), 5)
    assert bootstrap_labels(counts).resamples == 140


def test_numbers_as_scipy_correlates_them():
    generator = np.random.default_rng(3)
    true = generator.integers(0, 6, 90).astype(float)  # with ties
    predicted = true + generator.normal(0, 1.5, 90).round(1)
    found = bootstrap_numbers(true, predicted, 3_000)
    figures = {
        "pearson": lambda x, y: stats.pearsonr(x, y).statistic,
        "spearman": lambda x, y: stats.spearmanr(x, y).statistic,
        "mean_absolute_error": lambda x, y: np.mean(np.abs(x - y)),
    }
    for name, figure in figures.items():
        result = stats.bootstrap(
            (true, predicted), figure, paired=True, vectorized=False, n_resamples=600,
            method="percentile", rng=np.random.default_rng(1),
        )  # fmt: skip
        assert found.figures[name] == pytest.approx(tuple(result.confidence_interval), abs=0.04), (
            name
        )


def test_one_resample_is_what_scipy_says_of_its_rows():
    """The correlations of counted rows are those of the rows written out."""
    from tfclf.evaluation.bootstrap import _correlation, _ranks

    true, said = np.array([1.0, 2.0, 2.0, 5.0, 3.0]), np.array([1.5, 1.0, 2.0, 4.0, 4.0])
    counts = np.array([2, 0, 3, 1, 1])
    written = [np.repeat(column, counts) for column in (true, said)]
    drawn = counts[None].astype(float)
    places = [np.unique(column, return_inverse=True)[1] for column in (true, said)]
    ranks = [_ranks(drawn, place) for place in places]
    assert _correlation(drawn, *ranks)[0] == pytest.approx(stats.spearmanr(*written).statistic)
    both = [column[None] for column in (true, said)]
    assert _correlation(drawn, *both)[0] == pytest.approx(stats.pearsonr(*written).statistic)
    constant = np.ones((1, 5))
    assert _correlation(drawn, constant, both[0])[0] == 0


@pytest.mark.parametrize(("found", "number"), [(8, 12), (0, 5), (3, 3), (594, 600)])
def test_wilson_as_scipy_has_it(found, number):
    exact = stats.binomtest(found, number).proportion_ci(method="wilson")
    assert wilson(found, number) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_no_rows():
    none = np.array([], int)
    with pytest.raises(ArgumentError, match="expected rows and resamples, got 0"):
        bootstrap_labels(LabelCounts.of_one_label(none, none, 2))
