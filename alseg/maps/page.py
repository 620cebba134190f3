"""HTML page with a map and all its thumbnails in one file, which opens without a network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.maps.colouring import Colouring, colourings
from alseg.maps.feature_map import FeatureMap, Round
from alseg.maps.palette import category_looks, sequential_colours
from alseg.pictures.thumbnails import LIMIT, sheets
from alseg.report.figures.interactive import script_json
from alseg.report.pages.document import document

STEPS = 32
"""Colours of the scale of scores."""


def html(map_: FeatureMap, limit: int = LIMIT) -> str:
    """Write the page as HTML.

    Args:
        map_: the map to show.
        limit: most base64 characters for the thumbnails.
    """
    title = f"Map of {map_.name}"
    style = files("alseg.report.pages").joinpath("page.css").read_text(encoding="utf-8") + _asset("page.css")
    body = f"""<p class="muted">{escape(summary(map_))}</p>
<section>
<div class="bar">
<label>Colour <select id="colour" autocomplete="off"></select></label>
<label>Picks <select id="picks" autocomplete="off"><option value="numbers">numbers</option><option value="path">path</option>
<option value="both">numbers and path</option><option value="none">rings only</option></select></label>
<label id="sizes"><input type="checkbox" id="size" autocomplete="off"> size by score</label>
<button type="button" id="reset">whole map</button>
</div>
<div class="bar" id="time"><label for="round">Round</label>
<input type="range" id="round" min="0" value="0" step="1" autocomplete="off"><output id="told" for="round"></output></div>
<div id="stage"><canvas id="points" role="img" aria-label="{escape(title)}"></canvas><canvas id="marks"></canvas>
<div id="tip" hidden><canvas></canvas><div id="words"></div></div></div>
<input type="search" id="sought" placeholder="find in the legend" aria-label="find in the legend" hidden autocomplete="off">
<div id="legend"></div>
<p class="note">Wheel or pinch to zoom, drag to move; point at an image to see it, or at an entry of the legend to see
its images alone; a click keeps them. A thin ring: labelled in an earlier round. A
red ring: picked in this round, in the order of the numbers. A cross: refused by the annotator. Near images are alike to
the network that embedded them; distances between far clusters mean little.</p>
</section>
<section id="strip"><h2 id="heading"></h2><ol id="list"></ol><p class="note" id="rest"></p></section>
</main>
<script type="application/json" id="data">{script_json(content(map_, limit))}</script>
<script>{_asset("page.js")}</script>
"""
    return document(title, style, body)


def summary(map_: FeatureMap) -> str:
    """Numbers of images, groups, labels (where not all have one), clusters and rounds of the map, in one line."""
    counts, groups = [(len(map_), "image")], len(set(map_.groups))
    if groups < len(map_):
        counts.append((groups, "group"))
    if map_.labelled is not None:
        counts.append((sum(map_.labelled), "label"))
    if map_.clusters is not None:
        counts.append((len(np.unique(map_.clusters[map_.clusters >= 0])), "cluster"))
    if map_.rounds:
        counts += [(len(map_.rounds), "round"), (sum(len(r.picks) for r in map_.rounds), "pick")]
    return " · ".join(f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in counts)


def content(map_: FeatureMap, limit: int = LIMIT) -> dict[str, Any]:
    """Data of the page as JSON-able values: images are named by their rows, and arrays are base64 of float32."""
    found = sheets(map_.thumbnails, limit)
    row_of = {id_: row for row, id_ in enumerate(map_.ids)}
    return {
        "ids": map_.ids,
        "xy": _floats(map_.xy),
        "colourings": {key: _colouring(one) for key, one in colourings(map_).items()},
        "rounds": [_round(round_, map_.ids, row_of) for round_ in map_.rounds],
        "scale": sequential_colours(STEPS),
        "sheets": {
            "size": found.size,
            "cell": found.cell,
            "columns": found.columns,
            "per": found.per_sheet,
            "files": [b64encode(file).decode() for file in found.files],
        },
    }


def _round(round_: Round, ids: Sequence[str], row_of: dict[str, int]) -> dict[str, Any]:
    scores = None
    if round_.scores is not None:
        scores = _floats(np.array([round_.scores.get(id_, np.nan) for id_ in ids]))
    return {
        "number": round_.number,
        "strategy": round_.strategy,
        "picks": [row_of[id_] for id_ in round_.picks],
        "reasons": round_.reasons,
        "refused": [row_of[id_] for id_ in round_.refused],
        "scores": scores,
    }


def _colouring(one: Colouring) -> dict[str, Any]:
    """Categories with a colour and a shape each, or numbers."""
    if one.codes is None:
        return {"title": one.title, "values": _floats(np.zeros(0) if one.values is None else one.values)}
    looks = category_looks(len(one.names))
    colours, shapes = [colour for colour, _ in looks], [shape for _, shape in looks]
    return {"title": one.title, "names": one.names, "of": one.codes.tolist(), "colours": colours, "shapes": shapes}


def _floats(values: NDArray[np.floating]) -> str:
    return b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def _asset(name: str) -> str:
    return files("alseg.maps").joinpath(name).read_text(encoding="utf-8")
