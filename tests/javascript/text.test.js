import assert from "node:assert/strict";
import { test } from "node:test";

import { fill, formatShort, groupDigits } from "../../dashboard/components/shared/text.js";

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
