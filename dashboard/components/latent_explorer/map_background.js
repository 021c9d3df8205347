// What rests on the map while the pointer moves: the prior, and the codes of images.

import { contextOf, paintGrey } from "../shared/images.js";
import { element } from "../shared/dom.js";
import { takeRow } from "../shared/vectors.js";

/**
 * @import { Projection } from "./projection.js"
 *
 * @typedef {{ row: number, place: [number, number] }} Thumbnail
 */

const GREY = "#8c8c8c";
const MOST_CLOUDS = 60;

export class MapBackground {
  /** @type {Float32Array | undefined} of the images */
  opacities;

  /**
   * @param {Projection} projection
   * @param {number} scale of letters
   * @param {number} sharp pixels of the screen per pixel of the page
   */
  constructor(projection, scale, sharp) {
    const side = Math.round(projection.pixels * sharp);
    this.projection = projection;
    this.scale = scale;
    this.canvas = element("canvas", { width: side, height: side });
    this.context = contextOf(this.canvas);
    this.context.scale(sharp, sharp);
  }

  /**
   * @param {{ on: boolean, size: number }} thumbnails
   * @param {boolean} hasClouds
   * @param {string} font
   * @param {Float32Array} [opacities] of the images
   */
  draw({ on, size }, hasClouds, font, opacities) {
    this.opacities = opacities;
    const { context } = this;
    const { run, pixels } = this.projection;
    const side = size * this.scale;
    context.strokeStyle = GREY;
    context.strokeRect(0.5, 0.5, pixels - 1, pixels - 1);
    if (run.hasPrior) this.drawPrior();
    const chosen = on && run.images ? this.chooseThumbnails(side) : [];
    this.drawLetters(font, chosen.length ? 0.45 : 1);
    if (run.images) this.drawThumbnails(run.images, chosen, side);
    if (hasClouds) this.drawClouds(chosen);
  }

  drawPrior() {
    const { axes, perUnit } = this.projection;
    const [x, y] = this.projection.toPixels(axes.map(() => 0));
    for (const radius of [1, 2, 3]) {
      this.context.beginPath();
      this.context.arc(x, y, radius * perUnit, 0, 2 * Math.PI);
      this.context.stroke();
    }
  }

  /**
   * Each code is the name of its class: what tells classes apart is not colour alone.
   *
   * @param {string} font
   * @param {number} opacity
   */
  drawLetters(font, opacity) {
    const { context } = this;
    const { labels, classNames } = this.projection.run;
    context.font = `600 ${Math.round(12 * this.scale)}px ${font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    labels.forEach((label, row) => {
      context.globalAlpha = opacity * (this.opacities?.[row] ?? 1);
      const name = classNames[label];
      const text = name.length > 1 ? name.slice(0, 2) : name;
      context.fillStyle = this.colourOf(row);
      context.fillText(text, ...this.projection.placeOfRow(row));
    });
    context.globalAlpha = 1;
  }

  /** @param {number} row */
  colourOf(row) {
    const { colours, labels } = this.projection.run;
    return colours[labels[row] % colours.length];
  }

  /**
   * Rows in their order, but for those whose thumbnail would cover one before.
   *
   * @param {number} side
   */
  chooseThumbnails(side) {
    const { run, pixels } = this.projection;
    /** @type {Thumbnail[]} */
    const chosen = [];
    run.labels.forEach((_, row) => {
      const [x, y] = this.projection.placeOfRow(row);
      const fits = Math.min(x, y, pixels - x, pixels - y) > side / 2;
      /** @param {Thumbnail} other */
      const isFree = ({ place: [left, top] }) =>
        Math.max(Math.abs(left - x), Math.abs(top - y)) > side + 4;
      if (fits && chosen.every(isFree)) chosen.push({ row, place: [x, y] });
    });
    return chosen;
  }

  /**
   * @param {Uint8Array} images
   * @param {Thumbnail[]} chosen
   * @param {number} side
   */
  drawThumbnails(images, chosen, side) {
    const { shape, pixels } = this.projection.run;
    const [height, width] = shape;
    const tile = element("canvas", { width, height });
    for (const { row, place } of chosen) {
      paintGrey(tile, takeRow(images, row, pixels));
      const [left, top] = place.map((centre) => centre - side / 2);
      this.context.globalAlpha = this.opacities?.[row] ?? 1;
      this.context.fillStyle = this.colourOf(row);
      this.context.fillRect(left - 2, top - 2, side + 4, side + 4);
      this.context.drawImage(tile, left, top, side, side);
    }
    this.context.globalAlpha = 1;
  }

  /** @param {Thumbnail[]} chosen */
  drawClouds(chosen) {
    const { run } = this.projection;
    const rows = chosen.length ? chosen.map(({ row }) => row) : [...run.labels.keys()];
    this.context.lineWidth = 1.5;
    for (const row of rows.slice(0, MOST_CLOUDS)) {
      this.context.strokeStyle = this.colourOf(row);
      if (this.projection.traceCloud(this.context, row)) this.context.stroke();
    }
  }
}
