"""What goes wrong between a publisher and a data set: one line, exit code 2, nothing half-written."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from filelock import FileLock

from alseg.data.public import download, unpack
from alseg.data.public.home import data_home, downloads
from alseg.data.public.registry import datasets
from alseg.errors import DataError

ARCHIVE = "kvasir-seg.zip"


@pytest.fixture
def files(picture) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    names = ("a", "b", "c")
    found = {f"Kvasir-SEG/images/{name}.jpg": picture(rng.integers(0, 256, (40, 40, 3)), "JPEG") for name in names}
    return found | {f"Kvasir-SEG/masks/{name}.jpg": picture(np.full((40, 40), 255), "JPEG") for name in names}


def refused(publisher, capfd, *options: str) -> str:
    """The one line of a failed get, after which there is no trace of a data set."""
    assert publisher.get("kvasir_seg", "--accept-differences", *options) == 2
    error = capfd.readouterr().err
    assert error.startswith("alseg data: ")
    assert error.count("\n") == 1
    left = {path.name for path in data_home().iterdir()} if data_home().exists() else set()
    assert left <= {"downloads", "checksums.json"}
    return error


def stated(monkeypatch, checksum: str) -> None:
    dataset = datasets()["kvasir_seg"]
    archives = (replace(dataset.archives[0], checksum=checksum),)
    monkeypatch.setitem(datasets(), "kvasir_seg", replace(dataset, archives=archives))


def test_a_lost_connection_is_taken_up_again(publisher, files, zipped):
    content = zipped(files)
    publisher.put("kvasir_seg", ARCHIVE, content)
    publisher.cut_after = [1000, 500]
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    assert publisher.asked == [
        f"/kvasir_seg/{ARCHIVE}",
        f"/kvasir_seg/{ARCHIVE} bytes=1000-",
        f"/kvasir_seg/{ARCHIVE} bytes=1500-",
    ]
    assert (downloads("kvasir_seg") / ARCHIVE).read_bytes() == content
    assert [path.name for path in downloads("kvasir_seg").iterdir()] == [ARCHIVE]


def test_a_server_that_cannot_resume(publisher, files, zipped):
    content = zipped(files)
    publisher.put("kvasir_seg", ARCHIVE, content)
    publisher.cut_after, publisher.resumes = [1000], False
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    assert (downloads("kvasir_seg") / ARCHIVE).read_bytes() == content


def test_the_next_command_goes_on(publisher, files, zipped, capfd):
    content = zipped(files)
    publisher.put("kvasir_seg", ARCHIVE, content)
    publisher.cut_after = [700] * download.ATTEMPTS
    error = refused(publisher, capfd)
    assert "the download failed 4 times" in error
    assert "the same command goes on from there" in error
    assert [path.name for path in downloads("kvasir_seg").iterdir() if path.suffix == ".zip"] == []
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    assert publisher.asked[-1].endswith(f"bytes={4 * 700}-")


def test_two_versions_are_never_mixed(publisher, files, zipped, capfd):
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    publisher.cut_after = [700] * download.ATTEMPTS
    refused(publisher, capfd)
    del files["Kvasir-SEG/images/c.jpg"]
    content = zipped(files)
    publisher.put("kvasir_seg", ARCHIVE, content)
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    assert (downloads("kvasir_seg") / ARCHIVE).read_bytes() == content
    assert publisher.load("kvasir_seg").ids == ("a", "b")


def test_a_checksum_of_the_publisher(publisher, files, zipped, capfd, monkeypatch):
    content = zipped(files)
    publisher.put("kvasir_seg", ARCHIVE, content)
    stated(monkeypatch, "md5:" + "0" * 32)
    assert "what came is not what the publisher states (md5:000" in refused(publisher, capfd)
    assert list(downloads("kvasir_seg").iterdir()) == []
    stated(monkeypatch, "md5:" + hashlib.md5(content).hexdigest())
    assert publisher.get("kvasir_seg", "--accept-differences") == 0


def test_a_checksum_of_an_earlier_version(publisher, files, zipped, lay, capfd, monkeypatch):
    """Whichever of the stated ones comes, is there or was brought; what is neither is thrown away and fetched again."""
    content, other = zipped(files), zipped(files | {"more": b"1"})
    dataset = datasets()["kvasir_seg"]
    old, new = ("md5:" + hashlib.md5(part).hexdigest() for part in (content, other))
    archive = replace(dataset.archives[0], checksum=new, earlier=(old,))
    monkeypatch.setitem(datasets(), "kvasir_seg", replace(dataset, archives=(archive,)))
    for i, part in enumerate((content, other)):
        (downloads("kvasir_seg") / ARCHIVE).unlink(missing_ok=True)
        publisher.put("kvasir_seg", ARCHIVE, part)
        assert publisher.get("kvasir_seg", "--accept-differences", "--to", f"a{i}") == 0
        assert (
            publisher.get("kvasir_seg", "--accept-differences", "--to", f"b{i}", "--from", str(lay({ARCHIVE: part})))
            == 0
        )
    (downloads("kvasir_seg") / ARCHIVE).write_bytes(b"damaged")
    assert publisher.get("kvasir_seg", "--accept-differences", "--to", "c") == 0
    assert len(publisher.asked) == 3
    publisher.put("kvasir_seg", ARCHIVE, zipped(files | {"more": b"2"}))
    (downloads("kvasir_seg") / ARCHIVE).unlink()
    capfd.readouterr()
    assert f"what came is not what the publisher states ({new} or {old})" in refused(publisher, capfd)
    assert list(downloads("kvasir_seg").iterdir()) == []
    brought = lay({ARCHIVE: b"damaged"})
    assert f"its md5 is not what the publisher states ({new[4:]} or {old[4:]})" in refused(
        publisher, capfd, "--from", str(brought)
    )


def test_a_checksum_of_the_first_download(publisher, files, zipped, capfd):
    content = zipped(files)
    publisher.put("kvasir_seg", ARCHIVE, content)
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    recorded = json.loads((data_home() / "checksums.json").read_text())
    assert recorded == {f"kvasir_seg/{ARCHIVE}": "sha256:" + hashlib.sha256(content).hexdigest()}
    (downloads("kvasir_seg") / ARCHIVE).unlink()
    publisher.put("kvasir_seg", ARCHIVE, zipped(files | {"more": b"1"}))
    assert publisher.get("kvasir_seg", "--to", "again", "--accept-differences") == 2
    assert "what came is not what was recorded on the first download" in capfd.readouterr().err


def test_a_damaged_file_that_was_brought(publisher, files, zipped, lay, capfd, monkeypatch):
    content = zipped(files)
    stated(monkeypatch, "md5:" + hashlib.md5(content).hexdigest())
    brought = lay({ARCHIVE: content[:-10] + b"corruption"})
    assert f"{ARCHIVE}: its md5 is not what the publisher states" in refused(publisher, capfd, "--from", str(brought))


@pytest.mark.parametrize("how", ["cut", "garbage", "flipped"])
def test_a_broken_archive(publisher, files, zipped, lay, capfd, how):
    content = bytearray(zipped(files))
    if how == "cut":
        content = content[: len(content) // 2]
    elif how == "garbage":
        content = bytearray(b"<html>Sorry</html>")
    else:
        content[200] ^= 255
    error = refused(publisher, capfd, "--from", str(lay({ARCHIVE: bytes(content)})))
    assert f"{ARCHIVE}: it cannot be unpacked" in error


def test_it_is_not_there(publisher, capfd):
    error = refused(publisher, capfd)
    assert "the server answers 404" in error
    assert "--from DIR" in error


def test_nobody_answers(publisher, capfd, monkeypatch):
    monkeypatch.setenv(download.MIRROR, "http://127.0.0.1:9")
    assert "the download failed 4 times" in refused(publisher, capfd)


def test_a_truncated_image(publisher, files, zipped, capfd):
    files["Kvasir-SEG/images/b.jpg"] = files["Kvasir-SEG/images/b.jpg"][:-400]
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    assert "b.jpg: it cannot be decoded" in refused(publisher, capfd)


def test_a_missing_file(publisher, files, zipped, capfd):
    del files["Kvasir-SEG/masks/b.jpg"]
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    assert "b.jpg: no such file, and b.jpg needs its mask" in refused(publisher, capfd)


def test_a_mask_of_another_size(publisher, files, zipped, picture, capfd):
    files["Kvasir-SEG/masks/b.jpg"] = picture(np.zeros((40, 41)), "JPEG")
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    assert "b: the mask has 40x41 pixels (height x width) and its image 40x40" in refused(publisher, capfd)


def test_another_folder_was_brought(publisher, lay, capfd):
    assert "has no folder Kvasir-SEG" in refused(publisher, capfd, "--from", str(lay({"x.txt": b"x"})))
    assert "no such folder; --from takes the folder" in refused(publisher, capfd, "--from", "nowhere")


def test_it_is_there_already(publisher, files, zipped, capfd):
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    before = (data_home() / "kvasir_seg/manifest.csv").read_text()
    assert publisher.get("kvasir_seg", "--accept-differences") == 2
    assert "it is there already" in capfd.readouterr().err
    assert (data_home() / "kvasir_seg/manifest.csv").read_text() == before


def test_the_wreck_of_a_killed_process_is_cleared_away(publisher, files, zipped):
    wreck = data_home() / ".kvasir_seg.part/set"
    wreck.mkdir(parents=True)
    (wreck / "manifest.csv").write_text("half of it")
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    assert len(publisher.load("kvasir_seg")) == 3
    assert {path.name for path in data_home().iterdir()} == {"kvasir_seg", "downloads", "checksums.json"}


def test_two_at_once(publisher, files, zipped, capfd):
    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    data_home().mkdir()
    with FileLock(data_home() / ".kvasir_seg.lock"):
        assert publisher.get("kvasir_seg", "--accept-differences") == 2
        assert (data_home() / ".kvasir_seg.lock").exists()
    assert "kvasir_seg: another process is making it; wait for that one" in capfd.readouterr().err
    assert publisher.get("kvasir_seg", "--accept-differences") == 0


def test_stopped_by_hand(publisher, files, zipped, monkeypatch):
    def convert(source):
        yield next(dataset.convert(source))
        raise KeyboardInterrupt

    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    dataset = datasets()["kvasir_seg"]
    monkeypatch.setitem(datasets(), "kvasir_seg", replace(dataset, convert=convert))
    assert publisher.get("kvasir_seg") == 130
    assert {path.name for path in data_home().iterdir()} == {"downloads", "checksums.json"}


@pytest.mark.parametrize(
    "name", ["../outside.jpg", "a/../../outside.jpg", "/tmp/outside.jpg", "..\\outside.jpg", "C:\\outside.jpg"]
)
def test_no_path_leads_out(publisher, files, zipped, tarred, capfd, tmp_path, name):
    publisher.put("kvasir_seg", ARCHIVE, zipped(files | {name: b"x"}))
    assert "leads out of the folder it is unpacked to; the archive is not used" in refused(publisher, capfd)
    assert not list(tmp_path.rglob("outside.jpg"))
    path = tmp_path / "x.tar"
    path.write_bytes(tarred({name: b"x"}))
    with pytest.raises(DataError, match="leads out of the folder"):
        unpack.unpack(path, tmp_path / "home")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE],
    ids=["symbolic", "hard", "device", "pipe"],
)
def test_no_links_and_devices(tmp_path, kind):
    path, into = tmp_path / "x.tar.gz", tmp_path / "into"
    into.mkdir()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = kind, "../../secret"
        archive.addfile(member)
    with pytest.raises(DataError, match="'link' is no regular file; links and devices are not unpacked"):
        unpack.unpack(path, into)
    assert list(into.iterdir()) == []


def test_no_links_in_a_zip(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "../../secret")
    with pytest.raises(DataError, match="no regular file"):
        unpack.unpack(path, tmp_path)


def test_no_bombs(tmp_path, monkeypatch, zipped, tarred):
    monkeypatch.setattr(unpack, "SMALL", 10**4)
    for name, content in (
        ("x.zip", zipped({"zeros": bytes(10**6)})),
        ("x.tar.gz", tarred({"zeros": bytes(10**6)}, "w:gz")),
    ):
        path, into = tmp_path / name, tmp_path / f"into {name}"
        path.write_bytes(content)
        into.mkdir()
        with pytest.raises(DataError, match=r"it unpacks to more than .* GB or 2,000,000 files"):
            unpack.unpack(path, into)
        assert list(into.iterdir()) == []
    monkeypatch.setattr(unpack, "MOST", 3)
    path.write_bytes(tarred({str(i): b"" for i in range(4)}, "w:gz"))
    with pytest.raises(DataError, match="3 files"):
        unpack.unpack(path, tmp_path)


def test_a_zip_that_lies_about_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "SMALL", 10**4)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10**6))
    path = tmp_path / "x.zip"
    path.write_bytes(out.getvalue().replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    (tmp_path / "into").mkdir()
    with pytest.raises(DataError, match="it cannot be unpacked|unpacks to more"):
        unpack.unpack(path, tmp_path / "into")
    assert sum(file.stat().st_size for file in (tmp_path / "into").iterdir()) <= 10**4 + unpack.CHUNK


def test_nobody_agreed(publisher, files, zipped, capfd, monkeypatch):
    from alseg.cli import main

    publisher.put("kvasir_seg", ARCHIVE, zipped(files))
    assert main(["data", "get", "kvasir_seg"]) == 2
    assert "there is no terminal to confirm the download; add --yes" in capfd.readouterr().err
    assert publisher.asked == []


def test_a_misspelt_name(publisher, capfd):
    assert publisher.get("montgomry") == 2
    assert "there is no public data set 'montgomry'; did you mean montgomery?" in capfd.readouterr().err
