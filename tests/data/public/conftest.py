"""A publisher on localhost: archives made in code, served with resumption, and with accidents where a test wants them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alseg.data.public import download
from alseg.data.public.registry import datasets
from tests.helpers.public import files
from tests.helpers.public.publisher import Files, Publisher


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


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return files.picture


@pytest.fixture
def zipped() -> Callable[[Files], bytes]:
    return files.zipped


@pytest.fixture
def tarred() -> Callable[..., bytes]:
    return files.tarred


@pytest.fixture
def nifti() -> Callable[..., bytes]:
    return files.nifti


@pytest.fixture
def lay(tmp_path: Path) -> Callable[[Files], Path]:
    """Files in a folder, for ``--from``."""

    def write(brought: Files) -> Path:
        root = tmp_path / "brought"
        for name, content in brought.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root

    return write
