// Between codes and the pixels of the map: codes seen along two axes, or along one.

import { moveAlong, shadowEllipse } from "./latent.js";
import { coordinatesAlong } from "./run.js";
import { dot, extent, squaredDistance, takeRow } from "../shared/vectors.js";

/** @import { Run } from "./run.js" */

const FAINTEST = 0.1; // opacity of what is far from a slice
const REACH = 3.2; // a map with a prior shows at least so many standard deviations

export class Projection {
  /**
   * @param {Run} run
   * @param {Float32Array[]} axes two unit vectors, or one where a code is one number
   * @param {number} pixels of the map's side
   */
  constructor(run, axes, pixels) {
    this.run = run;
    this.axes = axes;
    this.pixels = pixels;
    this.coordinates = axes.map((axis) => coordinatesAlong(run, axis));
    const seen = this.coordinates.map((values) => windowOf(values, run.hasPrior));
    const half = Math.max(...seen.map((one) => one.half)); // the same scale along both axes
    /** What is in sight, along each axis. */
    this.window = seen.map(({ middle }) => ({ middle, half }));
    this.perUnit = pixels / (2 * half);
  }

  /**
   * @param {number[]} coordinates along the axes
   * @returns {[number, number]}
   */
  toPixels(coordinates) {
    const [x, y = 0] = coordinates.map((value, axis) => value - this.window[axis].middle);
    return [this.pixels / 2 + x * this.perUnit, this.pixels / 2 - y * this.perUnit];
  }

  /**
   * @param {number} x from 0, left, to 1
   * @param {number} y from 0, top, to 1
   */
  fromShares(x, y) {
    const shares = [x - 0.5, 0.5 - y];
    return this.window.map(({ middle, half }, axis) => middle + 2 * half * shares[axis]);
  }

  /** @param {Float32Array} code */
  placeOf(code) {
    return this.toPixels(this.axes.map((axis) => dot(axis, code)));
  }

  /** @param {number} row */
  placeOfRow(row) {
    return this.toPixels(this.coordinates.map((values) => values[row]));
  }

  /** Whether codes have further directions. */
  get hides() {
    return this.axes.length < this.run.size;
  }

  /**
   * What of a code lies outside of the plane of the map through the origin.
   *
   * @param {Float32Array} code
   */
  hiddenPart(code) {
    const rest = code.slice();
    for (const axis of this.axes) moveAlong(rest, axis, 0);
    return rest;
  }

  /**
   * How plainly each image is seen where the map is a slice through a point: plainly in the slice,
   * hardly where it is as far from it as half of all images are.
   *
   * @param {Float32Array} hidden of the point, see `hiddenPart`
   */
  opacities(hidden) {
    const { codes, size, count } = this.run;
    const squared = Float32Array.from({ length: count }, (_, row) =>
      squaredDistance(hidden, this.hiddenPart(takeRow(codes, row, size))),
    );
    const usual = Float32Array.from(squared).sort()[count >> 1] || 1;
    return squared.map((value) => Math.max(FAINTEST, Math.exp((-2 * value) / usual)));
  }

  /**
   * The image whose code is drawn at most so many pixels from those coordinates.
   *
   * @param {number[]} coordinates
   */
  rowAt(coordinates, distance = 14) {
    const [x, y] = this.toPixels(coordinates);
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

  /**
   * Begins the outline of one standard deviation of a code's cloud; false where it has none.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} row
   */
  traceCloud(context, row) {
    const { logVariances, size } = this.run;
    const [right, up] = this.axes;
    if (!logVariances || !up) return false;
    const { long, short, angle } = shadowEllipse(takeRow(logVariances, row, size), right, up);
    const [x, y] = this.placeOfRow(row);
    context.beginPath();
    context.ellipse(x, y, long * this.perUnit, short * this.perUnit, -angle, 0, 2 * Math.PI);
    return true;
  }
}

/**
 * @param {Float32Array} coordinates
 * @param {boolean} hasPrior
 */
function windowOf(coordinates, hasPrior) {
  const [least, most] = extent(coordinates);
  if (hasPrior) return { middle: 0, half: Math.max(REACH, 1.05 * Math.max(most, -least)) };
  return { middle: (least + most) / 2, half: 0.55 * Math.max(most - least, 1e-6) };
}
