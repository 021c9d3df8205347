// Recurrent layers as Keras has them: read a sequence, step by step.

import { sigmoid } from "./activations.js";
import { addScaled } from "../shared/vectors.js";

/** @import { Layer, LayerDescription } from "./layers.js" */

/**
 * Makes the next state, in place.
 *
 * @callback Step
 * @param {Float32Array} sums products of the input with its kernel
 * @param {Float32Array} recalled products of the last state with its kernel
 * @param {Float32Array} bias
 * @param {Float32Array} state
 * @param {Float32Array} carry
 */

/**
 * A recurrent layer that goes on by `step`.
 *
 * @param {Step} step
 */
function recurrent(step) {
  /**
   * @param {LayerDescription} description
   * @param {Float32Array} kernel
   * @param {Float32Array} memory
   * @param {Float32Array} bias
   * @returns {Layer}
   */
  return (
    { weights: [[inputs, width], [units]], shape: [steps], sequences },
    kernel,
    memory,
    bias,
  ) => {
    const [sums, recalled] = [new Float32Array(width), new Float32Array(width)];
    const [state, carry] = [new Float32Array(units), new Float32Array(units)];
    const states = new Float32Array(steps * units);
    return (x) => {
      state.fill(0);
      carry.fill(0);
      for (let at = 0; at < steps; at += 1) {
        sums.fill(0);
        recalled.fill(0);
        for (let row = 0; row < inputs; row += 1) {
          addScaled(sums, 0, x[at * inputs + row], kernel, row * width, width);
        }
        for (let row = 0; row < units; row += 1) {
          addScaled(recalled, 0, state[row], memory, row * width, width);
        }
        step(sums, recalled, bias, state, carry);
        states.set(state, at * units);
      }
      return sequences ? states : state;
    };
  };
}

// Gates lie side by side in Keras' order: update, reset, new; and input, forget, new, output.

/** @type {Step} */
function simpleStep(sums, recalled, bias, state) {
  for (let unit = 0; unit < state.length; unit += 1) {
    state[unit] = Math.tanh(sums[unit] + recalled[unit] + bias[unit]);
  }
}

/** @type {Step} */
function gruStep(sums, recalled, bias, state) {
  const [units, width] = [state.length, sums.length];
  for (let unit = 0; unit < units; unit += 1) {
    const [incoming, old] = [0, 1].map((gate) =>
      [sums, recalled].map(
        (part, which) => part[gate * units + unit] + bias[which * width + gate * units + unit],
      ),
    );
    const last = 2 * units + unit;
    const keep = sigmoid(incoming[0] + incoming[1]);
    const recall = sigmoid(old[0] + old[1]) * (recalled[last] + bias[width + last]);
    state[unit] = keep * state[unit] + (1 - keep) * Math.tanh(sums[last] + bias[last] + recall);
  }
}

/** @type {Step} */
function lstmStep(sums, recalled, bias, state, carry) {
  const units = state.length;
  for (let unit = 0; unit < units; unit += 1) {
    const [write, keep, fresh, show] = [0, 1, 2, 3].map((gate) => {
      const place = gate * units + unit;
      return sums[place] + recalled[place] + bias[place];
    });
    carry[unit] = sigmoid(keep) * carry[unit] + sigmoid(write) * Math.tanh(fresh);
    state[unit] = sigmoid(show) * Math.tanh(carry[unit]);
  }
}

/** @type {Record<string, (description: LayerDescription, ...weights: Float32Array[]) => Layer>} */
export const RECURRENT_LAYERS = {
  simple_rnn: recurrent(simpleStep),
  gru: recurrent(gruStep),
  lstm: recurrent(lstmStep),
};
