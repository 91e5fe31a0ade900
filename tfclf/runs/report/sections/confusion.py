"""Which label was taken for which: a shaded table, and the pairs that are mixed up most."""

from __future__ import annotations

import numpy as np

from tfclf.runs.report.facts import Confusion
from tfclf.runs.report.markup import Markup, cut_within, element, joined, share, table

SHOWN = 16  # labels of a matrix; of more those with the most rows, the others as one
PAIRS = 10
NAME = 22  # characters of a label beside the matrix
OTHERS = "(others)"


def confusion(found: Confusion) -> Markup:
    """Returns the matrix and its largest entries off the diagonal.

    Args:
        found: All labels and their counts.
    """
    return joined(_pairs(found), _matrix(_largest(found)))


def _largest(found: Confusion) -> Confusion:
    """Returns the labels with the most rows, and the rest as one."""
    often = found.matrix.sum(1) + found.matrix.sum(0) / 2
    order = np.argsort(-often, kind="stable")
    occurring = order[often[order] > 0]
    if len(occurring) <= SHOWN:
        kept = occurring
        return Confusion(tuple(found.names[i] for i in kept), found.matrix[np.ix_(kept, kept)])
    kept, rest = occurring[: SHOWN - 1], occurring[SHOWN - 1 :]
    merged = np.concatenate([found.matrix[kept], found.matrix[rest].sum(0, keepdims=True)])
    merged = np.concatenate([merged[:, kept], merged[:, rest].sum(1, keepdims=True)], 1)
    return Confusion((*(found.names[i] for i in kept), OTHERS), merged)


def _matrix(found: Confusion) -> Markup:
    corner = element("th", "true \u2193 said \u2192", class_="corner", scope="col")
    heads = (element("th", cut_within(name, NAME), scope="col") for name in found.names)
    rows = []
    for i, name in enumerate(found.names):
        shares = found.matrix[i] / max(found.matrix[i].sum(), 1)
        cells = [
            element(
                "td",
                f"{count:,}",
                class_=("right" if i == j and name != OTHERS else "") + (" none" * (not count))
                or None,
                style=f"--s: {part:.2f}" if count else "--s: 0",
                title=f"{name} taken for {found.names[j]}: {share(part)}",
            )
            for j, (count, part) in enumerate(zip(found.matrix[i].tolist(), shares, strict=True))
        ]
        rows.append(element("tr", element("th", cut_within(name, NAME), scope="row"), *cells))
    told = (
        "Rows are true labels, columns answers; the stronger the colour, the larger the share of "
        f"the true label{_told(found)}."
    )
    head = element("thead", element("tr", corner, *heads))
    made = element("table", head, element("tbody", *rows), class_="matrix", aria_label=told)
    return joined(element("p", told, class_="faint"), element("div", made, class_="wide"))


def _told(found: Confusion) -> str:
    return "" if found.names[-1] != OTHERS else f". The {SHOWN - 1} most frequent labels"


def _pairs(found: Confusion) -> Markup:
    """Returns the pairs that are mixed up most."""
    off = found.matrix.copy()
    np.fill_diagonal(off, 0)
    order = np.argsort(-off, axis=None, kind="stable")[:PAIRS]
    totals = found.matrix.sum(1)
    rows = []
    for i, j in zip(*np.unravel_index(order, off.shape), strict=True):
        if off[i, j]:
            part = share(off[i, j] / totals[i])
            rows.append([found.names[i], found.names[j], f"{off[i, j]:,}", part])
    if not rows:
        return element("p", "No label was taken for another.")
    heads = ["true", "taken for", "times", "of the true ones"]
    return table(heads, rows, numbers_from=2, caption="The most frequent first")
