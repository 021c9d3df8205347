// The browser side of tiles.py: paints grey images into canvases and keeps the canvases.
//
// Streamlit calls the default function at each rerun, always with the same parentElement, and the
// function it returned when the element leaves the page.

const GAP = 8; // pixels between columns, as in tiles.css

const boards = new WeakMap();

export default function ({ data, parentElement }) {
  if (!boards.has(parentElement)) boards.set(parentElement, new Board(parentElement));
  boards.get(parentElement).update(unpack(data));
  return () => {
    // Streamlit also calls this when two reruns overtake each other, the element staying in place.
    if (parentElement.isConnected) return;
    boards.get(parentElement)?.close();
    boards.delete(parentElement);
  };
}

/** The header of a buffer as `_packed` in tiles.py writes it, and its grey values. */
function unpack(bytes) {
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  const [rows, columns, height, width] = header.shape;
  return { ...header, rows, columns, height, width, grey: bytes.subarray(start) };
}

/** The images of one call. The layout is built anew only when it changes, never to repaint. */
class Board {
  constructor(parent) {
    this.root = element("div", "tiles");
    this.root.dataset.testid = "tiles";
    this.root.setAttribute("role", "img");
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  update(images) {
    this.images = images;
    this.root.setAttribute("aria-label", images.alt);
    this.draw();
  }

  draw() {
    if (this.images.mosaic) this.drawMosaic();
    else this.drawRows();
  }

  drawMosaic() {
    const { rows, columns, height, width, pixels } = this.images;
    if (this.changed(`mosaic ${this.images.shape}`)) {
      this.canvas = canvas(columns * width, rows * height, "mosaic");
      this.root.replaceChildren(this.canvas);
    }
    this.canvas.style.width = `${columns * pixels}px`;
    const context = this.canvas.getContext("2d");
    for (let index = 0; index < rows * columns; index += 1) {
      const [x, y] = [(index % columns) * width, Math.floor(index / columns) * height];
      context.putImageData(picture(this.images, index), x, y);
    }
  }

  drawRows() {
    const { rows, columns, pixels, labels, captions, captionLabel, shape } = this.images;
    const perBand = this.columnsPerBand();
    if (this.changed(JSON.stringify([shape, pixels, labels, captionLabel, captions.length, perBand]))) {
      this.examples = Array.from({ length: columns }, () => this.newExample());
      this.root.replaceChildren(...this.bands(perBand));
    }
    this.examples.forEach(({ canvases, caption }, column) => {
      canvases.forEach((one, row) => {
        one.getContext("2d").putImageData(picture(this.images, row * columns + column), 0, 0);
      });
      const text = captions[column] ?? "";
      if (caption.textContent !== text) caption.textContent = text;
    });
  }

  changed(layout) {
    if (layout === this.layout) return false;
    this.layout = layout;
    return true;
  }

  /** How many columns fit beside the labels; all of them while the width is not known. */
  columnsPerBand() {
    const { columns, pixels } = this.images;
    const room = this.root.clientWidth - this.labelWidth();
    if (!this.root.clientWidth) return columns;
    return Math.max(1, Math.min(columns, Math.floor((room + GAP) / (pixels + GAP))));
  }

  labelWidth() {
    const { labels, captionLabel } = this.images;
    const lines = [...labels, ...captionLabel.split("\n")];
    const longest = Math.max(...lines.map((line) => line.length));
    if (!longest) return 0;
    return Math.ceil(longest * 0.55 * parseFloat(getComputedStyle(this.root).fontSize)) + GAP;
  }

  newExample() {
    const { rows, width, height, pixels } = this.images;
    const box = element("div", "example");
    box.style.width = `${pixels}px`;
    const canvases = Array.from({ length: rows }, () => canvas(width, height, "tile"));
    for (const one of canvases) one.style.width = `${pixels}px`;
    const caption = element("div", "caption");
    box.append(...canvases, caption);
    return { box, canvases, caption };
  }

  bands(perBand) {
    const bands = [];
    for (let start = 0; start < this.examples.length; start += perBand) {
      const band = element("div", "band");
      const boxes = this.examples.slice(start, start + perBand).map(({ box }) => box);
      band.append(...this.newLabels(), ...boxes);
      bands.push(band);
    }
    return bands;
  }

  newLabels() {
    if (!this.labelWidth()) return [];
    const { labels, captionLabel, width, height, pixels } = this.images;
    const box = element("div", "labels");
    box.style.width = `${this.labelWidth() - GAP}px`;
    for (const label of labels) {
      const line = element("div", "");
      line.textContent = label;
      line.style.height = `${(pixels * height) / width}px`;
      box.append(line);
    }
    const caption = element("div", "caption");
    caption.textContent = captionLabel;
    box.append(caption);
    return [box];
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }
}

/** One of the images, its grey values spread over red, green and blue. */
function picture({ grey, width, height }, index) {
  const size = width * height;
  const result = new ImageData(width, height);
  const pixels = new Uint32Array(result.data.buffer);
  for (let place = 0; place < size; place += 1) {
    pixels[place] = 0xff000000 | (grey[index * size + place] * 0x010101);
  }
  return result;
}

function canvas(width, height, className) {
  return Object.assign(element("canvas", className), { width, height });
}

function element(name, className) {
  return Object.assign(document.createElement(name), { className });
}
