// Sends a file to Python piece by piece, each asked for by the one before: no message is large, none piles up.

function render({ model, el }) {
  let file = null, sent = 0;

  const input = document.createElement("input");
  input.type = "file";
  input.className = "xr-drop-input";
  const title = document.createElement("strong");
  const choose = document.createElement("span");
  choose.className = "xr-drop-choose";
  const hint = document.createElement("small");
  const bar = document.createElement("progress");
  const status = document.createElement("div");
  status.setAttribute("role", "status");
  const area = document.createElement("label");
  area.className = "xr-drop";
  area.append(input, title, choose, hint, bar, status);
  el.append(area);

  const words = (key, values = {}) => model.get("labels")[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const megabytes = (bytes) => Math.round(bytes / 2 ** 20);
  let said = null;
  function say(key, values, kind = "note") {
    said = key && { key, values, kind };
    status.textContent = said ? words(key, values) : "";
    status.dataset.kind = kind;
  }
  function relabel() {
    title.textContent = words("title");
    choose.textContent = words("choose");
    hint.textContent = words("hint", { mb: megabytes(model.get("limit")) });
    input.setAttribute("aria-label", words("choose"));
    if (said) say(said.key, said.values, said.kind);
  }
  function busy(on) {
    bar.hidden = !on;
    input.disabled = on;
    area.setAttribute("aria-busy", on);
    if (!on) { file = null; input.value = ""; }
  }

  function take(files) {
    if (file || !files.length) return;
    if (files.length > 1) return say("one_at_a_time", {}, "error");
    if (files[0].size > model.get("limit")) return say("too_large", { mb: megabytes(model.get("limit")) }, "error");
    file = files[0];
    bar.max = Math.max(file.size, 1);
    busy(true);
    say("sending", { name: file.name });
    piece(0);
  }
  async function piece(at) {
    const part = file.slice(at, at + model.get("piece"));
    try {
      const bytes = await part.arrayBuffer();
      bar.value = sent = at + bytes.byteLength;
      model.send({ type: "piece", at, size: file.size }, undefined, [bytes]);
    } catch { // a folder, or a file that has gone
      busy(false);
      say("unreadable", {}, "error");
    }
  }
  function hear(message) {
    if (!file) return;
    if (message.type === "next" && message.at === sent) piece(message.at);
    else if (message.type === "arrived") say("reading", { name: file.name });
    else if (message.type === "refused") { busy(false); say("unreadable", {}, "error"); }
    else if (message.type === "done") { busy(false); say(null); }
  }

  input.addEventListener("change", () => take(input.files));
  const stop = (e) => { e.preventDefault(); e.stopPropagation(); };
  area.addEventListener("dragover", (e) => { stop(e); area.classList.add("xr-over"); });
  area.addEventListener("dragleave", () => area.classList.remove("xr-over"));
  area.addEventListener("drop", (e) => { stop(e); area.classList.remove("xr-over"); take(e.dataTransfer.files); });
  model.on("change:labels", relabel);
  model.on("msg:custom", hear);
  relabel();
  busy(false);
  return () => { model.off("change:labels", relabel); model.off("msg:custom", hear); };
}

export default { render };
