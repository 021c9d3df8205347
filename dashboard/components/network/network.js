// A trained network in the browser: reads its weights from bytes and evaluates it as Keras does.
//
// Weights arrive as 16-bit floats (half the bytes) and are computed with as 32-bit ones.

import { ACTIVATIONS } from "./activations.js";
import { fetchBytes, halvesToFloats, readHalves, splitHeader } from "../shared/bytes.js";
import { LAYERS } from "./layers.js";
import { sizeOf } from "../shared/vectors.js";

/** @import { Layer, LayerDescription } from "./layers.js" */

/** @typedef {{ compute: Layer, activation: string }[]} Network */

/**
 * A network from its layers' descriptions, the first layer first, and its weights.
 *
 * Throws where the numbers are not as many as the layers need, or a kind or an activation is
 * unknown.
 *
 * @param {LayerDescription[]} descriptions
 * @param {Uint16Array} halves
 * @returns {Network}
 */
export function readNetwork(descriptions, halves) {
  const numbers = halvesToFloats(halves);
  let start = 0;
  const layers = descriptions.map((description) => {
    const { kind, activation, weights } = description;
    if (!Object.hasOwn(LAYERS, kind)) throw new Error(`layer ${kind} is unknown`);
    if (!Object.hasOwn(ACTIVATIONS, activation)) {
      throw new Error(`activation ${activation} is unknown`);
    }
    const arrays = weights.map((shape) => numbers.subarray(start, (start += sizeOf(shape))));
    return { compute: LAYERS[kind](description, ...arrays), activation };
  });
  if (start !== numbers.length) {
    throw new Error(`${numbers.length} numbers instead of ${start}`);
  }
  return layers;
}

/**
 * The network's output for one input, a Float32Array that the next evaluation overwrites.
 *
 * @param {Network} layers
 * @param {Float32Array} input
 */
export function evaluateNetwork(layers, input) {
  let x = input;
  for (const { compute, activation } of layers) {
    x = compute(x);
    if (activation === "linear") continue;
    const activate = ACTIVATIONS[activation];
    for (let place = 0; place < x.length; place += 1) x[place] = activate(x[place]);
  }
  return x;
}

/**
 * A half of a run's network from one of the server's addresses (routes.py).
 *
 * @param {string} address
 */
export async function fetchNetwork(address) {
  /** @type {[{ layers: LayerDescription[] }, Uint8Array]} */
  const [header, content] = splitHeader(await fetchBytes(address));
  return readNetwork(header.layers, readHalves(content));
}
