"""The oracle against a real server; what people do there goes through the server's own HTTP interface."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.errors import AlsegError, ConfigError
from alseg.oracles.label_studio import LabelStudio
from alseg.oracles.request import Request
from alseg.oracles.studio.labelling import Control
from alseg.oracles.studio.memory import FILE, recall
from alseg.oracles.studio.regions import chosen, painted
from alseg.oracles.studio.server import KEY, ServerError
from docs.build_site.cells import cells, run_command, run_python
from tests.helpers.discs import make_dataset
from tests.helpers.label_studio import INSTALL, Person, Studio, executable, offer_sdk, project_of
from tests.helpers.loop_runs import decisions, make_run

pytestmark = pytest.mark.slow

BRUSH, CHOICE = Control("brush", "image"), Control("class", "image")
SIZE = (32, 32)
TUTORIAL = Path(__file__).parents[2] / "docs/tutorials/label_your_own_scans.ipynb"


@dataclass
class World:
    """A server, those who work there, and an access token of the first of them."""

    studio: Studio
    admin: Person
    anna: Person
    ben: Person
    token: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    program = executable()
    if program is None:
        pytest.skip(f"no Label Studio here: {INSTALL}")
    offer_sdk(program)
    pytest.importorskip(
        "label_studio_sdk", reason="no SDK for this Python: pip install 'alseg[label-studio]', or another server"
    )
    studio = Studio(program, tmp_path_factory.mktemp("studio"))
    try:
        studio.start()
        admin = Person(studio)
        anna = admin.invite(studio, "anna@example.org", "Anna Example")
        ben = admin.invite(studio, "ben@example.org", "Ben Example")
        yield World(studio, admin, anna, ben, admin.token())
    finally:
        studio.kill()


@pytest.fixture
def make(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LabelStudio]:
    monkeypatch.setenv(KEY, world.token)

    def oracle(dataset: Dataset | None = None, **settings: Any) -> LabelStudio:
        settings = {"url": world.studio.url, "patience": 0.0} | settings
        return LabelStudio(dataset or make_dataset(), **settings)

    return oracle


def query(run: Path, ids: tuple[str, ...], round_: int = 0, **more: Any) -> Request:
    n = len(ids)
    return Request(round_, ids, "random", ids, ("random draw",) * n, run=run, **more)


def speckled(seed: int, share: float = 0.3, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A mask that no code can guess."""
    return (np.random.default_rng(seed).random(size) < share).astype(np.uint8)


def draw(
    person: Person, task: dict[str, Any], mask: np.ndarray, seconds: float = 10.0, classes=("background", "disc_1")
):
    return person.annotate(task["id"], painted(mask, classes, BRUSH), seconds)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_query_becomes_tasks_and_every_pixel_comes_back(world, make, tmp_path, caplog):
    oracle, ids = make(), make_dataset().ids[:4]
    request = query(tmp_path, (ids[2], ids[0], ids[3], ids[1]), scores=(0.9, 0.8, 0.7, 0.6))
    answer = oracle.ask(request)
    assert (answer.ids, answer.refused, answer.targets.shape) == ((), (), (0, *SIZE))
    tasks = world.admin.tasks(project_of(oracle.where(0)))
    assert [task["data"]["id"] for task in tasks] == list(request.ids)
    assert [(task["data"]["order"], task["data"]["score"]) for task in tasks] == [
        (1, 0.9),
        (2, 0.8),
        (3, 0.7),
        (4, 0.6),
    ]
    assert {task["data"]["reason"] for task in tasks} == {"random draw"}
    shown = world.anna.session.get(world.studio.url + tasks[0]["data"]["image"], timeout=60)
    (tmp_path / "shown.png").write_bytes(shown.content)
    with Image.open(tmp_path / "shown.png") as image:
        assert np.array_equal(np.asarray(image), make_dataset().images[2, 0])

    make().ask(request)  # another process
    make(url=world.studio.url.replace("127.0.0.1", "localhost") + "/").ask(request)  # the server at another address
    assert len(world.admin.tasks(project_of(oracle.where(0)))) == 4

    first, second = speckled(1), speckled(2, 0.01)
    draw(world.anna, tasks[0], first, 12.5)
    draw(world.ben, tasks[1], second, 7)
    world.anna.annotate(tasks[2]["id"], skip=True, seconds=3)
    world.anna.ask("POST", f"tasks/{tasks[3]['id']}/drafts", result=painted(first, ("", "disc_1"), BRUSH), lead_time=1)
    assert list(oracle.arrived({}, tmp_path, 0, request.ids)) == list(request.ids[:3])
    answer = oracle.ask(request)
    assert (answer.ids, answer.refused) == (request.ids[:2], request.ids[2:3])
    assert np.array_equal(answer.targets, [first, second])
    assert answer.cost.tolist() == [12.5, 7]
    assert answer.annotators == ("Anna Example", "Ben Example")
    assert answer.targets.dtype == np.uint8

    taken = frozenset(answer.ids + answer.refused)
    assert oracle.ask(replace(request, taken=taken)).ids == ()
    empty = world.anna.annotate(tasks[3]["id"], [], 5)
    assert empty
    last = oracle.ask(replace(request, taken=taken))
    assert last.ids == request.ids[3:]
    assert not last.targets.any()
    assert lines(caplog) == []


