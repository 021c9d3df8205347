// Layers as Keras has them, one example at a time; images are [height, width, channels].
//
// A layer keeps its output and writes into it again, so that a moving pointer leaves no garbage.

import { RECURRENT_LAYERS } from "./recurrent_layers.js";
import { addScaled, sizeOf, squaredDistance, takeRow } from "../shared/vectors.js";

/**
 * What `described` in wire_format.py says of a layer. A kind has those settings that it needs.
 *
 * @typedef {object} LayerDescription
 * @property {string} kind
 * @property {string} activation
 * @property {number[][]} weights shapes of the weights
 * @property {number[]} shape of the input
 * @property {number[]} size of a pooling window; or how many pixels each pixel becomes
 * @property {number[]} strides
 * @property {"same" | "valid"} padding
 * @property {"nearest" | "bilinear"} interpolation
 * @property {number} steps how often the input is repeated
 * @property {boolean} sequences whether all states are given, or the last one
 *
 * @typedef {(x: Float32Array) => Float32Array} Layer gives the sums, before the activation
 */

/**
 * By kind: makes a layer of its description and its weights.
 *
 * @type {Record<string, (description: LayerDescription, ...weights: Float32Array[]) => Layer>}
 */
export const LAYERS = {
  dense: (description, ...weights) => LAYERS.step_dense({ ...description, shape: [1] }, ...weights),

  conv2d: (description, kernel, bias) => {
    const [[height, width, channels, filters]] = description.weights;
    const places = windowsOf(description, [height, width]);
    const sums = new Float32Array(places.count * filters);
    return (x) => {
      for (let at = 0; at < sums.length; at += filters) sums.set(bias, at);
      places.visit((output, input, place) => {
        for (let channel = 0; channel < channels; channel += 1) {
          const from = (place * channels + channel) * filters;
          addScaled(sums, output * filters, x[input * channels + channel], kernel, from, filters);
        }
      });
      return sums;
    };
  },

  conv2d_transpose: (description, kernel, bias) => {
    const [[height, width, filters, channels]] = description.weights;
    const turned = swapAxes(kernel, filters, channels); // filters side by side
    const [rows, columns] = description.shape;
    const { strides, padding } = description;
    const down = transposedSide(rows, height, strides[0], padding);
    const right = transposedSide(columns, width, strides[1], padding);
    const sums = new Float32Array(down.size * right.size * filters);
    return (x) => {
      for (let at = 0; at < sums.length; at += filters) sums.set(bias, at);
      for (let input = 0; input < rows * columns; input += 1) {
        const [row, column] = [Math.floor(input / columns), input % columns];
        for (let place = 0; place < height * width; place += 1) {
          const y = row * strides[0] + Math.floor(place / width) - down.cut;
          const z = column * strides[1] + (place % width) - right.cut;
          if (y < 0 || y >= down.size || z < 0 || z >= right.size) continue;
          const at = (y * right.size + z) * filters;
          for (let channel = 0; channel < channels; channel += 1) {
            const value = x[input * channels + channel];
            addScaled(sums, at, value, turned, (place * channels + channel) * filters, filters);
          }
        }
      }
      return sums;
    };
  },

  max_pooling: newPooling(-Infinity, (most, value) => Math.max(most, value)),
  average_pooling: newPooling(0, (sum, value, count) => sum + value / count),

  up_sampling: ({ shape: [rows, columns, channels], size: [down, right], interpolation }) => {
    const lines = resample(rows, down, interpolation);
    const places = resample(columns, right, interpolation);
    const large = new Float32Array(rows * down * columns * right * channels);
    return (x) => {
      large.fill(0);
      lines.forEach((near, row) => {
        places.forEach((beside, column) => {
          const at = (row * columns * right + column) * channels;
          for (const [y, high] of near) {
            for (const [z, wide] of beside) {
              addScaled(large, at, high * wide, x, (y * columns + z) * channels, channels);
            }
          }
        });
      });
      return large;
    };
  },

  ...RECURRENT_LAYERS,

  step_dense: ({ shape: [steps], weights: [[inputs, units]] }, kernel, bias) => {
    const sums = new Float32Array(steps * units);
    return (x) => {
      for (let at = 0; at < steps; at += 1) {
        sums.set(bias, at * units);
        for (let row = 0; row < inputs; row += 1) {
          addScaled(sums, at * units, x[at * inputs + row], kernel, row * units, units);
        }
      }
      return sums;
    };
  },

  repeat: ({ shape, steps }) => {
    const copies = new Float32Array(steps * sizeOf(shape));
    return (x) => {
      for (let at = 0; at < steps; at += 1) copies.set(x, at * x.length);
      return copies;
    };
  },

  reverse: ({ shape: [steps, numbers] }) => {
    const turned = new Float32Array(steps * numbers);
    return (x) => {
      for (let at = 0; at < steps; at += 1) {
        turned.set(takeRow(x, at, numbers), (steps - 1 - at) * numbers);
      }
      return turned;
    };
  },

  quantize: ({ weights: [[entries, size]], shape }, codebook) => {
    const chosen = new Float32Array(sizeOf(shape));
    return (x) => {
      for (let at = 0; at < chosen.length; at += size) {
        const entry = nearestEntry(codebook, entries, x.subarray(at, at + size));
        chosen.set(takeRow(codebook, entry, size), at);
      }
      return chosen;
    };
  },

  reshape: () => (x) => x,
  activation: ({ shape }) => {
    const copy = new Float32Array(sizeOf(shape)); // not into the layer before, nor the input
    return (x) => {
      copy.set(x);
      return copy;
    };
  },
};

