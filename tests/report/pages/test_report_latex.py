"""Tables for LaTeX: text of any kind, tables that fit a page, and a real LaTeX where there is one."""

from __future__ import annotations

import re
import shutil
import string
import subprocess
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.ft2font import FT2Font

from alseg.report.grid import Cell, Grid
from alseg.report.pages.latex import latex
from alseg.report.pages.latex_table import LINES, SEP, TEXT_WIDTH, table
from alseg.report.pages.latex_text import BOLD, WIDTH, escape, width
from alseg.report.statistics.panels import build

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
NAMES = ("random · supervised", "entropy_with_a_long_name_of_its_own · unisal", "k_center · sequal", "café 🧠 ±1")
EMOJI = "🧠👩‍⚕️ naïve μ-net 中 Ω “x” 5–6 a|b"


def test_text_is_set_as_it_stands():
    assert escape("a_b & 5% $x$ {y} ± [z]") == r"a\_b \& 5\% \$x\$ \{y\} $\pm$ {[}z{]}"
    assert escape("\\input{x}") == r"\textbackslash{}input\{x\}"


def test_a_negative_number_has_a_minus_and_a_word_its_hyphen():
    assert escape("-0.009 ± 0.004") == r"$-$0.009 $\pm$ 0.004"
    assert escape("[-0.1, -2]") == r"{[}$-$0.1, $-$2{]}"
    assert escape("a − b, t-test, run-2, 3-5") == "a $-$ b, t-test, run-2, 3-5"
    assert width("-1") == pytest.approx(7.78 + 5)


def test_nothing_is_left_that_pdflatex_does_not_know():
    """Accents become commands, other letters their names; joiners and variation selectors vanish."""
    assert escape("naïve Å ł ş") == r"na\"{i}ve \AA{} \l{} \c{s}"
    assert escape("🧠") == "(brain)"
    assert escape("👩‍⚕️") == "(woman)(staff of aesculapius)"
    assert escape("μ Ω") == r"$\mu$ $\Omega$"
    for c in (*EMOJI, *map(chr, range(0x20, 0x2500)), "\U0001f600", "\ufeff", "\x00", "\ud800"):
        assert escape(f"x{c}").isascii()


def test_widths_are_those_of_computer_modern():
    """cmr10 as matplotlib has it, an outline of the same metrics; cmb10 is the bold one."""
    regular, bold = FT2Font(str(FONTS / "cmr10.ttf")), FT2Font(str(FONTS / "cmb10.ttf"))
    for c in string.ascii_letters + string.digits + ".,:;()+=/":
        for font, wider in ((regular, 1.0), (bold, BOLD)):
            font.set_size(10, 72)
            advance = font.load_char(ord(c)).linearHoriAdvance / 65536
            assert WIDTH[c] * wider >= advance - 0.07, c
            assert wider > 1 or abs(WIDTH[c] - advance) < 0.07, c


def grid(columns=13, rows=NAMES):
    texts = [f"-0.{k:03d} ± 0.014" for k in range(columns)]
    lines = [(Cell(name), *(Cell(text, k == 1) for k, text in enumerate(texts))) for name in rows]
    return Grid(("Condition", "AUBC − random selection", *(str(20 + 10 * k) for k in range(columns - 1))), tuple(lines))


def tabulars(parts):
    """Columns, heading and rows of every ``tabular``, as cells without nested ones."""
    for part in parts:
        flat = re.sub(
            r"\\begin\{tabular\}\[b\]\{@\{\}r@\{\}\}(.*?)\\end\{tabular\}", lambda m: m[1].replace(r"\\", "/"), part
        )
        for columns, body in re.findall(r"\\begin\{tabular\}\{(.*?)@\{\}\}\n(.*?)\\end\{tabular\}", flat, re.S):
            lines = [line.strip().removesuffix(r" \\") for line in body.splitlines() if line.strip().endswith(r" \\")]
            yield columns, [line.split(" & ") for line in lines]


@pytest.mark.slow
def test_no_table_is_wider_than_the_text_or_higher_than_a_page():
    parts = list(table(grid(rows=NAMES * 20), "A caption. " * 30))
    for part in parts:
        height = sum(len(lines) for _, lines in tabulars([part]))
        assert height <= LINES
    for columns, lines in tabulars(parts):
        assert all(len(line) == columns.count("r") + 1 for line in lines)
        numbers = [max(measured(line[k]) for line in lines) for k in range(1, len(lines[0]))]
        names = float(re.findall(r"p\{([\d.]+)pt\}", columns)[0])
        assert names + sum(SEP + points for points in numbers) <= TEXT_WIDTH


def measured(tex):
    """Points of a cell by the outlines of cmr10 and cmb10; of several lines the longest."""
    bold = tex.startswith(r"\textbf")
    font = FT2Font(str(FONTS / ("cmb10.ttf" if bold else "cmr10.ttf")))
    font.set_size(10, 72)
    plain = tex.removeprefix(r"\textbf{").removesuffix("}" if bold else "").replace(r"$\pm$", "±").replace("$-$", "±")
    lines = [
        sum(7.78 if c == "±" else font.load_char(ord(c)).linearHoriAdvance / 65536 for c in one)
        for one in plain.split("/")
    ]
    return max(lines)


def test_every_cell_is_in_one_part_and_parts_keep_the_number():
    parts = list(table(grid(rows=[f"c{i}" for i in range(90)]), "Said once."))
    heads = [lines[0] for _, lines in tabulars(parts)]
    assert {head[0] for head in heads} == {"Condition"}
    cells = [(line[0], head) for _, lines in tabulars(parts) for line in lines[1:] for head in lines[0][1:]]
    assert len(cells) == len(set(cells)) == 90 * 13
    assert sum("Said once." in part for part in parts) == 1
    assert sum(r"\addtocounter{table}{-1}" in part for part in parts) == len(parts) - 1


def test_a_cell_that_is_wider_than_a_page_is_broken():
    wide = Grid(("Condition", "Better"), ((Cell("x"), Cell("a name of many words " * 10)),))
    assert r"p{" in next(iter(table(wide, "c")))


@pytest.fixture
def report(runs_of):
    """Six conditions with names of all kinds, two seeds, nine budgets."""
    runs = []
    for i, strategy in enumerate(("random", "bald", EMOJI)):
        for learner in ("plain", "a_learner_with_a_long_name"):
            for seed in range(2):
                curve = {n: 0.5 + n / 400 - i / 50 + seed / 100 for n in range(10, 100, 10)}
                runs.append(runs_of(strategy, seed, curve, folder=f"{i}{learner}{seed}", learner={"name": learner}))
    return build(runs)


def test_a_whole_report_is_ascii(report):
    tex = latex(report)
    assert tex.isascii()
    assert "(brain)" in tex
    assert tex.count(r"\begin{table}") == tex.count(r"\end{table}") > 3


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_sets_it_without_a_package_and_nothing_runs_over(report, tmp_path):
    tex = latex(report)
    (tmp_path / "t.tex").write_text(rf"\documentclass{{article}}\begin{{document}}{tex}\end{{document}}")
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "t.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    log = (tmp_path / "t.log").read_text(errors="replace")
    assert "Output" in log or "No pages" in log or "draftmode" in log
    assert not re.findall(r"^! .*|Overfull .hbox.*|Float too large.*|Missing character.*", log, re.M)
