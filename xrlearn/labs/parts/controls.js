// The viewer's buttons, its help, and the heat map's slider. Each part is {node, relabel(words), sync(state)}.

const ICONS = {
  window: '<circle cx="10" cy="10" r="6.5"/><path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor"/>',
  pan: '<path d="M10 2.5v15M2.5 10h15M10 2.5 7.8 4.9M10 2.5l2.2 2.4M10 17.5l-2.2-2.4M10 17.5l2.2-2.4M2.5 10l2.4-2.2M2.5 10l2.4 2.2M17.5 10l-2.4-2.2M17.5 10l-2.4 2.2"/>',
  measure: '<path d="M2.5 13.5l11-11 4 4-11 11zM6 10l1.5 1.5M8.5 7.5l2 2M11 5l1.5 1.5"/>',
  angle: '<path d="M15.5 3 3.5 16h14M11.5 16a8 8 0 0 0-2.6-5.8"/>',
  lines: '<path d="M2.5 5.5 17.5 3M2.5 13 17.5 17"/><path d="M14 4v11.5" stroke-dasharray="2 2"/>',
  place: '<path d="M3 3h9v9H3zM8 8l9 3.2-4 1.6-1.7 4.2z"/>',
  mark: '<circle cx="10" cy="10" r="5"/><path d="M10 1.5v5M10 13.5v5M1.5 10h5M13.5 10h5"/>',
  invert: '<rect x="3" y="3" width="14" height="14" rx="2"/><path d="M3 17 17 3v12a2 2 0 0 1-2 2z" fill="currentColor"/>',
  flip: '<path d="M10 2.5v15" stroke-dasharray="2 2"/><path d="M7.5 5 2.5 15h5zM12.5 5l5 10h-5z"/>',
  turn: '<path d="M15.5 7A6.5 6.5 0 1 0 16.5 11.5M16 3v4.2h-4.2"/>',
  out: '<circle cx="8.5" cy="8.5" r="5.5"/><path d="M12.7 12.7l4.8 4.8M6 8.5h5"/>',
  in: '<circle cx="8.5" cy="8.5" r="5.5"/><path d="M12.7 12.7l4.8 4.8M6 8.5h5M8.5 6v5"/>',
  fit: '<path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"/>',
  reset: '<path d="M4.5 7A6.5 6.5 0 1 1 3.5 11.5M4 3v4.2h4.2"/>',
  help: '<path d="M7.3 7.3a2.8 2.8 0 1 1 4 2.5c-.9.5-1.3 1-1.3 2.1M10 15.2v.3"/>',
};
const KEYS = {
  w: "window", p: "pan", m: "measure", a: "angle", l: "lines", k: "mark", d: "place", i: "invert", h: "flip", t: "turn",
  "-": "out", "+": "in", f: "fit", r: "reset", "?": "help",
};
const TOOLS = ["window", "pan", "measure", "angle", "lines", "mark", "place"];
const SWITCHES = ["invert", "flip"];
const GROUPS = [TOOLS, [...SWITCHES, "turn"], ["out", "in", "fit", "reset"], ["help"]];
const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Make an element, HTML or SVG; attributes named `on...` are listeners. */
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "rect", "circle", "polyline", "polygon", "text"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Buttons above the film; pressing one calls the action of its name. */
function toolbar(actions) {
  const buttons = {};
  function button(name) {
    const icon = make("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
    icon.innerHTML = ICONS[name];
    const word = make("span");
    const node = make("button", { type: "button", "data-name": name, onclick: () => actions[name]() }, icon, word);
    buttons[name] = { node, word };
    return node;
  }
  const groups = GROUPS.map((names) => make("div", { class: "xr-group", role: "group" }, ...names.map(button)));
  groups.at(-1).classList.add("xr-last");
  const node = make("div", { class: "xr-bar", role: "toolbar", onkeydown: walk, onfocusin: (e) => stopAt(e.target) }, ...groups);
  const usable = () => Object.values(buttons).map((b) => b.node).filter((b) => !b.hidden && !b.disabled);
  /** All of them are one stop of the Tab key; arrows, Home and End walk along, as in every toolbar. */
  function stopAt(there) {
    for (const { node: one } of Object.values(buttons)) one.tabIndex = one === there ? 0 : -1;
  }
  function walk(event) {
    const all = usable(), here = all.indexOf(event.target);
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || here < 0) return;
    event.preventDefault();
    event.stopPropagation();
    all.at(to % all.length).focus();
  }
  return {
    node,
    offers: (name) => !buttons[name].node.hidden,
    relabel(words) {
      node.setAttribute("aria-label", words.bar);
      for (const [name, { node: pressed, word }] of Object.entries(buttons)) {
        const key = Object.keys(KEYS).find((k) => KEYS[k] === name);
        word.textContent = words[name];
        pressed.title = `${words[name + "_hint"]} (${key.toUpperCase()})`;
        pressed.setAttribute("aria-label", words[name]);
        pressed.setAttribute("aria-keyshortcuts", key);
      }
    },
    sync(s, { ready, helping }) {
      for (const [name, { node: pressed }] of Object.entries(buttons)) {
        if (TOOLS.includes(name)) pressed.setAttribute("aria-pressed", name === s.tool);
        if (SWITCHES.includes(name)) pressed.setAttribute("aria-pressed", s[name]);
        pressed.hidden = TOOLS.includes(name) && !s.tools.includes(name);
        pressed.disabled = !ready && name !== "help";
      }
      buttons.help.node.setAttribute("aria-expanded", helping);
      if (!node.contains(document.activeElement)) stopAt(usable().find((b) => b.ariaPressed === "true") ?? usable()[0]);
    },
  };
}

/** What mouse, fingers and keys do; `close` is called by its cross. */
function helpPanel(close) {
  const node = make("div", { class: "xr-panel xr-help", role: "dialog", hidden: "" });
  function relabel(words) {
    const rows = words.help_rows.trim().split("\n").map((line) => line.split("|").map((part) => part.trim()));
    node.setAttribute("aria-label", words.help);
    node.replaceChildren(
      make("button", { type: "button", class: "xr-close", "aria-label": words.close, onclick: close }, "×"),
      make("strong", {}, words.help_hint),
      make("table", {}, make("tbody", {}, ...rows.map(([keys, does]) =>
        make("tr", {}, make("th", { scope: "row" }, keys), make("td", {}, does))))));
  }
  return { node, relabel };
}

/** The slider of the heat map's opacity, with the scale of its colours. */
function heatPanel(move) {
  const slider = make("input", { type: "range", min: "0", max: "1", step: "0.01", oninput: () => move(+slider.value) });
  const colours = Array.from({ length: 9 }, (_, i) => `rgb(${inferno(i / 8)})`);
  const scale = make("span", { class: "xr-heat-scale", style: `--xr-inferno: ${colours}` });
  const [name, low, high] = [make("span"), make("span"), make("span")];
  const node = make("div", { class: "xr-panel xr-heat" }, make("label", {}, name, slider), low, scale, high);
  return {
    node,
    relabel(words) {
      [low.textContent, high.textContent] = [words.heat_low, words.heat_high];
    },
    sync(s) {
      node.hidden = !s.heated;
      name.textContent = s.labels[s.layer];
      node.title = s.labels[`${s.layer}_hint`];
      slider.setAttribute("aria-label", node.title);
      for (const part of [low, scale, high]) part.hidden = s.layer === "overlay";
      slider.value = s.opacity;
    },
  };
}
