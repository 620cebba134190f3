"""Map of the pool with every query, drawn when a run is done."""

from __future__ import annotations

import logging

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import RunEnd
from alseg.callbacks.run import Run
from alseg.data.metadata import metadata_texts
from alseg.terminal import working

log = logging.getLogger(__name__)


class PoolMapPage(Callback):
    """Writes ``map.csv``, ``map.html`` and ``map.png``, unless ``map=none``; a run does not fail for want of a map.

    Args:
        colour: column of the manifest that colours the points at first; None for clusters, classes, groups or foreground.
    """

    def __init__(self, colour: str | None = None) -> None:
        self.colour = colour

    def on_run_start(self, run: Run) -> None:
        """Check the column, before any training.

        Raises:
            ConfigError: if there is no such column.
        """
        if self.colour is not None:
            from alseg.maps.feature_map import check_colour

            check_colour("callbacks.map.colour", self.colour, list(metadata_texts(run.pool.dataset, ())))

    def on_run_end(self, run: Run, end: RunEnd) -> None:
        space = run.space
        if not end.done or not run.decides or space is None or not space.has_map:
            return
        # These take a second to import.
        from alseg.maps.from_run import map_of_run
        from alseg.maps.map_file import Places, write_places
        from alseg.maps.write_map import write_map

        try:
            space.use_learner(run.trained())
            with working("drawing the map"):
                ids = run.pool.split.pool
                write_places(run.folder.path / "map.csv", Places(ids, space.map, groups=run.pool.groups(ids)))
                write_map(map_of_run(run.folder, run.pool.dataset, self.colour), run.folder.path)
        except Exception as error:  # whatever it is, the results are on disk
            log.warning("%s: no map was drawn: %s", run.folder.path, error)
            log.debug("the map", exc_info=True)
