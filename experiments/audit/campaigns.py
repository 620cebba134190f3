"""Simulated campaigns with an audit, on fully labelled data sets: what it estimates beside what is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg import randomness
from alseg.metrics.audit_rounds import as_it_was, picks_against_drawn, window
from alseg.metrics.contributions import Contributions, metric_of, of_classes, of_overlap, stacked
from alseg.metrics.pool_estimate import AuditedPool, pool_estimate
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.networks.heads import statistics
from alseg.selection.audited import NOTE, Audited
from alseg.selection.volumes import select
from alseg.simulation.fitting import fitted, over
from alseg.simulation.rounds import Scan, check
from alseg.simulation.setting import Setting
from alseg.simulation.world import World
from alseg.strategy import Strategy

LEAST = 20
"""Drawn units that the running estimate goes back for."""
SIZES, TIMES = (5, 10, 20, 40, 80, 160), 20
"""Numbers of drawn units, and draws of each, for how many labels an interval takes."""


@dataclass
class Campaign:
    """One seed: its world, and the audits so far.

    Args:
        world: what is labelled.
        share: of every query that is drawn.
        whole: whether whole groups are asked for, as volumes are.
    """

    world: World
    share: float
    whole: bool = False
    pools: dict[str, list[AuditedPool]] = field(default_factory=dict)
    left: dict[str, list[Contributions]] = field(default_factory=dict)
    """All that was unlabelled at each audit: what an estimate is compared with."""

    def ask(
        self, strategy: Strategy, n: int, scan: Scan, round_: int, parts: Mapping[str, Contributions]
    ) -> dict[str, Any]:
        """Make a query, and audit the model on its answers before they are labels.

        Args:
            strategy: picks.
            n: images, or groups.
            scan: what the model says of the pool.
            round_: of the query.
            parts: contributions of all images, by metric.
        """
        world = self.world
        candidates, groups = scan.candidates(round_), world.setting.frozen.dataset.groups
        of = (
            {id_: groups[world.row[id_]] for id_ in (*candidates.ids, *candidates.labelled_ids)} if self.whole else None
        )
        rng = randomness.generator(world.seed, round_, "query")
        ids = select(Audited(strategy.selector, self.share), candidates, n, rng, of)
        note = candidates.notes[NOTE]
        drawn = {*note["ids"]}
        rows = [world.rows(some) for some in ([i for i in ids if i not in drawn], note["ids"], candidates.ids)]
        line: dict[str, Any] = {}
        for name, each in parts.items():
            picks, random, left = (self._units(each, some) for some in rows)
            self.pools.setdefault(name, []).append(AuditedPool(picks, random, note["rest"]))
            self.left.setdefault(name, []).append(left)
            line |= {f"{name}/{key}": value for key, value in self._line(name).items()}
        world.labelled += ids
        return line

    def _units(self, each: Contributions, rows: NDArray[np.intp]) -> Contributions:
        if not self.whole or not len(rows):
            return each.take(rows)
        groups = np.array(self.world.setting.frozen.dataset.groups)[rows]
        names, of = np.unique(groups, return_inverse=True)
        return each.take(rows).summed(of, len(names))

    def _line(self, name: str) -> dict[str, float]:
        """Estimates and truths after the last query."""
        pools, left = self.pools[name], self.left[name]
        then = as_it_was(pools)
        removed = [part for one in pools[:-1] for part in (one.known, one.drawn)]
        recent = window(pools, LEAST)
        some, n = left[-len(recent) :], [len(one.drawn) for one in recent]
        estimates = {
            "now": (pool_estimate(pools[-1:]), metric_of(left[-1])),
            "running": (pool_estimate(recent), mixed(some, n)),
            "as_it_was": (pool_estimate(then[-1:]), metric_of(stacked([*removed, left[-1]]))),
        }
        line: dict[str, float] = {}
        for kind, (found, true) in estimates.items():
            line |= {f"{kind}/true": true, f"{kind}/value": found.value, f"{kind}/low": found.low}
            line |= {f"{kind}/high": found.high, f"{kind}/drawn": found.drawn}
        naive = stacked([pools[-1].known, pools[-1].drawn])
        apart = picks_against_drawn(pools)
        return line | {
            "naive": metric_of(naive),
            "difference": apart.value,
            "difference/low": apart.low,
            "difference/high": apart.high,
        }

    def redrawn(self, name: str, sizes: Sequence[int], times: int) -> Iterator[dict[str, Any]]:
        """Draw the last audit anew, with other numbers of units: how wide the interval is, and whether it holds the truth."""
        pool, left = self.pools[name][-1], self.left[name][-1]
        asked = self.world.labelled
        rng = randomness.generator(self.world.seed, len(asked), "redraw")
        rest = _without(left, pool.known)
        for n in (size for size in sizes if size < len(rest)):
            found = [
                pool_estimate([AuditedPool(pool.known, rest.take(rng.choice(len(rest), n, replace=False)), len(rest))])
                for _ in range(times)
            ]
            true = metric_of(left)
            held = [one.low <= true <= one.high for one in found]
            width = [one.high - one.low for one in found]
            off = [one.value - true for one in found]
            yield {"drawn": n, "held": np.mean(held), "width": np.mean(width), "bias": np.mean(off)}


def _without(left: Contributions, known: Contributions) -> Contributions:
    """What is left but the picks, each of which takes one equal unit away."""
    rows, gone = np.hstack([left.over, left.under, left.shown]), np.zeros(len(left), dtype=bool)
    for one in np.hstack([known.over, known.under, known.shown]):
        gone[np.flatnonzero(~gone & np.all(rows == one, axis=1))[0]] = True
    return left.take(~gone)


def mixed(some: Sequence[Contributions], weights: Sequence[int]) -> float:
    """The metric of several pools, each pool's totals per unit weighted."""
    scaled = [
        Contributions(*(w * part.mean(axis=0, keepdims=True) for part in (one.over, one.under, one.shown)))
        for one, w in zip(some, weights)
    ]
    return metric_of(stacked(scaled))


