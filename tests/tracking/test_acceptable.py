"""Any text as a name for each service."""

import logging
import re
import unicodedata

import pytest

from alseg.tracking import acceptable as rules
from alseg.tracking import names
from alseg.tracking.acceptable import acceptable
from alseg.tracking.service import PATIENCE, STRIKES, ServiceTracker

TEXTS = [
    "tumour (benign)",
    "a(b)",
    "a[b]",
    "a,b",
    "50 %",
    "G:3",
    "C:\\x",
    "'q' \"q\"",
    "Drüse",
    unicodedata.normalize("NFD", "Drüse"),
    "🫀",
    "🫁",
    "two\nlines",
    "tab\there",
    "x" * 300,
    "x" * 301,
    " a",
    "a ",
    "a",
    "",
    " ",
    "..",
    "../a",
    "a/../b",
    "/a",
    "a//b",
    "a/",
    "a/b",
    "(",
    ")",
    "\udcff",
    "\0",
    "a|b",
    "#1?",
    "None",
    "1_0",
]
RULES = {name: value for name, value in vars(rules).items() if isinstance(value, rules.Rule)}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("before", ["", "test/recall_", "(/", "x" * 250 + "/"])
def test_every_text_gets_a_name_of_its_own_that_is_always_the_same(rule, before):
    rule = RULES[rule]
    found = [acceptable(before + text, rule) for text in TEXTS]
    assert len(set(found)) == len(TEXTS)
    for name in found:
        assert 0 < len(name) <= rule.longest
        assert all(map(rule.allows, name))
        assert name == name.strip()
        assert acceptable(name, rule) == name
        name.encode()
        if rule.path:
            assert not {"", ".", ".."} & set(name.split("/"))
    assert found == [acceptable(before + text, rule) for text in TEXTS]


def test_what_is_allowed_stays_and_what_is_changed_can_be_read():
    for text in ("test/recall_actinic keratoses", "fit/loss", "Drüse", "a-b_c.d 2"):
        assert acceptable(text, rules.METRIC) == text
    changed = acceptable("test/recall_actinic keratoses (AK)", rules.METRIC)
    assert re.fullmatch(r"test/recall_actinic keratoses AK-[0-9a-f]{6}", changed)
    places = ("test", "val", "by_cost", "fit/val")
    assert len({acceptable(f"{place}/recall_a (b)", rules.METRIC).removeprefix(place) for place in places}) == 1
    assert acceptable("test/recall_a (b)", rules.CURVE) == "test/recall_a (b)"
    assert re.fullmatch("mine_two-[0-9a-f]{6}", acceptable("mine/two", rules.PROJECT))


@pytest.mark.parametrize("text", TEXTS)
def test_services_agree(text):
    """By their own checks, where they have any."""
    validation = pytest.importorskip("mlflow.utils.validation", reason="needs mlflow")
    settings = pytest.importorskip("wandb").Settings
    for name in (text, f"test/recall_{text}"):
        validation._validate_metric(acceptable(name, rules.METRIC) + "/round_00", 0.5, 0, 0)
    validation._validate_experiment_name(acceptable(text, rules.EXPERIMENT))
    validation._validate_tag("strategy", acceptable(text, rules.TAG_VALUE))
    settings(project=acceptable(text, rules.PROJECT), run_tags=[acceptable(text, rules.TAG)])


def test_a_run_of_strange_names(tmp_path):
    config = {"name": "my/sweep\n2", "seed": 0, "strategy": {"name": "s" * 300}, "data": {"name": "(#1?)"}}
    assert len(names.title(config)) <= 128
    assert all(len(word) <= 64 for word in names.words(config))
    folder = tmp_path / "sweep" / "a" / "seed=0"
    folder.mkdir(parents=True)
    group = names.group(folder, config)
    assert group == names.group(folder, config)
    assert not set(group) & set("/\n")


class Service(ServiceTracker):
    """Refuses what it is told to refuse."""

    service = "Service"

    def __init__(self):
        self.got, self.closed, self.calls = [], [], 0
        self.refuses = lambda name: None

    def _start(self, folder, config):
        self.refuses("start")

    def _send(self, values):
        self.calls += 1
        for name, _ in values:
            self.refuses(name)
        self.got += values

    def _log_fit(self, values):
        self._log_round(values)

    def _log_round(self, row):
        self._together(list(row.items()), self._send)

    def _log_query(self, query):
        self._log_round({"query": 0})

    def _finish(self, exit_code):
        self.closed.append(exit_code)
        self.refuses("finish")


@pytest.fixture
def service(tmp_path):
    tracker = Service()
    tracker.start(tmp_path, {})
    return tracker


def refuse(*names, error=ValueError):
    def refuses(name):
        if name in names:
            raise error(name)

    return refuses


def test_a_refused_value_is_left_out_and_said_once(service, caplog):
    service.refuses = refuse("b")
    for value in range(5):
        service.log_round({"a": value, "b": value, "c": value})
    assert [name for name, _ in service.got] == ["a", "c"] * 5
    assert caplog.text.count("Service: b (it is left out") == 1
    service.finish(0)
    assert service.closed == [0]


def test_a_refused_query_is_not_the_end(service):
    service.refuses = refuse("query")
    for value in range(STRIKES + 2):
        service.log_query(None)
        service.log_round({"a": value})
    assert len(service.got) == STRIKES + 2


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError])
def test_a_service_that_is_gone_is_not_asked_again_until_the_end(service, error, caplog):
    service.refuses = refuse("a", "b", error=error)
    for value in range(5):
        service.log_round({"a": value, "b": value})
    assert service.calls == 1
    assert not service.loggers(0)
    service.finish(0)
    assert service.closed == [0]
    assert caplog.text.count("the run goes on without it") == 1


def test_a_service_that_takes_nothing_is_given_up(service, caplog):
    service.refuses = refuse("a")
    for value in range(10):
        service.log_round({"a": value})
    assert service.calls == 2 * STRIKES
    assert caplog.text.count("the run goes on without it") == 1


def test_a_service_that_is_slow_to_refuse_is_given_up(service, monkeypatch):
    now = iter(range(0, 10**6, int(PATIENCE) + 1))
    monkeypatch.setattr("alseg.tracking.service.time.monotonic", lambda: next(now))
    service.refuses = refuse("a", "b")
    service.log_round({"a": 0, "b": 0, "c": 0})
    assert not service.live
    assert service.calls == 2  # not one time-out per value


def test_a_service_that_does_not_start_is_closed_all_the_same(tmp_path, caplog):
    tracker = Service()
    tracker.refuses = refuse("start", "finish")
    tracker.start(tmp_path, {})
    tracker.log_round({"a": 0})
    tracker.finish(0)
    assert (tracker.calls, tracker.closed) == (0, [0])
    assert caplog.text.count("Service: ") == 1


def test_an_interruption_while_the_run_is_closed(service):
    interrupted = []

    def refuses(name):
        if not interrupted:
            interrupted.append(name)
            raise KeyboardInterrupt

    service.refuses = refuses
    with pytest.raises(KeyboardInterrupt):
        service.finish(0)
    assert service.closed == [0, 0]


def test_names_that_are_changed_are_said_once(service, caplog):
    caplog.set_level(logging.INFO)
    for text in ("a(b)", "a[b]", "a(b)"):
        service._named(text, rules.METRIC)
    assert caplog.text.count("is called") == 1
    assert "'a(b)' is called 'a b-" in caplog.text or "'a(b)' is called 'a_b-" in caplog.text
