// The map of a code space: codes of images seen along two axes, and the point that is decoded.
//
// What rests while the pointer moves is painted once and copied every frame.

import { element, pointerShares } from "../shared/dom.js";
import { contextOf, paintGrey } from "../shared/images.js";
import { shadowEllipse } from "./latent.js";
import { dot } from "../shared/vectors.js";

/**
 * @import { Run } from "./run.js"
 *
 * @typedef {{ code: Float32Array, text?: string }} Mark
 * @typedef {{ row: number, place: [number, number] }} Thumbnail
 * @typedef {(width: number) => void} Stroke
 *
 * @typedef {object} Overlay what a panel adds to the map
 * @property {Mark[]} [marks] further points
 * @property {Float32Array[][]} [paths] codes to go through
 * @property {number[]} [clouds] rows whose ellipse is drawn
 */

const MAP_PIXELS = 400;
const REACH = 3.2; // a map with a prior shows at least so many standard deviations
const GREY = "#8c8c8c";

export class LatentMap {
  /** @type {Run} */
  run;
  /** @type {Float32Array[]} two unit vectors, or one where a code is one number */
  axes;
  /** @type {Float32Array[]} coordinates of all codes, along each axis */
  places;
  /** @type {{ middle: number, half: number }[]} what is in sight, along each axis */
  window;
  /** @type {HTMLCanvasElement} */
  back;
  /** @type {unknown[] | undefined} what `back` shows */
  known;

