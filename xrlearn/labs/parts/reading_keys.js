// Tells Python of the answer keys pressed anywhere on the page; itself invisible.
function render({ model, el }) {
  /** A minus turns the sign of a number where such numbers are asked for; in a field it is written. */
  function sign(event) {
    const written = document.activeElement?.closest("input:not([type=range]), textarea, [contenteditable=true]");
    return event.key === "-" && model.get("signed") && !event.ctrlKey && !event.altKey && !event.metaKey && !event.repeat && !written ? "-" : null;
  }
  function press(event) {
    // Enter on an answer that is chosen already commits it
    const chosen = document.activeElement?.closest(".xr-input [aria-checked=true], .xr-input [aria-pressed=true]");
    const key = el.isConnected ? answerKey(event, chosen) ?? sign(event) : null;
    if (key === null) return;
    model.send({ type: "key", key });
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would take it for a command
  }
  document.addEventListener("keydown", press, true);
  return () => document.removeEventListener("keydown", press, true);
}

export default { render };
