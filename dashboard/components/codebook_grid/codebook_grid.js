// The browser side of codebook_grid.py: the indices of an image, and what each place chose from.

import { readArrays } from "../shared/bytes.js";
import { keeping } from "../shared/component.js";
import { button, element, pointerShares } from "../shared/dom.js";
import { contextOf, newCaptionedImage, paintGrey } from "../shared/images.js";
import { evaluateNetwork, fetchNetwork } from "../network/network.js";
import { fill } from "../shared/text.js";
import { takeRow } from "../shared/vectors.js";

/**
 * @import { StoredArrays } from "../shared/bytes.js"
 * @import { CaptionedImage } from "../shared/images.js"
 * @import { Network } from "../network/network.js"
 *
 * @typedef {object} IndexGridMeta what codebook_grid.py says besides arrays
 * @property {string} address of the decoder
 * @property {[number, number]} grid rows and columns of indices
 * @property {[number, number]} shape of the image
 * @property {[number, number]} patch height and width of what one index stands for
 * @property {number} nearest how many entries are offered
 * @property {number} scale of letters
 * @property {{ chosen: string, other: string, changed: string }} colours
 * @property {Record<string, string>} texts
 */

const CELLS = 280; // width of the grid of indices, in pixels before scaling
const PICTURE = 128; // of an image

