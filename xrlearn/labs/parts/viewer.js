// The film viewer: everything a reader does with a film happens here, without asking Python; Python hears the result.

const POINTS = { measurement: 2, angle: 3, lines: 4 };
const DRAWN = Object.keys(POINTS);
/** Shares of the film: how far a key moves what lies on it, and how far beyond its edge that may go. */
const STEP = 0.03, FAR = 0.3;
/** What "reset" returns to; the window is the film's own. */
const BEGINNING = { zoom: 1, centre: null, turn: 0, flip: false, invert: false, measurement: null, angle: null, lines: null };
const STATE = ["window", "default_window", "zoom", "centre", "turn", "flip", "invert", "tool", "tools", "opacity", "heated", "layer",
  "measurement", "angle", "lines", "mark", "spot", "boxes", "points", "outlines", "corners", "shapes", "plates", "names", "compare", "adjustable", "scale", "shape", "spacing_mm", "side", "caption", "levels", "outdated", "height", "labels"];

function render({ model, el }) {
  const s = {};                 // what is shown now; runs ahead of the model while the reader drags
  const pending = new Set();    // what Python has not been told yet
  let film = null, heat = null; // film: {shape, levels}
  let ahead = null;             // the film that will be asked for next: {number, film}
  let size = { width: 0, height: 0 }, sampled = null, sampledAs = "";
  let gesture = null, draft = null, hover = null, space = false, frame = 0, timer = 0;
  const fingers = new Map();
  const table = new Uint32Array(65536);

  // ---------------------------------------------------------------- page
  const canvas = make("canvas", { "aria-hidden": "true" });
  const paint = canvas.getContext("2d", { alpha: false });
  const overlay = make("svg", { class: "xr-overlay", "aria-hidden": "true" });
  const side = make("div", { class: "xr-side" });
  const readout = make("div", { class: "xr-readout" });
  const viewout = make("div", { class: "xr-viewout" });
  const empty = make("div", { class: "xr-empty", role: "status" });
  const spoken = make("div", { class: "xr-spoken", "aria-live": "polite" });
  const actions = {
    invert: () => put({ invert: !s.invert }),
    flip: () => put({ flip: !s.flip }),
    turn: () => put({ turn: (s.turn + 1) % 4 }),
    out: () => zoomAt(1 / 1.25),
    in: () => zoomAt(1.25),
    fit: () => put({ zoom: 1, centre: null }),
    reset: () => put({ ...BEGINNING, window: s.default_window }),
    help: () => { help.node.hidden = !help.node.hidden; refresh(); },
  };
  for (const name of TOOLS) actions[name] = () => { draft = null; put({ tool: name }); };
  const bar = toolbar(actions);
  const help = helpPanel(() => { actions.help(); stage.focus(); });
  const heatControl = heatPanel((opacity) => put({ opacity }));
  // the attribute keeps JupyterLab's one-letter shortcuts from the letters that are pressed here
  const reachable = { tabindex: "0", role: "application", "data-lm-suppress-shortcuts": "true" };
  const stage = make("div", { class: "xr-stage", ...reachable },
    canvas, overlay, side, readout, viewout, empty, heatControl.node, help.node, spoken);
  const root = make("div", { class: "xr-viewer" }, bar.node, stage);
  el.append(root);

  // ---------------------------------------------------------------- state
  /** Show at once, tell Python soon. */
  function put(changes) {
    for (const [key, value] of Object.entries(changes)) { s[key] = value; pending.add(key); }
    timer ||= setTimeout(flush, 80);
    refresh();
  }
  function flush() {
    timer = 0;
    for (const key of pending) model.set(key, s[key]);
    model.save_changes();
    pending.clear();
  }
  function adopt(key) {
    if (pending.has(key)) return; // the reader's hand is faster than Python's echo
    s[key] = model.get(key);
    if (key === "labels") relabel();
    refresh();
  }
  const listeners = STATE.map((key) => ["change:" + key, () => adopt(key)]);
  listeners.push(["msg:custom", receive]);

  const unpack = ({ rows, cols, bytes, shape }, [pixels]) => ({ shape, levels: pyramid(rows, cols, decode(pixels, bytes)) });
  function receive(message, buffers) {
    if (message.type === "ahead") {
      ahead = { number: message.number, film: unpack(message, buffers) };
      return;
    }
    if (message.type === "film") {
      const sent = !message.rows || buffers.length > 0;
      if (!sent && ahead?.number !== message.number) { model.send({ type: "ready" }); return; }
      film = !message.rows ? null : sent ? unpack(message, buffers) : ahead.film;
      ahead = null;
      sampled = null;
      if (!message.again) {
        heat = gesture = draft = hover = null;
        pending.clear(); // what was done to the last film does not touch this one
        for (const key of STATE) s[key] = model.get(key);
      }
    } else if (message.type === "heat") {
      heat = message.rows ? heatPicture(message.rows, message.cols, buffers[0]) : null;
    }
    refresh();
  }

  // ---------------------------------------------------------------- drawing
  const aspect = () => (s.spacing_mm ? s.spacing_mm[0] / s.spacing_mm[1] : 1);
  /** From the film to the stage, in units of 1/k of a screen pixel. */
  const matrix = (k = 1) =>
    filmToScreen({ ...s, width: size.width * k, height: size.height * k, shape: film.shape, aspect: aspect() });
  function refresh() { frame ||= requestAnimationFrame(draw); }

  function draw() {
    frame = 0;
    stage.style.height = `min(${s.height}px, 80vh)`;
    syncPage();
    if (!film || !size.width) {
      paint.clearRect(0, 0, canvas.width, canvas.height);
      overlay.replaceChildren();
      return;
    }
    const dots = canvas.width / size.width;
    const m = matrix(dots);
    const as = JSON.stringify([m, canvas.width, canvas.height]);
    if (!sampled || as !== sampledAs) {
      sampled = resample(film, m, canvas.width, canvas.height);
      sampled.image = sampled.values.length ? new ImageData(sampled.width, sampled.height) : null;
      sampledAs = as;
    }
    greys(table, s.window, s.invert);
    paint.setTransform(1, 0, 0, 1, 0, 0);
    paint.fillStyle = "#000";
    paint.fillRect(0, 0, canvas.width, canvas.height);
    if (sampled.image) {
      const pixels = new Uint32Array(sampled.image.data.buffer);
      const { values } = sampled;
      for (let i = 0; i < values.length; i++) pixels[i] = table[values[i]];
      paint.putImageData(sampled.image, sampled.x, sampled.y);
    }
    if (heat && s.opacity > 0) {
      const [down, across] = [film.shape[0] / heat.height, film.shape[1] / heat.width];
      paint.setTransform(m.a * across, m.b * across, m.c * down, m.d * down, m.e, m.f);
      paint.globalAlpha = s.opacity;
      paint.imageSmoothingQuality = "high";
      paint.drawImage(heat, 0, 0);
      paint.globalAlpha = 1;
    }
    overlay.replaceChildren(...annotations(s, matrix(), size, draft));
    stage.classList.toggle("xr-aiming", s.tool === "mark" && stage.matches(":focus-visible"));
  }

  function syncPage() {
    bar.sync(s, { ready: !!film, helping: !help.node.hidden });
    heatControl.sync(s);
    stage.dataset.tool = s.tool;
    empty.hidden = !!film && !s.outdated;
    const words = s.labels[s.outdated ? "outdated" : "empty"];
    if (empty.textContent !== words) empty.textContent = words; // said once, not with every frame
    stage.classList.toggle("xr-outdated", s.outdated);
    stage.setAttribute("aria-busy", s.outdated);
    side.textContent = film ? [s.side, s.flip ? s.labels.mirrored : ""].filter(Boolean).join(" · ") : "";
    if (film && s.caption) side.append(make("small", {}, s.caption));
    side.classList.toggle("xr-warn", s.flip);
    if (!film) { readout.textContent = viewout.textContent = ""; return; }
    const grey = (t) => Math.round(t * s.levels);
    const [low, high] = s.window;
    const lines = [`W ${grey(high - low)}  L ${grey((low + high) / 2)}`];
    if (hover) {
      const [row, col] = hover.map(Math.floor);
      lines.unshift(fill(s.labels.value, { value: grey(valueAt(hover)), row, col }));
      lines.unshift(...s.outlines.filter(({ points }) => within(points, hover)).map(({ name }) => name));
    }
    readout.replaceChildren(...lines.map((line) => make("div", {}, line)));
    const about = [`${s.zoom.toFixed(1)}×`];
    if (!s.spacing_mm) about.unshift(s.labels.spacing_unknown);
    viewout.replaceChildren(...about.map((line) => make("div", {}, line)));
  }

  function valueAt([row, col]) {
    const { rows, cols, values } = film.levels[0];
    const r = clamp(Math.floor(row * rows / film.shape[0]), 0, rows - 1);
    const c = clamp(Math.floor(col * cols / film.shape[1]), 0, cols - 1);
    return values[r * cols + c] / 65535;
  }

  function relabel() {
    for (const part of [bar, help, heatControl]) part.relabel(s.labels);
    stage.setAttribute("aria-label", s.labels.stage);
  }

  // ---------------------------------------------------------------- moving about
  const inside = ([row, col]) => [clamp(row, 0, film.shape[0]), clamp(col, 0, film.shape[1])];
  const middle = () => s.centre ?? film.shape.map((n) => n / 2);

  /** Zoom by `factor`, keeping what is under the screen point `at` where it is. */
  function zoomAt(factor, at = [size.width / 2, size.height / 2]) {
    const zoom = clamp(s.zoom * factor, 0.5, 40);
    const under = toFilm(matrix(), at);
    const ratio = s.zoom / zoom;
    put({ zoom, centre: inside(middle().map((c, k) => under[k] + (c - under[k]) * ratio)) });
  }
  function panBy(dx, dy) {
    put({ centre: inside(toFilm(matrix(), [size.width / 2 - dx, size.height / 2 - dy])) });
  }
  /** Across changes the width (contrast), up and down the level (brightness), in proportion to the window itself. */
  function windowFrom([low, high], dx, dy) {
    const width = clamp((high - low) * Math.exp((2.5 * dx) / 600), 2 / s.levels, 2);
    const level = clamp((low + high) / 2 + ((high - low) * dy) / 600, 0, 1);
    put({ window: [level - width / 2, level + width / 2] });
  }
  const markAt = (point) => {
    const [row, col] = point.map(Math.floor);
    if (row < 0 || col < 0 || row >= film.shape[0] || col >= film.shape[1]) return;
    put({ mark: [row, col] });
    spoken.textContent = fill(s.labels.marked, { row, col });
  };

  /** Put what lies on the film elsewhere; a little way off the film it is gone. */
  const placeAt = (point) => {
    if (s.spot) put({ spot: point.map((at, k) => clamp(at, -FAR * film.shape[k], (1 + FAR) * film.shape[k])) });
  };

  // ---------------------------------------------------------------- tools: press(at) gives {move(at), up(at)}
  const tools = {
    window(start) {
      const from = s.window;
      return { move: ([x, y]) => windowFrom(from, x - start[0], y - start[1]) };
    },
    pan(start) {
      let last = start;
      return { move(at) { panBy(at[0] - last[0], at[1] - last[1]); last = at; } };
    },
    mark(start) {
      const pan = tools.pan(start);
      let far = false;
      return {
        move(at) { far ||= distance(at, start) > 4; if (far) pan.move(at); },
        up(at) { if (!far) markAt(toFilm(matrix(), at)); },
      };
    },
    place(start) {
      const move = (at) => placeAt(toFilm(matrix(), at));
      move(start);
      return { move };
    },
    measure: (start) => drawLine("measurement", start),
    angle: (start) => drawLine("angle", start),
    lines: (start) => drawLine("lines", start),
  };
  const distance = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
  const here = (at) => inside(toFilm(matrix(), at));

  function handleAt(at, reach) {
    for (const key of s.adjustable ? [...DRAWN, "corners"] : DRAWN) {
      const index = (s[key] ?? []).findIndex((point) => distance(toScreen(matrix(), point), at) <= reach);
      if (index >= 0) return { key, index };
    }
    return null;
  }
  const drag = ({ key, index }) => ({
    move: (at) => put({ [key]: s[key].map((point, i) => (i === index ? here(at) : point)) }),
    up: () => announce(key),
  });
  const announce = (key) => { spoken.textContent = key === "corners" ? plateAngles(s).join(", ") : s[key] ? measured(s, key, s[key]) : ""; };

  /** Lines are drawn by dragging, or click by click: the last point follows the pointer until it is set. */
  function drawLine(key, start) {
    const first = draft?.key !== key;
    if (first) draft = { key, points: [here(start), here(start)] };
    else draft.points[draft.points.length - 1] = here(start);
    const second = key === "lines" && draft.points.length === 3; // the other line begins where the hand comes down
    if (second) draft.points.push(here(start));
    refresh();
    return {
      move: follow,
      up(at) {
        if ((first || second) && distance(at, start) < 4) return;
        if (draft.points.length < POINTS[key]) draft.points.push(here(at));
        else { put({ [key]: draft.points }); draft = null; announce(key); }
      },
    };
  }
  function follow(at) {
    if (!draft) return;
    draft.points[draft.points.length - 1] = here(at);
    refresh();
  }

  function pinch() {
    const spread = () => {
      const [p, q] = [...fingers.values()];
      return { at: [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2], gap: distance(p, q) };
    };
    let last = spread();
    draft = null;
    return {
      move() {
        const now = spread();
        panBy(now.at[0] - last.at[0], now.at[1] - last.at[1]);
        zoomAt(now.gap / Math.max(last.gap, 1), now.at);
        last = now;
      },
    };
  }

  // ---------------------------------------------------------------- hands
  const where = (e) => { const box = stage.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
  const onPanel = (e) => !!e.target.closest(".xr-panel");
  const onStage = {
    pointerdown(e) {
      if (onPanel(e)) return;
      stage.focus({ preventScroll: true });
      if (!film) return;
      stage.setPointerCapture(e.pointerId);
      const at = where(e);
      fingers.set(e.pointerId, at);
      if (fingers.size > 1) { gesture = fingers.size === 2 ? pinch() : null; return; }
      const handle = e.button === 0 && !draft && s.tool !== "mark" && handleAt(at, e.pointerType === "touch" ? 24 : 10);
      const tool = e.button === 2 ? "window" : e.button === 1 || space ? "pan" : s.tool;
      gesture = handle ? drag(handle) : tools[tool](at);
    },
    pointermove(e) {
      if (!film) return;
      const at = where(e);
      if (fingers.has(e.pointerId)) fingers.set(e.pointerId, at);
      if (gesture) gesture.move(at);
      else follow(at);
      const point = toFilm(matrix(), at);
      hover = point.every((v, k) => v >= 0 && v < film.shape[k]) ? point : null;
      refresh();
    },
    pointerup(e) {
      const held = fingers.delete(e.pointerId);
      if (held && film && gesture && !fingers.size) gesture.up?.(where(e));
      gesture = null;
    },
    pointercancel(e) { fingers.delete(e.pointerId); gesture = null; },
    pointerleave() { hover = null; refresh(); },
    contextmenu(e) { e.preventDefault(); },
    dblclick(e) {
      if (!film || onPanel(e) || !["window", "pan"].includes(s.tool)) return;
      if (s.zoom > 1) actions.fit();
      else zoomAt(2.5, where(e));
    },
    wheel(e) {
      if (!film || onPanel(e)) return;
      e.preventDefault();
      const lines = e.deltaMode === 1 ? 16 : 1;
      zoomAt(Math.exp(-clamp(e.deltaY * lines, -600, 600) * (e.ctrlKey ? 0.01 : 0.0015)), where(e));
    },
    focus: refresh,
    blur() { space = false; refresh(); },
  };
  for (const [name, listener] of Object.entries(onStage)) stage.addEventListener(name, listener, { passive: false });

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function press(e) {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    e.stopPropagation();
    if (e.target.type === "range") return;
    const name = KEYS[e.key.toLowerCase()] ?? { "=": "in", _: "out", 0: "fit" }[e.key];
    const step = ARROWS[e.key];
    if (name === "help") actions.help();
    else if (e.key === "Escape") { draft = null; if (!help.node.hidden) actions.help(); refresh(); }
    else if (!film) return;
    else if (name && bar.offers(name)) actions[name]();
    else if (e.target !== stage) return; // the rest belongs to the film, not to a button
    else if (step && e.shiftKey) windowFrom(s.window, 24 * step[0], 24 * step[1]);
    else if (step && s.tool === "place" && s.spot) {
      placeAt(s.spot.map((at, k) => at + STEP * film.shape[k] * step[1 - k]));
    } else if (step) panBy(-40 * step[0], -40 * step[1]);
    else if (e.key === " ") space = true;
    else if (e.key === "Enter" && s.tool === "mark") markAt(middle());
    else if (e.key === "Delete" || e.key === "Backspace") {
      put(s.tool === "mark" ? { mark: null } : { measurement: null, angle: null, lines: null });
    } else return;
    e.preventDefault();
  }
  root.addEventListener("keydown", press);
  root.addEventListener("keyup", (e) => { if (e.key === " ") space = false; });

  // ---------------------------------------------------------------- begin, and end
  const watcher = new ResizeObserver(() => {
    size = { width: stage.clientWidth, height: stage.clientHeight };
    const dots = Math.min(window.devicePixelRatio || 1, 2);
    [canvas.width, canvas.height] = [Math.round(size.width * dots), Math.round(size.height * dots)];
    if (frame) cancelAnimationFrame(frame);
    draw(); // before the next paint: a resized canvas is blank
  });
  for (const key of STATE) s[key] = model.get(key);
  relabel();
  for (const [event, listener] of listeners) model.on(event, listener);
  watcher.observe(stage);
  model.send({ type: "ready" }); // pixels come as messages and never enter the saved state

  return () => {
    watcher.disconnect();
    cancelAnimationFrame(frame);
    if (timer) { clearTimeout(timer); flush(); }
    for (const [event, listener] of listeners) model.off(event, listener);
  };
}

export default { render };
