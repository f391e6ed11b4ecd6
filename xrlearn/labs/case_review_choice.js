// One of several classes or grades, each with its name, its key, and a picture where there is one.

function render({ model, el }) {
  const group = document.createElement("div");
  group.className = "xr-choice";
  group.setAttribute("role", "radiogroup");
  el.append(group);

  function put(value) {
    model.set("value", value);
    model.save_changes();
  }
  function draw() {
    const [names, pictures, value] = [model.get("names"), model.get("pictures"), model.get("value")];
    group.setAttribute("aria-label", model.get("label"));
    const focused = [...group.children].indexOf(document.activeElement);
    group.replaceChildren(...names.map((name, i) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "jupyter-button", disabled: model.get("disabled") });
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", value === i);
      button.setAttribute("aria-keyshortcuts", i);
      button.tabIndex = i === (value ?? 0) ? 0 : -1;
      button.classList.toggle("mod-active", value === i);
      if (pictures[i]) {
        const picture = document.createElement("img");
        Object.assign(picture, { src: pictures[i], alt: "" });
        button.append(picture);
      }
      const [word, key] = [document.createElement("span"), document.createElement("kbd")];
      [word.textContent, key.textContent] = [name, i];
      button.append(word, key);
      button.onclick = () => put(i);
      return button;
    }));
    if (focused >= 0) group.children[Math.min(focused, names.length - 1)]?.focus({ preventScroll: true });
  }
  group.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step || model.get("disabled")) return;
    const n = group.children.length;
    const at = [...group.children].indexOf(document.activeElement);
    group.children[(at + step + n) % n].focus();
    put((at + step + n) % n);
    e.preventDefault();
  });
  const watched = ["names", "pictures", "value", "label", "disabled"].map((name) => "change:" + name);
  for (const name of watched) model.on(name, draw);
  draw();
  return () => { for (const name of watched) model.off(name, draw); };
}

export default { render };
