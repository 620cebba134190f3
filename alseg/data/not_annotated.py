"""Log messages about pixels that nobody annotated, when masks are loaded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE

log = logging.getLogger(__name__)

LARGE = 0.5
"""Share of ignored pixels from which on it is a warning: few data sets intend so many."""


def log_not_annotated(manifest: Path, counts: NDArray[np.uint32], classes: Sequence[str]) -> None:
    """Log one line if any pixel is ignored, and one for classes that no mask shows; padding does not count.

    Args:
        manifest: for the message.
        counts: ``(N, 256)`` pixels of each class id, and of 255, in the masks.
        classes: names of the classes.
    """
    ignored, n = counts[:, IGNORE].astype(np.int64), len(counts)
    if ignored.any():
        share = float(ignored.sum() / counts.sum(dtype=np.int64))
        log.log(
            logging.WARNING if share > LARGE else logging.INFO,
            "%s: %.2f%% of all pixels of the masks are 255, not annotated, and so ignored: in %d of %d images",
            manifest,
            100 * share,
            int((ignored > 0).sum()),
            n,
        )
    nowhere = [name for i, name in enumerate(classes) if not counts[:, i].any()]
    if nowhere:
        log.warning("%s: no mask has a pixel of %s", manifest, ", ".join(nowhere))
