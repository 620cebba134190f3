"""Labelling configurations of Label Studio: the one that a data set needs, and what an existing project has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from xml.etree import ElementTree

from alseg.data.dataset import Dataset, Task
from alseg.errors import ConfigError

COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999999")
"""Those of Okabe and Ito, which colour-blind people tell apart."""
KINDS = {"segmentation": ("BrushLabels", "PolygonLabels"), "classification": ("Choices",)}


@dataclass(frozen=True)
class Control:
    """Where a pre-annotation goes: the names of a control tag and of the image that it marks."""

    name: str
    image: str


class Asked(Protocol):
    """What is asked: a data set, or the labels of a run that are handed on."""

    @property
    def task(self) -> Task: ...

    @property
    def classes(self) -> tuple[str, ...]: ...


def labelling_configuration(dataset: Asked) -> str:
    """The XML of a project for the task and classes of a data set; the background is what nobody painted."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Header", value="$reason", size="6")
    if dataset.task == "classification":
        tag = ElementTree.SubElement(view, "Choices", name="class", toName="image", choice="single", showInline="true")
        for name in dataset.classes:
            ElementTree.SubElement(tag, "Choice", value=name)
    else:
        for kind, name in (("BrushLabels", "brush"), ("PolygonLabels", "polygon")):
            ElementTree.SubElement(view, "Header", value=name, size="6", underline="false")
            tag = ElementTree.SubElement(view, kind, name=name, toName="image")
            for number, label in enumerate(dataset.classes[1:]):
                ElementTree.SubElement(tag, "Label", value=label, background=COLOURS[number % len(COLOURS)])
    # Below the labels, which a large image would push out of the window.
    ElementTree.SubElement(view, "Image", name="image", value="$image", zoom="true", zoomControl="true")
    return ElementTree.tostring(view, encoding="unicode")


def control_of(parsed: Mapping[str, Any], dataset: Dataset, project: str) -> Control:
    """The control tag of a project in which the classes of a data set can be answered.

    Args:
        parsed: the labelling configuration as the server has read it, by name of tag.
        dataset: the images.
        project: the project in words.

    Raises:
        ConfigError: if there is none; it says what is missing.
    """
    wanted = dataset.classes if dataset.task == "classification" else dataset.classes[1:]
    kinds = KINDS[dataset.task]
    missing: list[str] = []
    for kind in kinds:  # brush before polygon: a pre-annotation is painted
        for name, tag in parsed.items():
            if tag.get("type") != kind or [i.get("value") for i in tag.get("inputs", ())] != ["image"]:
                continue
            missing = [label for label in wanted if label not in tag.get("labels", ())]
            if not missing:
                return Control(str(name), str(tag["to_name"][0]))
    lacks = f"its labels lack {', '.join(missing)}" if missing else f"it has no {' or '.join(kinds)} of an image $image"
    raise ConfigError(
        f"{project}: {lacks}; its labelling configuration (Settings > Labeling Interface) needs one with {', '.join(wanted)}"
    )
