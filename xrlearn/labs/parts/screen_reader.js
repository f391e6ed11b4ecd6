// What a screen reader needs on the control itself: ipywidgets writes names and values of its sliders beside them only.
function render({ model }) {
  function name() {
    for (const slider of document.querySelectorAll(".xr-page .widget-slider")) {
      const handle = slider.querySelector(".noUi-handle");
      put(handle, "aria-label", slider.querySelector(".widget-label")?.textContent);
      put(handle, "aria-valuetext", slider.querySelector(".widget-readout")?.textContent); // not the exponent of a dose
    }
    for (const nothing of document.querySelectorAll(".xr-page [title=null]")) nothing.removeAttribute("title");
    for (const nothing of document.querySelectorAll(".xr-page [aria-label=null]")) nothing.removeAttribute("aria-label");
    for (const buttons of document.querySelectorAll(".xr-page .widget-toggle-buttons")) {
      put(buttons, "role", "group");
      const label = buttons.querySelector(".widget-label");
      put(buttons, "aria-label", label?.title || label?.textContent);
      for (const button of buttons.querySelectorAll("button")) {
        put(button, "aria-pressed", String(button.classList.contains("mod-active")));
      }
    }
  }
  function put(node, attribute, value) {
    if (node && value && node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
  }
  /** Move the focus to what came in place of a control that went, once it is there to be seen. */
  function move({ focus }, buffers, tries = 60) {
    const node = document.querySelector(`.xr-page ${focus}`);
    if (!node?.checkVisibility()) {
      if (tries) requestAnimationFrame(() => move({ focus }, buffers, tries - 1));
      return;
    }
    if (!node.matches("a, button, input, select, [tabindex]")) node.tabIndex = -1;
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest" });
  }
  model.on("msg:custom", move);
  const watch = new MutationObserver(name);
  const attributeFilter = ["class", "title", "aria-label", "aria-valuetext"];
  watch.observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter });
  name();
  return () => {
    watch.disconnect();
    model.off("msg:custom", move);
  };
}

export default { render };
