// Small examples, computed by hand; that whole networks agree with Keras is tested in Python.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTIVATIONS } from "../../dashboard/components/network/activations.js";
import { LAYERS } from "../../dashboard/components/network/layers.js";
import { evaluateNetwork, readNetwork } from "../../dashboard/components/network/network.js";

/** @import { LayerDescription } from "../../dashboard/components/network/layers.js" */

/**
 * @param {ArrayLike<number>} found
 * @param {number[]} expected
 */
function assertClose(found, expected, tolerance = 1e-6) {
  assert.equal(found.length, expected.length);
  expected.forEach((value, place) => {
    assert.ok(
      Math.abs(found[place] - value) <= tolerance,
      `${[...Array.from(found)]}: ${expected}`,
    );
  });
}

/**
 * What a layer makes of one input, before its activation.
 *
 * @param {string} kind
 * @param {Partial<LayerDescription>} settings
 * @param {number[]} input
 * @param {number[][]} weights
 */
function compute(kind, settings, input, ...weights) {
  const description = /** @type {LayerDescription} */ (settings);
  const layer = LAYERS[kind](description, ...weights.map((one) => Float32Array.from(one)));
  const x = Float32Array.from(input);
  const first = Float32Array.from(layer(x));
  assert.deepEqual(layer(x), first, "a second evaluation gives the same");
  return first;
}

test("activations have their known values", () => {
  /** @type {[string, number, number][]} */
  const known = [
    ["linear", -3, -3],
    ["relu", -3, 0],
    ["relu", 3, 3],
    ["elu", -1, Math.exp(-1) - 1],
    ["elu", 2, 2],
    ["selu", 1, 1.0507009873554805],
    ["selu", -1e9, -1.0507009873554805 * 1.6732632423543772],
    ["gelu", 1, 0.8413447460685429], // x times the normal distribution's share below x
    ["gelu", -1, -0.15865525393145707],
    ["tanh", 0.5, Math.tanh(0.5)],
    ["sigmoid", 0, 0.5],
    ["sigmoid", Math.log(3), 0.75],
    ["step", 0, 0],
    ["step", 0.1, 1],
  ];
  for (const [name, x, expected] of known) {
    assert.ok(Math.abs(ACTIVATIONS[name](x) - expected) < 1e-6, `${name}(${x})`);
  }
  assert.deepEqual([...new Set(known.map(([name]) => name))], Object.keys(ACTIVATIONS));
});

test("a dense layer multiplies rows of its kernel and adds the bias", () => {
  const weights = [[2, 3], [3]];
  const found = compute("dense", { weights }, [2, -1], [1, 2, 3, 4, 5, 6], [10, 20, 30]);
  assertClose(found, [10 + 2 - 4, 20 + 4 - 5, 30 + 6 - 6]);
});

test("a step-wise dense layer does so at each step", () => {
  const settings = { weights: [[2, 2], [2]], shape: [2, 2] };
  const found = compute("step_dense", settings, [1, 2, 3, 4], [1, 0, 10, -1], [0.5, 0]);
  assertClose(found, [21.5, -2, 43.5, -4]);
});

const IMAGE = { shape: [3, 3, 1], strides: [1, 1] };
const PIXELS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

test("a convolution sums what its window covers, with zeros beyond the border", () => {
  const settings = { ...IMAGE, weights: [[2, 2, 1, 1], [1]] };
  const kernel = [1, 10, 100, 1000];
  /** @param {number[]} window */
  const sum = (window) => window.reduce((total, pixel, place) => total + pixel * kernel[place], 0);
  const valid = compute("conv2d", { ...settings, padding: "valid" }, PIXELS, kernel, [0]);
  assertClose(valid, [sum([1, 2, 4, 5]), sum([2, 3, 5, 6]), sum([4, 5, 7, 8]), sum([5, 6, 8, 9])]);
  const same = compute("conv2d", { ...settings, padding: "same" }, PIXELS, kernel, [0]);
  assert.equal(same.length, 9);
  assertClose([same[2], same[8]], [sum([3, 0, 6, 0]), sum([9, 0, 0, 0])]);
});

test("a transposed convolution paints its kernel at each pixel", () => {
  const settings = { shape: [1, 2, 1], weights: [[2, 2, 1, 1], [1]], strides: [2, 2] };
  const large = compute(
    "conv2d_transpose",
    { ...settings, padding: "valid" },
    [1, 10],
    [1, 2, 3, 4],
    [0.5],
  );
  assertClose(large, [1.5, 2.5, 10.5, 20.5, 3.5, 4.5, 30.5, 40.5]);
});

test("channels of a convolution are summed, and each filter gives a channel", () => {
  const settings = { shape: [2, 1, 2], strides: [2, 1], weights: [[2, 1, 2, 2], [2]] };
  const kernel = [1, -1, 10, -10, 100, -100, 1000, -1000]; // row, channel, filter
  const found = compute("conv2d", { ...settings, padding: "same" }, [1, 2, 3, 4], kernel, [0, 1]);
  assertClose(found, [4321, 1 - 4321]);
});

test("with padding a transposed convolution cuts off what lies beyond the image", () => {
  const settings = { shape: [1, 2, 1], weights: [[1, 3, 1, 1], [1]], strides: [1, 1] };
  const same = { ...settings, padding: /** @type {const} */ ("same") };
  assertClose(compute("conv2d_transpose", same, [1, 10], [2, 3, 4], [0]), [3 + 20, 4 + 30]);
});

test("pooling takes the largest pixel, or the mean of those within the image", () => {
  const settings = { ...IMAGE, size: [2, 2], strides: [2, 2] };
  const places = /** @type {const} */ ({ padding: "same" });
  assertClose(compute("max_pooling", { ...settings, ...places }, PIXELS), [5, 6, 8, 9]);
  assertClose(compute("average_pooling", { ...settings, ...places }, PIXELS), [3, 4.5, 7.5, 9]);
});

