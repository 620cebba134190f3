"""Project of a run on a server: made, or joined."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alseg.data.dataset import Dataset
from alseg.errors import ConfigError
from alseg.oracles.studio.labelling import Control, control_of, labelling_configuration
from alseg.oracles.studio.memory import Memory
from alseg.oracles.studio.server import Server, ServerError

log = logging.getLogger(__name__)

TITLE = 50
"""Characters that a title may have on the server."""


@dataclass(frozen=True)
class Project:
    """A project that can take the tasks of a run.

    Args:
        number: its id.
        control: where pre-annotations go.
        own: whether it was made for this run, so that its settings may be changed.
        version: of the model whose pre-annotations it shows.
    """

    number: int
    control: Control
    own: bool
    version: str = ""


def project_of(
    server: Server, wanted: str | None, dataset: Dataset, memory: Memory, run: Path, annotators: int = 1
) -> Project:
    """Find the project of a run, or make it; the memory holds its number afterwards.

    Args:
        server: where it is.
        wanted: number or title of a project; None: one of the run's own.
        dataset: whose classes it must have.
        memory: of the run.
        run: folder of the run.
        annotators: number of people who answer each task.

    Raises:
        ConfigError: if it is not there, or has another labelling configuration.
    """
    marked = f"alseg run {memory.run}"
    if wanted is not None and wanted.isdecimal():
        found = _numbered(server, int(wanted))
        if found is None:
            raise ConfigError(f"oracle.project={wanted}: the access token shows no such project on {server.url}")
    else:
        found = None if memory.project is None else _numbered(server, memory.project)
        if found is not None and memory.url != server.url and marked not in str(found.description):
            found = None  # the number of somebody else's project on another server
        if found is None and memory.project is not None:
            log.warning(
                "%s/projects/%d is gone: somebody has deleted it; it is made anew, and what was not collected is asked again",
                server.url,
                memory.project,
            )
        found = found or _titled(server, wanted, marked)
    if found is None:
        found = _made(server, wanted or _title(run), marked, dataset, annotators)
        log.info("made the project %s/projects/%d", server.url, found.id)
    if memory.project != found.id:
        memory.project, memory.tasks, memory.images = found.id, {}, {}
    memory.url = server.url
    memory.save(run)
    where = f"{server.url}/projects/{found.id} ({found.title})"
    control, own = control_of(found.parsed_label_config or {}, dataset, where), marked in str(found.description)
    if (found.maximum_annotations or 1) < annotators:
        if own:
            server.ask(lambda client: client.projects.update(found.id, maximum_annotations=annotators))
        else:
            log.warning(
                "%s: it hands each task to %s, and oracle.annotators=%d are awaited; set its maximum_annotations to %d",
                where,
                "one person" if found.maximum_annotations == 1 else f"{found.maximum_annotations} people",
                annotators,
                annotators,
            )
    return Project(found.id, control, own, str(found.model_version or ""))


def _numbered(server: Server, number: int) -> Any:
    try:
        return server.ask(lambda client: client.projects.get(number))
    except ServerError as error:
        if error.status == 404:
            return None
        raise


def _titled(server: Server, title: str | None, marked: str) -> Any:
    """The project of a title, or that which a killed process has made for this run."""
    projects = server.ask(lambda client: [*client.projects.list()])
    fitting = [p for p in projects if marked in str(p.description) or (title is not None and p.title == title)]
    if len(fitting) > 1:
        numbers = ", ".join(str(p.id) for p in fitting)
        raise ConfigError(
            f"oracle.project={title}: projects {numbers} on {server.url} have this title; give the number of one"
        )
    return fitting[0] if fitting else None


def _made(server: Server, title: str, marked: str, dataset: Dataset, annotators: int) -> Any:
    made = server.ask(
        lambda client: client.projects.create(
            title=title[:TITLE],
            description=f"Images that active learning asks for. {marked}",
            label_config=labelling_configuration(dataset),
            maximum_annotations=annotators,
            sampling="Sequential sampling",  # tasks are put in the order of the query
            show_collab_predictions=True,
            show_skip_button=True,
            skip_queue="IGNORE_SKIPPED",
            enable_empty_annotation=True,  # an image without any structure
        ),
        repeatable=False,
    )
    return _numbered(server, made.id)


def _title(run: Path) -> str:
    """The end of a run's path, which tells it from others."""
    return f"alseg {'/'.join(run.parts[-3:])}"[-TITLE:]
