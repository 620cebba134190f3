"""A setting: the kind of its value, and its node in the config."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, ListConfig, StringNode, ValueNode

from alseg.composition import setting_types


@dataclass(frozen=True)
class Setting:
    """A place in a config.

    Args:
        annotation: of its value, by `alseg.composition.schema`, or by what is called with it; Any where neither says.
        node: what a composed config holds there, with the ``_target_`` that is called with the settings below.
    """

    annotation: Any
    node: Any = None

    @property
    def is_text(self) -> bool:
        """True if a single value is text."""
        return setting_types.is_text(self.annotation)

    @property
    def is_path(self) -> bool:
        """True if a single value is a path."""
        return setting_types.is_path(self.annotation)

    @property
    def is_optional(self) -> bool:
        """True if null is a value of its own."""
        return setting_types.is_optional(self.annotation)

    @property
    def is_set(self) -> bool:
        """True if the config holds a value there."""
        return self.node is not None and not (isinstance(self.node, DictConfig | ListConfig) and self.node._is_none())

    @property
    def takes_entries(self) -> bool:
        """True if it is a mapping with names that the user chooses."""
        return setting_types.entries(self.annotation) is not None

    @property
    def item(self) -> Setting | None:
        """Setting of each item of a list; None if a list is no value."""
        of = setting_types.items(self.annotation)
        return None if of is None else Setting(of)

    def entry(self, name: str) -> Setting:
        """The setting of this name below."""
        child = self._child(name)
        if dataclasses.is_dataclass(self.annotation) and isinstance(self.annotation, type):
            return Setting(setting_types.fields(self.annotation).get(name, Any), child)
        if (entry := setting_types.entries(self.annotation)) is not None:
            return Setting(entry, child)
        if isinstance(child, StringNode):  # declared as text, by Hydra
            return Setting(str | None if child._metadata.optional else str, child)
        if _is_number(child) or name == "_target_":  # so that nothing is imported for its sake
            return Setting(Any, child)
        label = str if name == "name" and isinstance(self.node, DictConfig) else Any  # what reports call an object
        return Setting(self._arguments().get(name, label), child)

    def _child(self, name: str) -> Any:
        if not isinstance(self.node, DictConfig) or self.node._is_none() or self.node._is_missing():
            return None
        return self.node._get_node(name, validate_access=False)

    def _arguments(self) -> Mapping[str, Any]:
        target = self._child("_target_")
        if target is None:
            return {}
        try:
            return setting_types.parameters(get_object(str(target)))
        except Exception:  # what cannot be imported is told when it is to be called
            return {}


def _is_number(node: Any) -> bool:
    if isinstance(node, ListConfig) and not node._is_none() and not node._is_missing():
        return len(node) > 0 and all(_is_number(node._get_node(index)) for index in range(len(node)))
    return isinstance(node, ValueNode) and isinstance(node._value(), bool | int | float)
