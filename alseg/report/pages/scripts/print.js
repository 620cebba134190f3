"use strict";
// Paper shows what the page folds, and no table runs off it: one that is too wide is set in several parts under one another, each of
// which begins with the names of its rows.
(() => {
  const WIDE = 680; // CSS pixels between the margins of A4 and of Letter, upright
  const charts = typeof alseg === "undefined" ? null : alseg; // pages of runs have none
  let undo = [];

  function parts(table) {
    const heads = [...table.tHead.rows[0].cells];
    table.style.width = "min-content"; // no wider than its numbers
    const widths = heads.map((head) => head.getBoundingClientRect().width);
    table.style.width = "";
    if (widths.reduce((sum, width) => sum + width, 0) <= WIDE) return [];
    const found = [];
    let room = 0;
    heads.slice(1).forEach((_, k) => {
      room -= widths[k + 1];
      if (room < 0 || !found.length) {
        found.push([]);
        room = WIDE - widths[0] - widths[k + 1];
      }
      found[found.length - 1].push(k + 1);
    });
    return found.length > 1 ? found : [];
  }

  function split(table) {
    const found = parts(table);
    if (!found.length) return;
    const box = table.closest(".scroll");
    let last = box;
    for (const columns of found) {
      const copy = table.cloneNode(true);
      for (const row of copy.rows) [...row.cells].forEach((cell, k) => { if (k && !columns.includes(k)) cell.remove(); });
      const part = document.createElement("div");
      part.className = "scroll part";
      part.append(copy);
      last.after(part);
      last = part;
      undo.push(() => part.remove());
    }
    box.classList.add("whole");
    undo.push(() => box.classList.remove("whole"));
  }

  function before() {
    if (undo.length) return;
    document.documentElement.classList.add("printing");
    undo.push(() => document.documentElement.classList.remove("printing"));
    for (const fold of document.querySelectorAll("details:not([open])")) {
      fold.open = true;
      undo.push(() => { fold.open = false; });
    }
    for (const table of document.querySelectorAll("table")) if (table.offsetParent) split(table);
    if (charts) {
      charts.printing = true;
      charts.draw(WIDE, true);
      undo.push(() => { charts.printing = false; charts.draw(); });
    }
  }

  function after() {
    const acts = undo.reverse();
    undo = [];
    for (const act of acts) act();
  }

  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
})();
