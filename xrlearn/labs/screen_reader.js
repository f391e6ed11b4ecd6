// Sliders and answer buttons of ipywidgets have their names beside them only; a screen reader needs them on the control.
function render({ el }) {
  function name() {
    for (const slider of document.querySelectorAll(".xr-page .widget-slider")) {
      put(slider.querySelector(".noUi-handle"), "aria-label", slider.querySelector(".widget-label")?.textContent);
    }
    for (const buttons of document.querySelectorAll(".xr-page .widget-toggle-buttons")) {
      put(buttons, "role", "group");
      put(buttons, "aria-label", buttons.querySelector(".widget-label")?.title);
      for (const button of buttons.querySelectorAll("button")) {
        put(button, "aria-pressed", String(button.classList.contains("mod-active")));
      }
    }
  }
  function put(node, attribute, value) {
    if (node && value && node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
  }
  const watch = new MutationObserver(name);
  watch.observe(document.body, { childList: true, subtree: true, attributeFilter: ["class", "title"] });
  name();
  return () => watch.disconnect();
}

export default { render };
