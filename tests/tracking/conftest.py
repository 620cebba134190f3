"""What the trackers are shown in their tests."""

import numpy as np
import pytest

from alseg.tracking.tracker import Query, Tracker

CONFIG = {
    "name": "n",
    "seed": 3,
    "strategy": {"name": "entropy"},
    "data": {"name": "d"},
    "learner": {"name": "l"},
    "budget": {"name": "low", "initial": 10, "query": 5, "rounds": 4},
}


@pytest.fixture
def show():
    """Have a tracker show a run of one round."""

    def shown(tracker: Tracker, folder, exit_code: int = 0) -> None:
        images = np.arange(3 * 2000, dtype=np.uint32).astype(np.uint8).reshape(3, 1, 40, 50)
        tracker.start(folder, CONFIG)
        tracker.log_query(Query(1, "entropy", ["i0", "i1", "i2"], [0.1, 0.2, 0.3], ["g"] * 3, images))
        for curves in tracker.loggers(2):
            curves.log_metrics({"train/loss": 0.5, "epoch": 0}, step=10)
        row = {"round": 0, "n_labelled": 10, "cost": 60.2, "seconds_scan": None, "test/dice": 0.75}
        tracker.log_round({**row, "labels/working_dice": 0.5})
        tracker.finish(exit_code)

    return shown
