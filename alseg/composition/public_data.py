"""Choices ``data=NAME`` of the public data sets, made of their descriptions: conf/data holds no file of them."""

from __future__ import annotations

from hydra.core.config_store import ConfigStore

from alseg.data.public.registry import datasets


def register() -> None:
    """Make the public data sets known to Hydra, as conf/data/base/public.yaml with what each of them sets."""
    store = ConfigStore.instance()
    for name, dataset in datasets().items():
        node = {"defaults": ["base/public@_here_", "_self_"], "name": name, **dataset.settings}
        store.store(group="data", name=name, node=node)
