import assert from "node:assert/strict";
import { test } from "node:test";

import {
  halvesToFloats,
  readArrays,
  readHalves,
  splitHeader,
} from "../../dashboard/components/shared/bytes.js";

/**
 * As `with_arrays` in buffers.py writes them, `before` bytes into a larger buffer.
 *
 * @param {Record<string, Float32Array | Int32Array | Uint8Array>} arrays
 * @param {object} meta
 */
function write(arrays, meta, before = 0) {
  const described = Object.entries(arrays).map(([name, values]) => ({
    name,
    dtype: values.constructor.name.replace("Array", "").toLowerCase(),
    shape: [values.length],
  }));
  const header = new TextEncoder().encode(JSON.stringify({ meta, arrays: described }));
  const payload = Object.values(arrays).map((values) => new Uint8Array(values.buffer));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return new Uint8Array(
    Buffer.concat([new Uint8Array(before), length, header, ...payload]),
  ).subarray(before);
}

const ARRAYS = {
  grey: Uint8Array.of(0, 128, 255), // three bytes: what follows is not aligned
  codes: Float32Array.of(0.5, -1.25, 3e8),
  labels: Int32Array.of(-7, 9),
};

test("arrays come back with their names, shapes, types and the meta data", () => {
  for (const before of [0, 1, 2, 3]) {
    const { meta, arrays } = readArrays(write(ARRAYS, { version: 3, text: "ähnlich" }, before));
    assert.deepEqual(meta, { version: 3, text: "ähnlich" });
    assert.deepEqual(Object.keys(arrays), Object.keys(ARRAYS));
    for (const [name, values] of Object.entries(ARRAYS)) {
      assert.deepEqual(arrays[name], { shape: [values.length], values });
    }
  }
});

test("what is read does not change with the buffer", () => {
  const bytes = write(ARRAYS, {});
  const { arrays } = readArrays(bytes);
  bytes.fill(0);
  assert.deepEqual(arrays.codes.values, ARRAYS.codes);
});

test("an array of several dimensions has as many numbers as its shape says", () => {
  const bytes = write({ codes: new Float32Array(6) }, {});
  const text = Buffer.from(bytes).toString("latin1").replace("[6]", "[2,3]");
  const changed = Uint8Array.from(Buffer.from(text, "latin1"));
  new DataView(changed.buffer).setUint32(
    0,
    new DataView(bytes.buffer).getUint32(0, true) + 2,
    true,
  );
  const { shape, values } = readArrays(changed).arrays.codes;
  assert.deepEqual([shape, values.length], [[2, 3], 6]);
});

test("a buffer that is cut off anywhere is refused", () => {
  const whole = write(ARRAYS, { version: 3 });
  for (let length = 0; length < whole.length; length += 1) {
    assert.throws(() => readArrays(whole.slice(0, length)), `${length} of ${whole.length} bytes`);
  }
  assert.throws(() => readArrays(whole.slice(0, -1)), /labels is cut off/);
});

test("the header and the rest lie side by side", () => {
  const [header, rest] = splitHeader(Uint8Array.of(2, 0, 0, 0, 0x7b, 0x7d, 1, 2, 3));
  assert.deepEqual([header, [...rest]], [{}, [1, 2, 3]]);
});

test("halves are read from any place, the least significant byte first", () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0x3c, 0x00, 0xc0).subarray(1);
  assert.deepEqual([...readHalves(bytes)], [0x3c00, 0xc000]);
});

test("16-bit floats are the numbers of IEEE 754", () => {
  const known = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14], // the smallest normal one
    [0x03ff, 1023 * 2 ** -24], // the largest subnormal one
    [0x0001, 2 ** -24],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  const floats = halvesToFloats(Uint16Array.from(known, ([half]) => half));
  assert.deepEqual(
    [...floats],
    known.map(([, value]) => value),
  );
  assert.ok(Object.is(halvesToFloats(Uint16Array.of(0x8000))[0], -0));
});
