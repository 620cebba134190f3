"""``metadata.parquet``: what a manifest says of every image besides what a run uses, and where the run put the image.

Nothing in it changes a number. A run leaves it once, so that a report can tell kinds of images apart without the data set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alseg.data.dataset import Dataset
from alseg.data.metadata import metadata_texts
from alseg.errors import DataError
from alseg.files import atomic

FILE = "metadata.parquet"
SPLIT, GROUP = "split", "group"
"""Columns beside those of the manifest: ``pool``, ``val`` or ``test``; and patient, recording or slide."""


def metadata_table(dataset: Dataset, split: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Table of all images of a split, indexed by id, all columns categories of text: ``split``, ``group``, and the manifest's.

    Args:
        dataset: the images.
        split: name of each part to its ids.
    """
    ids = [id_ for part in split.values() for id_ in part]
    group_of = dict(zip(dataset.ids, dataset.groups))
    columns = {
        SPLIT: [name for name, part in split.items() for _ in part],
        GROUP: [group_of[id_] for id_ in ids],
        **metadata_texts(dataset, ids),
    }
    return pd.DataFrame(
        {name: _categories(cells) for name, cells in columns.items()}, index=pd.Index(ids, name="id", dtype=object)
    )


def write_metadata(path: Path, table: pd.DataFrame) -> None:
    """Write the file atomically: 200,000 images with five short columns take 2 MB."""
    with atomic(path) as temporary:
        table.reset_index().to_parquet(temporary, index=False, compression="zstd")


def read_metadata(path: Path) -> pd.DataFrame:
    """Read the file; the table is as `metadata_table` made it.

    Raises:
        DataError: if it is missing or damaged.
    """
    try:
        table = pd.read_parquet(path)
        table = table.set_index(table.pop("id").astype(str).astype(object).rename("id"))
        for name in (SPLIT, GROUP):
            if name not in table:
                raise ValueError(f"column {name} is missing")
        if not table.index.is_unique:
            raise ValueError("an id occurs more than once")
        return table.apply(_as_categories)
    except (OSError, ValueError, KeyError, TypeError) as error:  # pyarrow's own errors are among these
        raise DataError(f"{path}: cannot be read as metadata ({' '.join(str(error).split())})") from error


def metadata_changes(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Describe the differences between two tables of the same images: columns that came or went, and changed cells."""
    found = [f"new column {name!r}" for name in new.columns if name not in old]
    found += [f"column {name!r} is gone" for name in old.columns if name not in new]
    ids = new.index.intersection(old.index, sort=False)
    for name in (name for name in new.columns if name in old):
        differing = old.loc[ids, name].astype(object).to_numpy() != new.loc[ids, name].astype(object).to_numpy()
        if differing.any():
            images = "1 image" if differing.sum() == 1 else f"{differing.sum()} images"
            found.append(f"column {name!r} of {images}, e.g. id {ids[differing][0]}")
    return found


def _as_categories(cells: pd.Series) -> pd.Series:
    """The same with values that are Python's texts: those of Arrow are read one by one at a hundredth of the speed."""
    found = cells if isinstance(cells.dtype, pd.CategoricalDtype) else cells.astype(str).astype("category")
    values = pd.Index(found.cat.categories.tolist(), dtype=object)
    return pd.Series(pd.Categorical.from_codes(found.cat.codes.tolist(), values), index=cells.index)


def _categories(cells: Sequence[str]) -> pd.Categorical:
    """As `pandas.Categorical`, without sorting the values, which takes long where all are different."""
    codes, values = pd.factorize(np.array(cells, dtype=object))
    return pd.Categorical.from_codes(codes, pd.Index(values, dtype=object))
