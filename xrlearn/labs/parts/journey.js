// Which lessons were opened and answered, kept in this browser alone; shown on the home page's cards, saved as a file.
const KEY = "xrlearn.progress";

function kept() {
  try {
    return checked(JSON.parse(localStorage.getItem(KEY)));
  } catch {
    return {}; // nothing kept, or a browser that keeps nothing
  }
}

// {lesson: {opened: "2026-01-31", right: 2, of: 3}}; whatever is not of this shape is left out
function checked(given) {
  const good = {};
  for (const [lesson, entry] of Object.entries(given ?? {})) {
    const { opened, right, of } = entry ?? {};
    if (/^[a-z_]{1,40}$/.test(lesson) && /^\d{4}-\d\d-\d\d$/.test(opened) && Number.isInteger(right)
        && Number.isInteger(of) && 0 <= right && right <= of && of <= 20) good[lesson] = { opened, right, of };
  }
  return good;
}

function merge(more) {
  const all = kept();
  for (const [lesson, entry] of Object.entries(checked(more))) {
    const had = all[lesson] ?? entry;
    all[lesson] = { opened: had.opened < entry.opened ? had.opened : entry.opened, right: Math.max(had.right, entry.right), of: entry.of };
  }
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // a browser that keeps nothing: the page works without
  }
}

function fill(words, values) {
  return words.replace(/{(\w+)}/g, (_, name) => values[name]);
}

function render({ model, el }) {
  const lesson = model.get("lesson");
  return lesson ? note(model, lesson, el) : home(model, el);
}

// In a class the server counts who chose what, for the teacher's page: never who, and the reader is told.
function tell(model, lesson, el) {
  const settings = document.getElementById("jupyter-config-data");
  if (!settings || !("xrClass" in document.body.dataset)) return;
  const { baseUrl, kernelId } = JSON.parse(settings.textContent);
  const words = el.appendChild(document.createElement("p"));
  words.className = "xr-soft";
  const draw = () => { words.textContent = model.get("labels").counted; };
  model.on("change:labels", draw);
  draw();
  const post = () => fetch(`${baseUrl}xrlearn/answers/${kernelId}`, {
    method: "POST", body: JSON.stringify({ lesson, answers: model.get("answers") }),
    headers: { "X-XSRFToken": document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "" },
  }).catch(() => {}); // the page works without
  model.on("change:answers", post);
  if (Object.keys(model.get("answers")).length) post(); // a quick reader has answered already
}

function note(model, lesson, el) {
  const write = () => {
    const opened = new Date().toISOString().slice(0, 10);
    merge({ [lesson]: { opened, right: model.get("right"), of: model.get("of") } });
  };
  model.on("change:right", write);
  write();
  tell(model, lesson, el);
}

function home(model, el) {
  el.classList.add("xr-journey");
  const said = el.appendChild(document.createElement("p"));
  said.setAttribute("role", "status");
  const row = el.appendChild(document.createElement("div"));
  const [save, load, forget] = ["save", "load", "forget"].map((name) => {
    const button = row.appendChild(document.createElement("button"));
    button.className = "jupyter-button";
    button.dataset.name = name;
    return button;
  });
  const file = el.appendChild(document.createElement("input"));
  Object.assign(file, { type: "file", accept: ".json,application/json", hidden: true });
  let refused = false;

  function draw() {
    const words = model.get("labels"), all = kept(), entries = Object.values(all);
    for (const card of document.querySelectorAll(".xr-home [data-lesson]")) {
      const entry = all[card.dataset.lesson], place = card.querySelector(".xr-kept");
      const text = !entry ? "" : fill(entry.right ? words.answered : words.opened, entry);
      if (place && place.textContent !== text) place.textContent = text;
      card.classList.toggle("xr-done", Boolean(entry && entry.of && entry.right === entry.of));
    }
    const sum = (name) => entries.reduce((total, entry) => total + entry[name], 0);
    const totals = { opened: entries.length, right: sum("right"), of: sum("of") };
    const text = refused ? words.refused : entries.length ? fill(words.sum, totals) : words.none;
    if (said.textContent !== text) said.textContent = text;
    for (const button of [save, load, forget]) {
      if (button.textContent !== words[button.dataset.name]) button.textContent = words[button.dataset.name];
    }
    save.disabled = forget.disabled = entries.length === 0;
  }

  save.onclick = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(kept(), null, 1)], { type: "application/json" }));
    link.download = "xrlearn-progress.json";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  load.onclick = () => file.click();
  file.onchange = async () => {
    try {
      const given = JSON.parse(await file.files[0].text());
      refused = Object.keys(checked(given)).length === 0;
      merge(given);
    } catch {
      refused = true;
    }
    file.value = "";
    draw();
  };
  forget.onclick = () => {
    localStorage.removeItem(KEY);
    refused = false;
    draw();
  };
  model.on("change:labels", draw);
  const watch = new MutationObserver(draw);
  watch.observe(document.body, { childList: true, subtree: true });
  draw();
  return () => watch.disconnect();
}

export default { render };
