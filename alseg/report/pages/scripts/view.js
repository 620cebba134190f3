"use strict";
// What is looked at: metric, charts, filters and hidden curves, all of which stand in the address, so that a link opens the same view.
const alseg = { panels: JSON.parse(document.getElementById("panels").textContent), changed: [] };
(() => {
  const form = document.getElementById("view");
  const boxes = (name) => [...form.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
  const groups = [...new Set([...form.querySelectorAll("fieldset input")].map((box) => box.name))];
  const switches = ["bands", "seeds"].filter((name) => boxes(name).length);
  const hidden = new Set(); // labels that were switched off in a legend

  alseg.hidden = hidden;
  alseg.look = () => ({
    metric: form.elements.metric.value,
    by: form.elements.by ? form.elements.by.value : "",
    bands: form.elements.bands.checked,
    seeds: Boolean(form.elements.seeds && form.elements.seeds.checked),
  });
  // A group that has no filter is the same for all.
  alseg.passes = (curve, data) => groups.every((group) =>
    boxes(group).some((box) => box.checked && box.value === (group === "data" ? data : curve.of[group])));
  alseg.metricOf = (panel) => {
    const wanted = alseg.look().metric;
    return wanted in panel.metrics ? wanted : Object.keys(panel.metrics)[0];
  };

  function address() {
    const found = new URLSearchParams();
    for (const select of form.querySelectorAll("select")) {
      const usual = [...select.options].find((option) => option.defaultSelected) || select.options[0];
      if (select.value !== usual.value) found.append(select.name, select.value);
    }
    for (const name of switches) {
      const [box] = boxes(name);
      if (box.checked !== box.defaultChecked) found.append(name, box.checked ? "1" : "0");
    }
    for (const group of groups) {
      const chosen = boxes(group).filter((box) => box.checked);
      if (chosen.length < boxes(group).length) (chosen.length ? chosen : [{ value: "" }]).forEach((box) => found.append(group, box.value));
    }
    for (const label of hidden) found.append("hide", label);
    return found.toString();
  }

  function restore(text) {
    const found = new URLSearchParams(text);
    form.reset();
    for (const select of form.querySelectorAll("select")) {
      const value = found.get(select.name);
      if ([...select.options].some((option) => option.value === value)) select.value = value;
    }
    for (const name of switches) if (found.has(name)) boxes(name)[0].checked = found.get(name) === "1";
    for (const group of groups) {
      if (found.has(group)) for (const box of boxes(group)) box.checked = found.getAll(group).includes(box.value);
    }
    hidden.clear();
    for (const label of found.getAll("hide")) hidden.add(label);
  }

  // Tables go with the filters: rows of conditions, and of pairs of them, that are not looked at. No number changes.
  function tables() {
    for (const [i, panel] of alseg.panels.entries()) {
      const section = document.querySelector(`section[data-panel="${i}"]`);
      const gone = new Set(panel.curves.filter((curve) => !alseg.passes(curve, panel.data)).map((curve) => curve.label));
      section.hidden = gone.size === panel.curves.length;
      for (const part of section.querySelectorAll("[data-metric]")) part.hidden = part.dataset.metric !== alseg.metricOf(panel);
      for (const row of section.querySelectorAll("tbody tr")) {
        const names = row.cells[0].textContent.split(" − ");
        row.hidden = names.some((name) => gone.has(name));
      }
      const here = panel.curves.length - gone.size;
      section.querySelector(".filtered").textContent =
        gone.size ? `Filtered: ${here} of ${panel.curves.length} conditions are shown. The numbers are those of the whole comparison.` : "";
    }
    const none = document.getElementById("nothing");
    none.hidden = [...document.querySelectorAll("section[data-panel]")].some((section) => !section.hidden);
  }

  alseg.show = () => {
    tables();
    for (const act of alseg.changed) act();
  };
  alseg.change = () => {
    const text = address();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    alseg.show();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", alseg.change);
  form.querySelector("[data-reset]").addEventListener("click", () => { restore(""); alseg.change(); });
  for (const button of form.querySelectorAll("[data-every]")) {
    button.addEventListener("click", () => {
      const those = boxes(button.dataset.every);
      const on = those.some((box) => !box.checked);
      for (const box of those) box.checked = on;
      alseg.change();
    });
  }
  window.addEventListener("hashchange", () => { restore(location.hash.slice(1)); alseg.show(); });
  restore(location.hash.slice(1));
})();
