// The map of a code space: codes of images seen along two axes, and the point that is decoded.
//
// What rests while the pointer moves is painted once and copied every frame.

import { MapBackground } from "./map_background.js";
import { Projection } from "./projection.js";
import { element, pointerShares } from "../shared/dom.js";
import { contextOf } from "../shared/images.js";

/**
 * @import { Run } from "./run.js"
 *
 * @typedef {{ code: Float32Array, text?: string }} Mark
 *
 * @typedef {object} Overlay what a panel adds to the map
 * @property {Mark[]} [marks] further points
 * @property {Float32Array[][]} [paths] codes to go through
 * @property {number[]} [clouds] rows whose ellipse is drawn
 */

const MAP_PIXELS = 370;

export class LatentMap {
  /** @type {Projection} */
  projection;
  /** @type {HTMLCanvasElement} what rests */
  back;
  /** @type {unknown[]} what `back` shows */
  known = [];
  thumbnails = { on: true, size: 22 };
  ellipses = false;

  /**
   * @param {string} label
   * @param {number} scale
   */
  constructor(label, scale) {
    const about = /** @type {const} */ ({ role: "img", "aria-label": label });
    this.scale = scale;
    this.pixels = Math.round(MAP_PIXELS * scale);
    this.canvas = element("canvas", { className: "map", tabIndex: 0, ...about });
    this.context = contextOf(this.canvas);
  }

  /**
   * @param {Run} run
   * @param {Float32Array[]} axes
   */
  show(run, axes) {
    this.projection = new Projection(run, axes, this.pixels);
  }

  /**
   * Coordinates along the axes of the place that a pointer's event happened at.
   *
   * @param {MouseEvent} event
   */
  fromEvent(event) {
    return this.projection.fromShares(...pointerShares(event, this.canvas));
  }

  /**
   * @param {Float32Array} code the point that is decoded
   * @param {Overlay} overlay
   * @param {boolean} isSlice whether images fade that are far from the plane through the point
   */
  draw(code, { marks = [], paths = [], clouds = [] } = {}, isSlice = false) {
    const { canvas, context, projection } = this;
    const sharp = window.devicePixelRatio || 1;
    const style = getComputedStyle(canvas);
    const hidden = isSlice ? projection.hiddenPart(code) : undefined;
    const back = this.background(sharp, style, hidden);
    if (canvas.width !== back.width) {
      canvas.width = canvas.height = back.width;
      canvas.style.width = `${this.pixels}px`;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, back.width, back.height);
    context.drawImage(back, 0, 0);
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    const colours = [style.getPropertyValue("--st-background-color"), style.color];
    context.setLineDash([6, 4]);
    for (const path of paths) {
      context.beginPath();
      for (const one of path) context.lineTo(...projection.placeOf(one));
      this.stroke(colours);
    }
    context.setLineDash([]);
    for (const row of clouds) {
      if (projection.traceCloud(context, row)) this.stroke(colours);
    }
    this.tracePoint(...projection.placeOf(code));
    this.stroke(colours);
    for (const mark of marks) this.drawMark(mark, style.fontFamily, colours);
  }

  /**
   * Every line twice, first wide in the colour of the page: it crosses black images.
   *
   * @param {string[]} colours of paper and of ink
   */
  stroke([paper, ink]) {
    Object.assign(this.context, { strokeStyle: paper, lineWidth: 6.5 }).stroke();
    Object.assign(this.context, { strokeStyle: ink, lineWidth: 2.5 }).stroke();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  tracePoint(x, y) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    for (const sign of [1, -1]) {
      context.moveTo(x + 9 * sign, y);
      context.lineTo(x + 15 * sign, y);
      context.moveTo(x, y + 9 * sign);
      context.lineTo(x, y + 15 * sign);
    }
  }

  /**
   * A dot and, above it, its name.
   *
   * @param {Mark} mark
   * @param {string} font
   * @param {string[]} colours of paper and of ink
   */
  drawMark({ code, text }, font, [paper, ink]) {
    const { context } = this;
    const [x, y] = this.projection.placeOf(code);
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
   * @param {number} sharp pixels of the screen per pixel of the page
   * @param {CSSStyleDeclaration} style
   * @param {Float32Array} [hidden] of the point that a slice goes through
   */
  background(sharp, { color, fontFamily }, hidden) {
    const { projection, thumbnails, ellipses } = this;
    const slice = hidden && Array.from(hidden, (value) => value.toFixed(3)).join();
    const known = [projection, sharp, color, thumbnails.on, thumbnails.size, ellipses, slice];
    if (known.some((one, index) => one !== this.known[index])) {
      const back = new MapBackground(projection, this.scale, sharp);
      back.draw(thumbnails, ellipses, fontFamily, hidden && projection.opacities(hidden));
      Object.assign(this, { known, back: back.canvas });
    }
    return this.back;
  }
}