def campaigns(
    setting: Setting,
    strategy: Strategy,
    seeds: Sequence[int],
    share: float,
    whole: bool = False,
    redraws: list[dict[str, Any]] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield a line per seed and audited model: estimates, truths, and the metric on the test set.

    Args:
        setting: data and budget; with ``whole``, ``query`` counts groups, and ``initial`` images.
        strategy: picks what is not drawn.
        seeds: one world each, all at once.
        share: of every query that is drawn.
        whole: whether whole groups are asked for.
        redraws: is added to: what other draws of the last audit give.
    """
    check(setting, strategy)
    standard = statistics(setting.frozen.matrix) if setting.standardised else None
    some = [Campaign(World(setting, seed), share, whole) for seed in seeds]
    for one in some:
        one.world.start()
    for round_ in range(setting.rounds - 1):
        for one, heads in zip(some, _heads(setting, some, round_, standard)):
            scan, parts = _seen(one.world, strategy, heads)
            line = one.ask(strategy, setting.query, scan, round_ + 1, parts)
            test = {name: value for name, value in scan.metrics().items() if name.removeprefix("test/") in parts}
            labels = len(one.world.labelled)
            yield {"seed": one.world.seed, "model": round_, "labels_after": labels, **test, **line}
    if redraws is not None:
        redraws.extend(
            {"seed": one.world.seed, "metric": name, **each}
            for one in some
            for name in one.pools
            for each in one.redrawn(name, SIZES, TIMES)
        )


def _heads(setting: Setting, some: Sequence[Campaign], round_: int, standard: Any) -> Iterator[Any]:
    """Heads of each world: fitted together where they have as many labels, else one by one."""
    worlds = [one.world for one in some]
    if len({len(world.labelled) for world in worlds}) == 1:
        heads = fitted(setting, worlds, round_, standard)
        blocks = [(images, logits) for images, logits in over(setting, heads)]
        for place in range(len(worlds)):
            yield [(images, logits[place]) for images, logits in blocks]
        return
    for world in worlds:
        heads = fitted(setting, [world], round_, standard)
        yield [(images, logits[0]) for images, logits in over(setting, heads)]


def _seen(
    world: World, strategy: Strategy, blocks: Sequence[tuple[NDArray[np.intp], Tensor]]
) -> tuple[Scan, dict[str, Contributions]]:
    """What the heads of a world say: scan of its pool, and contributions of every image to each metric."""
    scan, dataset, found = Scan(world, strategy), world.setting.frozen.dataset, []
    for images, logits in blocks:
        scan.see(images, logits)
        final = logits.log_softmax(dim=2).logsumexp(dim=0).argmax(dim=1)
        if dataset.task == "classification":
            found.append(final.numpy())
            continue
        meter = SegmentationMetrics(dataset.classes, dataset.unit, distances=False)
        meter.update(final, torch.from_numpy(world.targets[images]), torch.ones(len(images), 2))
        found.append(meter.dice[-1].double().numpy())
    values = np.concatenate(found)
    if dataset.task == "segmentation":
        return scan, {"dice": of_overlap(values)["dice"]}
    parts = of_classes(values, world.targets, len(dataset.classes))
    return scan, {name: parts[name] for name in ("accuracy", "balanced_accuracy")}
