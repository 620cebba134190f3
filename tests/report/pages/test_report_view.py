"""Twelve conditions in a real browser: charts, filters, the keyboard, the address, what is saved and what is printed."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

pytest.importorskip("aiohttp", reason="the browser is spoken to by aiohttp: pip install aiohttp")

from alseg.report import write_report
from tests.helpers.pressing import click, show
from tests.helpers.run_files import run_maker

pytestmark = pytest.mark.slow

LEARNERS = ("plain", "sequal", "unisal")
STRATEGIES = ("random", "bald", "entropy", "k_center")
BUDGETS = range(20, 130, 10)
TRACES = "document.querySelector('#curves-0 .plot').data"
CURVES = f"{TRACES}.filter((trace) => trace.meta.curve)"
LABELS = f"{CURVES}.map((trace) => trace.meta.curve)"
SAID = "document.querySelector('#curves-0 .said').textContent"
ROWS = "[...document.querySelector('section[data-panel] table').tBodies[0].rows].filter((row) => !row.hidden).length"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Three learners, four strategies, two data sets, two seeds, two metrics, eleven budgets."""
    tmp_path = tmp_path_factory.mktemp("twelve")
    make_run = run_maker(tmp_path)
    for data in ("wall", "lesion"):
        for i, learner in enumerate(LEARNERS):
            for j, strategy in enumerate(STRATEGIES):
                for seed in range(2):
                    curve = {n: 0.3 + n / 400 + i / 50 + j / 25 + seed / 100 for n in BUDGETS}
                    folder = f"{data}-{learner}-{strategy}-{seed}"
                    more = {"test/hd95_mm": [9 - n / 30 - seed / 3 for n in BUDGETS]}
                    settings = {"data": {"name": data, "size": 64}, "learner": {"name": learner}}
                    make_run(strategy, seed, curve, folder=folder, more=more, **settings)
    write_report([tmp_path / "runs"], tmp_path / "out", runs=False)
    return tmp_path / "out" / "report.html"


def charts(browser):
    """Titles of the charts of the first data set, and curves in each, as they are drawn."""
    drawn = "document.querySelector('#curves-0 .plot')._fullLayout"
    titles = browser.value(f"{drawn}.annotations.map((one) => one.text.replace(/<[^>]*>/g, ''))")
    inside = "[...document.querySelectorAll('#curves-0 .scatterlayer')]"
    lines = (
        "[...layer.querySelectorAll('.lines path.js-line')].filter((p) => parseFloat(p.style.strokeWidth) > 1).length"
    )
    return titles, browser.value(f"{inside}.map((layer) => {lines})")


def choose(browser, name, value):
    browser.value(
        f"(e => {{ e.value = {json.dumps(value)}; e.dispatchEvent(new Event('change', {{bubbles: true}})); }})"
        f"(document.forms.view.elements.{name})"
    )


def test_each_learner_has_a_chart_and_charts_can_be_chosen(browser, report):
    show(browser, report)
    assert charts(browser) == ([*LEARNERS], [4, 4, 4])
    colours = browser.value(f"Object.fromEntries({CURVES}.map((t) => [t.meta.curve, [t.line.color, t.line.dash]]))")
    assert len(colours) == 12
    for strategy in STRATEGIES:
        assert len({colours[f"{strategy} · {learner}"][0] for learner in LEARNERS}) == 1
    for learner in LEARNERS:
        assert len({colours[f"{strategy} · {learner}"][1] for strategy in STRATEGIES}) == 1
    choose(browser, "by", "strategy")
    assert charts(browser) == ([*STRATEGIES], [3, 3, 3, 3])
    choose(browser, "by", "")
    assert charts(browser) == ([], [12])
    assert browser.errors == browser.requests == []


def test_filters_take_curves_rows_and_data_sets_away(browser, report):
    show(browser, report)
    assert browser.value(ROWS) == 12
    click(browser, "input[name=learner][value=unisal]")
    click(browser, "input[name=strategy][value=bald]")
    assert browser.value(f"{LABELS}.length") == browser.value(ROWS) == 6
    assert all("unisal" not in label and "bald" not in label for label in browser.value(LABELS))
    assert browser.value("document.querySelector('.filtered').textContent").startswith("Filtered: 6 of 12")
    click(browser, "input[name=data][value=lesion]")
    assert browser.value("[...document.querySelectorAll('section[data-panel]')].map((s) => s.hidden)") == [True, False]
    click(browser, "input[name=data][value=wall]")
    assert browser.value("document.getElementById('nothing').hidden") is False
    click(browser, "[data-reset]")
    assert browser.value(ROWS) == 12
    assert browser.errors == []


