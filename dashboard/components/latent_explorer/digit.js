// A drawing made like an image of MNIST: cut out, scaled, centred.

import { extent, mean } from "../shared/vectors.js";

const INK = 0.1; // what is darker counts as paper
const INNER = 20; // pixels of the longer side of what is drawn

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Box */

/**
 * White ink on black, as MNIST was made of the forms that people filled in (LeCun, Cortes and
 * Burges): the drawing, cut out, fits 20 x 20 of the 28 x 28 pixels, its shape kept; then its
 * centre of mass goes to the middle.
 *
 * @param {Float32Array | number[]} grey ink from 0 to 1, row after row
 * @param {number} width
 * @returns {Float32Array | undefined} pixels from 0 to 1; undefined if there is no ink
 */
export function asDigit(grey, width, side = 28) {
  const box = inkBox(grey, width);
  if (!box) return undefined;
  const scale = INNER / Math.max(box.right - box.left, box.bottom - box.top);
  const [columns, rows] = [box.right - box.left, box.bottom - box.top].map((length) =>
    Math.max(1, Math.round(length * scale)),
  );
  const small = shrink(grey, width, box, columns, rows);
  const [x, y] = centreOfMass(small, columns);
  /** @param {number} centre @param {number} length */
  const place = (centre, length) =>
    Math.min(side - length, Math.max(0, Math.round(side / 2 - centre)));
  const [left, top] = [place(x, columns), place(y, rows)];
  const digit = new Float32Array(side * side);
  small.forEach((value, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    digit[(top + row) * side + left + column] = value;
  });
  return digit;
}

/**
 * @param {Float32Array | number[]} grey
 * @param {number} width
 * @returns {Box | undefined}
 */
function inkBox(grey, width) {
  const inked = [...grey.keys()].filter((index) => grey[index] >= INK);
  if (!inked.length) return undefined;
  const [left, right] = extent(inked.map((index) => index % width));
  const [top, bottom] = extent(inked.map((index) => Math.floor(index / width)));
  return { left, right: right + 1, top, bottom: bottom + 1 };
}

/**
 * What lies in `box`, in fewer pixels (or more): each the mean of the area that it covers.
 *
 * @param {ArrayLike<number>} grey
 * @param {number} width
 * @param {Box} box
 * @param {number} columns
 * @param {number} rows
 */
function shrink(grey, width, box, columns, rows) {
  const across = coverage(box.left, box.right, columns);
  const down = coverage(box.top, box.bottom, rows);
  const small = new Float32Array(columns * rows);
  down.forEach((lines, row) => {
    across.forEach((places, column) => {
      let sum = 0;
      for (const [y, high] of lines) {
        for (const [x, wide] of places) sum += high * wide * grey[y * width + x];
      }
      small[row * columns + column] = sum;
    });
  });
  return small;
}

/**
 * For each of `count` equal parts of a length: which pixels it covers, and their shares of it.
 *
 * @param {number} start
 * @param {number} end
 * @param {number} count
 */
function coverage(start, end, count) {
  const part = (end - start) / count;
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [start + index * part, start + (index + 1) * part];
    /** @type {[number, number][]} */
    const pixels = [];
    for (let pixel = Math.floor(from); pixel < Math.min(Math.ceil(to), end); pixel += 1) {
      pixels.push([pixel, (Math.min(to, pixel + 1) - Math.max(from, pixel)) / part]);
    }
    return pixels;
  });
}

/**
 * @param {Float32Array} grey
 * @param {number} columns
 */
function centreOfMass(grey, columns) {
  let [mass, x, y] = [0, 0, 0];
  grey.forEach((value, index) => {
    mass += value;
    x += value * (index % columns);
    y += value * Math.floor(index / columns);
  });
  return [x / mass, y / mass];
}

/**
 * Ink of a picture's pixels, from 0 to 1, whether it is white on black or black on white.
 *
 * @param {{ data: Uint8ClampedArray, width: number, height: number }} image
 */
export function inkOf({ data, width, height }) {
  const grey = new Float32Array(width * height);
  for (let index = 0; index < grey.length; index += 1) {
    const [red, green, blue, alpha] = data.subarray(4 * index, 4 * index + 4);
    const bright = (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
    grey[index] = 1 - (alpha / 255) * (1 - bright); // what is transparent is white
  }
  // The border of a picture is paper.
  const paper = borderOf(grey, width, height);
  const level = mean(paper);
  const sign = level > 0.5 ? -1 : 1;
  const uneven = Math.sqrt(mean(paper.map((value) => (value - level) ** 2)));
  const floor = sign * level + 3 * uneven; // a photographed sheet is not equally bright
  const most = grey.reduce((best, value) => Math.max(best, sign * value), -Infinity);
  if (most - floor < 0.1) return grey.fill(0);
  return grey.map((value) => Math.max(0, (sign * value - floor) / (most - floor)));
}

/**
 * @param {Float32Array} grey
 * @param {number} width
 * @param {number} height
 */
function borderOf(grey, width, height) {
  return grey.filter((_, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    return !row || !column || row === height - 1 || column === width - 1;
  });
}
