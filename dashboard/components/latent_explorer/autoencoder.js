// The images of a run, and both halves of its network.

import { evaluateNetwork, fetchNetwork } from "../network/network.js";
import { fetchArrays } from "../shared/bytes.js";
import { Resource } from "../shared/resource.js";
import { squaredDistance, takeRow } from "../shared/vectors.js";

/** @import { Run } from "./run.js" */

export class Autoencoder {
  /** @type {Run} */
  run;

  /**
   * @param {() => void} onArrival
   * @param {(error: Error) => void} onFailure
   */
  constructor(onArrival, onFailure) {
    const events = { onArrival, onFailure };
    this.sample = new Resource(fetchImages, { isKept: false, ...events });
    this.decoder = new Resource(fetchNetwork, { isKept: true, ...events });
    this.encoder = new Resource(fetchNetwork, { isKept: true, ...events });
  }

  /** @param {Run} run */
  load(run) {
    this.run = run;
    this.sample.load(`${run.address}/sample`);
    this.decoder.load(`${run.address}/decoder?${run.weights}`);
  }

  /** Only a visitor who draws needs the other half of the weights. */
  loadEncoder() {
    this.encoder.load(`${this.run.address}/encoder?${this.run.weights}`);
  }

  forget() {
    for (const resource of [this.sample, this.decoder, this.encoder]) resource.forget();
  }

  /** @param {number} row */
  imageOf(row) {
    return this.sample.content && takeRow(this.sample.content, row, this.run.pixels);
  }

  /**
   * Pixels from 0 to 1, or undefined before the weights are here.
   *
   * @param {Float32Array} code
   * @param {number} label the class that the decoder is given
   */
  decode(code, label) {
    const { content } = this.decoder;
    return content && evaluateNetwork(content, this.tell(code, label)).slice();
  }

  /**
   * The code of pixels from 0 to 1; undefined before the encoder is here.
   *
   * @param {Float32Array} pixels
   * @param {number} label the class that the encoder is given
   */
  encode(pixels, label) {
    this.loadEncoder();
    const { content } = this.encoder;
    return content && evaluateNetwork(content, this.tell(pixels, label)).slice(0, this.run.size);
  }

  /**
   * What a half is given: a code or pixels and, where it is given the class, that one-hot.
   *
   * @param {Float32Array} values
   * @param {number} label
   */
  tell(values, label) {
    const { numClasses } = this.run;
    if (!numClasses) return values;
    const numbers = new Float32Array(values.length + numClasses);
    numbers.set(values);
    numbers[values.length + label] = 1;
    return numbers;
  }

  /**
   * The class with which pixels are rebuilt best; undefined before the weights are here.
   *
   * @param {Float32Array} pixels
   */
  recognise(pixels) {
    const errors = this.run.classNames.map((_, label) => {
      const code = this.encode(pixels, label);
      const rebuilt = code && this.decode(code, label);
      return rebuilt ? squaredDistance(pixels, rebuilt) : NaN;
    });
    return errors.some(Number.isNaN) ? undefined : errors.indexOf(Math.min(...errors));
  }
}

/** @param {string} address */
async function fetchImages(address) {
  const { arrays } = await fetchArrays(address);
  return Uint8Array.from(arrays.inputs.values);
}
