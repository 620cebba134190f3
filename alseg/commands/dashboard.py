"""``alseg dashboard``: a workspace and a report on W&B for the runs of a project, or of one sweep."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alseg.errors import AlsegError, ConfigError
from alseg.terminal import say

EPILOG = """examples:
  alseg dashboard --project alseg                        all runs of the project
  alseg dashboard --project alseg --group demo-3f2a      those of one sweep; runs/demo/tracking_group has its name
  alseg dashboard --project alseg --dry-run              print what would be saved, and save nothing"""


def main(arguments: Sequence[str]) -> int:
    """Make and save workspace and report, or print what would be saved."""
    parser = argparse.ArgumentParser(
        prog="alseg dashboard",
        description="A workspace and a report on W&B for the runs of a project, or of one sweep.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--entity", metavar="NAME", help="W&B user or team (default: yours)")
    parser.add_argument("--project", default="alseg", metavar="NAME", help="W&B project (default: alseg)")
    parser.add_argument("--group", metavar="NAME", help="the group of one sweep (default: all runs)")
    parser.add_argument("--definition", type=Path, metavar="FILE", help="of the panels (default: alseg's own)")
    parser.add_argument("--dry-run", action="store_true", help="print what would be saved as JSON, and save nothing")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("wandb_workspaces") is None:
        raise ConfigError("wandb-workspaces is not installed: pip install 'alseg[dashboard]'")
    from alseg.tracking.dashboard import DEFINITION, Place, load, report, specification, workspace

    definition = load(options.definition or DEFINITION)
    entity = options.entity or ("ENTITY" if options.dry_run else _own_entity())
    place = Place(entity, options.project, options.group)
    both: dict[str, Any] = {
        "workspace": workspace(definition, place),
        "report": report(definition, place, look_up=not options.dry_run),
    }
    if options.dry_run:
        json.dump({name: specification(made) for name, made in both.items()}, sys.stdout, indent=2)
        print()
        return 0
    if options.entity:
        _own_entity()  # reports a missing login before anything is saved
    for name, made in both.items():
        try:
            made.save()
        except Exception as error:  # whatever the service finds
            reason = " ".join((str(error) or repr(error)).split())
            raise AlsegError(f"W&B did not take the {name} of {entity}/{options.project}: {reason}") from error
        say(f"{name}: {made.url}")
    return 0


def _own_entity() -> str:
    """W&B entity of the person who is logged in.

    Raises:
        AlsegError: if nobody is logged in, or the service cannot be reached.
    """
    import wandb

    try:
        return str(wandb.Api().default_entity)
    except wandb.errors.UsageError:
        raise AlsegError("not logged in to W&B: wandb login, or set WANDB_API_KEY; --dry-run needs neither") from None
    except Exception as error:  # whatever the service finds
        raise AlsegError(f"W&B: {' '.join((str(error) or repr(error)).split())}") from error
