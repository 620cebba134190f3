"use strict";
(() => {
  const states = JSON.parse(document.getElementById("states").textContent);

  // plotly knows nothing of the colours of the page
  function paint() {
    const css = getComputedStyle(document.documentElement);
    const [text, line, card] = ["--text", "--line", "--card"].map((name) => css.getPropertyValue(name).trim());
    const colours = { "font.color": text, "hoverlabel.bgcolor": card, "hoverlabel.font.color": text };
    for (const axis of ["xaxis", "yaxis"]) {
      Object.assign(colours, { [axis + ".gridcolor"]: line, [axis + ".linecolor"]: line, [axis + ".tickcolor"]: line });
    }
    for (const id of Object.keys(states)) Plotly.relayout(id, colours);
  }

  // lines that were switched off in the legend stay off
  function show(id, metric) {
    const { data, layout } = states[id][metric];
    Plotly.update(id, data, layout);
    for (const table of document.querySelectorAll(`[data-panel="${id}"][data-metric]`)) {
      table.hidden = table.dataset.metric !== metric;
    }
  }

  // Every other trace is a band. It loses its fill: whether it is visible is the legend's, together with its line.
  function bands(id, on) {
    const traces = document.getElementById(id).data.map((_, i) => i).filter((i) => i % 2 === 0);
    Plotly.restyle(id, { fill: on ? "toself" : "none" }, traces);
  }

  for (const select of document.querySelectorAll("select[data-panel]")) {
    select.addEventListener("change", () => show(select.dataset.panel, select.value));
    if (select.selectedIndex > 0) show(select.dataset.panel, select.value); // a browser may restore a choice
  }
  for (const box of document.querySelectorAll("input[data-bands]")) {
    box.addEventListener("change", () => bands(box.dataset.bands, box.checked));
    if (!box.checked) bands(box.dataset.bands, false);
  }
  for (const button of document.querySelectorAll("button[data-curves]")) {
    const visible = button.dataset.show === "all" ? true : "legendonly";
    button.addEventListener("click", () => Plotly.restyle(button.dataset.curves, { visible }));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  paint();
})();
