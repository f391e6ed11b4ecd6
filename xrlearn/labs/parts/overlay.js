// What is drawn over the film, from the viewer's state `s` alone.

/**
 * Everything that lies over the film, as SVG nodes: true lesions, the model's point, the reader's mark and lines.
 * `m` maps film to screen, `size` is the screen's; `draft` is a line not yet finished.
 */
function annotations(s, m, size, draft) {
  const nodes = [];
  const at = (point) => toScreen(m, point);
  const centre = ([row, col]) => at([row + 0.5, col + 0.5]); // whole pixels are named by their corner
  const draw = (tag, attributes, ...children) => nodes.push(make(tag, attributes, ...children));
  const tag = ([x, y], words, kind, anchor = "start") =>
    draw("text", { x, y, class: `xr-tag ${kind}`, "text-anchor": anchor }, words);
  const taken = []; // where angles are written, so that none is written over another
  function free([x, y]) {
    const over = ([u, v]) => Math.abs(u - x) < 90 && Math.abs(v - y) < 16;
    while (taken.some(over)) y += 4;
    taken.push([x, y]);
    return [x, y];
  }
  for (const { points, colour } of s.outlines) {
    draw("polygon", { points: points.map(at).join(" "), stroke: colour, class: "xr-outline" });
  }
  for (const [r0, c0, r1, c1] of s.boxes) {
    const [[xa, ya], [xb, yb]] = [at([r0, c0]), at([r1, c1])];
    const [x, y] = [Math.min(xa, xb), Math.min(ya, yb)];
    draw("rect", { x, y, width: Math.abs(xb - xa), height: Math.abs(yb - ya), rx: 2, class: "xr-box" });
    tag([x, y < 60 ? Math.max(ya, yb) + 16 : y - 6], s.labels.tag_box, "xr-box"); // not behind the slider of the heat map
  }
  for (const [x, y] of s.points.map(centre)) {
    draw("path", { d: `M${x} ${y - 9}L${x + 9} ${y}L${x} ${y + 9}L${x - 9} ${y}Z`, class: "xr-point" });
    tag([x, y + 25], s.labels.tag_point, "xr-point", "middle");
  }
  if (s.mark) {
    const [x, y] = centre(s.mark);
    draw("circle", { cx: x, cy: y, r: 13, class: "xr-mark" });
    draw("path", { d: `M${x - 20} ${y}h12M${x + 8} ${y}h12M${x} ${y - 20}v12M${x} ${y + 8}v12`, class: "xr-mark" });
    tag([x + 19, y - 11], s.labels.tag_mark, "xr-mark");
  }
  for (const shape of s.shapes) draw("path", { d: `M${shape.map((i) => at(s.corners[i])).join("L")}${shape.length > 2 ? "Z" : ""}`, class: "xr-shape" });
  if (s.adjustable) for (const [x, y] of s.corners.map(at)) draw("circle", { cx: x, cy: y, r: 3, class: "xr-corner" });
  const angles = plateAngles(s);
  s.plates.forEach((plate, k) => {
    const [p, q] = plateEnds(s, plate).map(at);
    const far = s.compare === "ratio" ? 0 : Math.min(0.6, 40 / Math.max(1, Math.hypot(p[0] - q[0], p[1] - q[1]))); // beyond the bone, so that it can be seen
    const reach = ([x, y], [u, v]) => [x + far * (x - u), y + far * (y - v)];
    const [a, b] = [reach(p, q), reach(q, p)];
    draw("path", { d: `M${a}L${b}`, class: "xr-plate" });
    if (k % 2) tag(free([clamp(Math.max(a[0], b[0]) + 8, 8, size.width - 74), clamp(a[0] > b[0] ? a[1] : b[1], 16, size.height - 46)]), angles[(k - 1) / 2], "xr-point");
  });
  for (const key of ["measurement", "angle", "lines"]) {
    const points = draft?.key === key ? draft.points : s[key];
    if (!points) continue;
    const dots = points.map(at);
    const pieces = key === "lines" ? [dots.slice(0, 2), dots.slice(2)] : [dots];
    for (const kind of ["xr-line xr-halo", "xr-line"]) for (const piece of pieces) draw("polyline", { points: piece.join(" "), class: kind });
    for (const [x, y] of dots) draw("circle", { cx: x, cy: y, r: 4.5, class: "xr-handle" });
    const words = measured(s, key, points);
    const [x, y] = key === "angle" ? dots[1] : dots.at(-1);
    const left = x > size.width - 150;
    if (words) tag([x + (left ? -12 : 12), clamp(y - 10, 16, size.height - 6)], words, "xr-measure", left ? "end" : "start");
  }
  if (s.spacing_mm) nodes.push(...scaleBar(s.spacing_mm, m, size));
  return nodes;
}

