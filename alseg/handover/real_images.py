"""Some real images, as a model is given them: what an exported model is compared on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alseg.errors import ConfigError, DataError
from alseg.handover.images import ImageFile
from alseg.handover.last_model import LastModel

COMPARED = 16
"""Images that are compared, evenly spread over those there are."""


def real_images(model: LastModel, files: Sequence[ImageFile], count: int = COMPARED) -> NDArray[np.uint8]:
    """Read some of the images, ``(n, C, H, W)``; those that cannot be read are passed over.

    Raises:
        ConfigError: if none can be read.
    """
    step = max(1, len(files) // count)
    found: list[NDArray[np.uint8]] = []
    why = "there is none"
    for image in dict.fromkeys([*files[::step], *files]):
        if len(found) == count:
            break
        try:
            place, _ = model.preprocessing.place(image.file, image.region)
            found.append(model.preprocessing.image(image.file, place))
        except (DataError, OSError) as error:
            why = str(error)
    if not found:
        raise ConfigError(f"no image to compare the model on: {why}")
    return np.stack(found)
