"""Description of a public data set, known before any of its files is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every command line is composed with all descriptions at hand: they must load in no time
    from alseg.data.convert.item import Item
    from alseg.data.dataset import Task
    from alseg.data.public.source import Source


@dataclass(frozen=True)
class Archive:
    """A file that the publisher offers.

    Args:
        name: its file name, as the publisher's; also what ``--from DIR`` looks for.
        url: where it can be downloaded without registration; None: the user brings it.
        checksum: ``algorithm:hex`` where the publisher states one, else None: then the SHA-256 of the first download is
            recorded, and the next one must match it.
        nbytes: size where it is known.
        earlier: checksums of earlier versions that will do as well.
    """

    name: str
    url: str | None = None
    checksum: str | None = None
    nbytes: int | None = None
    earlier: tuple[str, ...] = ()

    @property
    def checksums(self) -> tuple[str, ...]:
        """All that the publisher states, that of the newest version first; none where the newest has none."""
        return (self.checksum, *self.earlier) if self.checksum else ()


@dataclass(frozen=True)
class Expected:
    """Counts that the publisher states; None or an empty table where nothing is stated.

    Args:
        images: rows of the manifest.
        groups: different patients, recordings, slides or volumes.
        labels: images of each class name.
        splits: images of each split.
        version: of the data set that has these counts; empty where there is only one.
    """

    images: int | None = None
    groups: int | None = None
    labels: dict[str, int] = field(default_factory=dict)
    splits: dict[str, int] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True)
class PublicDataset:
    """A public data set.

    Args:
        name: what the user types.
        title: one line that says what it is.
        task: what the targets are.
        homepage: the publisher's page.
        licence: its terms, as the publisher states them.
        citation: the paper or the data publication to cite.
        classes: names in the publisher's order; for segmentation the background first.
        group: what a group is (patient, slide, ...); empty where the publisher names none.
        convert: turns the publisher's files into items.
        needs: what a user must do or bring, in one line; empty where nothing.
        archives: the publisher's files; none where their names are not known or vary: then the user brings them, and every
            archive of the user's folder is unpacked.
        expected: counts to verify.
        earlier: counts of earlier versions that will do as well.
        doi: of the data or, where they have none, of the paper.
        spacing: what is known of the size of a pixel, in words.
        settings: what ``data=NAME`` sets other than ``conf/data/base/public.yaml`` does, such as ``{"cimt": "intima-media"}``.
        confirmed: what was looked up, each with its source.
        unconfirmed: what is from memory or inferred, and what nobody says.
        package: what reads its files, where alseg itself does not need it; the extra that brings it has the data set's name.
    """

    name: str
    title: str
    task: Task
    homepage: str
    licence: str
    citation: str
    classes: tuple[str, ...]
    group: str
    convert: Callable[[Source], Iterator[Item]]
    archives: tuple[Archive, ...]
    expected: Expected = field(default_factory=Expected)
    doi: str | None = None
    needs: str = ""
    spacing: str = "unknown"
    settings: Mapping[str, object] = field(default_factory=dict)
    earlier: tuple[Expected, ...] = ()
    confirmed: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    package: str = ""

    @property
    def downloadable(self) -> bool:
        """True if all files can be had without asking anyone."""
        return bool(self.archives) and all(archive.url for archive in self.archives)

    @property
    def nbytes(self) -> int | None:
        """Bytes of all files to download, or None where one of them is not known."""
        sizes = [archive.nbytes for archive in self.archives]
        return None if None in sizes or not sizes else sum(size for size in sizes if size is not None)