/** Whether a point lies within a polygon: a ray from it crosses the outline an odd number of times. */
function within(points, [row, col]) {
  let odd = false;
  points.forEach(([r1, c1], k) => {
    const [r0, c0] = points.at(k - 1);
    if ((r0 > row) !== (r1 > row) && col < c0 + ((row - r0) / (r1 - r0)) * (c1 - c0)) odd = !odd;
  });
  return odd;
}

/** A bar of a round length, at most 160 screen pixels long. */
function scaleBar(spacing, m, size) {
  const mm = spacing[1] / m.scale; // millimetres in one screen pixel
  const power = 10 ** Math.floor(Math.log10(mm * 160));
  const length = [5, 2, 1].find((k) => k * power <= mm * 160) * power;
  const [w, y] = [length / mm, size.height - 16];
  const x = (size.width - w) / 2;
  const path = make("path", { d: `M${x} ${y - 6}v6h${w}v-6M${x + w / 2} ${y - 4}v4`, class: "xr-scale" });
  const words = length >= 10 ? `${length / 10} cm` : `${length} mm`;
  return [path, make("text", { x: x + w / 2, y: y - 10, class: "xr-tag xr-scale", "text-anchor": "middle" }, words)];
}

/** The words beside a measurement: a length in mm where the spacing is known, an angle in degrees. */
function measured(s, key, points) {
  const [perRow, perCol] = s.spacing_mm ?? [1, 1];
  const step = (p, q) => [(q[0] - p[0]) * perRow, (q[1] - p[1]) * perCol];
  if (key === "measurement") {
    const length = Math.hypot(...step(...points));
    const mm = length.toFixed(1);
    return s.spacing_mm ? (s.scale ? fill(s.scale === "detector" ? s.labels.length_detector : s.labels.length_calibrated, { mm }) : `${mm} mm`) : fill(s.labels.length_px, { px: length.toFixed(0) });
  }
  if (key === "lines" && points.length < 4) return "";
  if (key === "lines") {
    const [u, v] = [step(points[0], points[1]), step(points[2], points[3])];
    return s.compare === "ratio" ? timesAsLong(u, v) : `${between(u, v).toFixed(1)}°`;
  }
  if (points.length < 3) return "";
  const [u, v] = [step(points[1], points[0]), step(points[1], points[2])];
  return `${turned(u, v).toFixed(1)}°`;
}

/** How many times as long as one step another is, in words. */
const timesAsLong = (u, v) => (Math.hypot(...v) / Math.max(Math.hypot(...u), 1e-9)).toFixed(2);

/** The angle in degrees from one step to another, 0 to 180. */
const turned = (u, v) => Math.abs(Math.atan2(u[0] * v[1] - u[1] * v[0], u[0] * v[0] + u[1] * v[1])) * 180 / Math.PI;

/** The angle between two lines in degrees, each a step [down, across]: of their tilts, so that a Cobb angle may exceed 90. */
function between(u, v) {
  const tilt = ([down, across]) => Math.atan2(across < 0 ? -down : down, Math.abs(across)) * 180 / Math.PI;
  const [a, b] = [tilt(u), tilt(v)];
  const apart = Math.abs(a - b);
  return Math.min(Math.abs(a), Math.abs(b)) > 45 && apart > 90 ? 180 - apart : apart; // upright lines have no left end
}

/** Both ends of a plate: the middle of each of its groups of corners; or the line through the first one's two shows the way. */
function plateEnds(s, [start, end]) {
  const middle = (group) => [0, 1].map((k) => group.reduce((sum, i) => sum + s.corners[i][k], 0) / group.length);
  const from = middle(start);
  if (end[0] >= 0) return [from, middle(end)];
  const [p, q] = start.map((i) => s.corners[i]);
  const looks = q[1] < p[1] ? -1 : 1, [down, across] = [q[0] - p[0], q[1] - p[1]], long = Math.hypot(down, across);
  const step = { [-1]: [0, looks * long], [-2]: [2 * long, 0], [-3]: [2 * looks * across, -2 * looks * down] }[end[0]]; // level, down, square
  return [from, [from[0] + step[0], from[1] + step[1]]];
}

/** What is said of each two plates, in words. */
function plateAngles(s) {
  const steps = s.plates.map((plate) => { const [p, q] = plateEnds(s, plate); return [q[0] - p[0], q[1] - p[1]]; });
  const said = (u, v) => s.compare === "ratio" ? timesAsLong(u, v) : `${turned(u, v).toFixed(1)}°`;
  return steps.filter((_, k) => k % 2).map((step, k) => `${s.names[k] ?? ""} ${said(steps[2 * k], step)}`.trim());
}
