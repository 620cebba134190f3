"""People who annotate on a Label Studio server."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alseg.data.dataset import Dataset
from alseg.data.file_size import size_of_file, target_of
from alseg.data.fit import places_of
from alseg.errors import AlsegError, ConfigError
from alseg.oracles.consensus import Consensus
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.request import Request
from alseg.oracles.studio.memory import Memory, recall
from alseg.oracles.studio.opinions import Opinion, Target, opinions_of
from alseg.oracles.studio.pictures import Local, Uploaded, check_images
from alseg.oracles.studio.project import Project, project_of
from alseg.oracles.studio.regions import class_in, mask_in
from alseg.oracles.studio.server import KEY, Server
from alseg.oracles.studio.tasks import Found, Pictures, address_of, find, put
from alseg.oracles.wrapper import check_share

log = logging.getLogger(__name__)


class LabelStudio(Oracle):
    """Puts every query as tasks into a project on a Label Studio server, and collects what people have answered there.

    An image is answered once ``annotators`` people have annotated or skipped it, each of whom may do so again until it is
    collected; who skipped it has no vote, and if all did it is refused. Its cost is the sum of what they spent on it
    (``lead_time``). The access token is read from the environment variable ``LABEL_STUDIO_API_KEY`` and is never written
    down. What a run needs to find its tasks again is in its folder, ``requests/label_studio.json``.

    Args:
        dataset: the images.
        url: of the server.
        project: number or title of a project to join; one that has this title is made if there is none. None: one of the
            run's own.
        images: ``upload`` sends them to the server, ``local`` has it read them from a folder of its own.
        local_root: for ``local``, that folder, its ``LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT``, as this machine sees it.
        server_root: the same folder as the server sees it; None: as this machine does.
        annotators: people who must answer each image.
        fusion: of several answers; see `Consensus`.
        threshold: of a fusion by majority.
        weights: by name of the annotator; others weigh 1.
        enough: share of a query that must be answered before its round goes on.
        patience: seconds for which a server that is away is tried again.

    Raises:
        ValueError: if an argument is out of range.
        ConfigError: if they do not fit together.
    """

    def __init__(
        self,
        dataset: Dataset,
        url: str = "http://localhost:8080",
        project: str | int | None = None,
        images: str = "upload",
        local_root: str | Path | None = None,
        server_root: str | None = None,
        annotators: int = 1,
        fusion: str = "majority",
        threshold: float = 0.5,
        weights: Mapping[str, float] | None = None,
        enough: float = 1.0,
        patience: float = 60.0,
    ) -> None:
        if annotators < 1:
            raise ValueError(f"annotators={annotators}: at least 1")
        if patience < 0:
            raise ValueError(f"patience={patience}: seconds from 0")
        check_share("enough", enough, zero=False)
        root = None if local_root is None else Path(local_root)
        check_images(images, root)
        self.dataset, self.enough, self.wanted = dataset, enough, annotators
        self.server = Server(url, patience)
        self.project = None if project is None else str(project)
        self.consensus = Consensus(dataset.task, fusion, threshold, weights or {})
        self.pictures: Pictures = (
            Uploaded(dataset) if images == "upload" or root is None else Local(dataset, root, server_root)
        )
        self.row = {id_: row for row, id_ in enumerate(dataset.ids)}
        self.places = places_of(dataset)
        self._number: int | None = None

    def annotate(self, ids: Sequence[str]) -> Annotations:
        raise ConfigError("oracle LabelStudio: it answers the queries of a run, and nothing can be wrapped around it")

    def ask(self, request: Request) -> Annotations:
        memory = recall(request.run)
        memory.url = memory.url or self.server.url
        memory.save(request.run)  # before anything is made that carries its name
        project = project_of(self.server, self.project, self.dataset, memory, request.run, self.wanted)
        self._number = project.number
        found = find(self.server, project, request.open, memory)
        if found.missing:
            put(self.server, project, request, found.missing, self.dataset, self.pictures, memory)
        memory.save(request.run)
        return self._collected(project, request.open, found)

    def where(self, round_: int) -> str:
        return f"{self.server.url}/projects/{self._number}" if self._number is not None else self.server.url

    @classmethod
    def arrived(cls, settings: Mapping[str, Any], run: Path, round_: int, ids: Sequence[str]) -> Sequence[str] | None:
        del round_  # the tasks of all rounds are in one project
        if not os.environ.get(KEY):
            return None
        try:
            memory = recall(run)
            return None if memory.project is None else _arrived(memory, int(settings.get("annotators", 1)), ids)
        except AlsegError as error:
            log.debug("%s", error)
            return None

    def _collected(self, project: Project, ids: Sequence[str], found: Found) -> Annotations:
        answered, refused, targets, cost, who, untimed = [], [], [], [], [], 0
        for id_ in ids:
            opinions = self._opinions(project, id_, found.answered.get(id_, ()))
            if len(opinions) < self.wanted:
                continue
            voting = [opinion for opinion in opinions if opinion.target is not None]
            if not voting:
                refused.append(id_)
                continue
            answered.append(id_)
            targets.append(self.consensus([o.target for o in voting], [o.person for o in voting]))
            cost.append(sum(opinion.seconds for opinion in opinions))
            who.append(", ".join(opinion.person for opinion in voting))
            untimed += not all(opinion.timed for opinion in opinions)
        if untimed:
            log.warning(
                "the server knows no time (lead_time) for %d of %d answers: it counts as 0 s", untimed, len(answered)
            )
        shape, kind = ((0, *self.dataset.size), np.uint8) if self.dataset.task == "segmentation" else ((0,), np.int64)
        return Annotations(
            tuple(answered),
            np.stack(targets).astype(kind) if targets else np.zeros(shape, dtype=kind),
            np.array(cost, dtype=np.float64),
            annotator="Label Studio",
            refused=tuple(refused),
            annotators=tuple(who),
        )

    def _opinions(self, project: Project, id_: str, tasks: Sequence[Any]) -> list[Opinion]:
        annotations = [
            annotation
            for task in tasks  # the list of a task's annotations lacks what was skipped
            for annotation in self.server.ask(lambda client, task=task: client.tasks.get(str(task.id)).annotations)  # type: ignore[misc]
        ]

        def read(result: Sequence[Mapping[str, Any]], source: str) -> Target:
            if self.dataset.task == "classification":
                return np.int64(class_in(result, self.dataset.classes, source))
            mask = mask_in(result, self.dataset.classes, size_of_file(self.dataset, self.row[id_]), source)
            return target_of(mask, self.places[id_], self.dataset.size)

        return opinions_of(annotations, read, address_of(self.server, project, tasks[0].id)) if tasks else []


def _arrived(memory: Memory, wanted: int, ids: Sequence[str]) -> list[str]:
    """Ids whose task has enough answers, usable or not."""
    server, asked = Server(memory.url, patience=0), {memory.tasks.get(id_): id_ for id_ in ids}
    tasks = server.ask(
        lambda client: [
            *client.tasks.list(
                project=memory.project, fields="task_only", include="id,total_annotations,cancelled_annotations"
            )
        ]
    )
    return [asked[t.id] for t in tasks if t.id in asked and t.total_annotations + t.cancelled_annotations >= wanted]
