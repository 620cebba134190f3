"use strict";
// A chart that has the focus is walked by the arrow keys, left and right along a curve, up and down from curve to curve, and says
// where it is.
(() => {
  alseg.panels.forEach((panel, i) => {
    const plot = alseg.plotOf(i);
    const said = document.querySelector(`#curves-${i} .said`);
    let [label, budget] = ["", NaN];

    function point(curve, k) {
      const x = panel.x[curve.numbers.x];
      [label, budget] = [curve.curve.label, x[k]];
      const { title } = panel.metrics[alseg.metricOf(panel)];
      const n = curve.numbers.n[k];
      said.textContent = `${label}: ${budget} ${panel.units}, ${title} ${curve.numbers.text[k]}${n > 1 ? `, ${n} seeds` : ""}`;
      const number = plot.data.findIndex((trace) => trace.meta.curve === label);
      const place = curve.place ? curve.place + 1 : "";
      Plotly.Fx.hover(plot, [{ curveNumber: number, pointNumber: k }], `x${place}y${place}`);
    }

    // Up is the curve that lies higher at this budget, of all charts.
    function beside(curves, at, x, way) {
      const value = (one) => one.numbers.y[panel.x[one.numbers.x].indexOf(x)];
      const order = curves.filter((one) => panel.x[one.numbers.x].includes(x)).sort((a, b) => value(a) - value(b) || a.at - b.at);
      return order[Math.min(Math.max(order.indexOf(at) + way, 0), order.length - 1)];
    }

    plot.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        Plotly.Fx.unhover(plot);
        said.textContent = "";
        [label, budget] = ["", NaN];
        return;
      }
      const { curves } = alseg.seen(i);
      if (!curves.length || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
      event.preventDefault();
      let curve = curves.find((one) => one.curve.label === label);
      if (!curve) return void point(curves[0], 0);
      const x = panel.x[curve.numbers.x];
      const at = Math.max(x.indexOf(budget), 0);
      if (event.key.endsWith("Up") || event.key.endsWith("Down")) {
        curve = beside(curves, curve, x[at], event.key.endsWith("Up") ? 1 : -1);
        return void point(curve, panel.x[curve.numbers.x].indexOf(x[at]));
      }
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: x.length - 1 }[event.key];
      return void point(curve, Math.min(Math.max(to, 0), x.length - 1));
    });
    plot.addEventListener("blur", () => Plotly.Fx.unhover(plot));
  });
})();
