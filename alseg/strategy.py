"""A query strategy is an acquisition × a selector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from alseg.acquisition.acquisition import Acquisition
from alseg.selection.labelled import Labelled
from alseg.selection.selector import Selector

Space = Literal["learner", "embedding", "map"]
"""Source of the features that images are compared by: trained learner, embedding, or its two-dimensional map."""
SPACES: tuple[str, ...] = get_args(Space)


@dataclass(frozen=True)
class Strategy:
    """Choice of the next images: an acquisition that scores them and a selector that picks.

    Args:
        name: what reports call it.
        selector: picks the ids.
        acquisition: scores the unlabelled pool; None where the selector looks at features alone, or at nothing.
        space: whose features the selector looks at: those of the trained ``learner``, of the ``embedding``, or of the
            two-dimensional ``map`` of that.

    Raises:
        ValueError: if there is no such space, the three do not fit together, or what sees the hidden labels does not say so
            in its name.
    """

    name: str
    selector: Selector
    acquisition: Acquisition | None = None
    space: Space = "learner"

    def __post_init__(self) -> None:
        if self.space not in SPACES:
            raise ValueError(f"space={self.space}: choose learner, embedding or map")
        if self.space != "learner" and "features" not in self.selector.needs:
            raise ValueError(
                f"space={self.space}: it has no effect, for the selector {type(self.selector).__name__} compares no images; "
                "leave it out"
            )
        if self.selector.needs & {"scores", "class_scores"} and self.acquisition is None:
            raise ValueError(
                f"acquisition=null: the selector {type(self.selector).__name__} ranks scores; choose an acquisition"
            )

        if self.needs_truth != self.name.startswith("oracle_"):
            raise ValueError(
                f"name={self.name}: what sees the hidden labels is called oracle_..., so that nobody takes it for a strategy, "
                "and nothing else is"
            )

    @property
    def needs_truth(self) -> bool:
        """True if the selector sees the hidden labels: a ceiling, no strategy."""
        return "truth" in self.selector.needs

    @property
    def asks(self) -> bool:
        """False if it picks nothing: a cold start from the labels that the data set brings along."""
        return not isinstance(self.selector, Labelled)

    @property
    def needs_learner_features(self) -> bool:
        """True if the selector compares images by features of the trained learner."""
        return "features" in self.selector.needs and self.space == "learner"

    @property
    def needs_embedding(self) -> bool:
        """True if the selector compares images in the embedding, or on its map."""
        return "features" in self.selector.needs and self.space != "learner"

    @property
    def needs_probabilities(self) -> bool:
        """True if the selector needs the class probabilities of whole images."""
        return "probabilities" in self.selector.needs

    @property
    def needs_class_scores(self) -> bool:
        """True if the selector needs a score for each class."""
        return "class_scores" in self.selector.needs

    @property
    def compares_members(self) -> bool:
        """True if the scores are of the disagreement of a learner's members, as its ``for_query`` has them."""
        return self.acquisition is not None and self.acquisition.min_members > 1 and not self.compares_rounds

    @property
    def compares_rounds(self) -> bool:
        """True if the pool must be scanned with the model of the round before the last, too."""
        return self.acquisition is not None and self.acquisition.compares_rounds

    @property
    def needs_model(self) -> bool:
        """True if the pool must be scanned with a trained model first."""
        return self.needs_learner_features or self.needs_probabilities or self.acquisition is not None
