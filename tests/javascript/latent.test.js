import assert from "node:assert/strict";
import { test } from "node:test";

import {
  alongDimension,
  classMeans,
  drawNormal,
  moveAlong,
  nearestRows,
  shadowEllipse,
  spherical,
  straight,
} from "../../dashboard/components/latent_explorer/latent.js";
import { dot } from "../../dashboard/components/shared/vectors.js";

const A = Float32Array.of(2, 0, 0);
const B = Float32Array.of(0, 4, 0);
const SHARES = [0, 0.1, 0.5, 0.9, 1];

/** @param {Float32Array} code */
const lengthOf = (code) => Math.hypot(...code);

test("both ways begin at A and end at B", () => {
  for (const way of [straight, spherical]) {
    for (const [share, end] of /** @type {[number, Float32Array][]} */ ([
      [0, A],
      [1, B],
    ])) {
      const found = way(A, B, share);
      assert.ok(lengthOf(found.map((value, place) => value - end[place])) < 1e-6);
    }
  }
});

test("on an arc the distance from the origin and the angle change evenly", () => {
  for (const share of SHARES) {
    const code = spherical(A, B, share);
    assert.ok(Math.abs(lengthOf(code) - (2 + 2 * share)) < 1e-5);
    assert.ok(Math.abs(Math.atan2(code[1], code[0]) - (share * Math.PI) / 2) < 1e-5);
  }
});

test("where no arc is determined the way is straight", () => {
  for (const other of [
    A.map((value) => 3 * value),
    A.map((value) => -value),
    new Float32Array(3),
  ]) {
    for (const share of SHARES) {
      assert.deepEqual(spherical(A, other, share), straight(A, other, share));
    }
  }
});

test("moving along an axis changes that coordinate only", () => {
  const code = Float32Array.of(1, 2, 3);
  moveAlong(code, alongDimension(3, 1), -5);
  assert.deepEqual([...code], [1, -5, 3]);
  const axis = Float32Array.of(0.6, 0, 0.8);
  const across = Float32Array.of(0.8, 0, -0.6);
  const before = dot(across, code);
  moveAlong(code, axis, 7);
  assert.ok(Math.abs(dot(axis, code) - 7) < 1e-5);
  assert.ok(Math.abs(dot(across, code) - before) < 1e-5);
});

test("each class has the mean of its codes, and a class without codes none", () => {
  const codes = Float32Array.of(1, 2, 10, 20, 3, 6);
  const means = classMeans(codes, Uint8Array.of(0, 2, 0), 2, 3);
  assert.deepEqual(
    means.map((one) => one && [...one]),
    [[2, 4], undefined, [10, 20]],
  );
});

test("the nearest rows come first, with their distances, as by sorting all", () => {
  const codes = Float32Array.from({ length: 60 }, (_, place) => Math.sin(place * place));
  const code = Float32Array.of(0.1, -0.2, 0.3);
  const all = Array.from({ length: 20 }, (_, row) => {
    const own = codes.subarray(3 * row, 3 * row + 3);
    return { row, distance: lengthOf(own.map((value, place) => value - code[place])) };
  }).sort((one, other) => one.distance - other.distance);
  const found = nearestRows(codes, 3, code, 6);
  assert.deepEqual(
    found.map(({ row }) => row),
    all.slice(0, 6).map(({ row }) => row),
  );
  found.forEach(({ distance }, place) => {
    assert.ok(Math.abs(distance - all[place].distance) < 1e-6);
  });
  assert.equal(nearestRows(codes, 3, code, 100).length, 20, "there are no more");
});

test("draws of a cloud have its middle and its spread", () => {
  const draws = Array.from({ length: 4000 }, () =>
    drawNormal(Float32Array.of(1, -2), [0, Math.log(0.04)]),
  );
  for (const [place, middle, spread] of [
    [0, 1, 1],
    [1, -2, 0.2],
  ]) {
    const values = draws.map((draw) => draw[place]);
    const found = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length;
    assert.ok(Math.abs(found - middle) < 0.1 * spread, `${found}`);
    assert.ok(Math.abs(Math.sqrt(squares) - spread) < 0.1 * spread, `${squares}`);
  }
});

test("along two dimensions a cloud's ellipse has their deviations, the longer one first", () => {
  const logVariance = Float32Array.of(Math.log(0.25), Math.log(4), Math.log(9));
  const [right, up] = [alongDimension(3, 0), alongDimension(3, 1)];
  const { long, short, angle } = shadowEllipse(logVariance, right, up);
  assert.ok(Math.abs(long - 2) < 1e-5 && Math.abs(short - 0.5) < 1e-5);
  assert.ok(Math.abs(Math.abs(angle) - Math.PI / 2) < 1e-5, "it stands upright");
});