def test_two_annotators_are_fused_and_polygons_are_understood(world, make, tmp_path):
    oracle, ids = make(annotators=2, weights={"Ben Example": 3}), make_dataset().ids[:3]
    request = query(tmp_path, ids)
    oracle.ask(request)
    tasks = world.admin.tasks(project_of(oracle.where(0)))
    square = {
        "type": "polygonlabels",
        "from_name": "polygon",
        "to_name": "image",
        "original_width": 32,
        "original_height": 32,
        "value": {"points": [[25, 25], [75, 25], [75, 50], [25, 50]], "polygonlabels": ["disc_1"]},
    }
    world.anna.annotate(tasks[0]["id"], painted(speckled(3), ("", "disc_1"), BRUSH), 10)
    assert oracle.ask(request).ids == ()  # one of two
    world.ben.annotate(tasks[0]["id"], [square], 20)
    world.anna.annotate(tasks[1]["id"], skip=True)
    world.ben.annotate(tasks[1]["id"], [square], 4)
    world.anna.annotate(tasks[2]["id"], skip=True)
    world.ben.annotate(tasks[2]["id"], skip=True)
    answer = oracle.ask(request)
    expected = np.zeros(SIZE, dtype=np.uint8)
    expected[8:16, 8:24] = 1
    assert np.array_equal(answer.targets, [expected, expected])  # Ben outvotes Anna; of the second, Anna has no vote
    assert (answer.refused, answer.annotators) == (ids[2:], ("Anna Example, Ben Example", "Ben Example"))
    assert answer.cost.tolist() == [30, 4]

    make(annotators=3).ask(request)  # one more person from now on
    project = project_of(oracle.where(0))
    assert world.admin.ask("GET", f"projects/{project}/")["maximum_annotations"] == 3
    equal = make(annotators=2).ask(request).targets[0]
    assert np.array_equal(equal, speckled(3) & expected)  # an even split is background


def test_pre_annotations_have_a_version_and_sort(world, make, tmp_path):
    dataset = make_dataset()
    oracle, ids = make(dataset), dataset.ids[:3]
    sure = {ids[0]: 0.9, ids[1]: 0.6, ids[2]: 0.7}

    def predictions(wanted):
        maps = [np.where(speckled(5), p, 1 - p) for p in (sure[id_] for id_ in wanted)]
        return np.array([[1 - map_, map_] for map_ in maps], dtype=np.float32)

    oracle.ask(query(tmp_path, ids, 3, predictions=predictions))
    project = project_of(oracle.where(3))
    tasks = world.admin.tasks(project)
    for task in tasks:
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == "alseg round 2"
        assert prediction["score"] == pytest.approx(sure[task["data"]["id"]])
        assert task["predictions_score"] == pytest.approx(prediction["score"])
        world.anna.annotate(task["id"], prediction["result"], 2)  # accepted as it is
    view = world.admin.ask("POST", "dm/views/", project=project, data={"ordering": ["tasks:predictions_score"]})
    listed = world.admin.ask("GET", f"tasks?view={view['id']}&project={project}")["tasks"]
    assert [task["data"]["id"] for task in listed] == [ids[1], ids[2], ids[0]]  # least sure first
    assert (oracle.ask(query(tmp_path, ids, 3)).targets == speckled(5)).all()

    oracle.ask(query(tmp_path, dataset.ids[3:4], 4, predictions=lambda wanted: predictions(ids[:1])))
    assert world.admin.ask("GET", f"projects/{project}/")["model_version"] == "alseg round 3"
    assert world.admin.tasks(project)[-1]["predictions_score"] == pytest.approx(0.9)


