"""Version of alseg, and the commit where it runs out of its repository."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import alseg

FILE = Path(alseg.__file__)
SECONDS = 10


@cache
def commit() -> str:
    """Short digest of the commit, with ``-dirty`` where files have changed since; empty for an installed package.

    A package that is installed below somebody's repository is not part of it, so that repository has to track the file.
    """
    try:
        _git("ls-files", "--error-unmatch", FILE.name)
        return _git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*").strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""


def version() -> str:
    """``0.1.0 (commit 0123456789ab)``."""
    return described(alseg.__version__, commit())


def described(number: str, of: str) -> str:
    """A version with its commit, where there is one."""
    return f"{number} (commit {of})" if of else number


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(FILE.parent), *arguments],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    ).stdout
