"""Labels that a data set brings along: how many more the first round asks for, and what a run says of them."""

from __future__ import annotations

from collections.abc import Iterator

from alseg.composition.schema import Budget
from alseg.data.pool import PoolDataModule
from alseg.errors import ConfigError
from alseg.strategy import Strategy


def first_asked(budget: Budget, cold_start: Strategy, pool: int, given: int) -> int:
    """Number of images, or volumes, that the first round asks for.

    Labels that are there count: only what they lack to ``budget.initial`` is asked for, and nothing by ``cold_start=labelled``.

    Args:
        budget: ``initial``, and the other two.
        cold_start: picks.
        pool: images, or volumes, of the pool.
        given: those of them that have a label.

    Raises:
        ConfigError: if nothing would be labelled.
    """
    if cold_start.asks:
        first = budget.first(pool)
        return first if first < 1 else max(0, first - given)
    if not given:
        raise ConfigError(
            f"cold_start={cold_start.name}: it begins with the labels that the data set brings along, and either no image of the "
            "pool has one or all have (then they are hidden, and asked for); choose cold_start=random, say"
        )
    return 0


def what_is_there(pool: PoolDataModule, cold_start: Strategy, first: int) -> Iterator[str]:
    """Lines on labels that are there, and on what goes without where there are none."""
    dataset, given = pool.dataset, pool.given
    units, all_of_them = dataset.units, dataset.count(pool.split.pool)
    if given:
        more = (
            f"cold_start={cold_start.name} asks for {first} more (cold_start=labelled would for none)"
            if first
            else "no other is asked for in round 0"
        )
        yield (
            f"{dataset.count(given)} of {all_of_them} {units} of the pool have labels already, which are among the first, at no "
            f"cost; {more}"
        )
    elif dataset.has_target is not None:
        yield f"no image of the pool has a label yet: all labels of its {all_of_them} {units} are asked for"
    why = " (none is asked for, or too few groups have a label for each of their images)" if given else ""
    if not pool.split.test:
        yield f"there is no test set{why}: no model is tested, and there are no test/* metrics"
    if not pool.split.val and dataset.has_target is not None:
        yield f"there is no validation set{why}: every training ends with its last weights"
