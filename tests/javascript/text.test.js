import assert from "node:assert/strict";
import { test } from "node:test";

import { fill, fixed, formatShort, groupDigits } from "../../dashboard/components/shared/text.js";

test("names in braces are replaced, each time, and once", () => {
  assert.equal(fill("{a} of {b}, {a}", { a: 1, b: "{a}" }), "1 of {a}, 1");
  assert.equal(fill("none { } {", {}), "none { } {");
});

test("numbers have three digits, and a minus sign that is one", () => {
  /** @type {[number, string][]} */
  const known = [
    [0, "0"],
    [1.5, "1.5"],
    [123.456, "123"],
    [-0.012345, "−0.0123"],
    [0.00012, "0.00012"],
    [1234567, "1200000"],
  ];
  for (const [value, text] of known) assert.equal(formatShort(value), text);
});

test("thousands stand apart", () => {
  assert.equal(groupDigits(1234567), "1,234,567");
});

test("a number that has run away is short, as on the server", () => {
  assert.equal(fixed(0.01234, 5), "0.01234");
  assert.equal(fixed(1598921.75, 5), "1.6 × 10⁶");
  assert.equal(fixed(-1.2e38, 5), "-1.2 × 10³⁸");
});
