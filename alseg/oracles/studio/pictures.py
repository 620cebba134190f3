"""Images of tasks: sent to the server, or served by it from its own disk."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.images import read_header, read_image
from alseg.errors import ConfigError, DataError
from alseg.oracles.studio.server import Server

BROWSERS = frozenset({".png", ".jpg", ".jpeg"})
"""Formats that every browser shows."""


class Uploaded:
    """Images are sent to the server; what a browser cannot show becomes a PNG of the same size.

    Args:
        dataset: the images.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def prepare(self, server: Server, project: int) -> None:
        """Nothing is to be done first."""

    def address(self, server: Server, project: int, row: int) -> str:
        """Send the image of a row, and return its address."""
        name, content = picture_of(self.dataset, row)
        return server.upload(project, name, content)


class Local:
    """Images are read by the server from its own disk: they are on this one too, or on a network.

    Args:
        dataset: the images, which have files.
        root: folder on this machine that the server has as ``LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT``.
        server_root: the same folder as the server calls it; None: as here.

    Raises:
        ValueError: if the images lie elsewhere, or no browser shows them.
    """

    def __init__(self, dataset: Dataset, root: Path, server_root: str | None = None) -> None:
        if dataset.files is None:
            raise ValueError(f"images=local: data set {dataset.name} has no image files; choose images=upload")
        self.root = root.expanduser().absolute()
        self.server_root = server_root or str(self.root)
        self.files = tuple(file.absolute() for file in dataset.files)
        for file in self.files:
            if not file.is_relative_to(self.root):
                raise ValueError(
                    f"local_root={root}: image {file} lies outside of this folder, which the server serves"
                )
            if not _shown(file):
                raise ValueError(
                    f"images=local: no browser shows {file}; choose images=upload, which turns it into a PNG of 8 bits"
                )
        self.folder = Path(os.path.commonpath([file.parent for file in self.files]))
        if self.folder == self.root:
            raise ValueError(f"local_root={root}: the server serves folders below it alone, and images lie in itself")

    def prepare(self, server: Server, project: int) -> None:
        """Have the server serve the folder of the images to those who may see the project.

        Raises:
            ServerError: if it refuses; it says why.
        """
        wanted = f"{self.server_root.rstrip('/')}/{self.folder.relative_to(self.root).as_posix()}"
        there = server.ask(lambda client: client.import_storage.local.list(project=project))
        if not any(storage.path == wanted for storage in there):
            server.ask(
                lambda client: client.import_storage.local.create(
                    project=project, path=wanted, use_blob_urls=True, title="images of alseg"
                )
            )

    def address(self, server: Server, project: int, row: int) -> str:
        """Address of the image of a row."""
        return f"/data/local-files/?d={quote(self.files[row].relative_to(self.root).as_posix())}"


def picture_of(dataset: Dataset, row: int) -> tuple[str, bytes]:
    """A name and the bytes of an image as a browser shows it, at the size of its file.

    Raises:
        DataError: if the file cannot be read.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", dataset.ids[row])[:60]
    if dataset.files is None or dataset.file_sizes is None:
        return f"{name}.png", _png(dataset.images[row])
    file = dataset.files[row]
    if _shown(file):
        try:
            return f"{name}{file.suffix.lower()}", file.read_bytes()
        except OSError as error:
            raise DataError(f"{file}: it cannot be read ({error.strerror})") from error
    return f"{name}.png", _png(read_image(file, dataset.file_sizes[row], dataset.channels, window=dataset.window_rule))


def check_images(kind: str, root: Path | None) -> None:
    """Check the settings of where images come from.

    Raises:
        ValueError: if there is no such kind, or no folder for it.
    """
    if kind not in ("upload", "local"):
        raise ValueError(f"images={kind}: it is upload or local")
    if kind == "local" and root is None:
        raise ConfigError(
            "oracle.local_root=null: oracle.images=local needs the folder that the server serves, its "
            "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT"
        )


def _shown(file: Path) -> bool:
    """True if a browser shows what alseg sees: 8 bits, without a window."""
    return file.suffix.lower() in BROWSERS and read_header(file).bits == 8


def _png(image: NDArray[np.uint8]) -> bytes:
    """A ``(C, H, W)`` image, grey or RGB."""
    content = io.BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0))).save(
        content, "PNG"
    )
    return content.getvalue()