def test_the_address_opens_the_same_view(browser, report):
    show(browser, report)
    assert browser.value("location.hash") == ""
    choose(browser, "metric", "test/hd95_mm")
    choose(browser, "by", "strategy")
    click(browser, "input[name=seeds]")
    click(browser, "input[name=bands]")
    click(browser, "input[name=learner][value=unisal]")
    click(browser, "#curves-0 .legend button")
    seen = f"[{LABELS}, document.querySelector('#curves-0 .plot').layout.yaxis.title.text, {TRACES}.length]"
    before, view = browser.value(seen), browser.value("location.hash")
    assert len(before[0]) == 7
    assert before[1] == "HD95 (mm)"
    assert before[2] == 14
    assert "metric=test%2Fhd95_mm" in view
    assert "hide=random" in view
    show(browser, report, view[1:])
    assert browser.value(seen) == before
    shown = "[...document.querySelectorAll('[data-panel=\"0\"] [data-metric]')].map((part) => part.hidden)"
    assert browser.value(shown) == [True, False]
    click(browser, "[data-reset]")
    assert browser.value("location.hash") == ""
    assert browser.value(f"{LABELS}.length") == 12
    show(browser, report, "metric=none&by=none&learner=none&seeds=9")  # from another report: nothing breaks
    assert browser.value("document.forms.view.elements.metric.value") == "test/dice"
    assert browser.errors == []


def test_the_legend_hides_and_shows_alone_by_mouse_and_keyboard(browser, report):
    show(browser, report)
    click(browser, "#curves-0 .legend button")
    assert browser.value(f"{LABELS}.length") == 11
    assert browser.value("document.querySelector('#curves-0 .legend button').ariaPressed") == "false"
    click(browser, "#curves-0 .legend button", times=2)
    click(browser, "#curves-0 .legend button:nth-child(2)", times=2)
    only = browser.value("document.querySelector('#curves-0 .legend button:nth-child(2)').dataset.label")
    assert browser.value(LABELS) == [only]
    click(browser, "#curves-0 .legend button:nth-child(2)", times=2)
    assert browser.value(f"{LABELS}.length") == 12

    assert browser.value("document.querySelectorAll('#curves-0 .legend button[tabindex=\"0\"]').length") == 1
    browser.value("document.querySelector('#curves-0 .legend button[tabindex=\"0\"]').focus()")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "End", "Home", "ArrowRight"):
        browser.key(key)
    focused = browser.value("document.activeElement.dataset.label")
    assert focused == browser.value("document.querySelector('#curves-0 .legend button:nth-child(2)').dataset.label")
    browser.key("Enter")
    assert focused not in browser.value(LABELS)
    browser.key("Enter")
    browser.key("Enter", shift=True)
    assert browser.value(LABELS) == [focused]
    browser.key("Enter", shift=True)
    assert browser.value(f"{LABELS}.length") == 12
    assert browser.errors == []


def test_points_are_walked_and_told_by_the_keyboard(browser, report):
    show(browser, report)
    browser.value("document.querySelector('#curves-0 .plot').focus()")
    browser.key("ArrowRight")
    # random with plain: 0.3 + 20 / 400, and 0.01 for the second seed
    assert browser.value(SAID).startswith("random · plain: 20 images, Dice 0.355 ± ")
    browser.key("ArrowRight")
    assert browser.value(SAID).startswith("random · plain: 30 images, Dice 0.380 ± ")
    assert browser.value("document.querySelectorAll('#curves-0 .hoverlayer .hovertext').length") == 1
    browser.key("End")
    assert browser.value(SAID).startswith("random · plain: 120 images, Dice 0.605 ± ")
    browser.key("ArrowUp")  # the next higher one, in another chart
    assert browser.value(SAID).startswith("random · sequal: 120 images, Dice 0.625 ± ")
    browser.key("ArrowDown")
    browser.key("ArrowDown")
    browser.key("Home")
    assert browser.value(SAID).startswith("random · plain: 20 images")
    assert browser.value("document.querySelector('#curves-0 .said').getAttribute('aria-live')") == "polite"
    browser.key("Escape")
    assert browser.value(SAID) == ""
    assert browser.errors == []


SAVED = """(() => {
  window.saved = [];
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => { window.last = blob; return make.call(URL, blob); };
  HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download, this.href.slice(0, 60), this.href]); };
})()"""


