"""One volume of a user's folder, before any of its files is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Volume:
    """A row of the manifest; a single picture is a volume of one slice.

    Args:
        id: unique in the folder.
        image: a file of `alseg.data.formats`, or a folder with a DICOM series.
        mask: the same for its class ids; None without, where nobody has drawn any yet.
        parts: instead of ``mask``, files that are joined to one, each with the class that its name says, if any.
        label: a class name, for each of its slices.
        group: patient or recording; the id where it is not known.
        split: ``train | val | test`` or empty.
        spacing: height and width of a pixel of the slices in mm, where the manifest states it.
        cost: seconds of annotation of the whole volume, where the manifest states it.
        metadata: the manifest's other columns.
    """

    id: str
    image: Path
    mask: Path | None = None
    parts: tuple[tuple[Path, str | None], ...] = ()
    label: str | None = None
    group: str = ""
    split: str = ""
    spacing: tuple[float, float] | None = None
    cost: float | None = None
    metadata: dict[str, str] = field(default_factory=dict)
