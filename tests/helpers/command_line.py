"""The command line within this process."""

from alseg.cli import main


def run(*arguments: str) -> int:
    """``alseg run`` in this process."""
    try:
        return main(["run", *arguments])
    except SystemExit as stop:
        return int(stop.code or 0)
