"""A workspace and a report on W&B, both made of one definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from wandb_workspaces import expr
from wandb_workspaces.reports.v2 import interface as wr
from wandb_workspaces.workspaces import interface as ws

from alseg.errors import ConfigError

DEFINITION = Path(__file__).parent / "dashboard.yaml"
SIZES = {"line": (8, 7), "table": (24, 12), "media": (24, 14)}
"""Width, of 24, and height of each kind of panel in the report."""


@dataclass(frozen=True)
class Place:
    """Project, and group in it, whose runs a dashboard shows.

    Args:
        entity: W&B user or team.
        project: W&B project.
        group: a sweep's group; None for all runs of the project.
    """

    entity: str
    project: str
    group: str | None = None


def load(path: Path = DEFINITION) -> dict[str, Any]:
    """Load and check a definition.

    Raises:
        ConfigError: if it cannot be read, or a panel is not valid.
    """
    try:
        definition = yaml.safe_load(path.read_text(encoding="utf-8"))
        for section in definition["sections"]:
            for panel in section["panels"]:
                _panel(panel, definition["group_by"])
        return dict(definition)
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        reason = " ".join((str(error) or repr(error)).split())
        raise ConfigError(f"{path}: {reason}; {DEFINITION} is an example") from None


def workspace(definition: Mapping[str, Any], place: Place) -> ws.Workspace:
    """Make the workspace: a section for each group of panels, over all runs or those of one sweep."""
    sections = [
        ws.Section(
            name=section["name"],
            panels=[_panel(panel, definition["group_by"]) for panel in section["panels"]],
            is_open=number == 0,
        )
        for number, section in enumerate(definition["sections"])
    ]
    return ws.Workspace(
        name=_title(definition, place),
        entity=place.entity,
        project=place.project,
        sections=sections,
        runset_settings=ws.RunsetSettings(filters=_filters(place)),
        settings=ws.WorkspaceSettings(x_axis="n_labelled", max_runs=100),
    )


def report(definition: Mapping[str, Any], place: Place, look_up: bool = True) -> wr.Report:
    """Make the report: the same panels, a heading over each section.

    Args:
        definition: of the panels.
        place: where the runs lie.
        look_up: whether the report names the project of its runs by the id that the service has for it, which takes a login;
            else the runs are those of the project that the report is in.
    """
    entity, project = (place.entity, place.project) if look_up else ("", "")
    blocks: list[Any] = [wr.TableOfContents()]
    for section in definition["sections"]:
        runs = wr.Runset(entity=entity, project=project, name="Runs", filters=_filters(place))
        panels = [_panel(panel, definition["group_by"]) for panel in section["panels"]]
        for panel, layout in zip(panels, _layouts([panel["kind"] for panel in section["panels"]])):
            panel.layout = layout
        blocks += [wr.H1(section["name"]), wr.PanelGrid(runsets=[runs], panels=panels)]
    return wr.Report(
        entity=place.entity,
        project=place.project,
        title=_title(definition, place),
        description=definition.get("description") or "",
        blocks=blocks,
        width="fluid",
    )


def specification(made: ws.Workspace | wr.Report) -> dict[str, Any]:
    """Convert a workspace or report to the JSON values that would be saved."""
    found: dict[str, Any] = made._to_model().model_dump(mode="json", by_alias=True, exclude_none=True)
    return found


def _panel(panel: Mapping[str, Any], group_by: str) -> Any:
    given = dict(panel)
    kind, title = given.pop("kind"), given.pop("title")
    if kind == "line":
        return wr.LinePlot(
            title=title,
            groupby=wr.Config(group_by),
            groupby_aggfunc="mean",
            groupby_rangefunc="stderr",
            title_x=given.pop("title_x", None),
            range_y=tuple(given.pop("range_y", (None, None))),
            **given,
        )
    if kind == "table":
        return wr.WeavePanelSummaryTable(table_name=given.pop("key"), **given)
    if kind == "media":
        return wr.MediaBrowser(title=title, media_keys=given.pop("keys"), **given)
    raise ValueError(f"kind: {kind}: choose {', '.join(SIZES)}")


def _layouts(kinds: list[str]) -> list[wr.Layout]:
    """Place panels from left to right, in lines of width 24."""
    found, x, y, high = [], 0, 0, 0
    for kind in kinds:
        width, height = SIZES[kind]
        if x + width > 24:
            x, y, high = 0, y + high, 0
        found.append(wr.Layout(x=x, y=y, w=width, h=height))
        x, high = x + width, max(high, height)
    return found


def _filters(place: Place) -> Any:
    return "" if place.group is None else expr.And(expr.Metric("Group") == place.group)


def _title(definition: Mapping[str, Any], place: Place) -> str:
    return str(definition["name"]) if place.group is None else f"{definition['name']}: {place.group}"
