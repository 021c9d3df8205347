// What latent_explorer.py sends of a run.

import { readArrays } from "../shared/bytes.js";
import { dot } from "../shared/vectors.js";

const VERSION = 3;

/**
 * @typedef {"axes" | "bases" | "panels" | "pathHint" | "setEnd" | "terms" | "ways"} ListName
 * @typedef {{ [Name in ListName]: string[] } & Record<string, string>} Texts
 *
 * @typedef {object} Meta
 * @property {number} version
 * @property {string} address of the run
 * @property {string} weights what asks for them, and names their state
 * @property {Texts} texts
 * @property {[number, number]} shape height and width
 * @property {number[]} order dimensions, the most telling first
 * @property {number} numClasses how many classes both halves are given one of, or 0
 * @property {boolean} hasPrior
 * @property {string[]} classNames
 * @property {string[]} colours
 * @property {number} scale of letters
 *
 * @typedef {object} Codes
 * @property {number} count
 * @property {number} size of a code
 * @property {number} pixels of an image
 * @property {Float32Array} codes
 * @property {Uint8Array} labels
 * @property {Float32Array} principal directions of most variance
 * @property {Float32Array} errors squared, per pixel; the smallest first
 * @property {Float32Array} [logVariances]
 * @property {Uint8Array} [images] once they are here
 *
 * @typedef {Meta & Codes} Run
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Run}
 */
export function readRun(bytes) {
  /** @type {{ meta: Meta, arrays: import("../shared/bytes.js").StoredArrays }} */
  const { meta, arrays } = readArrays(bytes);
  if (meta.version !== VERSION) throw new Error(`version ${meta.version}`);
  const [count, size] = arrays.codes.shape;
  return {
    ...meta,
    count,
    size,
    pixels: meta.shape[0] * meta.shape[1],
    codes: Float32Array.from(arrays.codes.values),
    labels: Uint8Array.from(arrays.labels.values),
    principal: Float32Array.from(arrays.principal.values),
    errors: Float32Array.from(arrays.errors.values).sort(),
    logVariances: arrays.log_variances && Float32Array.from(arrays.log_variances.values),
  };
}

/**
 * Coordinates of all codes along a unit vector.
 *
 * @param {Run} run
 * @param {Float32Array} axis
 */
export function coordinatesAlong({ codes, labels, size }, axis) {
  return Float32Array.from(labels, (_, row) => dot(axis, codes, row * size));
}
