"""Tasks of a run in its project: found, and put where they are missing."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from alseg.data.dataset import Dataset
from alseg.oracles.request import Request
from alseg.oracles.studio.memory import Memory
from alseg.oracles.studio.preannotation import preannotations
from alseg.oracles.studio.project import Project
from alseg.oracles.studio.server import Server

log = logging.getLogger(__name__)

TOGETHER = 8
"""Tasks that are put in one request: a pre-annotation of a large image takes some 100 kB."""
LISTED = "id,data,total_annotations,cancelled_annotations"
PAGE = 500


class Pictures(Protocol):
    """Where the images of tasks come from; see `alseg.oracles.studio.pictures`."""

    def prepare(self, server: Server, project: int) -> None: ...

    def address(self, server: Server, project: int, id_: str) -> str: ...


@dataclass(frozen=True)
class Found:
    """The tasks of a query on the server.

    Args:
        answered: tasks with annotations by id of the image, as `Server` gives them; several where somebody has copied one.
        missing: ids without a task. Those whose task somebody has edited are in neither.
    """

    answered: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def find(server: Server, project: Project, ids: Sequence[str], memory: Memory) -> Found:
    """List the tasks of a run, and say in one line each what has become of those that were put."""
    tasks = server.ask(
        lambda client: [*client.tasks.list(project=project.number, fields="task_only", include=LISTED, page_size=PAGE)]
    )
    of_id: dict[str, list[Any]] = {}
    for task in tasks:
        if task.data.get("run") == memory.run:
            of_id.setdefault(str(task.data.get("id")), []).append(task)
    numbers = {int(task.id) for task in tasks}
    answered, missing = {}, []
    for id_ in ids:
        there, number = of_id.get(id_, []), memory.tasks.get(id_)
        image = memory.images.get(id_)
        right = [task for task in there if image is None or task.data.get("image") == image]
        if not right and number in numbers:
            log.warning(
                "%s: it was put for image %s and has been edited since; what is drawn there is not taken. Delete it, and it "
                "is put anew, or set its id and image (%s) back",
                address_of(server, project, number),
                id_,
                image,
            )
        elif not right:
            missing.append(id_)
            if number is not None:
                log.warning("task %d (image %s) has been deleted on the server; it is put anew", number, id_)
        else:
            memory.tasks[id_], memory.images[id_] = int(right[0].id), str(right[0].data["image"])
            answered[id_] = [task for task in right if task.total_annotations or task.cancelled_annotations]
    return Found({id_: tasks for id_, tasks in answered.items() if tasks}, tuple(missing))


def put(
    server: Server,
    project: Project,
    request: Request,
    missing: Sequence[str],
    dataset: Dataset,
    pictures: Pictures,
    memory: Memory,
) -> None:
    """Put the tasks of a query that are missing, in the order of their importance, with the model's pre-annotations.

    A process that is killed here has put some of them, and the next one finds these.
    """
    pictures.prepare(server, project.number)
    version = f"alseg round {request.round - 1}"
    for start in range(0, len(missing), TOGETHER):
        ids = missing[start : start + TOGETHER]
        drawn = preannotations(request, ids, dataset, project.control)
        tasks = []
        for id_ in ids:
            image = pictures.address(server, project.number, id_)
            task: dict[str, Any] = {"data": _data(request, id_, image, memory)}
            if id_ in drawn:
                task["predictions"] = [{"model_version": version, **drawn[id_]}]
            tasks.append(task)
        put_ = server.ask(
            lambda client, tasks=tasks: client.projects.import_tasks(  # type: ignore[misc]
                project.number, request=tasks, return_task_ids=True
            ),
            repeatable=False,
        )
        for id_, task, number in zip(ids, tasks, put_.task_ids):
            memory.tasks[id_], memory.images[id_] = int(number), task["data"]["image"]
        memory.save(request.run)
        if drawn and project.own and project.version != version:
            # The page shows and sorts by those of this version alone.
            server.ask(lambda client: client.projects.update(project.number, model_version=version))


def address_of(server: Server, project: Project, task: int | None) -> str:
    """Address of a task, which a browser opens."""
    return f"{server.url}/projects/{project.number}/data?task={task}"


def _data(request: Request, id_: str, image: str, memory: Memory) -> dict[str, Any]:
    """What a task shows; its columns can be sorted and filtered on the server."""
    pick = request.pick(id_)
    data = {
        "image": image,
        "order": pick["order"] + 1,
        "reason": pick["reason"],
        "score": pick["score"],
        "round": request.round,
        "id": id_,
        "run": memory.run,
    }
    return {key: value for key, value in data.items() if value is not None}
