"use strict";
// The legend of each chart: one stop of the Tab key, arrow keys go along it. Enter switches a curve, with Shift shows it alone.
(() => {
  const SHAPES = {
    circle: "M22 6a4 4 0 1 1-8 0a4 4 0 1 1 8 0Z", square: "M14.5 2.5h7v7h-7Z", "triangle-up": "M18 1.5l4.5 8h-9Z",
    diamond: "M18 1l5 5l-5 5l-5-5Z", "triangle-down": "M18 10.5l4.5-8h-9Z",
    cross: "M16.5 1.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z", x: "M14.5 4l2-2l1.5 1.9l1.5-1.9l2 2l-1.9 2l1.9 2l-2 2l-1.5-1.9l-1.5 1.9l-2-2l1.9-2Z",
  };
  const DASHES = { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3", longdash: "11 4" };
  alseg.swatch = ({ colour, dash, symbol }) =>
    `<svg width="36" height="12" aria-hidden="true"><path d="M0 6H36" stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[dash]}"/>` +
    `<path d="${SHAPES[symbol]}" fill="${colour}"/></svg>`;

  const shown = (i) => alseg.panels[i].curves.filter((curve) => alseg.passes(curve, alseg.panels[i].data));

  function toggle(i, label, alone) {
    const others = shown(i).map((curve) => curve.label).filter((other) => other !== label);
    if (alone) {
      const already = !alseg.hidden.has(label) && others.every((other) => alseg.hidden.has(other));
      alseg.hidden.clear();
      if (!already) others.forEach((other) => alseg.hidden.add(other)); // a second time brings all back
    } else if (!alseg.hidden.delete(label)) alseg.hidden.add(label);
    alseg.change();
  }

  // Others fade while a curve is pointed at, or has the focus.
  function fade(i, label) {
    const plot = alseg.plotOf(i);
    if (!plot.data) return;
    for (const group of plot.querySelectorAll(".scatterlayer .trace")) {
      const { meta } = group.__data__[0].trace;
      group.style.opacity = label && !Object.values(meta).includes(label) ? 0.12 : "";
    }
  }

  alseg.panels.forEach((panel, i) => {
    const list = document.querySelector(`#curves-${i} .legend`);
    panel.curves.forEach((curve) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.label = curve.label;
      button.tabIndex = -1;
      button.innerHTML = `${alseg.swatch(curve)}<span>${alseg.html(curve.label)}</span>`;
      let last = 0;
      button.addEventListener("click", (event) => {
        const twice = event.timeStamp - last < 400 && event.detail > 1;
        last = event.timeStamp;
        if (twice) alseg.hidden.delete(curve.label); // the first click has hidden it
        toggle(i, curve.label, twice || event.shiftKey);
      });
      for (const kind of ["mouseenter", "focus"]) button.addEventListener(kind, () => fade(i, alseg.hidden.has(curve.label) ? "" : curve.label));
      for (const kind of ["mouseleave", "blur"]) button.addEventListener(kind, () => fade(i, ""));
      list.append(button);
    });
    list.addEventListener("keydown", (event) => {
      const there = [...list.children].filter((button) => !button.hidden);
      const at = there.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: there.length - 1 }[event.key];
      if (to === undefined || at < 0) return;
      event.preventDefault();
      const next = there[(to + there.length) % there.length];
      there.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
    });
  });

  alseg.changed.push(() => alseg.panels.forEach((panel, i) => {
    const buttons = [...document.querySelectorAll(`#curves-${i} .legend button`)];
    const here = new Set(shown(i).map((curve) => curve.label));
    for (const button of buttons) {
      button.hidden = !here.has(button.dataset.label);
      button.setAttribute("aria-pressed", String(!alseg.hidden.has(button.dataset.label)));
    }
    if (!buttons.some((button) => button.tabIndex === 0 && !button.hidden)) {
      buttons.forEach((button) => { button.tabIndex = -1; });
      const first = buttons.find((button) => !button.hidden);
      if (first) first.tabIndex = 0;
    }
  }));
})();
