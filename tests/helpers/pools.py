"""A pool of a small data set."""

from alseg.data.pool import PoolDataModule
from alseg.data.split import Split


def make_pool(dataset, steps=6, batch_size=4, seed=0) -> PoolDataModule:
    ids = dataset.ids
    return PoolDataModule(
        dataset,
        Split(ids[:16], ids[16:18], ids[18:]),
        seed=seed,
        steps=steps,
        batch_size=batch_size,
        unlabelled_batch_size=3,
        eval_batch_size=5,
    )
