// The rating bar of a reader study: where one is, how long it has taken, how sure, and "commit". Keys work everywhere
// on the page, so that a reader needs no mouse. Each commit bears the case's token: a second press changes nothing.

// `phase` is "only", "first" or "final" of a film's answers, or "feedback"; the button says so.
const STATE = ["token", "scale", "levels", "value", "place", "total", "note", "elapsed", "limit", "phase", "labels"];

function render({ model, el }) {
  const s = {};
  let sent = "", begun = 0, expired = "", moves = 0;

  const element = (tag, name, ...children) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    node.append(...children);
    return node;
  };
  const words = (key, values = {}) => (s.labels[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const place = element("strong", "xr-place");
  const note = element("span", "xr-arm");
  const timer = element("span", "xr-timer");
  timer.setAttribute("role", "timer");
  const bar = element("progress", "xr-done");
  const low = element("span", "xr-end"), high = element("span", "xr-end");
  const slider = element("input", "xr-sure");
  Object.assign(slider, { type: "range", min: 0, max: 100, step: 1 });
  const track = element("div", "xr-track", slider);
  const confidence = element("div", "xr-confidence", low, track, high);
  const grades = element("div", "xr-grades");
  grades.setAttribute("role", "radiogroup");
  const number = element("input", "xr-number");
  Object.assign(number, { type: "number", step: "any" });
  const said = element("output", "xr-said");
  const commit = element("button", "xr-commit jupyter-button mod-primary");
  commit.type = "button";
  commit.setAttribute("aria-keyshortcuts", "Enter");
  const keys = element("small", "xr-keys");
  const root = element("div", "xr-rating",
    element("div", "xr-status", place, note, bar, timer),
    element("div", "xr-answer-row", confidence, grades, number, said, commit), keys);
  el.append(root);

  const asked = () => s.phase !== "feedback";
  const ready = () => s.token && sent !== s.token && (!asked() || s.value !== null);

  function put(value) {
    if (!asked() || sent === s.token) return;
    s.value = value;
    moves += 1;
    model.set("value", value);
    model.save_changes();
    draw();
  }

  function send() {
    if (!ready()) return;
    sent = s.token;
    model.send({ type: "commit", token: s.token, value: s.value, changed: Math.max(moves - 1, 0) });
    draw();
  }

  /** Say on which side the slider stands, and how far. */
  function spoken() {
    if (s.value === null) return words("unset");
    if (s.scale !== "confidence") return "";
    const far = Math.abs(s.value - 50);
    const strength = far >= 40 ? "certain" : far >= 20 ? "probable" : "leaning";
    return `${words(s.value > 50 ? "yes" : "no")} · ${words(strength)} (${s.value})`;
  }

  function draw() {
    const confident = s.scale === "confidence";
    root.hidden = !s.token;
    place.textContent = words("place", { place: s.place, total: s.total });
    note.textContent = s.note;
    Object.assign(bar, { max: s.total || 1, value: Math.max(s.place - 1, 0) });
    bar.setAttribute("aria-label", place.textContent);
    confidence.hidden = !confident || !asked();
    grades.hidden = s.scale !== "grades" || !asked();
    number.hidden = s.scale !== "number" || !asked();
    low.textContent = words("no");
    high.textContent = words("yes");
    slider.setAttribute("aria-label", words("slider"));
    number.setAttribute("aria-label", words("amount"));
    grades.setAttribute("aria-label", words("grade"));
    if (document.activeElement !== slider || +slider.value !== s.value) slider.value = s.value ?? 50;
    if (document.activeElement !== number) number.value = s.value ?? "";
    slider.setAttribute("aria-valuetext", spoken());
    track.classList.toggle("xr-unset", s.value === null);
    const at = s.value ?? 50;
    slider.style.setProperty("--from", `${Math.min(at, 50)}%`);
    slider.style.setProperty("--to", `${Math.max(at, 50)}%`);
    grades.replaceChildren(...(s.scale === "grades" ? s.levels : []).map((level, i) => {
      const button = element("button", "jupyter-button", level);
      button.type = "button";
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", s.value === i);
      button.classList.toggle("mod-active", s.value === i);
      button.onclick = () => put(i);
      return button;
    }));
    said.textContent = asked() ? spoken() : "";
    commit.textContent = words(s.phase);
    commit.disabled = !ready();
    keys.textContent = words(confident ? "keys" : "keys_plain");
    keys.hidden = !asked();
    tick();
  }

  function tick() {
    const seconds = begun ? (performance.now() - begun) / 1000 : 0;
    const left = s.limit === null ? seconds : Math.max(s.limit - seconds, 0);
    const whole = s.limit === null ? Math.floor(left) : Math.ceil(left);
    timer.textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    timer.title = words(s.limit === null ? "taken" : "left");
    timer.hidden = !asked();
    timer.classList.toggle("xr-late", s.limit !== null && left <= 10);
    if (s.limit !== null && left <= 0 && asked() && s.token && expired !== s.token && sent !== s.token) {
      expired = s.token;
      model.send({ type: "expired", token: s.token });
    }
  }

  function press(e) {
    if (!s.token || !root.isConnected) return;
    const at = document.activeElement, digit = answerKey(e, commit);
    if (digit === "enter") send();
    else if (digit !== null && asked()) {
      if (s.scale === "confidence") put(10 * digit + 5);
      else if (s.scale === "grades" && digit >= 1 && digit <= s.levels.length) put(digit - 1);
      else return;
    } else if (s.value === null && s.scale === "confidence" && at === slider && !e.altKey && !e.metaKey && /^Arrow/.test(e.key)) {
      put(/Right|Up/.test(e.key) ? 55 : 45); // the first step leaves the middle, which is no answer
    } else return;
    e.preventDefault();
    e.stopPropagation();
  }

  slider.addEventListener("input", () => {
    const value = +slider.value;
    put(value === 50 ? (s.value !== null && s.value < 50 ? 51 : 49) : value); // 50 takes no side
  });
  slider.addEventListener("pointerdown", () => setTimeout(() => { if (s.value === null) put(+slider.value <= 50 ? 49 : 51); }));
  number.addEventListener("input", () => put(number.value === "" ? null : +number.value));
  commit.addEventListener("click", send);
  document.addEventListener("keydown", press, true);

  function adopt(key) {
    s[key] = model.get(key);
    if (key === "elapsed" || key === "token") begun = performance.now() - 1000 * model.get("elapsed");
    if (key === "token") {
      sent = "";
      moves = 0;
      if (s.token && !matchMedia("(pointer: coarse)").matches) requestAnimationFrame(() => (asked() ? slider : commit).focus({ preventScroll: true }));
    }
    draw();
  }
  const listeners = STATE.map((key) => ["change:" + key, () => adopt(key)]);
  listeners.push(["msg:custom", (message) => { if (message.type === "again") { sent = ""; draw(); } }]);
  for (const [event, listener] of listeners) model.on(event, listener);
  for (const key of STATE) s[key] = model.get(key);
  if (s.token) adopt("token");
  draw();
  const clock = setInterval(tick, 250);
  model.send({ type: "ready" });

  return () => {
    clearInterval(clock);
    document.removeEventListener("keydown", press, true);
    for (const [event, listener] of listeners) model.off(event, listener);
  };
}

export default { render };
