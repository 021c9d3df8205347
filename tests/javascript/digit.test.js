import assert from "node:assert/strict";
import { test } from "node:test";

import { asDigit, inkOf } from "../../dashboard/components/latent_explorer/digit.js";

const FIELD = 100;

/**
 * A bar with a foot: not symmetric, so that its centre of mass is not its middle.
 *
 * @param {number} left
 * @param {number} top
 */
function draw(left, top, scale = 1) {
  const ink = new Float32Array(FIELD * FIELD);
  for (let row = 0; row < 30 * scale; row += 1) {
    const width = row < 24 * scale ? 4 * scale : 15 * scale;
    ink.fill(1, (top + row) * FIELD + left, (top + row) * FIELD + left + width);
  }
  return ink;
}

/** @param {ArrayLike<number>} digit */
function rowsAndColumns(digit) {
  const inked = Array.from(digit).flatMap((value, place) => (value > 0.05 ? [place] : []));
  return [inked.map((place) => Math.floor(place / 28)), inked.map((place) => place % 28)];
}

/** @param {ArrayLike<number>} digit */
function centreOf(digit) {
  let [mass, x, y] = [0, 0, 0];
  Array.from(digit).forEach((value, place) => {
    mass += value;
    x += value * (place % 28);
    y += value * Math.floor(place / 28);
  });
  return [x / mass, y / mass];
}

/** @param {Float32Array} ink */
function made(ink) {
  const digit = asDigit(ink, FIELD);
  assert.ok(digit);
  return digit;
}

test("a drawing fits 20 of 28 pixels, its centre of mass in the middle", () => {
  const digit = made(draw(10, 20));
  assert.equal(digit.length, 28 * 28);
  const sides = rowsAndColumns(digit).map(
    (places) => Math.max(...places) - Math.min(...places) + 1,
  );
  assert.deepEqual(sides, [20, 10]);
  for (const centre of centreOf(digit)) assert.ok(Math.abs(centre - 14) <= 0.51, `${centre}`);
  assert.ok(Math.abs(Math.max(...digit) - 1) < 1e-6);
});

test("neither the place nor the size of a drawing matters", () => {
  const expected = made(draw(10, 20));
  for (const ink of [draw(0, 0), draw(80, 65), draw(20, 5, 3)]) {
    made(ink).forEach((value, place) => {
      assert.ok(Math.abs(value - expected[place]) < 1e-5);
    });
  }
});

test("where there is no ink there is no digit", () => {
  assert.equal(asDigit(new Float32Array(FIELD * FIELD), FIELD), undefined);
});

/**
 * A picture in grey.
 *
 * @param {number[]} greys
 * @param {number} width
 */
function picture(greys, width) {
  const data = Uint8ClampedArray.from(greys.flatMap((grey) => [grey, grey, grey, 255]));
  return { data, width, height: greys.length / width };
}

test("ink is what differs from the border, be it darker or brighter", () => {
  const ink = [0, 0, 0, 0, 1, 0, 0, 0, 0];
  for (const [paper, pen] of [
    [255, 0],
    [0, 255],
    [200, 90],
  ]) {
    const greys = ink.map((one) => (one ? pen : paper));
    assert.deepEqual([...inkOf(picture(greys, 3))], ink);
  }
});

test("an even picture holds no ink, and what is transparent is paper", () => {
  assert.ok(inkOf(picture(new Array(9).fill(120), 3)).every((value) => value === 0));
  const { data, width, height } = picture(new Array(9).fill(0), 3);
  for (let pixel = 0; pixel < 9; pixel += 1) data[4 * pixel + 3] = pixel === 4 ? 255 : 0;
  assert.deepEqual([...inkOf({ data, width, height })], [0, 0, 0, 0, 1, 0, 0, 0, 0]);
});
