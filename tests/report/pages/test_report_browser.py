"""The report in a real browser: what a person sees and does."""

from __future__ import annotations

import pytest

pytest.importorskip("aiohttp", reason="the browser is spoken to by aiohttp: pip install aiohttp")

from alseg.report import write_report
from alseg.report.grid import Cell, Grid
from alseg.report.pages.assets import scripts
from alseg.report.pages.document import document
from alseg.report.pages.html_table import html_table
from tests.helpers.pressing import click, show
from tests.helpers.run_files import add_pictures, run_maker

pytestmark = pytest.mark.slow

HEADS = "[...document.querySelectorAll('thead th')]"
ROWS = "[...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].textContent)"


def table(tmp_path, columns, summary=False):
    """A page with one table, a row per letter."""
    rows = [(Cell(chr(97 + i)), *(Cell(column[i]) for column in columns)) for i in range(len(columns[0]))]
    grid = Grid(("Name", *(f"Column {i}" for i in range(len(columns)))), tuple(rows), summary)
    path = tmp_path / "table.html"
    path.write_text(document("t", "", html_table(grid, "t") + f"<script>{scripts('sort')}</script>"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("cells", "rising"),
    [
        (["10", "9", "100", "–"], "bacd"),
        (["0.81 [0.79, 0.83]", "0.9 [0.1, 0.95]", "–", "0.805 [0.8, 0.81]"], "dabc"),
        (["0.9 ± 0.1 (n=2)", "0.85 ± 0.3", "", "1.0 (n=1)"], "badc"),
        (["+0.01", "−0.02", "-0.03", "refused"], "cbad"),
        (["[0.2, 0.4]", "[0.1, 0.8]", "[0.0, 0.5]", "–"], "cabd"),
        (["0.001", "<0.001", "0.9", "0.0005"], "dbac"),
        (["24 (18–31), 5 of 5 seeds", "not reached, 1 of 5 seeds", "≤ 5, 2 of 2 seeds", "–"], "cabd"),
        (["1,200", "300", "20.5%", "5 common of 6 and 7"], "dcba"),
        (["entropy", "Bald", "k=10", "k=9"], "badc"),
    ],
    ids=["numbers", "intervals", "halves", "signs", "ranges", "p", "levels", "thousands", "words"],
)
def test_what_cells_are_ordered_by(browser, tmp_path, cells, rising):
    show(browser, table(tmp_path, [cells]))
    empty = sum(cell in ("–", "", "refused") for cell in cells)
    last = rising[len(rising) - empty :] if empty else ""
    assert "".join(browser.value(ROWS)) == "abcd"
    for expected, said in (
        (rising, "ascending"),
        (rising[: len(rising) - empty][::-1] + last, "descending"),
        ("abcd", None),
    ):
        click(browser, "th:nth-child(2) button")
        assert "".join(browser.value(ROWS)) == expected
        assert browser.value(f"{HEADS}.map((head) => head.getAttribute('aria-sort'))") == [None, said]
    assert browser.errors == []


def test_equal_ones_keep_their_order_and_a_summary_stays_below(browser, tmp_path):
    show(browser, table(tmp_path, [["1", "2", "1", "2", "9"], ["5", "4", "3", "2", "1"]], summary=True))
    every = "[...document.querySelectorAll('tr')].slice(1).map((row) => row.cells[0].textContent).join('')"
    click(browser, "th:nth-child(2) button")
    assert browser.value(every) == "acbde"
    click(browser, "th:nth-child(2) button")
    assert browser.value(every) == "bdace"
    click(browser, "th:nth-child(3) button")
    assert browser.value(every) == "dcbae"
    assert browser.value(f"{HEADS}.map((head) => head.getAttribute('aria-sort'))") == [None, None, "ascending"]


def test_tables_sort_by_the_keyboard(browser, tmp_path):
    show(browser, table(tmp_path, [["2", "1", "3"]]))
    browser.value("document.querySelector('th:nth-child(2) button').focus()")
    browser.key("Enter")
    assert "".join(browser.value(ROWS)) == "bac"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Two strategies, three seeds, two metrics; pictures of one run."""
    tmp_path = tmp_path_factory.mktemp("report")
    make_run = run_maker(tmp_path)
    for seed in range(3):
        for strategy, gain in (("random", 0.0), ("entropy", 0.1)):
            curve = {10: 0.5 + seed / 50 + gain, 20: 0.6 + seed / 90 + gain, 30: 0.7 + gain}
            run = make_run(strategy, seed, curve, more={"test/hd95_mm": [9.0 - seed - gain, 5.0 - gain, 4.0]})
    add_pictures(run)
    write_report([tmp_path / "runs"], tmp_path / "out")
    return tmp_path / "out"


def test_every_table_of_the_report_sorts(browser, report):
    show(browser, report / "report.html")
    browser.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    first = "[...document.querySelector('table').tBodies[0].rows].map((row) => row.cells[0].textContent)"
    assert browser.value(first) == ["random", "entropy"]
    click(browser, "table th:nth-child(3) button")
    assert browser.value(first) == ["random", "entropy"]
    click(browser, "table th:nth-child(3) button")
    assert browser.value(first) == ["entropy", "random"]
    browser.value("document.querySelectorAll('button.sort').forEach((button) => button.click())")
    assert browser.errors == []


def test_the_page_of_a_run_shows_its_pictures(browser, report):
    show(browser, report / "report.html")
    browser.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    browser.follow(lambda: click(browser, "a[href='runs/entropy_seed%3D2.html']"))
    assert browser.value("document.title") == "entropy, seed 2"
    # each thumbnail is as large as it should be, and its sheet can be decoded
    assert (
        browser.value(
            "Promise.all([...document.querySelectorAll('.thumb')].map(async (thumb) => {"
            "  const picture = new Image();"
            "  picture.src = getComputedStyle(thumb).backgroundImage.slice(5, -2);"
            "  await picture.decode();"
            "  const shape = thumb.clientWidth / thumb.clientHeight;"
            "  return [picture.naturalWidth, thumb.clientWidth > 50, Math.abs(shape - 1.5) < 0.05];"
            "}))"
        )
        == [[24, True, True]] * 3 + [[48, True, True]] * 2
    )
    assert browser.value("document.querySelectorAll('svg.chart').length") == 2
    wide = browser.value("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    assert browser.errors == []
    assert browser.requests == []


def test_a_thumbnail_shows_its_part_of_the_sheet(browser, report, tmp_path):
    """The second worst case is the light half of its sheet, the first the dark one."""
    show(browser, report / "runs" / "entropy_seed=2.html")
    browser.value("document.querySelector('.worst').scrollIntoView({block: 'center'})")
    boxes = browser.value(
        "[...document.querySelectorAll('.worst .thumb')].map((t) => t.getBoundingClientRect())"
        ".map(({x, y, width, height}) => [x, y, x + width, y + height])"
    )
    browser.screenshot(tmp_path / "seen.png")
    import numpy as np
    from PIL import Image

    seen = np.asarray(Image.open(tmp_path / "seen.png").convert("L")).astype(int)
    for (left, top, right, bottom), grey in zip(boxes, (60, 180)):
        inside = seen[round(top) + 6 : round(bottom) - 6, round(left) + 6 : round(right) - 6]
        assert np.abs(inside - grey).max() <= 8


def test_nothing_is_wider_than_a_phone(browser, report):
    browser.ask("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    try:
        for page in (report / "report.html", report / "runs" / "entropy_seed=2.html"):
            show(browser, page)
            # the longest choice of metrics that a data set makes
            browser.value(
                "document.querySelectorAll('option').forEach((o) => { o.textContent += ', of the tumour'.repeat(4) })"
            )
            assert browser.value("document.documentElement.scrollWidth") == 390, page
    finally:
        browser.ask("Emulation.clearDeviceMetricsOverride")
