// The columns of a trace: coordinates of its points.

/** @import { Column, Trace } from "./plotly_library.js" */

export const AXES = /** @type {const} */ (["x", "y", "z"]);

/**
 * The numbers of a column, be they a list or the bytes that plots.py sends.
 *
 * @param {Column | number[][] | undefined} column
 * @returns {number[]}
 */
export function numbersOf(column = []) {
  if (!("bdata" in column)) return /** @type {number[]} */ ([...column]);
  const bytes = Uint8Array.from(atob(column.bdata), (character) => character.charCodeAt(0));
  return [...new { f4: Float32Array, i4: Int32Array }[column.dtype](bytes.buffer)];
}

/**
 * @param {Trace} trace
 * @param {number[][]} points
 */
export function setColumns(trace, points) {
  AXES.forEach((name, axis) => {
    trace[name] = points.map((point) => point[axis]);
  });
}
