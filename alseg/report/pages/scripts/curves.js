"use strict";
// Draws the curves that are looked at, in one chart or in several side by side.
(() => {
  const CONFIG = { displaylogo: false, modeBarButtons: [["zoom2d", "pan2d", "resetScale2d"]] };
  const PAPER = { text: "#1c2430", line: "#e1e5ea", card: "#ffffff" };
  const plotOf = (i) => document.querySelector(`#curves-${i} .plot`);
  const html = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  alseg.plotOf = plotOf;
  alseg.html = html;

  // plotly knows nothing of the colours of the page
  function colours(paper) {
    if (paper) return PAPER;
    const css = getComputedStyle(document.documentElement);
    return Object.fromEntries(["text", "line", "card"].map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
  }

  // The curves that are looked at, with number, numbers and chart of each.
  alseg.seen = (i) => {
    const panel = alseg.panels[i];
    const { by } = alseg.look();
    const numbers = panel.metrics[alseg.metricOf(panel)].curves;
    const found = panel.curves
      .map((curve, at) => ({ at, curve, numbers: numbers[at], chart: by ? curve.of[by] : "" }))
      .filter(({ curve }) => alseg.passes(curve, panel.data) && !alseg.hidden.has(curve.label));
    const charts = [...new Set(panel.curves.filter((curve) => alseg.passes(curve, panel.data)).map((curve) => (by ? curve.of[by] : "")))];
    return { charts, curves: found.map((one) => ({ ...one, place: charts.indexOf(one.chart) })) };
  };

  function traces(panel, { curve, numbers, place }, look, small) {
    const x = panel.x[numbers.x];
    const axes = { xaxis: `x${place ? place + 1 : ""}`, yaxis: `y${place ? place + 1 : ""}` };
    const common = { name: html(curve.label), legendgroup: curve.label, showlegend: false, ...axes };
    const found = [];
    // What was trained once, on everything, is a line to compare with.
    if (numbers.across) {
      return [{ ...common, x: numbers.across, y: [numbers.y[0], numbers.y[0]], mode: "lines", line: { color: curve.colour, width: 2, dash: curve.dash },
        hovertemplate: `<b>${html(curve.label)}</b><br>${x[0]} ${panel.units}: ${numbers.text[0]}<extra></extra>`, meta: { curve: curve.label } }];
    }
    const sides = x.map((_, k) => k).filter((k) => numbers.low[k] !== null);
    if (look.bands && sides.length) {
      const back = [...sides].reverse();
      found.push({ ...common, x: [...sides, ...back].map((k) => x[k]), y: [...sides.map((k) => numbers.low[k]), ...back.map((k) => numbers.high[k])],
        mode: "lines", line: { width: 0 }, fill: "toself", fillcolor: curve.fill, hoverinfo: "skip", meta: { band: curve.label } });
    }
    if (look.seeds && numbers.seeds) {
      const seeds = Object.entries(numbers.seeds);
      found.push({ ...common, x: seeds.flatMap(() => [...x, null]), y: seeds.flatMap(([, values]) => [...values, null]),
        customdata: seeds.flatMap(([seed]) => [...x, null].map(() => seed)), mode: "lines", opacity: 0.55, line: { color: curve.colour, width: 0.9 },
        hovertemplate: `${html(curve.label)}, seed %{customdata}: %{y}<extra></extra>`, meta: { seeds: curve.label } });
    }
    found.push({ ...common, x, y: numbers.y, customdata: numbers.text, mode: "lines+markers", meta: { curve: curve.label },
      hovertemplate: `<b>${html(curve.label)}</b><br>%{x} ${panel.units}: %{customdata}<extra></extra>`,
      line: { color: curve.colour, width: small ? 1.6 : 2.1, dash: curve.dash }, marker: { symbol: curve.symbol, size: small ? 5.5 : 8 } });
    return found;
  }

  function range(numbers, curves, look) {
    let [low, high] = numbers.range;
    if (look.seeds) {
      const values = curves.flatMap((one) => Object.values(one.numbers.seeds || {}).flat()).filter((value) => value !== null);
      const pad = 0.03 * (high - low);
      low = values.reduce((least, value) => Math.min(least, value - pad), low);
      high = values.reduce((most, value) => Math.max(most, value + pad), high);
    }
    return [low, high];
  }

  // What is drawn of a data set, for a picture of some width; on white for paper.
  alseg.figure = (i, width, paper = false) => {
    const panel = alseg.panels[i];
    const numbers = panel.metrics[alseg.metricOf(panel)];
    const look = alseg.look();
    const { charts, curves } = alseg.seen(i);
    const many = Math.max(charts.length, 1);
    const columns = Math.min(many, width >= 640 ? (many === 4 ? 2 : 3) : width >= 480 ? 2 : 1);
    const rows = Math.ceil(many / columns);
    const { text, line, card } = colours(paper);
    const narrow = width < 560;
    const [left, right, top, bottom, between] = [narrow ? 52 : 66, 12, 28, 52, 64];
    const one = rows > 1 || narrow || paper ? 230 : columns > 1 ? 300 : 360;
    const height = top + rows * one + (rows - 1) * between + bottom;
    const inner = [width - left - right, height - top - bottom];
    const gap = narrow ? 0 : 46;
    const wide = (inner[0] - (columns - 1) * gap) / columns;
    const step = Math.max(1, Math.ceil((panel.ticks.length * 34) / wide));
    const ticks = panel.ticks.filter((_, k) => (panel.ticks.length - 1 - k) % step === 0);
    const axis = { gridcolor: line, linecolor: line, tickcolor: line, zeroline: false };
    const layout = {
      template: "none", width, height, margin: { l: left, r: right, t: top, b: bottom }, hovermode: "closest", showlegend: false, annotations: [],
      paper_bgcolor: paper ? card : "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: narrow ? false : "zoom",
      font: { family: "system-ui, sans-serif", size: narrow ? 12 : 13, color: text }, hoverlabel: { bgcolor: card, font: { color: text }, align: "left" },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: "#9aa6b5", activecolor: "#0072b2" },
    };
    for (let k = 0; k < many; k += 1) {
      const [column, row] = [k % columns, Math.floor(k / columns)];
      const from = (column * (wide + gap)) / inner[0];
      const high = 1 - (row * (one + between)) / inner[1];
      const name = k ? k + 1 : "";
      const last = k + columns >= many;
      layout[`xaxis${name}`] = { ...axis, anchor: `y${name}`, domain: [from, from + wide / inner[0]], tickmode: "array", tickvals: ticks, ticks: "outside",
        title: last ? { text: `annotated ${panel.units}`, standoff: 8 } : undefined, matches: k ? "x" : undefined };
      layout[`yaxis${name}`] = { ...axis, anchor: `x${name}`, domain: [high - one / inner[1], high], range: range(numbers, curves, look),
        title: column ? undefined : { text: html(numbers.title), standoff: 8 }, matches: k ? "y" : undefined };
      if (charts[k]) {
        layout.annotations.push({ text: `<b>${html(charts[k])}</b>`, xref: "paper", yref: "paper", x: from, y: high, xanchor: "left", yanchor: "bottom",
          showarrow: false, font: { color: text } });
      }
    }
    return { data: curves.flatMap((curve) => traces(panel, curve, look, wide < 300)), layout };
  };

  alseg.draw = (width = 0, paper = false) => alseg.panels.forEach((_, i) => {
    const plot = plotOf(i);
    if (plot.closest("section").hidden) return;
    const { data, layout } = alseg.figure(i, width || plot.parentElement.clientWidth, paper);
    plot.setAttribute("aria-label", `Learning curves, ${alseg.panels[i].metrics[alseg.metricOf(alseg.panels[i])].title}`);
    Plotly.react(plot, data, layout, CONFIG);
  });

  let wide = 0;
  new ResizeObserver(([entry]) => {
    if (wide && Math.abs(entry.contentRect.width - wide) > 4 && !alseg.printing) alseg.draw();
    wide = entry.contentRect.width;
  }).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => alseg.draw());
  alseg.changed.push(() => alseg.draw());
})();
