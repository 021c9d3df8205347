import assert from "node:assert/strict";
import { test } from "node:test";

import { putInFrame } from "../../dashboard/components/plots/frames.js";
import { clipLine, cutBox, orthonormalize } from "../../dashboard/components/plots/space.js";
import { dot } from "../../dashboard/components/shared/vectors.js";

/**
 * @import { StoredArrays } from "../../dashboard/components/shared/bytes.js"
 * @import { Edit } from "../../dashboard/components/plots/frames.js"
 * @import { Figure } from "../../dashboard/components/plots/plotly_library.js"
 */

/**
 * A figure after one edit.
 *
 * @param {Figure} figure
 * @param {Partial<Edit>} edit
 * @param {StoredArrays} arrays
 */
function change(figure, edit, arrays = {}, epoch = 7) {
  putInFrame(figure, [/** @type {Edit} */ (edit)], { epoch, arrays });
  return figure;
}

/** @param {number[][]} rows */
function stored(rows) {
  return { shape: [rows.length, rows[0].length], values: Float32Array.from(rows.flat()) };
}

const CODES = stored([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);

test("points move to their rows of the array", () => {
  const figure = { data: [{ x: [0], y: [0] }], layout: {} };
  const edit = { kind: "points", array: "codes", trace: 0, dimensions: 2, rows: [2, 0, 99] };
  change(figure, edit, { codes: CODES });
  assert.deepEqual(figure.data[0], { x: [7, 1], y: [8, 2] });
});

test("points are seen along directions, from an origin", () => {
  const figure = { data: [{ x: [0], y: [0] }], layout: {} };
  const projection = {
    origin: [1, 1, 1],
    directions: [
      [0, 0, 1],
      [1, 1, 0],
    ],
  };
  const edit = { kind: "points", array: "codes", trace: 0, dimensions: 2, projection };
  change(figure, edit, { codes: CODES });
  assert.deepEqual(figure.data[0], { x: [2, 5, 8], y: [1, 7, 13] });
});

test("symmetric axes open for points beyond them, and no others", () => {
  const codes = stored([[10, 0]]);
  for (const [range, expected] of [
    [
      [-1, 1],
      [-11.313708, 11.313708],
    ],
    [
      [-20, 20],
      [-20, 20],
    ],
    [
      [0, 1],
      [0, 1],
    ],
  ]) {
    const axis = { range: /** @type {[number, number]} */ (range) };
    const figure = { data: [{}], layout: { xaxis: axis, yaxis: {} } };
    const edit = { kind: "points", array: "codes", trace: 0, dimensions: 2, limit: true };
    change(figure, edit, { codes });
    axis.range.forEach((limit, end) => assert.ok(Math.abs(limit - expected[end]) < 1e-5));
  }
});

test("an edit whose array the frame lacks leaves the figure as it is", () => {
  const figure = { data: [{ x: [0], y: [0] }], layout: {} };
  change(figure, { kind: "points", array: "codes", trace: 0, dimensions: 2 });
  assert.deepEqual(figure, { data: [{ x: [0], y: [0] }], layout: {} });
});

test("strokes keep their starts and get new ends, also where they come as bytes", () => {
  const starts = [1, 0, 0, 2, 0, 0];
  const bdata = Buffer.from(Float32Array.from(starts).buffer).toString("base64");
  for (const column of [starts, { dtype: /** @type {const} */ ("f4"), bdata }]) {
    const figure = { data: [{ x: column, y: column, z: column }], layout: {} };
    change(figure, { kind: "segments", array: "codes", trace: 0 }, { codes: CODES });
    assert.deepEqual(figure.data[0].x, [1, 1, null, 2, 4, null]);
    assert.deepEqual(figure.data[0].z, [1, 3, null, 2, 6, null]);
  }
});

test("bars are sorted, used ones in the first trace, and say which dimension they are", () => {
  /** @type {Figure} */
  const figure = { data: [{}, {}], layout: { yaxis: { range: [0, 1] } } };
  const edit = {
    kind: "bars",
    array: "kl",
    threshold: 0.5,
    names: ["used: {count}", "not: {count}"],
  };
  change(figure, edit, { kl: { shape: [3], values: Float32Array.of(0.25, 4, 1) } });
  assert.deepEqual(figure.data, [
    { x: [1, 2], y: [4, 1], customdata: [2, 3], name: "used: 2" },
    { x: [3], y: [0.25], customdata: [1], name: "not: 1" },
  ]);
  assert.deepEqual(figure.layout.yaxis?.range, [0, 4.2]);
});

test("a histogram counts all finite numbers, the largest in the last bin", () => {
  /** @type {Figure} */
  const figure = { data: [{}], layout: {} };
  const values = Float32Array.of(10, 10.5, 11, 13.5, 14, NaN);
  change(figure, { kind: "histogram", array: "codes", bins: 4 }, { codes: { shape: [6], values } });
  assert.deepEqual(figure.data[0].y, [2, 1, 0, 2]);
  assert.deepEqual(figure.data[0].x, [10.5, 11.5, 12.5, 13.5]);
  assert.deepEqual(figure.layout.xaxis?.range, [10, 14]);
});

test("a discriminator's opinion is one layer of the array, on axes of its own", () => {
  /** @type {Figure} */
  const figure = { data: [{}, {}], layout: {} };
  const values = Float32Array.from({ length: 2 * 2 * 3 }, (_, place) => place);
  const arrays = {
    opinion: { shape: [2, 2, 3], values },
    axis: { shape: [3], values: Float32Array.of(-5, 0, 5) },
  };
  change(figure, { kind: "opinion", array: "opinion", trace: 1, layer: 1 }, arrays);
  const z = [
    [6, 7, 8],
    [9, 10, 11],
  ];
  assert.deepEqual(figure.data, [{}, { x: [-5, 0, 5], y: [-5, 0, 5], z }]);
  assert.deepEqual(figure.layout.xaxis?.range, [-5, 5]);
  assert.deepEqual(figure.layout.yaxis?.range, [-5, 5]);
});

test("the epoch is a line, at the left edge where the axis cannot show it", () => {
  for (const [type, epoch, reference] of /** @type {[string, number, string][]} */ ([
    ["log", 0, "paper"],
    ["log", 3, "x"],
    ["linear", 0, "x"],
  ])) {
    /** @type {Figure} */
    const figure = { data: [], layout: { xaxis: { type }, shapes: [{ name: "other" }] } };
    change(figure, { kind: "epoch" }, {}, epoch);
    const [other, line] = /** @type {{ name: string, xref: string, x0: number }[]} */ (
      figure.layout.shapes
    );
    assert.deepEqual([other.name, line.name, line.xref], ["other", "film", reference]);
    assert.equal(line.x0, epoch);
  }
});

const BOX = [
  [-1, 1],
  [-1, 1],
  [-1, 1],
];

test("the plane through a box has corners in the box and in the plane, and goes round it", () => {
  const basis = stored([
    [1, 0, 0],
    [0, 2, 2],
  ]);
  /** @type {Figure} */
  const figure = { data: [{ type: "mesh3d" }, {}], layout: {} };
  const arrays = { basis, plane_origin: { shape: [3], values: new Float32Array(3) } };
  change(figure, { kind: "plane", array: "basis", trace: 0, ranges: BOX }, arrays);
  /** @typedef {Record<"x" | "y" | "z" | "i" | "j" | "k", number[]>} Mesh */
  const [face, outline] = /** @type {Mesh[]} */ (/** @type {unknown} */ (figure.data));
  assert.equal(face.x.length, 4);
  assert.deepEqual(
    [face.i, face.j, face.k],
    [
      [0, 0],
      [1, 2],
      [2, 3],
    ],
  ); // two triangles
  for (const axis of [face.x, face.y, face.z]) {
    for (const value of axis) assert.ok(Math.abs(Math.abs(value) - 1) < 1e-6);
  }
  face.y.forEach((value, corner) => assert.ok(Math.abs(value - face.z[corner]) < 1e-6));
  assert.deepEqual(outline.x, [...face.x, face.x[0]]);
});

test("an oblique plane cuts a cube in a hexagon whose corners are neighbours", () => {
  const directions = orthonormalize([
    [1, -1, 0],
    [1, 1, -2],
  ]);
  const corners = cutBox([0, 0, 0], directions, BOX);
  assert.equal(corners.length, 6);
  corners.forEach((corner, place) => {
    const next = corners[(place + 1) % 6];
    assert.ok(Math.abs(corner[0] + corner[1] + corner[2]) < 1e-9);
    assert.ok(Math.abs(Math.hypot(...corner.map((value, i) => value - next[i])) - 2 ** 0.5) < 1e-9);
  });
  assert.deepEqual(cutBox([9, 9, 9], directions, BOX), []);
});

test("a line is clipped to the box, and may miss it", () => {
  assert.deepEqual(clipLine([0, 0.5, 0], [1, 0, 0], BOX), [
    [-1, 0.5, 0],
    [1, 0.5, 0],
  ]);
  assert.deepEqual(clipLine([0, 5, 0], [1, 0, 0], BOX), []);
});

test("orthonormal rows are as many as the rank", () => {
  const rows = orthonormalize([
    [3, 0, 4],
    [6, 0, 8],
    [0, 0, 2],
  ]);
  assert.equal(rows.length, 2);
  rows.forEach((one, i) =>
    rows.forEach((other, j) => assert.ok(Math.abs(dot(one, other) - Number(i === j)) < 1e-12)),
  );
});
