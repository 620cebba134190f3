"""What MkDocs calls: the pages come from all of the repository, and those that code makes are added."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docs.build_site.formulas import with_mathml
from docs.build_site.generated import generated
from docs.build_site.navigation import filled
from docs.build_site.notebooks import PLACE
from docs.build_site.sources import ROOT, address, sources

made = cache(generated)
"""Once for a process: `make docs-serve` builds again with every change of a page."""
NOTEBOOK = re.compile(r"(\]\([^)#:\s]+)\.ipynb(?=[)#])")
"""Link to a notebook, which in the repository is one to its file."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the parts of the navigation whose pages are made."""
    config.nav = filled(config.nav or [], made())
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace the files of ``docs_dir`` by all that the site shows, each under its place in the repository."""
    found = [file for file in files if Path(file.src_dir or "").resolve() != Path(config.docs_dir).resolve()]
    found += [File(source, str(ROOT), config.site_dir, True, dest_uri=address(source)) for source in sources()]
    for source, content in made().items():
        if is_raw(source):
            continue
        file = File.generated(config, source, content=content)
        file.dest_uri = address(source)
        found.append(file)
    return Files(found)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Lead from notebook to notebook by their pages."""
    return NOTEBOOK.sub(r"\1.md", markdown)


def is_raw(source: str) -> bool:
    """True of Markdown that a notebook has made and its page links to: a file, and no page of the site."""
    return source.startswith(f"{PLACE}/") and source.endswith(".md") and "/" in source.removeprefix(f"{PLACE}/")


def on_post_build(config: MkDocsConfig) -> None:
    """Write what is no page of the site as it is."""
    for source, content in made().items():
        if is_raw(source):
            raw = content if isinstance(content, bytes) else content.encode()
            (Path(config.site_dir) / source.removeprefix("docs/")).write_bytes(raw)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Set the formulas."""
    return with_mathml(html)