def test_pictures_and_numbers_are_saved_without_a_network(browser, report):
    show(browser, report, "by=&learner=plain&seeds=1")
    browser.value(SAVED)
    for kind in ("svg", "png", "csv"):
        click(browser, f"#curves-0 [data-save={kind}]")
    browser.until("saved.length === 3")
    names = {name: start for name, start, _ in browser.value("saved")}
    assert set(names) == {"lesion_dice.svg", "lesion_dice.png", "lesion_dice.csv"}
    assert names["lesion_dice.png"].startswith("data:image/png")
    svg = browser.value("decodeURIComponent(saved.find((one) => one[0].endsWith('svg'))[2])")
    assert svg.startswith("data:image/svg+xml")
    assert all(f"{strategy} · plain" in svg for strategy in STRATEGIES)
    lines = browser.value("last.text()").splitlines()
    assert lines[0] == "data,metric,condition,seed,n_labelled,value,low,high,n_seeds"
    assert lines[1] == "lesion,test/dice,random · plain,mean,20,0.355,0.35,0.36,2"
    assert "lesion,test/dice,random · plain,1,120,0.61,,,1" in lines
    assert len(lines) == 1 + 4 * 11 * 3
    click(browser, "section[data-panel] table + *, section[data-panel] .scroll + .save button")
    browser.until("saved.length === 4")
    table = browser.value("last.text()").splitlines()
    assert table[0].startswith("Condition,Seeds,AUBC")
    assert len(table) == 1 + 4
    assert browser.errors == browser.requests == []


def test_a_cell_that_looks_like_a_formula_is_quoted(browser, tmp_path):
    make_run = run_maker(tmp_path)
    make_run("=HYPERLINK(1)", 0)
    make_run("@cmd", 0)
    write_report([tmp_path / "runs"], tmp_path / "out", runs=False)
    show(browser, tmp_path / "out" / "report.html")
    browser.value(SAVED)
    click(browser, "#curves-0 [data-save=csv]")
    text = browser.value("last.text()")
    assert ",'=HYPERLINK(1)," in text
    assert ",'@cmd," in text
    assert ",=" not in text
    assert ",@" not in text


def test_paper_shows_what_is_folded_and_cuts_no_table(browser, report):
    show(browser, report)
    folds = "[...document.querySelectorAll('details')].filter((fold) => !fold.open).length"
    folded = browser.value(folds)
    assert folded > 4
    browser.ask("Emulation.setEmulatedMedia", media="print")
    browser.value("dispatchEvent(new Event('beforeprint'))")
    try:
        assert browser.value(folds) == 0
        seen = "[...document.querySelectorAll('table')].filter((table) => table.offsetParent)"
        assert browser.value(f"{seen}.map((table) => table.scrollWidth).filter((wide) => wide > 703)") != []
        browser.ask("Emulation.setDeviceMetricsOverride", width=703, height=1000, deviceScaleFactor=1, mobile=False)
        boxes = browser.value(f"{seen}.map((table) => Math.round(table.getBoundingClientRect().right))")
        assert len(boxes) > 10
        assert max(boxes) <= 703
        # every column of the first table is in one of its parts, in order, and every part begins with the names
        heads = "[...document.querySelectorAll('section[data-panel=\"0\"] [data-metric]:not([hidden]) > .part')]"
        heads += ".map((part) => [...part.querySelectorAll('thead th')].map((head) => head.textContent))"
        parts = browser.value(heads)
        first = parts[: next(i for i, part in enumerate(parts) if "120" in part) + 1]
        assert len(first) > 1
        assert {part[0] for part in first} == {"Condition"}
        assert [head for part in first for head in part[1:]][-len(BUDGETS) :] == [str(n) for n in BUDGETS]
        hidden = "[...document.querySelectorAll('form, .save, .keys, .modebar-container')].filter((e) => e.offsetParent).length"
        assert browser.value(hidden) == 0
        assert browser.value("document.querySelector('#curves-0 .plot').layout.width") <= 703
    finally:
        browser.ask("Emulation.setEmulatedMedia", media="")
        browser.ask("Emulation.clearDeviceMetricsOverride")
        browser.value("dispatchEvent(new Event('afterprint'))")
    assert browser.value(folds) == folded
    assert browser.value("document.querySelectorAll('.part, .whole, .printing').length") == 0
    assert browser.errors == []


def test_a_pdf_is_made_of_the_whole_page(browser, report):
    """The browser itself opens the folds: the penalty matrix and all runs take more pages than what lies open."""
    show(browser, report)
    browser.value(
        "window.told = []; for (const e of ['beforeprint', 'afterprint']) addEventListener(e, () => told.push(e))"
    )
    whole = b64decode(browser.ask("Page.printToPDF")["data"]).count(b"/Type /Page\n")
    assert browser.value("told") == ["beforeprint", "afterprint"]
    browser.value("document.querySelectorAll('details').forEach((fold) => fold.remove())")
    assert whole > b64decode(browser.ask("Page.printToPDF")["data"]).count(b"/Type /Page\n") + 4
