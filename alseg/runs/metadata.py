"""Leave the metadata of the images in the run folder, once, for whoever looks at the run without its data set."""

from __future__ import annotations

import logging

from alseg.data.pool import PoolDataModule
from alseg.errors import DataError
from alseg.identity.metadata import FILE, metadata_changes, metadata_table, read_metadata, write_metadata
from alseg.runs.run_folder import RunFolder

log = logging.getLogger(__name__)


def record_metadata(folder: RunFolder, pool: PoolDataModule) -> None:
    """Write ``metadata.parquet`` or, where it is there, compare it; a change is said and taken over.

    No number hangs on metadata, so a run whose manifest got another column, or whose typing errors were mended, goes on. Runs
    of earlier versions get the file when they go on.
    """
    path = folder.path / FILE
    table = metadata_table(pool.dataset, {name: list(ids) for name, ids in vars(pool.split).items()})
    try:
        found = metadata_changes(read_metadata(path), table)
    except DataError:  # not there yet, or damaged: it is no decision of the run
        found = None
    if found == []:
        return
    if found:
        log.warning(
            "%s: the metadata have changed since this run began (%s); no number depends on them: %s holds those of now",
            folder.path,
            "; ".join(found),
            FILE,
        )
    write_metadata(path, table)
