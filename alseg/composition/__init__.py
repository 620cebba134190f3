"""Composition of the config of a command line, and of the objects of a config."""

# Not lazily, as the other rooms do it: both names are modules as well, which would stand in their place.
from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.composition.schema import Budget, Config

__all__ = ["Budget", "Config", "compose", "instantiate"]
