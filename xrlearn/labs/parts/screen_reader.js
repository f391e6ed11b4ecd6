// What a screen reader needs on the control itself: ipywidgets writes names and values of its sliders beside them only.
function render({ el }) {
  function name() {
    for (const slider of document.querySelectorAll(".xr-page .widget-slider")) {
      const handle = slider.querySelector(".noUi-handle");
      put(handle, "aria-label", slider.querySelector(".widget-label")?.textContent);
      put(handle, "aria-valuetext", slider.querySelector(".widget-readout")?.textContent); // not the exponent of a dose
    }
    for (const buttons of document.querySelectorAll(".xr-page .widget-toggle-buttons")) {
      put(buttons, "role", "group");
      const title = buttons.querySelector(".widget-label")?.title;
      if (title) put(buttons, "aria-label", title);
      else if (buttons.getAttribute("aria-label") === "null") buttons.removeAttribute("aria-label");
      for (const button of buttons.querySelectorAll("button")) {
        put(button, "aria-pressed", String(button.classList.contains("mod-active")));
      }
    }
  }
  function put(node, attribute, value) {
    if (node && value && node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
  }
  const watch = new MutationObserver(name);
  const attributeFilter = ["class", "title", "aria-label", "aria-valuetext"];
  watch.observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter });
  name();
  return () => watch.disconnect();
}

export default { render };
