"""The ``alseg`` command.

Commands are imported only when they are called: ``alseg --help`` answers at once.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence

from alseg.errors import AlsegError, of_disk
from alseg.termination import Terminated, signals_raise

COMMANDS = {
    "run": "run one active-learning experiment, or with -m a sweep of them",
    "explain": "what a setting of alseg run is for, its value and its choices",
    "status": "where a run stands, what it waits for, and what to do next",
    "rewind": "a run goes back to the end of an earlier round",
    "report": "tables, figures and a page from run folders",
    "power": "how many seeds a sweep needs to find a difference, from pilot runs or a spread",
    "predict": "masks or class probabilities of images, by the last model of a run",
    "export": "what was labelled, for other programs; or the last model, as ONNX or safetensors",
    "map": "a page that shows what is near what, and what was picked, for a run or a data set",
    "dashboard": "a workspace and a report on W&B for the runs of a project",
    "reproduce": "run the sweeps of a paper, and set our numbers beside its own",
    "init": "make a small project of your own, with a strategy, a learner and their test",
    "data": "get a public data set, convert your own volumes, or look at a data set",
}

USAGE = "usage: alseg COMMAND ...\n\n" + "\n".join(f"  {name:9} {help_}" for name, help_ in COMMANDS.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 if it went well (also where people are awaited), 1 if a run failed, a sweep was ended with runs left or an image could
        not be predicted, 2 if the input was bad, 3 if ``alseg status --watch`` has nothing to wait for, 130 after Ctrl-C, 143
        after SIGTERM, 129 if the terminal was closed, 141 if nobody read the output to
        its end.
    """
    command, *rest = [*(sys.argv[1:] if arguments is None else arguments)] or ["--help"]
    if (odd := _not_utf8([command, *rest])) is not None:
        print(f"alseg: {odd!r}: it is not UTF-8, as file names and settings must be", file=sys.stderr)
        return 2
    if command not in COMMANDS and command not in ("-h", "--help", "--version"):
        print(f"alseg: there is no command {command!r}\n{USAGE}", file=sys.stderr)
        return 2
    with signals_raise():
        try:
            return _answer(command, rest)
        except AlsegError as error:
            print(f"alseg {command}: {error}", file=sys.stderr)
            return 2
        except BrokenPipeError:  # whoever read the output, as `| head`, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 128 + signal.SIGPIPE
        except Exception as error:
            fault = of_disk(error) or error
            if not isinstance(fault, OSError) or not (fault.filename or of_disk(fault)):
                raise
            where = f"{fault.filename}: " if fault.filename else ""
            print(f"alseg {command}: {where}{fault.strerror}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            _say_interrupted(command, "interrupted")
            return 130
        except Terminated as end:
            _say_interrupted(command, str(end))
            return end.exit_code


def _answer(command: str, rest: Sequence[str]) -> int:
    if command in COMMANDS:
        code: int = importlib.import_module(f"alseg.commands.{command}").main(rest)
        return code
    if command == "--version":
        from alseg import __version__

        print(__version__, flush=True)
    else:
        print(f"{USAGE}\n\nalseg COMMAND --help tells more of each.", flush=True)
    return 0


def _not_utf8(words: Sequence[str]) -> str | None:
    """The first word with bytes that are no UTF-8, which Python hands on as surrogates that no file can be written with."""
    return next((word for word in words if any("\ud800" <= character <= "\udfff" for character in word)), None)


def _say_interrupted(command: str, how: str) -> None:
    print(
        f"alseg {command}: {how}; the same command goes on or, where nothing was kept, starts anew",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
