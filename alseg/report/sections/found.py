"""Find all sections of the report."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from alseg.report import sections
from alseg.report.sections.section import Section


def found_sections() -> tuple[Section, ...]:
    """The ``SECTION`` of every module of `alseg.report.sections` that has one, by their places."""
    names = sorted(module.name for module in pkgutil.iter_modules(sections.__path__))
    modules = [import_module(f"{sections.__name__}.{name}") for name in names]
    found = [module.SECTION for module in modules if isinstance(getattr(module, "SECTION", None), Section)]
    return tuple(sorted(found, key=lambda section: section.place))


def on_the_page() -> tuple[Section, ...]:
    """The same in the order in which the page shows them."""
    return tuple(
        sorted(found_sections(), key=lambda one: one.place if one.place_on_page is None else one.place_on_page)
    )
