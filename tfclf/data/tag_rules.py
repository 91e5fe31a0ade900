"""Which scheme tags are written in, and what becomes of those that break it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tfclf.data.tag_schemes import (
    SCHEMES,
    check_tags,
    convert_tags,
    find_scheme,
    odd_names,
    repair_tags,
)
from tfclf.data.targets import Target
from tfclf.errors import ArgumentError, DataError

AUTO = "auto"
BROKEN = ("repair", "refuse")


@dataclass(frozen=True)
class TagRules:
    """How tags are read.

    Attributes:
        scheme: One of ``SCHEMES``, or ``"auto"``: what the tags themselves show.
        broken: ``"repair"`` or ``"refuse"`` tags that the scheme does not allow, such as an I-
            without its B-.
        convert: Scheme that tags are converted to; None leaves them as they are.

    Raises:
        ArgumentError: A value is none of those.
    """

    scheme: str = AUTO
    broken: str = "repair"
    convert: str | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("tag scheme", self.scheme, (AUTO, *SCHEMES)),
            ("broken tags", self.broken, BROKEN),
            ("converted tags", self.convert, (None, *SCHEMES[:-1])),
        ):
            if value not in known:
                raise ArgumentError(
                    f"{name}: {value!r}, expected one of {', '.join(map(str, known))}"
                )

    def __call__(self, target: Target, where: Callable[[int], str]) -> Target:
        """Checks, repairs and converts the tags of all rows.

        Args:
            target: The tags.
            where: Names the place of a row by its index.

        Returns:
            The tags, with their scheme and the number of those that were repaired.

        Raises:
            DataError: The scheme is unknown, or a tag breaks it and is to be refused.
        """
        names = target.names
        tags = (names, target.flat, target.offsets)
        try:
            scheme = find_scheme(*tags) if self.scheme == AUTO else self.scheme
            broken = check_tags(*tags, scheme)
        except DataError as error:
            place = _first_of(odd_names(names, self.scheme), target, where)
            raise DataError(error.what, where=place, remedy=error.remedy) from None
        if broken.count and self.broken == "refuse":
            row, word = broken.row, broken.word
            tag = target.names[target.flat[target.offsets[row] + word]]
            raise DataError(
                f"the tag {tag!r} of word {word + 1} does not follow from the one before in the "
                f"scheme {scheme}",
                where=where(row),
                remedy="Correct it, or have such tags repaired: --broken-tags repair.",
            )
        if broken.count:
            target = target.with_codes(*repair_tags(*tags, scheme))
        if self.convert is not None and self.convert != scheme:
            if scheme == "none":
                raise ArgumentError(
                    f"tags without a scheme cannot be converted to {self.convert}",
                    where="--convert-tags",
                    remedy="Leave it out, or declare their scheme: --tag-scheme.",
                )
            tags = (target.names, target.flat, target.offsets)
            target = target.with_codes(*convert_tags(*tags, scheme, self.convert))
        # Names that the source declares are those of its tags as they were.
        declared = target.declared if target.names == names else None
        return dataclasses.replace(
            target,
            declared=declared,
            scheme=self.convert or scheme,
            source_scheme=scheme,
            num_broken=broken.count,
        )


def _first_of(names: list[str], target: Target, where: Callable[[int], str]) -> str | None:
    """Names the place of the first word that has one of some tags."""
    codes = [target.names.index(name) for name in names]
    found = np.flatnonzero(np.isin(target.flat, codes))
    if not len(found):
        return None
    return where(int(np.searchsorted(target.offsets, found[0], side="right")) - 1)
