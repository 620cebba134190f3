"""Allocation of picks to clusters, by largest remainder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.errors import QueryError


def largest_remainder(sizes: NDArray[np.intp], room: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """Share ``total`` in proportion to ``sizes``: whole numbers, by largest remainder, never more than there is room.

    Each share is the quota total · size / sum of sizes, rounded down (or the room, if that is less). What is left is
    given out one by one, each time to the share with room that lies farthest below its quota; of equals, to the larger
    cluster, then to the first. All of it is arithmetic in whole numbers, so no rounding decides.

    Args:
        sizes: ``(k,)`` not negative, not all 0 where something is to be shared.
        room: ``(k,)`` the most that each can take.
        total: to be shared, at most the sum of the room.

    Returns:
        ``(k,)`` shares whose sum is ``total``.

    Raises:
        QueryError: if there is not enough room.

    Source: the method of Hamilton, as Levy et al., arXiv 2601.18532, 2026 use it.
    """
    if not 0 <= total <= room.sum():
        raise QueryError(f"allocation: {total} cannot be shared among clusters with room for {room.sum()}")
    whole = max(int(sizes.sum()), 1)
    quotas = total * sizes.astype(np.int64)  # in units of 1 / whole
    shares = np.minimum(quotas // whole, room)
    behind = quotas - shares * whole
    for _ in range(total - int(shares.sum())):
        open_ = np.flatnonzero(shares < room)
        best = open_[np.lexsort((-sizes[open_], -behind[open_]))[0]]
        shares[best] += 1
        behind[best] -= whole
    return shares.astype(np.intp)
