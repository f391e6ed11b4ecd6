// Tells Python of the answer keys pressed anywhere on the page; itself invisible.
function render({ model, el }) {
  function press(event) {
    const key = el.isConnected ? answerKey(event) : null;
    if (key === null) return;
    model.send({ type: "key", key });
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would take it for a command
  }
  document.addEventListener("keydown", press, true);
  return () => document.removeEventListener("keydown", press, true);
}

export default { render };
