"""What an installation of alseg consists of: ``python -m benchmarks.dependencies``.

Every package that alseg's requirements bring into this environment, with version, licence and size, in sum with PyTorch apart.
``--licences docs/licences.md`` writes the page of the licences. It takes an environment that holds alseg and what it needs; what
else is installed there does not count.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MB = 1e6
PYTORCH = re.compile(r"torch|triton|nvidia-.*|cuda-.*")
"""PyTorch with CUDA: no choice of alseg's, and four fifths of the size."""

KINDS = {
    "copyleft": r"(?<!L)(?<!lesser )A?GPL|GNU (Affero )?General Public",
    "weak copyleft": r"LGPL|MPL|Mozilla|EPL|Eclipse|CDDL|Lesser General",
    "proprietary": r"proprietary|NVIDIA",
    "permissive": r"MIT|BSD|Apache|ISC|PSF|Python|HPND|Zlib|Unlicense|CC0|0BSD|PIL|MIT-CMU|WTFPL",
}
"""Kinds of licences and what they are known by, in the order in which they are looked for."""

HEAD = """# Licences

alseg is under Apache-2.0. What a plain `pip install` of it brings along, by the licences that the packages state themselves; made
by `python -m benchmarks.dependencies --licences docs/licences.md`{when}. Nothing of it is part of alseg's own distributions.
A package may hold code under further licences; its own metadata and its folder `*.dist-info` are what counts.

{summary}

| package | version | licence | kind |
|---|---|---|---|
"""


def installed(name: str, extras: Iterable[str] = ()) -> dict[str, Distribution]:
    """The distribution and all that it requires here, by canonical name, itself left out.

    Raises:
        PackageNotFoundError: if one of them is not installed.
    """
    found: dict[str, Distribution] = {}
    open_, seen = [(name, frozenset(extras))], set()
    while open_:
        wanted = open_.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        this, of = distribution(wanted[0]), wanted[1]
        found[canonicalize_name(wanted[0])] = this
        for text in this.requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in of or {""}):
                open_.append((needed.name, frozenset(needed.extras)))
    del found[canonicalize_name(name)]
    return dict(sorted(found.items()))


def licence(metadata: Mapping[str, str], classifiers: Sequence[str]) -> str:
    """What a package says of its licence: the expression, a short text, or the classifiers; else ``not stated``."""
    if expression := metadata.get("License-Expression"):
        return expression
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    named = [name for name in named if name != "OSI Approved"]
    text = (metadata.get("License") or "").strip()
    if text and "\n" not in text and len(text) <= 60 and not (named and text.lower() in ("unknown", "dual license")):
        return text
    return " or ".join(named) or "not stated"


def stated_by(of: Distribution) -> dict[str, str]:
    """The fields of a distribution that name its licence."""
    return {key: of.metadata[key] for key in ("License-Expression", "License") if key in of.metadata}


def kind(stated: str) -> str:
    """The kind of a licence: of KINDS, or ``unknown``; where there is a choice, the first permissive one."""
    choices = re.split(r"\bor\b", stated, flags=re.IGNORECASE)
    kinds = [
        next((name for name, sign in KINDS.items() if re.search(sign, choice, re.IGNORECASE)), "unknown")
        for choice in choices
    ]
    return "permissive" if "permissive" in kinds else kinds[0]


def size(of: Distribution) -> int:
    """Bytes of the files of a distribution, as far as they are there."""
    paths = (Path(str(file.locate())) for file in of.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def page(packages: Mapping[str, Distribution], when: str = "") -> str:
    """The page of the licences, as Markdown."""
    rows = []
    for name, this in packages.items():
        stated = licence(stated_by(this), this.metadata.get_all("Classifier") or [])
        rows.append((name, this.version, stated.replace("|", "\\|"), kind(stated)))
    kinds = {one: [name for name, _, _, of in rows if of == one] for one in (*KINDS, "unknown")}
    lines = [f"- {len(kinds['permissive'])} of {len(rows)} are permissive."]
    lines += [f"- {one}: {', '.join(names)}." for one, names in kinds.items() if names and one != "permissive"]
    body = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return HEAD.format(when=when, summary="\n".join(lines)) + body


def main() -> int:
    """Print the sums, or write the page; 1 if something that alseg needs is not installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extras", nargs="*", default=(), help="extras of alseg that count too")
    parser.add_argument("--licences", type=Path, metavar="PAGE", help="write the page of the licences there")
    options = parser.parse_args()
    try:
        packages = installed("alseg", options.extras)
    except PackageNotFoundError as error:
        print(f"{error.name} is not installed here", file=sys.stderr)
        return 1
    if options.licences:
        version = ".".join(map(str, sys.version_info[:2]))
        text = page(packages, f" with Python {version} on {sys.platform}, {date.today()}")
        options.licences.write_text(text, encoding="utf-8")
        return 0
    sizes = {name: size(this) for name, this in packages.items()}
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        print(f"{sizes[name] / MB:8.1f} MB  {name} {packages[name].version}")
    for what, chosen in (
        ("PyTorch with CUDA", [name for name in sizes if PYTORCH.fullmatch(name)]),
        ("all else", [name for name in sizes if not PYTORCH.fullmatch(name)]),
    ):
        print(f"{what}: {len(chosen)} packages, {sum(sizes[name] for name in chosen) / MB:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
