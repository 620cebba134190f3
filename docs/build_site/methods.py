"""Pages of strategies, cold starts, learners and oracles."""

from __future__ import annotations

from collections.abc import Iterator

from docs.build_site import costs, made, needs
from docs.build_site.choice import Choice, names, read_choice
from docs.build_site.docstrings import described
from docs.build_site.figures.marks import image, marks
from docs.build_site.figures.members import members
from docs.build_site.figures.picks import picks
from docs.build_site.figures.tiles import tiles, tissue
from docs.build_site.kept import kept
from docs.build_site.markdown import settings_table

GROUPS = {"strategy": "Strategies", "cold_start": "Cold starts", "learner": "Learners", "oracle": "Oracles"}
"""Groups whose choices have a page each, and what they are called together."""
NO_PICTURE = {
    ("cold_start", "labelled"): "it picks nothing",
    ("oracle", "column"): "answers lie in files",
    ("oracle", "folder"): "answers lie in files",
    ("oracle", "label_studio"): "people answer",
    ("learner", "sequal_once"): "that of sequal would be it",
    ("learner", "sequal_unrefined"): "that of sequal would be it",
}
"""Choices of which there is nothing to draw, and why."""
OF_CLASSES: dict[tuple[str, str], dict[str, object]] = {("oracle", "confused"): {"wrong": 0.3}}
"""Oracles that answer classes, and settings by which a picture of few images shows what they do."""
SKETCH = "Ten picks, numbered in their order, among 300 points in the plane{}. A sketch of the rule, no result."
PICKS = SKETCH.format(
    ". Crosses are labelled: two logistic regressions learnt from them, and scores are of their predictions"
)
COLD = SKETCH.format(", of which nothing is known")
MARKS = (
    "A generated carotid wall: the truth, and what the oracle answers. Orange is wall, blue is what nobody looked at."
)
TILES = "Generated tiles, and what the oracle calls them with `{}`; in orange what is wrong, with the truth below."
SHORT = "{} that it has not seen, after a short training on {} labels{}. A sketch, no result."
WALLS = SHORT.format(
    "Generated carotid walls", 8, ": the truth in orange, the probability of the wall, and where its members differ"
)
TISSUE = SHORT.format(
    "Generated tiles", 40, ": the probability of each class, in orange of the true one; dots are its members"
)


def place(group: str, name: str) -> str:
    """Place of a page."""
    return f"docs/methods/{group}/{name}.md"


def listed() -> list[tuple[str, str]]:
    """Group and name of every choice that has a page."""
    return [(group, name) for group in GROUPS for name in names(group)]


def page(group: str, name: str) -> str:
    """Markdown of a choice: what it is, when to use it, what it needs and costs, formula and source of its parts, its settings."""
    choice = read_choice(group, name)
    blocks = [f"# {name}", choice.about, f"```sh\nalseg run {group}={name}\n```"]
    if choice.when:
        blocks.append(f"**When to use it**: {choice.when}")
    blocks.append(_needed(group, name))
    if has_picture(group, name):
        blocks.append(f"![What `{name}` does]({name}.png){{ .picks }}\n\n*{_caption(group, name)}*")
    blocks += [_cost(group, name), *_parts(choice), "## Settings", settings_table(choice.settings())]
    return "\n\n".join(block for block in blocks if block) + "\n"


def picture(group: str, name: str) -> bytes:
    """PNG of what a choice does."""
    if (group, name) in OF_CLASSES:
        return tiles(made.oracle(name, tissue(), **OF_CLASSES[group, name]))
    if group == "learner":
        return kept(f"learner_{name}", "", lambda: {"picture.png": members(name)})["picture.png"]
    if group == "oracle":
        return marks(made.oracle(name, image()))
    return picks(made.strategy(group, name), cold=group == "cold_start")


def has_picture(group: str, name: str) -> bool:
    """False where a figure would say nothing."""
    return (group, name) not in NO_PICTURE


def _caption(group: str, name: str) -> str:
    if (group, name) in OF_CLASSES:
        return TILES.format(" ".join(f"{group}.{key}={value}" for key, value in OF_CLASSES[group, name].items()))
    if group == "learner":
        return WALLS if "segmentation" in made.learner(name).tasks else TISSUE
    return {"strategy": PICKS, "cold_start": COLD, "oracle": MARKS}[group]


def _needed(group: str, name: str) -> str:
    if group in ("strategy", "cold_start"):
        lines = needs.of_strategy(made.strategy(group, name), made.learners)
    elif group == "learner":
        lines = needs.of_learner(made.learner(name))
    else:
        return ""
    return f"{'It is for' if group == 'learner' else 'It needs'}\n\n" + "\n".join(f"- {line}" for line in lines)


def _cost(group: str, name: str) -> str:
    if group == "oracle":
        return ""
    lines = costs.of_learner(name) if group == "learner" else costs.of_strategy(made.strategy(group, name))
    shown = "\n".join(f"- {line}" for line in lines)
    return shown and f"It costs\n\n{shown}"


def _parts(choice: Choice) -> Iterator[str]:
    """What each object of the choice is; the strategy that holds the others together is said elsewhere."""
    for target in choice.targets:
        text = described(target)
        if target != "alseg.strategy.Strategy" and text:
            yield f"## {target.rpartition('.')[2]}\n\n{text}\n\n`{target}`"
