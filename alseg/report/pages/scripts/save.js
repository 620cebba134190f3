"use strict";
// Pictures are saved as SVG or PNG, numbers as CSV, out of the page alone.
(() => {
  function give(name, url) {
    const link = document.createElement("a");
    [link.download, link.href] = [name, url];
    link.click();
  }

  function text(name, content, type) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    give(name, url);
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  // A spreadsheet takes text that begins like a formula for one.
  function cell(value) {
    let written = value === null || value === undefined ? "" : String(value);
    if (/^[=+\-@\t\r]/.test(written) && !/^[+-]?\d[\d.,]*(e[+-]?\d+)?( .*)?$/i.test(written)) written = `'${written}`;
    return /[",\n\r]/.test(written) ? `"${written.replace(/"/g, '""')}"` : written;
  }
  const csv = (rows) => rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  const name = (words) => words.replace(/[^\p{L}\p{N}=.+-]+/gu, "_").replace(/^_+|_+$/g, "").slice(0, 80) || "alseg";

  function png(source, width, height) {
    return new Promise((resolve, reject) => {
      const picture = new Image();
      picture.onload = () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [2 * width, 2 * height];
        const pen = canvas.getContext("2d");
        pen.fillStyle = "#ffffff";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
        resolve(canvas.toDataURL("image/png"));
      };
      picture.onerror = reject;
      picture.src = source;
    });
  }

  function numbers(i) {
    const panel = alseg.panels[i];
    const metric = alseg.metricOf(panel);
    const rows = [["data", "metric", "condition", "seed", "n_labelled", "value", "low", "high", "n_seeds"]];
    for (const { curve, numbers: found } of alseg.seen(i).curves) {
      panel.x[found.x].forEach((x, k) => rows.push([panel.data, metric, curve.label, "mean", x, found.y[k], found.low[k], found.high[k], found.n[k]]));
      if (!alseg.look().seeds) continue;
      for (const [seed, values] of Object.entries(found.seeds || {})) {
        values.forEach((value, k) => { if (value !== null) rows.push([panel.data, metric, curve.label, seed, panel.x[found.x][k], value, "", "", 1]); });
      }
    }
    return csv(rows);
  }

  // The picture brings its legend along, below the charts.
  function withLegend(i) {
    const figure = alseg.figure(i, 1000, true);
    const { layout } = figure;
    const bottom = layout.height - layout.margin.t - layout.margin.b;
    layout.showlegend = true;
    layout.legend = { orientation: "h", x: 0, y: -layout.margin.b / bottom, yanchor: "top" };
    const lines = Math.ceil(figure.data.filter((trace) => trace.meta.curve).reduce((sum, trace) => sum + 60 + 8 * trace.meta.curve.length, 0) / 850);
    layout.height += 24 * lines + 10;
    layout.margin.b += 24 * lines + 10;
    for (const trace of figure.data) trace.showlegend = "curve" in trace.meta;
    return figure;
  }

  async function save(i, kind) {
    const panel = alseg.panels[i];
    const file = name(`${panel.data}_${alseg.metricOf(panel).replace("test/", "")}`);
    if (kind === "csv") return text(`${file}.csv`, numbers(i), "text/csv");
    const figure = withLegend(i);
    const { width, height } = figure.layout;
    const picture = await Plotly.toImage(figure, { format: "svg", width, height });
    return give(`${file}.${kind}`, kind === "svg" ? picture : await png(picture, width, height));
  }

  const buttons = (kinds, act) => {
    const bar = document.createElement("p");
    bar.className = "save";
    bar.append("Save as ");
    for (const kind of kinds) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind.toUpperCase();
      button.dataset.save = kind;
      button.addEventListener("click", () => act(kind));
      bar.append(button, " ");
    }
    return bar;
  };

  const panels = typeof alseg === "undefined" ? [] : alseg.panels; // pages of runs have none
  panels.forEach((_, i) => document.querySelector(`#curves-${i}`).append(buttons(["svg", "png", "csv"], (kind) => save(i, kind))));
  for (const picture of document.querySelectorAll("img.figure[src^='data:image/svg']")) {
    const behind = picture.nextElementSibling && picture.nextElementSibling.matches("script.numbers") ? picture.nextElementSibling : null;
    const file = name(picture.alt);
    picture.after(buttons(behind ? ["svg", "png", "csv"] : ["svg", "png"], async (kind) => {
      if (kind === "csv") text(`${file}.csv`, JSON.parse(behind.textContent), "text/csv");
      else give(`${file}.${kind}`, kind === "svg" ? picture.src : await png(picture.src, picture.naturalWidth, picture.naturalHeight));
    }));
  }
  for (const table of document.querySelectorAll("table")) {
    const rows = () => [...table.rows].filter((row) => !row.hidden).map((row) => [...row.cells].map((one) => one.textContent.trim()));
    table.closest(".scroll").after(buttons(["csv"], () => text(`${name(table.getAttribute("aria-label"))}.csv`, csv(rows()), "text/csv")));
  }
})();
