"""``alseg run --help``: flags, groups, and every setting with its comment."""

from __future__ import annotations

from collections.abc import Sequence

from alseg.commands.explain import groups
from alseg.commands.settings_text import choice_lines, setting_lines
from alseg.composition.explained import explain, summaries

HEAD = """alseg run [SETTING ...]: one active-learning run; with -m a sweep of them, over the values parted by commas.

  alseg run strategy=margin budget=low                     one run; the same command goes on, or tells that it is done
  alseg run -m strategy=random,entropy seed=0,1,2          six runs
  alseg run data=folder data.root=FOLDER                   on images of your own; alseg data check FOLDER first
  alseg run --proceed [SETTING ...]                        a round that waits for people goes on with what is there
  alseg run budget.rounds=8 [SETTING ...]                  a run that was done with fewer rounds goes on
  alseg run --cfg job [SETTING ...]                        the config as composed, and nothing is run
  alseg explain KEY                                        one setting, or the choices of a group
  alseg run --hydra-help                                   flags of Hydra, such as --config-dir, and tab completion"""


def help_text(settings: Sequence[str]) -> str:
    """The help for a command line, with its settings.

    Raises:
        HydraException, OmegaConfBaseException: if there is no such config.
    """
    explained = explain(settings)
    choices = choice_lines({name: ", ".join(summaries(name)) for name in groups()}, [])
    return "\n".join(
        [HEAD, "", "Choices: GROUP=CHOICE", *choices, "", "Settings: KEY.KEY=VALUE", *setting_lines(explained)]
    )