test("up-sampling repeats pixels, or goes evenly from one to the next", () => {
  const settings = { shape: [1, 2, 1], size: [1, 2] };
  const repeated = compute("up_sampling", { ...settings, interpolation: "nearest" }, [0, 4]);
  assertClose(repeated, [0, 0, 4, 4]);
  const even = compute("up_sampling", { ...settings, interpolation: "bilinear" }, [0, 4]);
  assertClose(even, [0, 1, 3, 4]);
});

test("a simple recurrent layer remembers its last state", () => {
  const settings = { weights: [[1, 1], [1, 1], [1]], shape: [2, 1] };
  const first = Math.tanh(0.5 + 0.1);
  const second = Math.tanh(-0.25 + 2 * first + 0.1);
  const weights = [[0.5], [2], [0.1]];
  const all = compute("simple_rnn", { ...settings, sequences: true }, [1, -0.5], ...weights);
  assertClose(all, [first, second]);
  const last = compute("simple_rnn", { ...settings, sequences: false }, [1, -0.5], ...weights);
  assertClose(last, [second]);
});

test("a state of several numbers is mixed by the recurrent kernel", () => {
  const settings = { weights: [[1, 2], [2, 2], [2]], shape: [2, 1], sequences: true };
  const [first, second] = [Math.tanh(0.5), Math.tanh(-0.25)];
  const weights = [
    [0.5, -0.25],
    [0, 3, 2, 0],
    [0, 0],
  ];
  const found = compute("simple_rnn", settings, [1, 0], ...weights);
  assertClose(found, [first, second, Math.tanh(2 * second), Math.tanh(3 * first)]);
});

test("gates that are shut keep the state of a recurrent layer, or clear it", () => {
  const inputs = [3, -2, 5];
  const shapes = { shape: [3, 1], sequences: true };
  const shut = 1e4; // its sigmoid is 1
  const gru = {
    ...shapes,
    weights: [
      [1, 3],
      [1, 3],
      [2, 3],
    ],
  };
  const zeros = [0, 0, 0];
  assertClose(compute("gru", gru, inputs, [0, 0, 1], zeros, [shut, 0, 0, ...zeros]), [0, 0, 0]);
  const open = compute("gru", gru, inputs, [0, 0, 1], zeros, [-shut, 0, 0, ...zeros]);
  assertClose(open, inputs.map(Math.tanh));
  const lstm = { ...shapes, weights: [[1, 4], [1, 4], [4]] };
  const none = [0, 0, 0, 0];
  const hidden = compute("lstm", lstm, inputs, [0, 0, 1, 0], none, [shut, shut, 0, -shut]);
  assertClose(hidden, [0, 0, 0]);
  const sums = inputs.map((_, step) =>
    Math.tanh(inputs.slice(0, step + 1).reduce((sum, value) => sum + Math.tanh(value), 0)),
  );
  const adding = compute("lstm", lstm, inputs, [0, 0, 1, 0], none, [shut, shut, 0, shut]);
  assertClose(adding, sums);
});

test("sequences are repeated and reversed step by step", () => {
  assertClose(compute("repeat", { shape: [2], steps: 3 }, [1, 2]), [1, 2, 1, 2, 1, 2]);
  assertClose(compute("reverse", { shape: [3, 2] }, [1, 2, 3, 4, 5, 6]), [5, 6, 3, 4, 1, 2]);
});

test("each vector becomes the nearest entry of the codebook", () => {
  const settings = { weights: [[3, 2]], shape: [2, 2] };
  const codebook = [0, 0, 1, 1, 5, 5];
  assertClose(compute("quantize", settings, [0.9, 0.8, 3.1, 3.2], codebook), [1, 1, 5, 5]);
});

const DENSE = /** @type {LayerDescription[]} */ (
  [
    { kind: "dense", activation: "relu", weights: [[1, 2], [2]] },
    { kind: "dense", activation: "linear", weights: [[2, 1], [1]] },
  ].map((one) => /** @type {unknown} */ (one))
);
const [ONE, MINUS_ONE, TWO] = [0x3c00, 0xbc00, 0x4000];

test("a network goes through its layers, its weights one after the other", () => {
  const halves = Uint16Array.of(ONE, MINUS_ONE, 0, 0, TWO, ONE, ONE);
  const network = readNetwork(DENSE, halves);
  assertClose(evaluateNetwork(network, Float32Array.of(3)), [2 * 3 + 0 + 1]);
  assertClose(evaluateNetwork(network, Float32Array.of(-3)), [0 + 3 + 1]);
});

test("a network does not change its input", () => {
  const activation = /** @type {LayerDescription} */ ({ kind: "activation", activation: "relu" });
  Object.assign(activation, { weights: [], shape: [2] });
  const input = Float32Array.of(-1, 1);
  assertClose(evaluateNetwork(readNetwork([activation], new Uint16Array(0)), input), [0, 1]);
  assertClose(input, [-1, 1]);
});

test("what does not fit is refused", () => {
  const halves = new Uint16Array(7);
  assert.equal(readNetwork(DENSE, halves).length, 2);
  for (const length of [6, 8]) {
    assert.throws(() => readNetwork(DENSE, new Uint16Array(length)), /numbers instead of/);
  }
  for (const name of ["attention", "toString"]) {
    const kind = [{ ...DENSE[0], kind: name }];
    assert.throws(() => readNetwork(kind, halves), new RegExp(`layer ${name} is unknown`));
    const activation = [{ ...DENSE[0], activation: name }];
    assert.throws(() => readNetwork(activation, halves), /activation .* is unknown/);
  }
});
