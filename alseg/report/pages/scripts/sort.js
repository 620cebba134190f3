"use strict";
// Tables sort by the header that is pressed: rising, falling, and then as they were.
(() => {
  const WHOLE = String.raw`[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?`;
  const RANGE = new RegExp(String.raw`^\[\s*(${WHOLE})\s*,\s*(${WHOLE})\s*\]$`, "i");
  const FIRST = new RegExp(String.raw`^([<>≤≥]?)\s*(${WHOLE})(?![\w.-]*[a-z_])(?:[\s,%(].*)?$`, "i");
  const NOTHING = new Set(["", "–", "—", "-", "refused"]);
  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  // What a cell is ordered by: of `0.81 ± 0.02`, `0.81 [0.79, 0.83]` and `24 (18–31), 5 of 5 seeds` the mean, of
  // `[0.79, 0.83]` the middle; null where there is nothing, NaN for words.
  function number(text) {
    text = text.trim().replace(/\u2212/g, "-");
    if (NOTHING.has(text)) return null;
    if (text.startsWith("not reached")) return Infinity;
    const value = (digits) => Number(digits.replace(/,/g, ""));
    const range = RANGE.exec(text);
    if (range) return (value(range[1]) + value(range[2])) / 2;
    const found = FIRST.exec(text);
    if (!found) return NaN;
    const nudge = { "<": -1, "≤": -1, ">": 1, "≥": 1 }[found[1]] || 0; // <0.001 comes before 0.001
    const mean = value(found[2]);
    return mean + nudge * 1e-9 * (Math.abs(mean) + 1e-9);
  }

  function sorted(rows, column, falling) {
    const cells = rows.map((row) => row.cells[column].textContent);
    const values = cells.map(number);
    const numeric = !values.some((value) => Number.isNaN(value));
    const order = rows.map((_, i) => i);
    order.sort((a, b) => {
      if (values[a] === null || values[b] === null) return (values[a] === null) - (values[b] === null) || a - b; // empty last
      const way = numeric
        ? values[a] === values[b] ? 0 : values[a] - values[b] // Infinity - Infinity is NaN
        : words.compare(cells[a].trim(), cells[b].trim());
      return (falling ? -way : way) || a - b;
    });
    return order.map((i) => rows[i]);
  }

  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const before = body ? [...body.rows] : [];
    if (before.length < 2) continue;
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
        const way = next === undefined ? "ascending" : next;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (way) head.setAttribute("aria-sort", way);
        body.append(...(way ? sorted(before, column, way === "descending") : before));
      });
    });
  }
})();
