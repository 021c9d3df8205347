// The browser side of image_grid.py: paints grey images into canvases and keeps the canvases.

import { splitHeader } from "../shared/bytes.js";
import { keeping } from "../shared/component.js";
import { element, offerFile } from "../shared/dom.js";
import { FilmFollower } from "../epoch_slider/state.js";
import { contextOf, greyImage, newImage } from "../shared/images.js";
import { Menu } from "../shared/menu.js";
import { squaredDistance, takeRow } from "../shared/vectors.js";

/**
 * @import { Frame } from "../epoch_slider/state.js"
 *
 * @typedef {object} ImagesHeader what image_grid.py says of the images
 * @property {[number, number, number, number]} shape rows, columns, height, width
 * @property {string} alt
 * @property {number} pixels width of an image on the screen
 * @property {string} menu what its button offers
 * @property {string} save what the only entry does
 * @property {string} file what a saved file is called, without its ending
 * @property {boolean} [mosaic]
 * @property {string[]} labels of the rows; a mosaic has no words
 * @property {string[]} captions of the columns
 * @property {string} captionLabel
 * @property {{ run: string, array: string, rows: number[], row: number, errors: boolean }} [film]
 *
 * @typedef {object} Pixels
 * @property {number} rows
 * @property {number} columns
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} grey
 *
 * @typedef {ImagesHeader & Pixels} Images
 * @typedef {{ box: HTMLElement, canvases: HTMLCanvasElement[], caption: HTMLElement }} Example
 */

const GAP = 8; // pixels between columns, as in image_grid.css
const LEAST = 0.75; // of its size an image keeps where that puts all columns beside each other
const SAVED_SCALE = 2; // pixels of a saved picture per pixel of the screen

/** The images of one call. The layout is built anew only when it changes, never to repaint. */
class ImageBoard {
  /** @type {Images} as the server sent them */
  newest;
  /** @type {Images} as they are shown, maybe in another epoch */
  images;
  /** @type {Menu | undefined} */
  menu;
  /** @type {string | undefined} what the elements were made for */
  layout;
  /** @type {HTMLCanvasElement} of a mosaic */
  canvas;
  /** @type {Example[]} the columns of rows */
  examples = [];

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = element("div", { className: "tiles board", role: "img", "data-testid": "tiles" });
    this.frame = element("div", { className: "tiles-frame board" }, [this.root]);
    parent.append(this.frame);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
    this.follower = new FilmFollower(() => this.draw());
  }

  /** @param {Uint8Array} bytes what `_packed` in image_grid.py wrote */
  update(bytes) {
    /** @type {[ImagesHeader, Uint8Array]} */
    const [header, grey] = splitHeader(bytes);
    const { shape, alt, menu, save, film } = header;
    const [rows, columns, height, width] = shape;
    this.newest = { ...header, rows, columns, height, width, grey };
    this.follower.follow(film?.run);
    this.root.setAttribute("aria-label", alt);
    if (!this.menu) {
      const item = { name: "tiles-png", text: save, act: () => this.offerPicture() };
      this.menu = new Menu(menu, [item]);
      this.frame.append(this.menu.root);
    }
    this.menu.name(alt);
    this.draw();
  }

  draw() {
    if (!this.newest) return;
    this.images = inFrame(this.newest, this.follower.frame);
    if (this.images.mosaic) this.drawMosaic();
    else this.drawRows();
  }

  drawMosaic() {
    const { rows, columns, height, width, pixels } = this.images;
    if (this.changed(`mosaic ${this.images.shape}`)) {
      this.canvas = newImage([rows * height, columns * width], columns * pixels, "mosaic");
      this.root.replaceChildren(this.canvas);
    }
    this.canvas.style.width = `${columns * pixels}px`;
    const context = contextOf(this.canvas);
    for (let index = 0; index < rows * columns; index += 1) {
      const [x, y] = [(index % columns) * width, Math.floor(index / columns) * height];
      context.putImageData(picture(this.images, index), x, y);
    }
  }

  drawRows() {
    const { columns, labels, captions, captionLabel, shape } = this.images;
    const perBand = this.columnsPerBand();
    const pixels = this.pixels();
    const layout = [shape, pixels, labels, captionLabel, captions.length, perBand];
    if (this.changed(JSON.stringify(layout))) {
      this.examples = Array.from({ length: columns }, () => this.newExample());
      this.root.replaceChildren(...this.bands(perBand));
    }
    this.examples.forEach(({ canvases, caption }, column) => {
      canvases.forEach((one, row) => {
        contextOf(one).putImageData(picture(this.images, row * columns + column), 0, 0);
      });
      const text = captions[column] ?? "";
      if (caption.textContent !== text) caption.textContent = text;
    });
  }

  /** @param {string} layout */
  changed(layout) {
    if (layout === this.layout) return false;
    this.layout = layout;
    return true;
  }

  /** How many columns fit beside the labels; all of them while the width is not known. */
  columnsPerBand() {
    const { columns } = this.images;
    if (!this.root.clientWidth) return columns;
    const fitting = Math.floor((this.room() + GAP) / (this.pixels() + GAP));
    return Math.max(1, Math.min(columns, fitting));
  }

  /** The width for images, in pixels. */
  room() {
    return this.root.clientWidth - this.labelWidth();
  }

  /** The width of an image: a little smaller than asked for, if all fit beside each other then. */
  pixels() {
    const { columns, pixels } = this.images;
    const fitting = Math.floor((this.room() + GAP) / columns) - GAP;
    return fitting < pixels && fitting >= LEAST * pixels ? fitting : pixels;
  }

  labelWidth() {
    const { labels, captionLabel } = this.images;
    const lengths = captionLabel.split("\n").map((line) => line.length);
    const longest = Math.max(...labels.map(wrappedLength), ...lengths);
    if (!longest) return 0;
    return Math.ceil(longest * 0.55 * parseFloat(getComputedStyle(this.root).fontSize)) + GAP;
  }

  /** @returns {Example} */
  newExample() {
    const { rows, width, height } = this.images;
    const pixels = this.pixels();
    const canvases = Array.from({ length: rows }, () => newImage([height, width], pixels, "tile"));
    const caption = element("div", { className: "caption" });
    const box = element("div", { className: "example" }, [...canvases, caption]);
    box.style.width = `${pixels}px`;
    return { box, canvases, caption };
  }

  /** @param {number} perBand */
  bands(perBand) {
    const bands = [];
    for (let start = 0; start < this.examples.length; start += perBand) {
      const boxes = this.examples.slice(start, start + perBand).map(({ box }) => box);
      bands.push(element("div", { className: "band" }, [...this.newLabels(), ...boxes]));
    }
    return bands;
  }

  newLabels() {
    if (!this.labelWidth()) return [];
    const { labels, captionLabel, width, height } = this.images;
    const pixels = this.pixels();
    const lines = labels.map((label) => element("div", { textContent: label }));
    for (const line of lines) line.style.height = `${(pixels * height) / width}px`;
    const caption = element("div", { className: "caption", textContent: captionLabel });
    const box = element("div", { className: "labels" }, [...lines, caption]);
    box.style.width = `${this.labelWidth() - GAP}px`;
    return [box];
  }

  /** A picture of what is on the screen, words included, for a report. */
  offerPicture() {
    const { left, top, width, height } = this.root.getBoundingClientRect();
    const size = { width: Math.ceil(width * SAVED_SCALE), height: Math.ceil(height * SAVED_SCALE) };
    const canvas = element("canvas", size);
    const context = contextOf(canvas);
    context.scale(SAVED_SCALE, SAVED_SCALE);
    context.imageSmoothingEnabled = false;
    const style = getComputedStyle(this.root);
    context.fillStyle = style.getPropertyValue("--st-background-color") || "white";
    context.fillRect(0, 0, width, height);
    context.fillStyle = style.color;
    for (const one of this.root.querySelectorAll("canvas")) {
      const box = one.getBoundingClientRect();
      context.drawImage(one, box.left - left, box.top - top, box.width, box.height);
    }
    for (const one of this.root.querySelectorAll(".caption, .labels div")) {
      writeText(context, one, left, top);
    }
    offerFile(canvas.toDataURL("image/png"), `${this.images.file}.png`);
  }

  close() {
    this.follower.leave();
    this.observer.disconnect();
    this.menu?.remove();
    this.frame.remove();
  }
}

