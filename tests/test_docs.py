"""Every command of the documentation works as it is written: in a shell, and for the program it calls."""

import argparse
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser

from alseg.cli import main
from alseg.commands.run_arguments import read_arguments
from alseg.composition.composing import composed
from alseg.sweeps import launchers
from docs.build_site.cells import cells

HERE = Path(__file__).resolve().parents[1]
PAGES = [
    *(HERE / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((HERE / "docs").rglob("*.md")),
    *sorted((HERE / "docs" / "tutorials").glob("*.ipynb")),
    *sorted((HERE / "experiments").rglob("*.md")),
]


def text_of(page: Path) -> str:
    """Markdown of a page; of a notebook its text and its commands, those in strings of Python too."""
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    found = []
    for cell in cells(page):
        called = [cell.source] if cell.kind == "shell" else re.findall(r'"""\n(alseg .*?)"""', cell.source, re.S)
        found += [cell.source] if cell.kind == "markdown" else [f"```sh\n{command}\n```" for command in called]
    return "\n\n".join(found)


def blocks(page: Path) -> list[str]:
    """What stands between fences, as commands for a shell."""
    return re.findall(r"^```sh\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    """Page and line of every call of alseg, in a block or in the text."""
    found = []
    for page in PAGES:
        lines = [line for block in blocks(page) for line in block.replace("\\\n", " ").splitlines()]
        prose = re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
        spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
        # "alseg report" and "alseg data check" are names, and no commands
        lines += [span for span in spans if span.count(" ") > 1 and not re.fullmatch(r"alseg data [a-z]+", span)]
        name = str(page.relative_to(HERE))
        found += [(name, line) for line in lines if re.match(r"(\.venv/bin/)?alseg [a-z]+( |$)", line)]
    return found


def words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


def test_there_are_commands_in_blocks_that_say_so():
    for page in PAGES:
        unnamed = re.findall(r"^```\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)
        assert not [block for block in unnamed if re.match(r"(\S*/)?(alseg|make|pip) ", block)], page
    assert len(commands()) > 40


def test_every_block_is_what_a_shell_takes():
    for page in PAGES:
        for block in blocks(page):
            result = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
            assert not result.stderr, f"{page}: {result.stderr}"


def test_no_shell_makes_something_else_of_a_word():
    """bash takes braces with commas apart, zsh refuses whatever looks like the pattern of a file name."""
    lines = [line for _, line in commands()]
    script = "".join(f"printf '%s\\0' {line}\nprintf '\\n'\n" for line in lines)
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    assert [line.split("\0")[:-1] for line in shown.splitlines()] == [words(line) for line in lines]
    for line in lines:
        bare = re.sub(r"'[^']*'|\"[^\"]*\"|#.*", "", line)
        assert not set("*?[]()") & set(bare), line


RUNS = sorted({line for _, line in commands() if words(line)[1] == "run"})


@pytest.mark.slow
@pytest.mark.parametrize("line", RUNS)
def test_every_run_composes(line, monkeypatch, tmp_path):
    monkeypatch.setattr(launchers.shutil, "which", lambda program: program)
    typed = read_arguments([word.replace("=NAME", "=entropy") for word in words(line)[2:]])
    launchers.check_launcher(typed.settings)
    overrides = OverridesParser.create().parse_overrides(list(typed.settings))
    (jobs,) = BasicSweeper.split_arguments(overrides, None)
    assert len(jobs) == 1 or "-m" in typed.flags or "--multirun" in typed.flags
    places = []
    if "--config-dir" in typed.flags:  # of the project that the command before has made
        monkeypatch.chdir(tmp_path)
        assert main(["init", "my_pieces"]) == 0
        places = [f"hydra.searchpath=[file://{tmp_path}/my_pieces/my_pieces/conf]"]
    for job in {tuple(jobs[0]), tuple(jobs[-1])}:
        assert composed([*job, *places]).name


class Parsed(Exception):
    """The arguments were understood."""


OTHERS = sorted({line for _, line in commands() if words(line)[1] != "run"})


@pytest.mark.parametrize("line", OTHERS)
def test_every_other_command_understands_its_arguments(line, monkeypatch):
    for name in ("parse_args", "parse_intermixed_args"):
        parse = getattr(argparse.ArgumentParser, name)

        def parsed(self, *arguments, parse=parse):
            raise Parsed(parse(self, *arguments))

        monkeypatch.setattr(argparse.ArgumentParser, name, parsed)
    with pytest.raises(Parsed):
        main(words(line)[1:])
