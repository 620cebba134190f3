"""Counts of a converted data set, compared with those that its publisher states."""

from __future__ import annotations

from alseg.data.convert.write_items import Found
from alseg.data.public.description import Expected, PublicDataset


def closest(dataset: PublicDataset, found: Found) -> tuple[Expected, list[str]]:
    """The version of a data set whose counts are nearest to what was found, the newest first, and the `differences`."""
    versions = [(expected, differences(expected, found)) for expected in (dataset.expected, *dataset.earlier)]
    return min(versions, key=lambda version: len(version[1]))


def differences(expected: Expected, found: Found) -> list[str]:
    """One phrase for each count that is another than the publisher states."""
    pairs = [("images", expected.images, found.images), ("groups", expected.groups, len(found.groups))]
    pairs += [(f"images of {name}", n, found.labels[name]) for name, n in expected.labels.items()]
    pairs += [(f"images in {name}", n, found.splits[name]) for name, n in expected.splits.items()]
    return [
        f"{is_:,} {what} where the publisher states {be:,}" for what, be, is_ in pairs if be is not None and be != is_
    ]
