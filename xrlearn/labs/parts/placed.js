// Shows a picture from Python; a drag or an arrow key says where the thing on it shall go.

const STEP = 0.03, FAR = 0.3; // of the picture: one key press; how far off it a thing may be pushed

function render({ model, el }) {
  const image = document.createElement("img");
  image.className = "xr-placed";
  image.draggable = false;
  image.tabIndex = 0;
  el.append(image);
  let address = null, held = false;

  function draw() {
    if (address) URL.revokeObjectURL(address);
    const bytes = model.get("picture");
    address = bytes.byteLength ? URL.createObjectURL(new Blob([bytes], { type: "image/png" })) : null;
    if (address) image.src = address;
    else image.removeAttribute("src");
  }
  function relabel() {
    const movable = model.get("movable");
    image.alt = model.get("labels")[movable ? "movable" : "still"];
    image.title = movable ? model.get("labels").hint : "";
    image.classList.toggle("xr-movable", movable);
  }
  function put(row, column) {
    const within = (share) => Math.min(1 + FAR, Math.max(-FAR, share));
    model.set("spot", [within(row), within(column)]);
    model.save_changes();
  }
  function follow(event) {
    const box = image.getBoundingClientRect();
    put((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
  }
  image.addEventListener("pointerdown", (event) => {
    if (!model.get("movable")) return;
    held = true;
    image.setPointerCapture(event.pointerId);
    follow(event);
  });
  image.addEventListener("pointermove", (event) => held && follow(event));
  for (const end of ["pointerup", "pointercancel"]) image.addEventListener(end, () => { held = false; });
  image.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!way || !model.get("movable")) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would move to another cell
    const [row, column] = model.get("spot");
    put(row + way[0] * STEP, column + way[1] * STEP);
  });
  const heard = { "change:picture": draw, "change:labels": relabel, "change:movable": relabel };
  for (const [name, act] of Object.entries(heard)) model.on(name, act);
  draw();
  relabel();
  return () => {
    for (const [name, act] of Object.entries(heard)) model.off(name, act);
    if (address) URL.revokeObjectURL(address);
  };
}

export default { render };
