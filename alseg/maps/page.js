"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const n = data.ids.length;
  const GREY = "#9aa3ae", NEAR = 14, LISTED = 200, LEGEND = 24, SOUGHT = 200;

  function floats(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  }

  const xy = floats(data.xy);
  const rounds = data.rounds.map((round) => ({ ...round, scores: round.scores && floats(round.scores) }));
  // of each image: the place in `rounds` of its pick (rounds.length: never), its place there, and whether it was refused
  const pickedIn = new Int32Array(n).fill(rounds.length), pickedAs = new Int32Array(n), refused = new Uint8Array(n);
  rounds.forEach((round, r) => {
    round.picks.forEach((i, order) => { pickedIn[i] = r; pickedAs[i] = order; });
    for (const i of round.refused) refused[i] = 1;
  });

  // ---- where things are: data -> pixels of the canvas is scale * (x - centre) + middle, y upwards
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    box[0] = Math.min(box[0], xy[2 * i]); box[2] = Math.max(box[2], xy[2 * i]);
    box[1] = Math.min(box[1], xy[2 * i + 1]); box[3] = Math.max(box[3], xy[2 * i + 1]);
  }
  const wide = Math.max(box[2] - box[0], 1e-9), high = Math.max(box[3] - box[1], 1e-9);
  const stage = at("stage"), points = at("points"), marks = at("marks"), tip = at("tip");
  let width = 1, height = 1, view = null, least = 1;
  const toX = (i) => (xy[2 * i] - view.x) * view.scale + width / 2;
  const toY = (i) => height / 2 - (xy[2 * i + 1] - view.y) * view.scale;

  function whole() {
    least = Math.min((width - 48) / wide, (height - 48) / high);
    view = { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, scale: least };
  }

  // ---- a grid over the map: the image under the pointer is found by looking at a few of its cells
  const side = Math.max(1, Math.ceil(Math.sqrt(n / 2)));
  const column = (x) => Math.min(side - 1, Math.max(0, Math.floor(((x - box[0]) / wide) * side)));
  const line = (y) => Math.min(side - 1, Math.max(0, Math.floor(((y - box[1]) / high) * side)));
  const cells = new Map();
  for (let i = 0; i < n; i++) {
    const cell = line(xy[2 * i + 1]) * side + column(xy[2 * i]);
    if (cells.has(cell)) cells.get(cell).push(i); else cells.set(cell, [i]);
  }

  function nearest(px, py) {
    const x = view.x + (px - width / 2) / view.scale, y = view.y + (height / 2 - py) / view.scale;
    const reach = NEAR / view.scale;
    let best = -1, closest = reach * reach;
    for (let l = line(y - reach); l <= line(y + reach); l++) {
      for (let c = column(x - reach); c <= column(x + reach); c++) {
        for (const i of cells.get(l * side + c) || []) {
          const away = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
          // of images at one place, the one that is drawn on top
          if (away < closest || (away === closest && best >= 0 && pickedIn[i] < pickedIn[best])) { best = i; closest = away; }
        }
      }
    }
    return best;
  }

  // ---- thumbnails: a sheet is decoded when one of its images is first looked at
  const { size, cell, columns, per, files } = data.sheets;
  const loaded = new Map();
  function sheet(s) {
    if (!loaded.has(s)) {
      const image = new Image();
      loaded.set(s, new Promise((done) => { image.onload = () => done(image); }));
      image.src = "data:image/jpeg;base64," + files[s];
    }
    return loaded.get(s);
  }

  async function picture(canvas, i) {
    canvas.dataset.image = i;
    const place = i % per, from = await sheet(Math.floor(i / per));
    if (canvas.dataset.image !== String(i)) return; // another image was asked for meanwhile
    canvas.width = size[0]; canvas.height = size[1];
    const x = (place % columns) * cell[0], y = Math.floor(place / columns) * cell[1];
    canvas.getContext("2d").drawImage(from, x, y, size[0], size[1], 0, 0, size[0], size[1]);
    canvas.dataset.shown = i;
  }

  // ---- what colours mean
  const state = { round: 0, colour: "", picks: "numbers", sized: false, kept: new Set(), looked: -1, hovered: -1 };
  const last = Math.max(rounds.length - 1, 0);
  const step = (value, low, high_) => high_ > low ? Math.round(((value - low) / (high_ - low)) * (data.scale.length - 1)) : 0;

  function byNames(title, { names, of, colours, shapes }) {
    return { title, names, colours, shapes, code: (i) => of[i] };
  }
  function byNumbers(title, values) {
    return { title, colours: data.scale, values, range: () => ends(values()) };
  }
  const found = new WeakMap();
  function ends(values) {
    if (!values) return null;
    if (!found.has(values)) {
      let low = Infinity, high_ = -Infinity;
      for (const v of values) if (v === v) { low = Math.min(low, v); high_ = Math.max(high_, v); }
      found.set(values, low <= high_ ? [low, high_] : null);
    }
    return found.get(values);
  }
  const scoresNow = () => (rounds.length ? rounds[state.round].scores : null);

  const ways = {};
  for (const [key, one] of Object.entries(data.colourings)) {
    if (one.names) { ways[key] = byNames(one.title, one); continue; }
    const values = floats(one.values);
    ways[key] = byNumbers(one.title, () => values);
  }
  if (rounds.some((round) => round.scores)) ways.score = byNumbers("score in this round", scoresNow);
  if (rounds.length) {
    const colours = rounds.map((_, r) => data.scale[rounds.length > 1 ? step(r, 0, last) : Math.floor(data.scale.length / 2)]);
    ways.round = {
      title: "round of selection", colours, names: rounds.map((round) => `round ${round.number}: ${round.strategy}`),
      code: (i) => (pickedIn[i] <= state.round ? pickedIn[i] : -1),
    };
  }

  function codes() { // the place of each image's colour in `colours`, -1 for grey
    const way = ways[state.colour], of = new Int32Array(n).fill(-1);
    if (!way) return of;
    if (way.code) { for (let i = 0; i < n; i++) of[i] = way.code(i); return of; }
    const values = way.values(), range = way.range();
    if (range) for (let i = 0; i < n; i++) if (values[i] === values[i]) of[i] = step(values[i], ...range);
    return of;
  }

  // ---- drawing: the many dots go pixel by pixel into one frame, which is many times faster than as many arcs
  // circle, square, triangle, diamond, triangle down, plus and cross, of about one area
  const turned = (corners) => corners.map(([x, y]) => [0.707 * (x - y), 0.707 * (x + y)]);
  const plus = [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2],
    [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]];
  const SHAPES = [null, [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], [[0, -1.3], [1.2, 0.85], [-1.2, 0.85]],
    [[0, -1.3], [1.2, 0], [0, 1.3], [-1.2, 0]], [[0, 1.3], [1.2, -0.85], [-1.2, -0.85]], plus, turned(plus)];
  function outline(g, x, y, r, shape) {
    g.beginPath();
    if (!SHAPES[shape]) { g.arc(x, y, r, 0, 7); return; }
    SHAPES[shape].forEach(([u, v], corner) => (corner ? g.lineTo(x + r * u, y + r * v) : g.moveTo(x + r * u, y + r * v)));
    g.closePath();
  }
  const masks = new Map();
  function mask(radius, shape) { // [x, y, cover, ...] around the middle, in device pixels
    const key = 8 * Math.round(4 * radius) + shape;
    if (!masks.has(key)) {
      const r = Math.round(4 * radius) / 4, reach = Math.ceil(1.4 * r) + 1, side_ = 2 * reach + 1, parts = [];
      const small = Object.assign(document.createElement("canvas"), { width: side_, height: side_ }).getContext("2d");
      outline(small, reach + 0.5, reach + 0.5, r, shape);
      small.fill();
      const { data: d } = small.getImageData(0, 0, side_, side_);
      for (let k = 0; k < side_ * side_; k++) {
        if (d[4 * k + 3]) parts.push((k % side_) - reach, Math.floor(k / side_) - reach, d[4 * k + 3] / 255);
      }
      masks.set(key, Float32Array.from(parts));
    }
    return masks.get(key);
  }
  const rgb = (hex) => [1, 3, 5].map((at_) => parseInt(hex.slice(at_, at_ + 2), 16));
  let frame = null;
  function blank(g, w, h, [red, green, blue]) {
    if (!frame || frame.width !== w || frame.height !== h) frame = g.createImageData(w, h);
    new Uint32Array(frame.data.buffer).fill(((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0); // little endian
  }
  function blit(i, [red, green, blue], radius, alpha, ratio, shape) {
    const { data: d, width: w, height: h } = frame;
    const cx = Math.round(toX(i) * ratio), cy = Math.round(toY(i) * ratio), parts = mask(radius * ratio, shape);
    for (let k = 0; k < parts.length; k += 3) {
      const x = cx + parts[k], y = cy + parts[k + 1];
      if (x < 0 || y < 0 || x >= w || y >= h) continue;
      const o = 4 * (y * w + x), a = parts[k + 2] * alpha;
      d[o] += (red - d[o]) * a; d[o + 1] += (green - d[o + 1]) * a; d[o + 2] += (blue - d[o + 2]) * a;
    }
  }
  function spot(g, i, colour, radius, alpha, shape) {
    g.globalAlpha = alpha; g.fillStyle = colour;
    outline(g, toX(i), toY(i), radius, shape); g.fill();
    g.globalAlpha = 1;
  }
  function ring(g, i, radius, colour, thick) {
    g.strokeStyle = colour; g.lineWidth = thick;
    g.beginPath(); g.arc(toX(i), toY(i), radius, 0, 7); g.stroke();
  }

  function fit(canvas) {
    const ratio = devicePixelRatio || 1, w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0); g.clearRect(0, 0, width, height);
    return g;
  }
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw() {
    const g = fit(points), of = codes(), way = ways[state.colour];
    // 20,000 images are dense on a screen: the more there are, the smaller, and the nearer, the larger
    const zoomed = Math.sqrt(view.scale / least);
    const base = Math.min(9, Math.max(1.6, Math.min(5, 160 / Math.sqrt(n)) * zoomed));
    const scores = state.sized ? scoresNow() : null, range = ends(scores);
    const radius = (i) => {
      if (!range) return base;
      return scores[i] === scores[i] ? base * (0.5 + (1.5 * step(scores[i], ...range)) / (data.scale.length - 1)) : base * 0.5;
    };
    const seen = (i) => { const x = toX(i), y = toY(i); return x > -20 && y > -20 && x < width + 20 && y < height + 20; };
    const colour = (i) => (of[i] < 0 || !way ? GREY : way.colours[of[i]]);
    const shape = (i) => (of[i] < 0 || !way || !way.shapes ? 0 : way.shapes[of[i]]);
    const faint = (i) => (state.looked >= 0 ? of[i] !== state.looked : state.kept.size > 0 && !state.kept.has(of[i]));
    const alpha = (i) => (faint(i) ? 0.08 : of[i] < 0 ? 0.45 : 0.75);
    const dark = css("--ring"), red = css("--pick");
    const before = [], ratio = points.width / width, grey = rgb(GREY), colours = way ? way.colours.map(rgb) : [];
    blank(g, points.width, points.height, rgb(css("--card")));
    for (let i = 0; i < n; i++) {
      if (!seen(i) || (rounds.length && pickedIn[i] === state.round)) continue;
      if (pickedIn[i] < state.round) before.push(i); else blit(i, colours[of[i]] || grey, radius(i), alpha(i), ratio, shape(i));
    }
    g.putImageData(frame, 0, 0);
    for (const i of before) {
      spot(g, i, colour(i), base + 1, faint(i) ? 0.08 : 1, shape(i));
      if (refused[i]) cross(g, i, base + 3, dark); else ring(g, i, base + 1.5, dark, 1.5);
    }
    if (!rounds.length) return;
    const { picks } = rounds[state.round];
    if (state.picks === "path" || state.picks === "both") {
      g.strokeStyle = red; g.lineWidth = 1.5; g.globalAlpha = 0.7; g.beginPath();
      picks.forEach((i, order) => (order ? g.lineTo(toX(i), toY(i)) : g.moveTo(toX(i), toY(i))));
      g.stroke(); g.globalAlpha = 1;
    }
    for (const i of picks) {
      spot(g, i, colour(i), base + 2, faint(i) ? 0.08 : 1, shape(i));
      ring(g, i, base + 3, red, 2.5);
    }
    if (state.picks === "numbers" || state.picks === "both") {
      g.font = "600 12px system-ui, sans-serif"; g.textBaseline = "middle"; g.lineJoin = "round";
      g.lineWidth = 3.5; g.strokeStyle = css("--card"); g.fillStyle = red;
      picks.forEach((i, order) => {
        const x = toX(i) + base + 6, y = toY(i) - base - 2, text = String(order + 1);
        g.strokeText(text, x, y); g.fillText(text, x, y);
      });
    }
  }
  function cross(g, i, r, colour) {
    const x = toX(i), y = toY(i);
    g.strokeStyle = colour; g.lineWidth = 1.8; g.beginPath();
    g.moveTo(x - r, y - r); g.lineTo(x + r, y + r); g.moveTo(x - r, y + r); g.lineTo(x + r, y - r); g.stroke();
  }

  let waiting = false;
  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); point(state.hovered); });
  }

  // ---- what is said of one image
  const columnKeys = Object.keys(ways).filter((key) => key.startsWith("column "));
  function told(i) {
    const lines = [data.ids[i]];
    for (const key of ["group", "class", "cluster", "share"].concat(columnKeys)) {
      const way = ways[key], code = way && way.code ? way.code(i) : -1;
      if (way && way.values && way.values()[i] === way.values()[i]) {
        const value = way.values()[i];
        lines.push(key === "share" ? `foreground ${(100 * value).toPrecision(3)}%` : `${way.title} ${Number(value.toPrecision(6))}`);
      }
      if (code >= 0) lines.push(key === "cluster" ? way.names[code] : `${way.title} ${way.names[code]}`);
    }
    const scores = scoresNow();
    if (scores && scores[i] === scores[i]) lines.push(`score ${scores[i].toPrecision(4)}`);
    if (pickedIn[i] <= state.round && pickedIn[i] < rounds.length) {
      const round = rounds[pickedIn[i]], why = round.reasons[pickedAs[i]];
      lines.push(`pick ${pickedAs[i] + 1} of round ${round.number} by ${round.strategy}${why ? ": " + why : ""}`);
      if (refused[i]) lines.push("refused by the annotator");
    }
    return lines;
  }

  function point(i) {
    const g = fit(marks);
    if (i !== state.hovered || i < 0) {
      state.hovered = i;
      tip.hidden = i < 0;
      if (i < 0) { mark(-1); return; }
      picture(tip.querySelector("canvas"), i);
    }
    mark(codes()[i]);
    at("words").replaceChildren(...told(i).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    ring(g, i, 11, css("--accent"), 3);
    const x = toX(i), y = toY(i);
    const tipWide = tip.offsetWidth, tipHigh = tip.offsetHeight;
    tip.style.left = `${Math.max(4, x + 18 + tipWide > width ? x - 18 - tipWide : x + 18)}px`;
    tip.style.top = `${Math.max(4, Math.min(y - 20, height - tipHigh - 4))}px`;
  }

  // ---- what is around the map
  function legend() {
    const way = ways[state.colour], parts = [];
    if (way && way.names) {
      const counts = new Array(way.names.length).fill(0);
      for (const code of codes()) if (code >= 0) counts[code]++;
      const sought = at("sought").value.trim().toLowerCase();
      const found_ = way.names.map((name, code) => code).filter((code) => way.names[code].toLowerCase().includes(sought));
      for (const code of found_.slice(0, SOUGHT)) {
        const button = document.createElement("button");
        button.type = "button"; button.title = "show these images"; button.dataset.code = code;
        button.append(symbol(way.colours[code], way.shapes ? way.shapes[code] : 0), `${way.names[code]} (${counts[code]})`);
        button.setAttribute("aria-pressed", state.kept.has(code));
        button.addEventListener("click", () => {
          if (!state.kept.delete(code)) state.kept.add(code);
          button.setAttribute("aria-pressed", state.kept.has(code));
          clear();
          redraw();
        });
        for (const [kind, looked] of [["pointerenter", code], ["focus", code], ["pointerleave", -1], ["blur", -1]]) {
          button.addEventListener(kind, () => { state.looked = looked; redraw(); });
        }
        parts.push(button);
      }
      if (found_.length > SOUGHT) parts.push(`and ${found_.length - SOUGHT} more`);
      if (!found_.length) parts.push("no entry of the legend has this in its name");
    } else if (way) {
      const range = way.range(), bar = document.createElement("span");
      bar.className = "scale";
      bar.style.background = `linear-gradient(90deg, ${data.scale.join(",")})`;
      if (range) parts.push(range[0].toPrecision(3), bar, range[1].toPrecision(3));
      else parts.push(`no ${way.title}: ${rounds[state.round].strategy} does not score`);
    }
    at("sought").hidden = !way || !way.names || way.names.length <= LEGEND;
    at("legend").replaceChildren(...parts);
    clear();
  }
  function symbol(colour, shape) {
    const canvas = document.createElement("canvas"), ratio = devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(14 * ratio);
    const g = canvas.getContext("2d");
    g.scale(ratio, ratio); g.fillStyle = colour;
    outline(g, 7, 7, 4.6, shape); g.fill();
    return canvas;
  }
  function clear() { // a way back from what the legend has chosen
    const old = at("all");
    if (old) old.remove();
    if (!state.kept.size) return;
    const button = Object.assign(document.createElement("button"), { id: "all", type: "button", textContent: "show all" });
    button.addEventListener("click", () => { state.kept.clear(); state.looked = -1; legend(); redraw(); });
    at("legend").prepend(button);
  }
  function mark(code) { // the entry of the image that is pointed at
    for (const button of at("legend").querySelectorAll("button[data-code]")) {
      button.classList.toggle("here", code >= 0 && Number(button.dataset.code) === code);
    }
  }

  const plural = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
  function strip() {
    if (!rounds.length) { at("strip").hidden = at("time").hidden = true; return; }
    const round = rounds[state.round];
    let labelled = 0;
    for (let i = 0; i < n; i++) if (pickedIn[i] < state.round && !refused[i]) labelled++;
    at("told").textContent =
      `${round.number} · ${plural(labelled, "image")} labelled before · ${plural(round.picks.length, "pick")} by ${round.strategy}`;
    at("heading").textContent = `Picked in round ${round.number} by ${round.strategy}`;
    at("list").replaceChildren(...round.picks.slice(0, LISTED).map((i, order) => {
      const item = document.createElement("li"), canvas = document.createElement("canvas"), words = document.createElement("span");
      words.textContent = round.reasons[order];
      item.tabIndex = 0;
      item.append(canvas, `${order + 1}. ${data.ids[i]}`, words);
      for (const kind of ["pointerenter", "focus"]) item.addEventListener(kind, () => point(i));
      for (const kind of ["pointerleave", "blur"]) item.addEventListener(kind, () => point(-1));
      picture(canvas, i);
      return item;
    }));
    const more = round.picks.length - LISTED;
    at("rest").textContent = more > 0 ? `and ${plural(more, "more pick")}, on the map` : "";
  }

  function update() { legend(); strip(); redraw(); }

  // ---- what a person does
  for (const [key, way] of Object.entries(ways)) at("colour").add(new Option(way.title, key));
  if (!Object.keys(ways).length) at("colour").parentElement.hidden = true;
  if (!rounds.length) at("picks").parentElement.hidden = true;
  at("sizes").hidden = !ways.score;
  at("round").max = last;
  if (last === 0) at("round").hidden = true;
  state.colour = at("colour").value;
  at("colour").addEventListener("change", (e) => { state.colour = e.target.value; state.kept.clear(); state.looked = -1; at("sought").value = ""; update(); });
  at("sought").addEventListener("input", legend);
  at("picks").addEventListener("change", (e) => { state.picks = e.target.value; redraw(); });
  at("size").addEventListener("change", (e) => { state.sized = e.target.checked; redraw(); });
  at("round").addEventListener("input", (e) => { state.round = Number(e.target.value); update(); });
  at("reset").addEventListener("click", () => { whole(); redraw(); });

  const where = (e) => { const r = stage.getBoundingClientRect(); return [e.clientX - r.left - 1, e.clientY - r.top - 1]; };
  function zoom(px, py, factor) {
    const scale = Math.min(least * 400, Math.max(least / 2, view.scale * factor));
    const x = view.x + (px - width / 2) / view.scale, y = view.y + (height / 2 - py) / view.scale;
    view = { x: x - (px - width / 2) / scale, y: y - (height / 2 - py) / scale, scale };
    redraw();
  }
  const fingers = new Map();
  stage.addEventListener("pointerdown", (e) => { fingers.set(e.pointerId, where(e)); stage.setPointerCapture(e.pointerId); });
  stage.addEventListener("pointermove", (e) => {
    const now = where(e), was = fingers.get(e.pointerId);
    if (!was) { point(nearest(...now)); return; }
    fingers.set(e.pointerId, now);
    const other = [...fingers].find(([id]) => id !== e.pointerId);
    if (other) {
      const far = (p) => Math.hypot(p[0] - other[1][0], p[1] - other[1][1]);
      zoom(...other[1], far(now) / Math.max(far(was), 1));
    } else {
      view.x -= (now[0] - was[0]) / view.scale; view.y += (now[1] - was[1]) / view.scale;
      stage.classList.add("moving");
      redraw();
    }
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    stage.addEventListener(kind, (e) => {
      fingers.delete(e.pointerId); stage.classList.remove("moving");
      if (e.pointerType !== "mouse") point(nearest(...where(e))); // a tap is how a finger points
    });
  }
  stage.addEventListener("pointerleave", () => { if (!fingers.size) point(-1); });
  stage.addEventListener("wheel", (e) => { e.preventDefault(); zoom(...where(e), Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0015))); }, { passive: false });

  new ResizeObserver(() => {
    const untouched = !view || view.scale === least;
    width = stage.clientWidth; height = stage.clientHeight;
    if (untouched) whole();
    redraw();
  }).observe(stage);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  width = stage.clientWidth; height = stage.clientHeight;
  whole();
  update();
  // for scripts that look at this page: where an image is in the window, and a frame drawn at once
  window.alsegMap = {
    place: (id) => {
      const i = data.ids.indexOf(id), r = stage.getBoundingClientRect();
      return [r.left + 1 + toX(i), r.top + 1 + toY(i)];
    },
    draw,
    look: (id) => {
      const way = ways[state.colour], code = codes()[data.ids.indexOf(id)];
      return way && way.names && code >= 0 ? [way.colours[code], way.shapes ? way.shapes[code] : 0] : null;
    },
  };
})();