  /**
   * @param {string} label
   * @param {number} scale
   */
  constructor(label, scale) {
    this.pixels = Math.round(MAP_PIXELS * scale);
    this.scale = scale;
    this.canvas = element("canvas", { className: "map", tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.thumbnails = { on: true, size: 22 };
    this.ellipses = false;
  }

  /**
   * @param {Run} run
   * @param {Float32Array[]} axes
   */
  show(run, axes) {
    if (this.run === run && this.axes === axes) return;
    Object.assign(this, { run, axes, known: undefined });
    this.places = axes.map((axis) =>
      Float32Array.from(run.labels, (_, row) => dot(axis, run.codes, row * run.size)),
    );
    this.window = this.places.map((places) => this.windowOf(places));
    const widest = Math.max(...this.window.map(({ half }) => half));
    for (const one of this.window) one.half = widest; // the same scale along both axes
  }

  /** @param {Float32Array} places */
  windowOf(places) {
    let [least, most] = [Infinity, -Infinity];
    for (const place of places) [least, most] = [Math.min(least, place), Math.max(most, place)];
    if (this.run.hasPrior) {
      return { middle: 0, half: Math.max(REACH, 1.05 * Math.max(most, -least)) };
    }
    return { middle: (least + most) / 2, half: 0.55 * Math.max(most - least, 1e-6) };
  }

  // Between codes and pixels

  /**
   * @param {number} value
   * @param {number} axis
   */
  toPixels(value, axis) {
    const { middle, half } = this.window[axis];
    return (0.5 + ((axis ? -1 : 1) * (value - middle)) / (2 * half)) * this.pixels;
  }

  /**
   * Coordinates along the axes of the place that a pointer's event happened at.
   *
   * @param {MouseEvent} event
   */
  fromEvent(event) {
    const [x, y] = pointerShares(event, this.canvas);
    const shares = [x - 0.5, 0.5 - y];
    return this.window.map(({ middle, half }, axis) => middle + 2 * half * shares[axis]);
  }

  /**
   * @param {Float32Array} code
   * @returns {[number, number]}
   */
  placeOf(code) {
    const [x, y = this.pixels / 2] = this.axes.map((axis, i) => this.toPixels(dot(axis, code), i));
    return [x, y];
  }

  /**
   * @param {number} row
   * @returns {[number, number]}
   */
  placeOfRow(row) {
    const [x, y = this.pixels / 2] = this.places.map((places, i) => this.toPixels(places[row], i));
    return [x, y];
  }

  /**
   * The image whose code is drawn at most so many pixels from those coordinates.
   *
   * @param {number[]} coordinates
   */
  rowAt(coordinates, distance = 14) {
    const [x, y = this.pixels / 2] = coordinates.map((value, axis) => this.toPixels(value, axis));
    /** @type {number | undefined} */
    let best;
    let least = distance;
    for (let row = 0; row < this.run.count; row += 1) {
      const [left, top] = this.placeOfRow(row);
      const away = Math.hypot(left - x, top - y);
      if (away < least) [best, least] = [row, away];
    }
    return best;
  }

  // Drawing

  /**
   * @param {Float32Array} code the point that is decoded
   * @param {Overlay} overlay
   */
  draw(code, { marks = [], paths = [], clouds = [] } = {}) {
    const sharp = window.devicePixelRatio || 1;
    const style = getComputedStyle(this.canvas);
    const back = this.background(sharp, style);
    if (this.canvas.width !== back.width) {
      this.canvas.width = this.canvas.height = back.width;
      this.canvas.style.width = `${this.pixels}px`;
    }
    const context = contextOf(this.canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, back.width, back.height);
    context.drawImage(back, 0, 0);
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    const colours = [style.getPropertyValue("--st-background-color"), style.color];
    // Every line twice, first wide in the colour of the page: it crosses black images.
    /** @type {Stroke} */
    const stroke = (width) =>
      colours.forEach((colour, turn) => {
        context.strokeStyle = colour;
        context.lineWidth = turn ? width : width + 4;
        context.stroke();
      });
    for (const path of paths) this.drawPath(context, path, stroke);
    for (const row of clouds) {
      if (this.traceEllipse(context, row)) stroke(2.5);
    }
    this.drawPoint(context, this.placeOf(code), stroke);
    for (const mark of marks) this.drawMark(context, mark, style.fontFamily, colours);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {[number, number]} place
   * @param {Stroke} stroke
   */
  drawPoint(context, [x, y], stroke) {
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 9 * dx, y + 9 * dy);
      context.lineTo(x + 15 * dx, y + 15 * dy);
    }
    stroke(2.5);
  }

  /**
   * A dot and, above it, its name.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Mark} mark
   * @param {string} font
   * @param {string[]} colours of paper and of ink
   */
  drawMark(context, { code, text }, font, [paper, ink]) {
    const [x, y] = this.placeOf(code);
    context.fillStyle = paper;
    context.fillRect(x - 5, y - 5, 10, 10);
    context.fillStyle = ink;
    context.fillRect(x - 3, y - 3, 6, 6);
    if (!text) return;
    const size = Math.round(14 * this.scale);
    context.font = `700 ${size}px ${font}`;
    const half = Math.max(0.7 * size, context.measureText(text).width / 2 + 5);
    const middle = Math.max(y - 2 * size, size);
    context.fillRect(x - half, middle - 0.7 * size, 2 * half, 1.4 * size);
    context.fillStyle = paper;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, x, middle + 1);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Float32Array[]} codes
   * @param {Stroke} stroke
   */
  drawPath(context, codes, stroke) {
    context.setLineDash([6, 4]);
    context.beginPath();
    for (const code of codes) context.lineTo(...this.placeOf(code));
    stroke(2.5);
    context.setLineDash([]);
  }

  /**
   * The outline of one standard deviation of a code's cloud; false where it has none.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} row
   */
  traceEllipse(context, row) {
    const { logVariances, size } = this.run;
    const [right, up] = this.axes;
    if (!logVariances || !up) return false;
    const own = logVariances.subarray(row * size, (row + 1) * size);
    const { long, short, angle } = shadowEllipse(own, right, up);
    const perUnit = this.pixels / (2 * this.window[0].half);
    context.beginPath();
    const [x, y] = this.placeOfRow(row);
    context.ellipse(x, y, long * perUnit, short * perUnit, -angle, 0, 2 * Math.PI);
    return true;
  }