class IndexGridBoard {
  /** @type {IndexGridMeta} */
  meta;
  /** @type {StoredArrays} */
  arrays;
  /** @type {string | undefined} the image */
  shown;
  /** @type {number[]} the entry at each place */
  chosen = [];
  /** @type {Network | undefined} */
  decoder;
  /** Which place is pointed to. */
  place = 0;
  /** Whether it stays when the pointer moves. */
  held = false;
  /** @type {CaptionedImage} */
  rebuilt;
  /** @type {HTMLButtonElement[]} */
  cells = [];

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = element("div", { className: "index-grid board", "data-testid": "index-grid" });
    this.description = element("p", { "aria-live": "polite" });
    this.bars = element("canvas", { className: "bars", role: "img" });
    this.bars.addEventListener("pointermove", (event) => this.tellBar(this.entryAt(event)));
    this.bars.addEventListener("pointerleave", () => this.tellBar());
    this.bars.addEventListener("click", (event) => this.put(this.entryAt(event)));
    this.bar = element("p", { className: "bar" });
    this.offers = element("div", { className: "offers" });
    this.undo = button("", () => this.putBack(), { className: "undo" });
    this.hint = element("p", { className: "hint" });
    const side = [this.description, this.bars, this.bar, this.offers, this.undo, this.hint];
    this.side = element("div", { className: "side" }, side);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.drawBars());
    this.observer.observe(this.bars);
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    /** @type {{ meta: IndexGridMeta, arrays: StoredArrays }} */
    const { meta, arrays } = readArrays(bytes);
    const image = JSON.stringify([...arrays.original.values]);
    const isChanged = image !== this.shown || meta.address !== this.meta?.address;
    Object.assign(this, { meta, arrays });
    if (!isChanged) return;
    this.decoder = undefined;
    this.shown = image;
    this.chosen = [...arrays.indices.values];
    this.fetchDecoder();
    this.build();
    this.select(Math.min(this.place, this.chosen.length - 1));
  }

  async fetchDecoder() {
    const { address } = this.meta;
    const decoder = await fetchNetwork(address).catch(() => undefined);
    if (!decoder || address !== this.meta.address) return;
    this.decoder = decoder;
    this.drawRebuilt();
  }

  // What is built once for each image

  build() {
    const { meta, texts, arrays } = this;
    for (const [name, colour] of Object.entries(meta.colours)) {
      this.root.style.setProperty(`--${name}`, colour);
    }
    const original = this.picture(texts.original);
    paintGrey(original.canvas, arrays.original.values);
    this.rebuilt = this.picture(texts.rebuilt);
    this.cells = this.chosen.map((_, place) => this.newCell(place));
    this.bars.setAttribute("aria-label", fill(texts.bars, { count: this.entries }));
    this.undo.textContent = texts.undo;
    this.hint.textContent = texts.hint;
    const pictures = element("div", {}, [original.root, this.rebuilt.root]);
    this.root.replaceChildren(pictures, this.newGrid(), this.side);
    this.drawRebuilt();
  }

  get texts() {
    return this.meta.texts;
  }

  get entries() {
    return this.arrays.codebook.shape[0];
  }

  /** @param {string} caption */
  picture(caption) {
    return newCaptionedImage(this.meta.shape, PICTURE * this.meta.scale, caption);
  }

  newGrid() {
    const [rows, columns] = this.meta.grid;
    const size = Math.floor((CELLS * this.meta.scale) / columns);
    const about = { className: "cells", role: "grid", "aria-label": this.texts.grid };
    const lines = Array.from({ length: rows }, (_, row) =>
      element("div", { role: "row" }, this.cells.slice(row * columns, (row + 1) * columns)),
    );
    const grid = element("div", about, lines);
    grid.style.gridTemplateColumns = `repeat(${columns}, ${size}px)`;
    grid.style.gridAutoRows = `${size}px`;
    grid.style.fontSize = `${Math.min(16, size * 0.42)}px`;
    grid.addEventListener("keydown", (event) => this.onKey(event));
    return grid;
  }

  /** @param {number} place */
  newCell(place) {
    const [height, width] = this.meta.patch;
    const content = [element("canvas", { width, height }), element("span")];
    const cell = element("button", { type: "button", role: "gridcell" }, content);
    cell.addEventListener("pointerenter", () => this.held || this.select(place));
    cell.addEventListener("click", () => {
      this.held = !(this.held && place === this.place);
      this.select(place);
    });
    return cell;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const [rows, columns] = this.meta.grid;
    const [row, column] = [Math.floor(this.place / columns), this.place % columns];
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
      event.key
    ];
    if (!step) return;
    event.preventDefault();
    const y = Math.min(rows - 1, Math.max(0, row + step[0]));
    const x = Math.min(columns - 1, Math.max(0, column + step[1]));
    this.select(y * columns + x);
    this.cells[this.place].focus();
  }

  // What changes with the place that is pointed to

  /** @param {number} place */
  select(place) {
    this.place = place;
    this.drawCells();
    this.tell();
    this.drawBars();
    this.drawOffers();
  }

  distancesHere() {
    return [...takeRow(this.arrays.distances.values, this.place, this.entries)];
  }

  /** Entries, the nearest to the vector of the place first. */
  nearest() {
    const distances = this.distancesHere();
    return [...distances.keys()].sort((one, other) => distances[one] - distances[other]);
  }

  /**
   * Row and column of a place, counted from 1, and its entry.
   *
   * @param {number} place
   * @param {number} entry
   */
  wordsOf(place, entry) {
    const [, columns] = this.meta.grid;
    return { row: Math.floor(place / columns) + 1, column: (place % columns) + 1, entry };
  }

  tell() {
    const [first, second] = this.nearest();
    const distances = this.distancesHere();
    const words = {
      ...this.wordsOf(this.place, first),
      distance: distances[first].toPrecision(3),
      next: second,
      further: distances[second].toPrecision(3),
    };
    const own = this.arrays.indices.values[this.place] !== this.chosen[this.place];
    const more = own ? ` ${fill(this.texts.replaced, { entry: this.chosen[this.place] })}` : "";
    this.description.textContent = fill(this.texts.nearest, words) + more;
    this.tellBar();
  }

  /** @param {number} [entry] */
  tellBar(entry) {
    this.bar.textContent =
      entry === undefined
        ? fill(this.texts.bars, { count: this.entries })
        : fill(this.texts.bar, { entry, distance: this.distancesHere()[entry].toPrecision(3) });
  }

  drawCells() {
    const here = this.chosen[this.place];
    this.cells.forEach((cell, place) => {
      const entry = this.chosen[place];
      const [canvas, text] = cell.children;
      this.paintEntry(/** @type {HTMLCanvasElement} */ (canvas), entry);
      text.textContent = String(entry);
      cell.classList.toggle("same", entry === here);
      cell.classList.toggle("changed", entry !== this.arrays.indices.values[place]);
      cell.setAttribute("aria-selected", String(place === this.place));
      cell.tabIndex = place === this.place ? 0 : -1;
      cell.setAttribute("aria-label", fill(this.texts.cell, this.wordsOf(place, entry)));
    });
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} entry
   */
  paintEntry(canvas, entry) {
    const { values, shape } = this.arrays.patches;
    paintGrey(canvas, takeRow(values, entry, shape[1]));
  }

  /** The distances to all entries, the encoder's choice and a visitor's marked. */
  drawBars() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.bars.clientWidth, this.bars.clientHeight];
    if (!width) return;
    Object.assign(this.bars, { width: width * ratio, height: height * ratio });
    const context = contextOf(this.bars);
    context.scale(ratio, ratio);
    const distances = this.distancesHere();
    const most = Math.max(...distances, 1e-12);
    const step = width / this.entries;
    const marked = this.arrays.indices.values[this.place];
    distances.forEach((distance, entry) => {
      context.fillStyle = this.colourOf(entry);
      const high = Math.max(1, ((height - 14) * distance) / most);
      context.fillRect(entry * step, height - high, Math.max(1, step - 0.5), high);
    });
    context.fillStyle = this.meta.colours.chosen; // an arrow: the nearest entry has the lowest bar
    const [x, y] = [(marked + 0.5) * step, height - ((height - 14) * distances[marked]) / most - 3];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 5, y - 9);
    context.lineTo(x + 5, y - 9);
    context.fill();
  }

  /** @param {number} entry */
  colourOf(entry) {
    const { chosen, other, changed } = this.meta.colours;
    if (entry === this.arrays.indices.values[this.place]) return chosen;
    return entry === this.chosen[this.place] ? changed : other;
  }

  /** @param {MouseEvent} event */
  entryAt(event) {
    const [share] = pointerShares(event, this.bars);
    return Math.min(this.entries - 1, Math.max(0, Math.floor(share * this.entries)));
  }

  drawOffers() {
    const [height, width] = this.meta.patch;
    const distances = this.distancesHere();
    const entries = this.nearest().slice(0, this.meta.nearest);
    const buttons = entries.map((entry) => {
      const canvas = element("canvas", { width, height });
      this.paintEntry(canvas, entry);
      const distance = distances[entry].toPrecision(3);
      const label = fill(this.texts.offer, { entry, distance });
      const made = button("", () => this.put(entry), { "aria-label": label });
      made.append(canvas, `${entry}`, element("br"), distance);
      return made;
    });
    this.offers.replaceChildren(...buttons);
  }

  // Other entries than the encoder's

  /** @param {number} entry */
  put(entry) {
    this.chosen[this.place] = entry;
    this.held = true;
    this.select(this.place);
    this.drawRebuilt();
  }

  putBack() {
    this.chosen = [...this.arrays.indices.values];
    this.select(this.place);
    this.drawRebuilt();
  }

  drawRebuilt() {
    const { indices } = this.arrays;
    const count = this.chosen.filter((entry, place) => entry !== indices.values[place]).length;
    this.undo.hidden = !count;
    this.rebuilt.caption.textContent = count
      ? fill(this.texts.changed, { count })
      : this.texts.rebuilt;
    if (this.decoder) {
      paintGrey(this.rebuilt.canvas, evaluateNetwork(this.decoder, this.code()), 255);
    } else paintGrey(this.rebuilt.canvas, this.arrays.rebuilt.values); // until the weights are here
  }

  /** What the decoder is given: the vectors of the chosen entries, place after place. */
  code() {
    const { values, shape } = this.arrays.codebook;
    const code = new Float32Array(this.chosen.length * shape[1]);
    this.chosen.forEach((entry, place) => {
      code.set(takeRow(values, entry, shape[1]), place * shape[1]);
    });
    return code;
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }
}

export default keeping(IndexGridBoard);
