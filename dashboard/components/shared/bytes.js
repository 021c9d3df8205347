// Reads what Python sends as bytes: a header in JSON, and numbers behind it.

import { sizeOf } from "./vectors.js";

/**
 * @typedef {Float32Array | Int32Array | Uint8Array} Numbers
 * @typedef {{ shape: number[], values: Numbers }} StoredArray
 * @typedef {Record<string, StoredArray>} StoredArrays
 *
 * @typedef {{ name: string, dtype: keyof typeof TYPES, shape: number[] }} ArrayDescription
 */

const TYPES = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/**
 * The header of a buffer as `with_header` in buffers.py writes it, and the bytes behind it.
 *
 * @template Header
 * @param {Uint8Array} bytes
 * @returns {[Header, Uint8Array]}
 */
export function splitHeader(bytes) {
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  return [header, bytes.subarray(start)];
}

/**
 * What `with_arrays` in buffers.py wrote.
 *
 * @template Meta
 * @param {Uint8Array} bytes
 * @returns {{ meta: Meta, arrays: StoredArrays }}
 */
export function readArrays(bytes) {
  /** @type {[{ meta: Meta, arrays: ArrayDescription[] }, Uint8Array]} */
  const [header, content] = splitHeader(bytes);
  /** @type {StoredArrays} */
  const arrays = {};
  let place = 0;
  for (const { name, dtype, shape } of header.arrays) {
    const type = TYPES[dtype];
    const length = sizeOf(shape) * type.BYTES_PER_ELEMENT;
    if (place + length > content.length) throw new Error(`${name} is cut off`);
    const values = new type(content.slice(place, place + length).buffer); // a copy is aligned
    arrays[name] = { shape, values };
    place += length;
  }
  return { meta: header.meta, arrays };
}

/**
 * Numbers of 16 bits, least significant byte first, as all of the browser's processors have them.
 *
 * @param {Uint8Array} bytes
 */
export function readHalves(bytes) {
  return new Uint16Array(bytes.slice().buffer); // a copy is aligned
}

/**
 * 16-bit floats as 32-bit ones; by hand, as older browsers have no Float16Array.
 *
 * @param {Uint16Array} halves
 */
export function halvesToFloats(halves) {
  const floats = new Float32Array(halves.length);
  for (let place = 0; place < halves.length; place += 1) {
    const half = halves[place];
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) floats[place] = sign * fraction * 2 ** -24;
    else if (exponent === 31) floats[place] = fraction ? NaN : sign * Infinity;
    else floats[place] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return floats;
}

/**
 * @param {string} address
 * @returns {Promise<Uint8Array>}
 */
export async function fetchBytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * Arrays from one of the server's addresses of a run (routes.py).
 *
 * @param {string} address
 */
export async function fetchArrays(address) {
  return readArrays(await fetchBytes(address));
}
