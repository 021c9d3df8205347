// Pieces that the stages of a step are drawn with.

import { element } from "../shared/dom.js";
import { formatShort } from "../shared/text.js";
import { dot } from "../shared/vectors.js";

/** @import { StoredArrays } from "../shared/bytes.js" */

const SHOWN_PRODUCTS = 6; // of a sum that is written out

/**
 * Each output of x W + b written out with its numbers.
 *
 * @param {StoredArrays} arrays
 * @param {string} matrix the name of W
 * @param {string} shift the name of b
 * @param {number[]} inputs
 * @param {string} from the name of x
 * @param {string} to the name of the output
 */
export function writeLinear(arrays, matrix, shift, inputs, from, to) {
  const { shape, values } = arrays[matrix];
  const shifts = arrays[shift].values;
  const lines = Array.from({ length: shape[1] }, (_, unit) => {
    const weights = Array.from(inputs.keys(), (row) => values[row * shape[1] + unit]);
    const products = inputs
      .slice(0, SHOWN_PRODUCTS)
      .map((value, row) => `${formatShort(weights[row])} · ${formatShort(value)}`);
    if (inputs.length > SHOWN_PRODUCTS) products.push("…");
    const terms = [...products, formatShort(shifts[unit])].join(" + ");
    const sum = formatShort(shifts[unit] + dot(weights, inputs));
    return element("div", { textContent: `${to}${unit + 1} = ${terms} = ${sum}` });
  });
  const heading = element("div", {
    className: "caption",
    textContent: `${to} = ${from} ${matrix} + ${shift}`,
  });
  return element("div", { className: "formula" }, [...lines, heading]);
}

/**
 * Signed numbers as bars about a line, with whiskers where deviations are given.
 *
 * @param {number[]} values
 * @param {number[] | undefined} deviations
 * @param {number} scale
 */
export function newBars(values, deviations, scale) {
  const [width, height] = [Math.max(120, Math.min(420, 16 * values.length)) * scale, 112 * scale];
  const ends = values.map((value, i) => Math.abs(value) + (deviations?.[i] ?? 0));
  const reach = Math.max(...ends, 1e-9);
  /** @param {number} value */
  const at = (value) => height / 2 - (value / reach) * (height / 2 - 2);
  const viewBox = `0 0 ${width} ${height}`;
  const svg = svgElement("svg", { width, height, viewBox, "aria-hidden": "true" });
  const middle = { x1: 0, x2: width, y1: height / 2, y2: height / 2 };
  svg.append(svgElement("line", { ...middle, class: "axis" }));
  values.forEach((value, i) => {
    const step = width / values.length;
    const [top, bottom] = [at(Math.max(value, 0)), at(Math.min(value, 0))];
    const across = { x: (i + 0.15) * step, width: 0.7 * step };
    const down = { y: top, height: Math.max(bottom - top, 1) };
    svg.append(svgElement("rect", { ...across, ...down, class: "value" }));
    if (!deviations) return;
    const x = (i + 0.5) * step;
    const whisker = { x1: x, x2: x, y1: at(value - deviations[i]), y2: at(value + deviations[i]) };
    svg.append(svgElement("line", { ...whisker, class: "whisker" }));
  });
  return svg;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/**
 * @param {(string | Node)[]} heads none for a table without a head
 * @param {(string | Node)[][]} rows
 */
export function newTable(heads, rows) {
  /**
   * @param {(string | Node)[]} cells
   * @param {"td" | "th"} kind
   */
  const line = (cells, kind) => {
    const made = cells.map((cell) => element(kind, {}, [cell]));
    return element("tr", {}, made);
  };
  const body = rows.map((row) => line(row, "td"));
  return element("table", {}, heads.length ? [line(heads, "th"), ...body] : body);
}

/** @param {string} text */
export function newSign(text) {
  return element("span", { className: "sign", textContent: text });
}

/**
 * Places of the numbers, the one furthest from 0 first.
 *
 * @param {number[]} values
 */
export function sortFurthest(values) {
  return [...values.keys()].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
}

/**
 * The place of a number in an array, as its indices.
 *
 * @param {number} place
 * @param {number[]} shape
 */
export function unravelIndex(place, shape) {
  return shape.length < 2 ? [place] : [Math.floor(place / shape[1]), place % shape[1]];
}
