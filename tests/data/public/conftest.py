"""A publisher on localhost: archives made in code, served with resumption, and with accidents where a test wants them."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alseg.cli import main
from alseg.data.dataset import Dataset
from alseg.data.public import download
from alseg.data.public.home import data_home
from alseg.data.public.load import load_public
from alseg.data.public.registry import datasets

Files = dict[str, bytes]
# timm's smallest: a network of which building and one step take milliseconds
NETWORK = "test_efficientnet"
LEARNERS = {
    "segmentation": [
        "learner=segmenter",
        f"learner.encoder={NETWORK}",
        "+learner.architecture_options={encoder_depth:3,decoder_channels:[8,8,8]}",
    ],
    "classification": ["learner=classifier", f"learner.backbone={NETWORK}"],
}


@dataclass
class Publisher:
    """Files by their path, what was asked for, and what goes wrong."""

    files: Files = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the next connections are lost, one number for each."""
    resumes: bool = True
    url: str = ""

    def put(self, dataset: str, name: str, content: bytes) -> None:
        self.files[f"/{dataset}/{name}"] = content

    def get(self, name: str, *options: str) -> int:
        """``alseg data get NAME --yes``."""
        return main(["data", "get", name, "--yes", *options])

    def run(self, *overrides: str) -> int:
        """``alseg run``."""
        try:
            return main(["run", "logger=csv", "map=none", *overrides])
        except SystemExit as stop:
            return int(stop.code or 0)

    def short_run(self, name: str) -> pd.DataFrame:
        """``alseg run data=NAME`` with everything as small as it gets: one label, one round of one step; its metrics."""
        task = datasets()[name].task
        sizes = ["data.size=32", "trainer.steps=1", "trainer.batch_size=2", "budget.initial=1", "budget.rounds=1"]
        parts = ["strategy=random", "split.val=0", "worst=0", "learner.weights=none", "trainer.accelerator=cpu"]
        assert self.run(f"data={name}", f"run_dir=run_{name}", *LEARNERS[task], *sizes, *parts) == 0
        metrics = pd.read_csv(f"run_{name}/metrics.csv")
        assert metrics["n_labelled"].tolist() == [1]
        assert metrics["test/dice" if task == "segmentation" else "test/accuracy"].between(0, 1).all()
        return metrics

    def load(self, name: str, size: int | tuple[int, int] = 16, **options: Any) -> Dataset:
        """``data=NAME``."""
        side = size if isinstance(size, int) else max(size)
        assert main(["data", "check", name, "--size", str(side)]) == 0
        return load_public(name, data_home() / name, size, progress=False, **options)


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """Every download goes to this publisher, whose tiny archives are not expected to have the real ones' checksums."""
    published = Publisher()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            published.asked.append(f"{self.path} {asked}".strip())
            content = published.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            tag = f'"{hash(content)}"'
            start = 0
            if published.resumes and asked and self.headers.get("If-Range") == tag:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            if published.resumes:
                self.send_header("ETag", tag)
            self.end_headers()
            end = start + published.cut_after.pop(0) if published.cut_after else len(content)
            self.wfile.write(content[start:end])
            if end < len(content):
                self.wfile.flush()
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # the half second between two looks at whether to stop would be waited for in every test
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    published.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("ALSEG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(download.MIRROR, published.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setattr(download, "CHUNK", 100)
    for name, dataset in datasets().items():
        free = tuple(replace(archive, checksum=None, earlier=()) for archive in dataset.archives)
        monkeypatch.setitem(datasets(), name, replace(dataset, archives=free))
    yield published
    server.shutdown()
    server.server_close()


def _picture(pixels: Any, format_: str = "PNG", dtype: type[np.generic] = np.uint8, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, dtype=dtype))
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def _zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _tarred(files: Files, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _nifti(values: Any, affine: Any = None) -> bytes:
    image = nibabel.Nifti1Image(np.asarray(values), np.eye(4) if affine is None else np.asarray(affine, dtype=float))
    import gzip

    return gzip.compress(image.to_bytes())


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return _picture


@pytest.fixture
def zipped() -> Callable[[Files], bytes]:
    return _zipped


@pytest.fixture
def tarred() -> Callable[..., bytes]:
    return _tarred


@pytest.fixture
def nifti() -> Callable[..., bytes]:
    return _nifti


@pytest.fixture
def lay(tmp_path: Path) -> Callable[[Files], Path]:
    """Files in a folder, for ``--from``."""

    def write(files: Files) -> Path:
        root = tmp_path / "brought"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root

    return write
