import assert from "node:assert/strict";
import { test } from "node:test";

import { extent, takeRow } from "../../dashboard/components/shared/vectors.js";

test("the extent of values are their least and their most", () => {
  assert.deepEqual(extent([3, -1, 2]), [-1, 3]);
  assert.deepEqual(extent(Float32Array.of(5)), [5, 5]);
  assert.deepEqual(extent([]), [Infinity, -Infinity]);
});

test("a row shares the memory of its values", () => {
  const values = Int32Array.of(0, 1, 2, 3, 4, 5);
  const row = takeRow(values, 1, 2);
  assert.deepEqual([...row], [2, 3]);
  row[0] = 7;
  assert.equal(values[2], 7);
});
