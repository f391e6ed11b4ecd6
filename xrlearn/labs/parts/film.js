// Pixels to picture, without the document: nothing here knows about mouse, keyboard or page.

/** Grey values as 16 bits, and half-size copies of them (box means), so that a film seen small does not flicker. */
function pyramid(rows, cols, values) {
  const levels = [{ rows, cols, values }];
  while (Math.min(rows, cols) > 64) {
    const from = levels.at(-1);
    [rows, cols] = [from.rows >> 1, from.cols >> 1];
    const half = new Uint16Array(rows * cols);
    for (let r = 0, i = 0; r < rows; r++) {
      for (let c = 0, j = 2 * r * from.cols; c < cols; c++, i++, j += 2) {
        const k = j + from.cols;
        half[i] = (from.values[j] + from.values[j + 1] + from.values[k] + from.values[k + 1] + 2) >> 2;
      }
    }
    levels.push({ rows, cols, values: half });
  }
  return levels;
}

/** Bytes off the wire to 16-bit grey values (8-bit ones are spread over the same range). */
function decode(view, bytes) {
  const raw = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return bytes === 2 ? new Uint16Array(raw) : Uint16Array.from(new Uint8Array(raw), (v) => v * 257);
}

/**
 * The affine map from film (column, row) to the screen, as a canvas matrix. `turn` counts quarter turns clockwise,
 * `flip` mirrors left and right as seen, `aspect` is pixel height over pixel width.
 */
function filmToScreen({ width, height, shape, aspect, zoom, centre, turn, flip }) {
  const [rows, cols] = shape;
  const odd = turn % 2 === 1;
  const fit = Math.min(width / (odd ? rows * aspect : cols), height / (odd ? cols : rows * aspect));
  const s = fit * zoom;
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][turn];
  const mirror = flip ? -1 : 1;
  const [row, col] = centre ?? [rows / 2, cols / 2];
  const m = { a: mirror * s * cos, b: s * sin, c: -mirror * s * sin * aspect, d: s * cos * aspect, scale: s };
  m.e = width / 2 - m.a * col - m.c * row;
  m.f = height / 2 - m.b * col - m.d * row;
  return m;
}

const toScreen = (m, [row, col]) => [m.a * col + m.c * row + m.e, m.b * col + m.d * row + m.f];

function toFilm(m, [x, y]) {
  const det = m.a * m.d - m.b * m.c;
  const [dx, dy] = [x - m.e, y - m.f];
  return [(m.a * dy - m.b * dx) / det, (m.d * dx - m.c * dy) / det];
}

/** For each screen pixel along one axis: the two neighbours on the film (as array offsets) and the weight between. */
function axis(count, start, step, size, stride) {
  const near = new Int32Array(count);
  const next = new Int32Array(count);
  const weight = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const t = Math.min(Math.max(start + i * step, 0), size - 1);
    const t0 = Math.floor(t);
    near[i] = t0 * stride;
    next[i] = Math.min(t0 + 1, size - 1) * stride;
    weight[i] = t - t0;
  }
  return { near, next, weight };
}

/**
 * Resample the film at screen resolution (bilinear, from the level nearest in size). `m` is in device pixels.
 * Returns the grey values and the rectangle they fill. Turns are by quarters, so rows and columns stay separate.
 */
function resample(film, m, width, height) {
  const [rows, cols] = film.shape;
  const corners = [toScreen(m, [0, 0]), toScreen(m, [rows, cols])];
  const bound = (k, end) => corners.map((p) => Math.min(Math.max(Math.round(p[k]), 0), end)).sort((p, q) => p - q);
  const [[x0, x1], [y0, y1]] = [bound(0, width), bound(1, height)];
  const [w, h] = [x1 - x0, y1 - y0];
  const out = { x: x0, y: y0, width: w, height: h, values: new Uint16Array(w * h) };
  if (!out.values.length) return out;

  const step = film.levels[0].cols / cols / m.scale;
  const level = film.levels[Math.min(Math.max(Math.round(Math.log2(step)), 0), film.levels.length - 1)];
  const [perRow, perCol] = [level.rows / rows, level.cols / cols];
  const [row0, col0] = toFilm(m, [x0 + 0.5, y0 + 0.5]);
  const [row1, col1] = toFilm(m, [x0 + 1.5, y0 + 1.5]);
  const alongRows = (count) => axis(count, row0 * perRow - 0.5, (row1 - row0) * perRow, level.rows, level.cols);
  const alongCols = (count) => axis(count, col0 * perCol - 0.5, (col1 - col0) * perCol, level.cols, 1);
  const turned = Math.abs(m.a) < Math.abs(m.b);
  const across = turned ? alongRows(w) : alongCols(w);
  const down = turned ? alongCols(h) : alongRows(h);

  const { values } = level;
  for (let y = 0, i = 0; y < h; y++) {
    const [b0, b1, v] = [down.near[y], down.next[y], down.weight[y]];
    for (let x = 0; x < w; x++, i++) {
      const [a0, a1, u] = [across.near[x], across.next[x], across.weight[x]];
      const top = values[a0 + b0] * (1 - u) + values[a1 + b0] * u;
      const bottom = values[a0 + b1] * (1 - u) + values[a1 + b1] * u;
      out.values[i] = top * (1 - v) + bottom * v;
    }
  }
  return out;
}

/** One colour for each of the 65,536 grey values, under the window [low, high] (fractions of the stored range). */
function greys(table, [low, high], invert) {
  const width = Math.max(high - low, 1e-6);
  for (let i = 0; i < 65536; i++) {
    const t = Math.min(Math.max((i / 65535 - low) / width, 0), 1);
    const v = Math.round(255 * (invert ? 1 - t : t));
    table[i] = 0xff000000 | (v << 16) | (v << 8) | v;
  }
  return table;
}

// Inferno (van der Walt and Smith, CC0) at 17 even steps: rises evenly in lightness, safe for colour-blind readers.
const INFERNO =
  "000004,0b0724,210c4a,3d0965,57106e,71196e,8a226a,a32c61,bc3754,d24644,e45a31,f1731d,f98e09,fcac11,f9cb35,f2ea69,fcffa4"
    .split(",")
    .map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

function inferno(t) {
  const at = Math.min(Math.max(t, 0), 1) * (INFERNO.length - 1);
  const i = Math.min(Math.floor(at), INFERNO.length - 2);
  return INFERNO[i].map((from, k) => Math.round(from + (INFERNO[i + 1][k] - from) * (at - i)));
}

/** A heat map (bytes, 0 to 255) as a picture whose opacity rises with the value: what is cold hides nothing. */
function heatPicture(rows, cols, view) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [cols, rows];
  const picture = new ImageData(cols, rows);
  const colours = Array.from({ length: 256 }, (_, v) => [...inferno(v / 255), v]);
  for (let i = 0; i < rows * cols; i++) picture.data.set(colours[view.getUint8(i)], 4 * i);
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}
