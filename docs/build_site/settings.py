"""Pages of all settings: those of a run as it stands, and those of every choice of the groups that have no page of their own."""

from __future__ import annotations

from alseg.commands.explain import groups
from alseg.composition import paths
from alseg.composition.comments import read_comments
from alseg.composition.explained import explain
from docs.build_site.choice import Choice, flat, names, read_choice
from docs.build_site.markdown import settings_table
from docs.build_site.methods import GROUPS

HEAD = """# All settings of a run

All settings of `alseg run` as they stand without any choice, each with the comment of its file. `alseg run --help` lists the
same, and `alseg explain KEY` tells of one for a command line of yours.
"""


def pages() -> dict[str, str]:
    """The page of a run's settings, and one for each group without a page for each choice."""
    found = {"docs/reference/settings/run.md": run_page()}
    for group in groups():
        if group not in GROUPS:
            found[f"docs/reference/settings/{group.replace('/', '_')}.md"] = group_page(group)
    return found


def run_page() -> str:
    """Markdown of all settings as they stand, in parts by their first key."""
    explained = explain()
    settings = list(flat(explained.config, "", explained.comments))
    parts: dict[str, list[tuple[str, str, str]]] = {}
    for setting in settings:
        first, dot, _ = setting[0].partition(".")
        parts.setdefault(first if dot else "", []).append(setting)
    blocks = [f"## {part or 'Of the run'}\n\n{settings_table(found)}" for part, found in parts.items()]
    return "\n\n".join([HEAD, *blocks]) + "\n"


def group_page(group: str) -> str:
    """Markdown of the choices of a group."""
    blocks = [f"# {group}=", f"`alseg explain {group.replace('/', '.')}` tells of the choices on the command line."]
    return "\n\n".join([*blocks, *(_choice(group, name) for name in names(group))]) + "\n"


def _choice(group: str, name: str) -> str:
    path = paths.conf() / group / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    heading = read_comments(text).heading
    if "@package" in text or "override " in text or group == "callbacks":  # it sets what lies in other groups
        return f"## {name}\n\n{_said(heading)}\n\n```yaml\n{text.rstrip()}\n```"
    choice: Choice = read_choice(group, name)
    return f"## {name}\n\n{_said(choice.heading)}\n\n{settings_table(choice.settings())}"


def _said(heading: str) -> str:
    return "" if heading.startswith("@package") else heading
