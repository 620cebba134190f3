"""Images of tasks: sent to the server, or served by it from its own disk."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from alseg.data.dataset import Dataset
from alseg.errors import ConfigError
from alseg.oracles.people.originals import Originals, opened_everywhere
from alseg.oracles.studio.server import Server


class Uploaded:
    """Images are sent to the server; what a browser cannot show becomes a PNG of the same size.

    Args:
        dataset: the images.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.originals = Originals(dataset)

    def prepare(self, server: Server, project: int) -> None:
        """Nothing is to be done first."""

    def address(self, server: Server, project: int, id_: str) -> str:
        """Send an image, and return its address."""
        with TemporaryDirectory() as folder:
            name = self.originals.save(id_, Path(folder))
            return server.upload(project, name, (Path(folder) / name).read_bytes())


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
        self.files = {id_: file.absolute() for id_, file in zip(dataset.ids, dataset.files)}
        for file in self.files.values():
            if not file.is_relative_to(self.root):
                raise ValueError(
                    f"local_root={root}: image {file} lies outside of this folder, which the server serves"
                )
            if not opened_everywhere(file):
                raise ValueError(
                    f"images=local: no browser shows {file}; choose images=upload, which turns it into a PNG of 8 bits"
                )
        self.folder = Path(os.path.commonpath([file.parent for file in self.files.values()]))
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

    def address(self, server: Server, project: int, id_: str) -> str:
        """Address of an image."""
        return f"/data/local-files/?d={quote(self.files[id_].relative_to(self.root).as_posix())}"


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