/**
 * A kind of pooling: what a window gives at first, and with each further value.
 *
 * @param {number} start
 * @param {(found: number, value: number, count: number) => number} combine
 * @returns {(description: LayerDescription) => Layer}
 */
function newPooling(start, combine) {
  return (description) => {
    const [, , channels] = description.shape;
    const places = windowsOf(description, description.size);
    const found = new Float32Array(places.count * channels);
    const counts = new Float32Array(places.count); // what lies outside the image does not count
    places.visit((output) => (counts[output] += 1));
    return (x) => {
      found.fill(start);
      places.visit((output, input) => {
        for (let channel = 0; channel < channels; channel += 1) {
          const at = output * channels + channel;
          found[at] = combine(found[at], x[input * channels + channel], counts[output]);
        }
      });
      return found;
    };
  };
}

/**
 * Which of the codebook's entries is nearest to a vector.
 *
 * @param {Float32Array} codebook
 * @param {number} entries
 * @param {Float32Array} vector
 */
function nearestEntry(codebook, entries, vector) {
  let [nearest, least] = [0, Infinity];
  for (let entry = 0; entry < entries; entry += 1) {
    const distance = squaredDistance(vector, codebook, entry * vector.length);
    if (distance < least) [nearest, least] = [entry, distance];
  }
  return nearest;
}

/**
 * The windows that slide over an image, and their visits to its pixels.
 *
 * @param {LayerDescription} description
 * @param {number[]} window height and width
 */
function windowsOf({ shape: [rows, columns], strides, padding }, [height, width]) {
  const down = windowSide(rows, height, strides[0], padding);
  const right = windowSide(columns, width, strides[1], padding);
  /** @param {(output: number, input: number, place: number) => void} action */
  const visit = (action) => {
    for (let output = 0; output < down.count * right.count; output += 1) {
      const top = Math.floor(output / right.count) * strides[0] - down.before;
      const left = (output % right.count) * strides[1] - right.before;
      for (let place = 0; place < height * width; place += 1) {
        const [row, column] = [top + Math.floor(place / width), left + (place % width)];
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        action(output, row * columns + column, place);
      }
    }
  };
  return { count: down.count * right.count, visit };
}

/**
 * How many windows fit along a side, and how far the first one begins before it, as in TensorFlow.
 *
 * @param {number} size
 * @param {number} window
 * @param {number} stride
 * @param {string} padding
 */
function windowSide(size, window, stride, padding) {
  if (padding === "valid") return { count: Math.ceil((size - window + 1) / stride), before: 0 };
  const count = Math.ceil(size / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + window - size, 0) / 2) };
}

/**
 * How long a side becomes, and how much of its start is cut off.
 *
 * @param {number} size
 * @param {number} window
 * @param {number} stride
 * @param {string} padding
 */
function transposedSide(size, window, stride, padding) {
  const whole = (size - 1) * stride + window;
  if (padding === "valid") return { size: size * stride + Math.max(window - stride, 0), cut: 0 };
  return { size: size * stride, cut: Math.floor(Math.max(whole - size * stride, 0) / 2) };
}

/**
 * For each pixel of a side made `factor` times as long: old pixels and their shares.
 *
 * @param {number} size
 * @param {number} factor
 * @returns {[number, number][][]}
 */
function resample(size, factor, interpolation = "nearest") {
  return Array.from({ length: size * factor }, (_, index) => {
    if (interpolation === "nearest") return [[Math.floor(index / factor), 1]];
    const place = Math.min(size - 1, Math.max(0, (index + 0.5) / factor - 0.5));
    const low = Math.floor(place);
    return [
      [low, 1 - (place - low)],
      [Math.min(low + 1, size - 1), place - low],
    ];
  });
}

/**
 * [..., first, second] as [..., second, first].
 *
 * @param {Float32Array} values
 * @param {number} first
 * @param {number} second
 */
function swapAxes(values, first, second) {
  return values.map((_, index) => {
    const [block, rest] = [Math.floor(index / (first * second)), index % (first * second)];
    const [b, a] = [Math.floor(rest / first), rest % first];
    return values[block * first * second + a * second + b];
  });
}