def test_faulty_answers_are_one_line_each_and_the_others_are_kept(world, make, tmp_path, caplog):
    oracle, ids = make(), make_dataset().ids[:6]
    request = query(tmp_path, ids)
    oracle.ask(request)
    project = project_of(oracle.where(0))
    tasks = world.admin.tasks(project)
    draw(world.anna, tasks[0], speckled(1, size=(16, 16)))
    twice = [draw(world.anna, tasks[1], speckled(1), 8) for _ in range(2)]
    assert twice[0] != twice[1]
    world.anna.annotate(tasks[2]["id"], painted(speckled(2), ("", "disc_1"), BRUSH), None)
    box = {"x": 1, "y": 1, "width": 9, "height": 9, "rectanglelabels": ["disc_1"]}
    world.anna.annotate(
        tasks[3]["id"], [{"type": "rectanglelabels", "from_name": "r", "to_name": "image", "value": box}], 1
    )
    other = tasks[4]["data"] | {"image": tasks[5]["data"]["image"]}
    world.admin.ask("PATCH", f"tasks/{tasks[4]['id']}/", data=other)
    draw(world.anna, tasks[4], speckled(1))
    world.admin.ask("DELETE", f"tasks/{tasks[5]['id']}/")
    answer = oracle.ask(request)
    assert (answer.ids, answer.cost.tolist()) == (ids[1:3], [8, 0])
    assert np.array_equal(answer.targets, [speckled(1), speckled(2)])
    where = f"{world.studio.url}/projects/{project}/data?task="
    said = lines(caplog)
    for start, middle in [
        (f"{where}{tasks[4]['id']}: it was put for image {ids[4]} and has been edited", "Delete it"),
        (f"task {tasks[5]['id']} (image {ids[5]}) has been deleted on the server", "it is put anew"),
        (f"{where}{tasks[0]['id']}: annotation ", "of Anna Example: the mask has 16x16 pixels"),
        (f"{where}{tasks[3]['id']}: annotation ", "a region of type rectanglelabels"),
        ("the server knows no time (lead_time) for 1 of 2 answers", "0 s"),
    ]:
        assert sum(line.startswith(start) and middle in line for line in said) == 1, (start, said)
    assert len(said) == 5
    assert world.token not in caplog.text

    world.admin.ask("DELETE", f"tasks/{tasks[4]['id']}/")
    oracle.ask(request)
    anew = world.admin.tasks(project)[-2:]
    assert [task["data"]["id"] for task in anew] == [ids[5], ids[4]]
    for task in anew:
        draw(world.ben, task, speckled(9))
    assert oracle.ask(replace(request, taken=frozenset(ids[1:3]))).ids == ids[4:]


def test_a_deleted_project_is_made_anew_and_nothing_else_is_lost(world, make, tmp_path, caplog):
    oracle, ids = make(), make_dataset().ids[:2]
    request = query(tmp_path, ids)
    oracle.ask(request)
    project = project_of(oracle.where(0))
    draw(world.anna, world.admin.tasks(project)[0], speckled(1))
    taken = frozenset(oracle.ask(request).ids)
    world.admin.ask("DELETE", f"projects/{project}/")
    again = make()
    assert again.ask(replace(request, taken=taken)).ids == ()
    assert [line.split(":")[0] for line in lines(caplog)] == ["http"]
    assert f"/projects/{project} is gone" in lines(caplog)[0]
    anew = project_of(again.where(0))
    (task,) = world.admin.tasks(anew)
    assert (task["data"]["id"], anew != project) == (ids[1], True)