  /**
   * @param {number} sharp pixels of the screen per pixel of the page
   * @param {CSSStyleDeclaration} style
   */
  background(sharp, style) {
    const { on, size } = this.thumbnails;
    const known = [this.run, this.axes, sharp, style.color, on, size, this.ellipses];
    if (this.known?.every((one, index) => one === known[index])) return this.back;
    this.known = known;
    const pixels = Math.round(this.pixels * sharp);
    this.back = element("canvas", { width: pixels, height: pixels });
    const context = contextOf(this.back);
    context.scale(sharp, sharp);
    context.strokeStyle = GREY;
    context.strokeRect(0.5, 0.5, this.pixels - 1, this.pixels - 1);
    if (this.run.hasPrior) this.drawPrior(context);
    const chosen = on && this.run.images ? this.withRoom(size * this.scale) : [];
    this.drawLetters(context, style, chosen.length ? 0.45 : 1);
    this.drawThumbnails(context, chosen, size * this.scale);
    if (this.ellipses) this.drawClouds(context, chosen);
    return this.back;
  }

  /** @param {CanvasRenderingContext2D} context */
  drawPrior(context) {
    const centre = this.window.map((_, axis) => this.toPixels(0, axis));
    const [x, y = this.pixels / 2] = centre;
    for (const radius of [1, 2, 3]) {
      context.beginPath();
      context.arc(x, y, (radius / (2 * this.window[0].half)) * this.pixels, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /**
   * Each code is the name of its class: what tells classes apart is not colour alone.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {CSSStyleDeclaration} style
   * @param {number} opacity
   */
  drawLetters(context, style, opacity) {
    const { labels, classNames } = this.run;
    context.font = `600 ${Math.round(12 * this.scale)}px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.globalAlpha = opacity;
    labels.forEach((label, row) => {
      const name = classNames[label];
      context.fillStyle = this.colourOf(row);
      context.fillText(name.length > 1 ? name.slice(0, 2) : name, ...this.placeOfRow(row));
    });
    context.globalAlpha = 1;
  }

  /** @param {number} row */
  colourOf(row) {
    const { colours, labels } = this.run;
    return colours[labels[row] % colours.length];
  }

  /**
   * Rows in their order, but for those whose thumbnail would cover one before.
   *
   * @param {number} side
   */
  withRoom(side) {
    /** @type {Thumbnail[]} */
    const chosen = [];
    this.run.labels.forEach((_, row) => {
      const [x, y] = this.placeOfRow(row);
      const fits = Math.min(x, y, this.pixels - x, this.pixels - y) > side / 2;
      /** @param {[number, number]} place */
      const free = ([left, top]) => Math.max(Math.abs(left - x), Math.abs(top - y)) > side + 4;
      if (fits && chosen.every(({ place }) => free(place))) chosen.push({ row, place: [x, y] });
    });
    return chosen;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Thumbnail[]} chosen
   * @param {number} side
   */
  drawThumbnails(context, chosen, side) {
    const { images, shape, pixels } = this.run;
    if (!images) return;
    const [height, width] = shape;
    const tile = element("canvas", { width, height });
    for (const { row, place } of chosen) {
      paintGrey(tile, images.subarray(row * pixels, (row + 1) * pixels));
      const [left, top] = place.map((centre) => centre - side / 2);
      context.fillStyle = this.colourOf(row);
      context.fillRect(left - 2, top - 2, side + 4, side + 4);
      context.drawImage(tile, left, top, side, side);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Thumbnail[]} chosen
   */
  drawClouds(context, chosen) {
    const rows = chosen.length ? chosen.map(({ row }) => row) : [...this.run.labels.keys()];
    for (const row of rows.slice(0, 60)) {
      context.strokeStyle = this.colourOf(row);
      context.lineWidth = 1.5;
      if (this.traceEllipse(context, row)) context.stroke();
    }
  }
}