/**
 * How many letters a label is wide, on two lines.
 *
 * @param {string} label
 */
function wrappedLength(label) {
  const words = label.split(" ");
  const widths = words.map((_, place) =>
    Math.max(words.slice(0, place).join(" ").length, words.slice(place).join(" ").length),
  );
  return Math.min(...widths);
}

/**
 * The images with one row as it was in a frame of the film; black where that holds no such.
 *
 * @param {Images} images
 * @param {Frame | null} frame
 * @returns {Images}
 */
function inFrame(images, frame) {
  const { film, columns, width, height } = images;
  const stored = film && frame?.arrays[film.array];
  const size = width * height;
  if (!film || !stored || stored.shape[1] !== size) return images;
  const [grey, captions] = [images.grey.slice(), [...(images.captions ?? [])]];
  film.rows.forEach((row, column) => {
    const isStored = row < stored.shape[0];
    const pixels = isStored ? takeRow(stored.values, row, size) : new Uint8Array(size);
    grey.set(pixels, (film.row * columns + column) * size);
    if (!film.errors) return;
    const original = takeRow(grey, column, size); // the first row is theirs
    // As `squared_errors` in run_sample.py: per pixel, in units of white = 1.
    const error = squaredDistance(original, pixels) / size / 255 ** 2;
    captions[column] = [
      isStored ? error.toFixed(4) : "–",
      ...captions[column].split("\n").slice(1),
    ].join("\n");
  });
  return { ...images, grey, captions };
}

/**
 * One of the images.
 *
 * @param {Images} images
 * @param {number} index
 */
function picture({ grey, width, height }, index) {
  return greyImage(takeRow(grey, index, width * height), width, height);
}

/**
 * Writes an element's lines where the screen shows them.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Element} place
 * @param {number} left of the origin
 * @param {number} top of the origin
 */
function writeText(context, place, left, top) {
  const { font, textAlign } = getComputedStyle(place);
  const words = document.createRange();
  words.selectNodeContents(place);
  const box = words.getBoundingClientRect();
  const lines = (place.textContent ?? "").split("\n");
  const x = { center: box.left + box.width / 2, right: box.right }[textAlign] ?? box.left;
  Object.assign(context, { font, textAlign, textBaseline: "middle" });
  lines.forEach((line, index) => {
    context.fillText(line, x - left, box.top - top + ((index + 0.5) * box.height) / lines.length);
  });
}

export default keeping(ImageBoard);