def test_a_killed_process_has_put_nothing_twice(world, make, tmp_path, monkeypatch):
    """Killed after the project was made and after tasks were put, before either was written down."""
    dataset = make_dataset()
    request = query(tmp_path, dataset.ids[:10])

    class Killed(BaseException):
        pass

    def dies(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("alseg.oracles.studio.project.Memory.save", dies)
        with pytest.raises(Killed):
            make().ask(request)
    with monkeypatch.context() as patched:
        saved = []
        patched.setattr(
            "alseg.oracles.studio.tasks.Memory.save", lambda *_: saved.append(1) or (len(saved) > 2 and dies())
        )
        with pytest.raises(Killed):
            make().ask(request)
    oracle = make()
    oracle.ask(request)
    tasks = world.admin.tasks(project_of(oracle.where(0)))
    assert [task["data"]["id"] for task in tasks] == list(request.ids)
    marked = json.loads((tmp_path / FILE).read_text())["run"]
    projects = world.admin.ask("GET", "projects/?page_size=1000")["results"]
    assert sum(marked in str(project["description"]) for project in projects) == 1


def test_the_server_is_killed_and_started_again(world, make, tmp_path, caplog):
    request = query(tmp_path, make_dataset().ids[:2])
    oracle = make()
    oracle.ask(request)
    draw(world.anna, world.admin.tasks(project_of(oracle.where(0)))[0], speckled(1))
    world.studio.kill()
    with pytest.raises(ServerError, match=rf"^oracle\.url={world.studio.url}: the server does not answer \(.*refused"):
        oracle.ask(request)
    assert oracle.arrived({}, tmp_path, 0, request.ids) is None
    starting = threading.Timer(1.5, world.studio.start)
    starting.start()
    answer = make(patience=300.0).ask(request)
    starting.join()
    assert answer.ids == request.ids[:1]
    assert np.array_equal(answer.targets[0], speckled(1))
    assert "trying again for" in lines(caplog)[0]
    assert len(world.admin.tasks(project_of(oracle.where(0)))) == 2


def test_access_tokens(world, make, tmp_path, monkeypatch, caplog):
    request = query(tmp_path, make_dataset().ids[:1])
    make().ask(request)
    old = world.ben.token()
    world.ben.token()
    legacy = (
        world.admin.session.get(f"{world.studio.url}/api/current-user/token", timeout=60).json().get("token", "0" * 40)
    )
    for token, reason in [
        ("nonsense", "Invalid token"),
        (world.token[:-4] + "abcd", "Token is invalid"),
        (old, "blacklisted|invalid"),
        (legacy, "legacy token authentication has been disabled"),
    ]:
        monkeypatch.setenv(KEY, token)
        with pytest.raises(ConfigError, match=rf"does not accept the access token \(.*({reason})") as error:
            make_with_token(world).ask(request)
        assert token not in str(error.value)
        assert f"{world.studio.url}/user/account/personal-access-token" in str(error.value)
        assert "\n" not in str(error.value)
    monkeypatch.setenv(KEY, "ä" * 20)
    with pytest.raises(ConfigError, match="letters, digits, dots and dashes alone"):
        make_with_token(world).ask(request)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or world.token not in file.read_text()
    assert world.token not in caplog.text
    monkeypatch.setenv(KEY, world.token)
    assert make_with_token(world).ask(request).ids == ()


def make_with_token(world: World) -> LabelStudio:
    return LabelStudio(make_dataset(), url=world.studio.url, patience=0)


def test_somebody_who_has_left_the_organisation(world, make, tmp_path, monkeypatch):
    request = query(tmp_path, make_dataset().ids[:1])
    make().ask(request)
    carl = world.admin.invite(world.studio, "carl@example.org", "Carl Example")
    monkeypatch.setenv(KEY, carl.token())
    assert make_with_token(world).ask(request).ids == ()
    world.admin.ask("DELETE", f"organizations/1/memberships/{carl.number}/")
    with pytest.raises(ServerError, match="who has left the organisation"):
        make_with_token(world).ask(request)
    monkeypatch.setenv(KEY, world.token)
    assert make_with_token(world).ask(request).ids == ()


def test_a_joined_project(world, make, tmp_path, caplog):
    request = query(tmp_path, make_dataset().ids[:1])
    made = world.admin.ask("POST", "projects/", title="not ours", label_config="<View></View>")
    with pytest.raises(ConfigError, match=rf"projects/{made['id']} \(not ours\): it has no BrushLabels"):
        make(project="not ours").ask(request)
    with pytest.raises(ConfigError, match=r"oracle\.project=99999: the access token shows no such project"):
        make(project=99999).ask(request)
    view = (
        '<View><Image name="img" value="$image"/><BrushLabels name="tool" toName="img">'
        '<Label value="disc_1"/><Label value="more"/></BrushLabels></View>'
    )
    world.admin.ask("PATCH", f"projects/{made['id']}/", label_config=view)
    oracle = make(project=made["id"])
    oracle.ask(request)
    (task,) = world.admin.tasks(made["id"])
    world.anna.annotate(task["id"], painted(speckled(4), ("", "disc_1"), Control("tool", "img")), 1)
    assert np.array_equal(oracle.ask(request).targets[0], speckled(4))
    assert world.admin.ask("GET", f"projects/{made['id']}/")["description"] in (None, "")
    make(project=made["id"], annotators=2).ask(request)
    assert "it hands each task to one person, and oracle.annotators=2 are awaited" in lines(caplog)[-1]

    memory = json.loads((tmp_path / FILE).read_text()) | {"url": "http://elsewhere"}
    (tmp_path / "moved" / FILE).parent.mkdir(parents=True)
    (tmp_path / "moved" / FILE).write_text(json.dumps(memory))
    own = make()
    own.ask(query(tmp_path / "moved", request.ids))  # not into a project that has the number by chance
    assert project_of(own.where(0)) != made["id"]

    other = tmp_path / "other run"  # the same images in the same project
    assert make(project="not ours").ask(query(other, request.ids)).ids == ()
    assert len(world.admin.tasks(made["id"])) == 2


def test_classes_of_several_people(world, make, tmp_path):
    n = 3
    dataset = Dataset(
        name="labels",
        task="classification",
        ids=("a", "b", "c"),
        groups=("a", "b", "c"),
        images=np.zeros((n, 3, 8, 8), dtype=np.uint8),
        targets=np.zeros(n, dtype=np.int64),
        classes=("benign", "malignant", "other"),
        spacing=np.ones((n, 2)),
    )
    oracle, request = make(dataset, annotators=3), query(tmp_path, dataset.ids, 1)
    predicted = np.array([[0.2, 0.5, 0.3]] * n, dtype=np.float32)
    oracle.ask(replace(request, predictions=lambda ids: predicted[: len(ids)]))
    tasks = world.admin.tasks(project_of(oracle.where(1)))
    assert tasks[0]["predictions"][0]["result"][0]["value"] == {"choices": ["malignant"]}
    assert tasks[0]["predictions"][0]["score"] == pytest.approx(0.5)
    for person, first, second in [(world.admin, 1, 2), (world.anna, 2, 2), (world.ben, 2, 0)]:
        person.annotate(tasks[0]["id"], chosen(first, dataset.classes, CHOICE), 2)
        person.annotate(tasks[1]["id"], chosen(second, dataset.classes, CHOICE), 3)
        person.annotate(tasks[2]["id"], skip=True)
    answer = oracle.ask(request)
    assert (answer.ids, answer.refused, answer.targets.tolist()) == (("a", "b"), ("c",), [2, 2])
    assert (answer.targets.dtype, answer.cost.tolist()) == (np.int64, [6, 9])


def test_images_from_the_disk_of_the_server_and_masks_at_their_full_size(world, make, tmp_path):
    root = world.studio.files / "a study"
    root.mkdir()
    rng = np.random.default_rng(0)
    rows = ["id,image,mask,group"]
    for i in range(2):
        Image.fromarray(rng.integers(0, 255, (48, 80), dtype=np.uint8)).save(root / f"ä {i}.png")
        Image.fromarray(speckled(i, size=(48, 80))).save(root / f"mask_{i}.png")
        rows.append(f"{i},ä {i}.png,mask_{i}.png,g{i}")
    (root / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    dataset = load_folder(root, 24, progress=False)
    oracle = make(dataset, images="local", local_root=world.studio.files)
    request = query(tmp_path, dataset.ids)
    for _ in range(2):
        oracle.ask(request)
    tasks = world.admin.tasks(project_of(oracle.where(0)))
    shown = world.anna.session.get(world.studio.url + tasks[0]["data"]["image"], timeout=60)
    assert shown.content == (root / "ä 0.png").read_bytes()
    for i, task in enumerate(tasks):
        draw(world.anna, task, speckled(i, size=(48, 80)), classes=dataset.classes)
    assert np.array_equal(oracle.ask(request).targets, dataset.targets)  # as its own masks are loaded
    storages = world.admin.ask("GET", f"storages/localfiles?project={project_of(oracle.where(0))}")
    assert [storage["path"] for storage in storages] == [str(root)]

    with pytest.raises(AlsegError, match="server answers 400: .*does not exist"):
        make(dataset, images="local", local_root=world.studio.files, server_root="/nowhere").ask(
            query(tmp_path / "x", ("0",))
        )
    with pytest.raises(ValueError, match="^local_root=.*lies outside"):
        make(dataset, images="local", local_root=tmp_path)
    with pytest.raises(ValueError, match="^local_root=.*serves folders below it alone"):
        make(dataset, images="local", local_root=root)


def test_a_run_of_people_who_tell_the_truth_asks_for_what_a_simulated_one_asks_for(world, make, tmp_path):
    dataset = make_dataset(n=40, groups=20)
    truth = dict(zip(dataset.ids, dataset.targets))
    oracle, live = make(dataset), tmp_path / "live"

    def start():
        return make_run(live, dataset, oracle=oracle, budget=(3, 2, 2)).run()

    while (state := start()).phase != "done":
        for task in world.admin.tasks(project_of(oracle.where(state.round))):
            if not task["total_annotations"]:
                draw(world.anna, task, truth[task["data"]["id"]], 60)
    make_run(tmp_path / "simulated", dataset, budget=(3, 2, 2)).run()
    assert [(e["event"], e.get("ids"), e.get("metrics"), e.get("cost")) for e in decisions(live)] == [
        (e["event"], e.get("ids"), e.get("metrics"), e.get("cost")) for e in decisions(tmp_path / "simulated")
    ]
    for file in live.rglob("*"):
        assert file.is_dir() or world.token.encode() not in file.read_bytes()


def test_what_is_no_label_studio(make, tmp_path):
    oracle = make()
    oracle.server.url += "/nowhere"
    with pytest.raises(AlsegError, match=r"the server answers 404: a page"):
        oracle.ask(query(tmp_path, make_dataset().ids[:1]))


def test_the_cell_of_the_tutorial_asks_the_server(world, tmp_path, monkeypatch):
    draws, _, *rest = [cell for cell in cells(TUTORIAL) if cell.kind != "markdown"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", world.token)
    monkeypatch.setenv("LABEL_STUDIO_URL", world.studio.url)
    list(run_python(draws.source, {}))
    run_command("alseg data index scans --group '^(patient_[0-9]+)_'")
    printed = "".join(map(str, run_python(rest[-1].source, {})))
    assert "No server here" not in printed
    run = tmp_path / "runs/studio"
    project = recall(run).project
    assert project is not None
    (queried,) = [event for event in decisions(run) if event["event"] == "queried"]
    assert [task["data"]["id"] for task in world.admin.tasks(project)] == queried["ids"]
    assert len(queried["ids"]) == 8
