// Planes and lines in a box of three dimensions.

import { dot, mean } from "../shared/vectors.js";

/**
 * Orthonormal rows that span the rows, as many as their rank.
 *
 * @param {number[][]} rows
 */
export function orthonormalize(rows) {
  /** @type {number[][]} */
  const found = [];
  const longest = Math.max(...rows.map((row) => Math.hypot(...row)));
  for (const row of rows) {
    const rest = found.reduce((left, one) => {
      const length = dot(left, one);
      return left.map((value, axis) => value - length * one[axis]);
    }, row);
    const length = Math.hypot(...rest);
    if (length > Math.max(1e-6 * longest, 1e-12)) found.push(rest.map((value) => value / length));
  }
  return found;
}

/**
 * Where a plane cuts the edges of a box, in their order: `_corners` of point_clouds.py.
 *
 * @param {number[]} origin a point of the plane
 * @param {number[][]} directions two that span it
 * @param {number[][]} ranges of the box
 */
export function cutBox(origin, [first, second], ranges) {
  const normal = [0, 1, 2].map((axis) => {
    const [a, b] = [(axis + 1) % 3, (axis + 2) % 3];
    return first[a] * second[b] - first[b] * second[a];
  });
  const vertices = Array.from({ length: 8 }, (_, number) =>
    [4, 2, 1].map((bit, axis) => ranges[axis][number & bit ? 1 : 0]),
  );
  const heights = vertices.map((one) => dot(one, normal) - dot(origin, normal));
  /** @type {number[][]} */
  const corners = [];
  for (let a = 0; a < 8; a += 1) {
    for (const bit of [1, 2, 4]) {
      const b = a | bit;
      if (a & bit || heights[a] < 0 === heights[b] < 0) continue;
      const share = heights[a] / (heights[a] - heights[b]);
      corners.push(vertices[a].map((value, axis) => value + (vertices[b][axis] - value) * share));
    }
  }
  if (!corners.length) return [];
  const middle = [0, 1, 2].map((axis) => mean(corners.map((corner) => corner[axis])));
  /** @param {number[]} one */
  const angle = (one) => {
    const arm = one.map((value, axis) => value - middle[axis]);
    return Math.atan2(dot(arm, second), dot(arm, first));
  };
  return corners.sort((one, other) => angle(one) - angle(other));
}

/**
 * The two ends of a line's part within a box, or none: `_clipped_line` of point_clouds.py.
 *
 * @param {number[]} origin a point of the line
 * @param {number[]} direction
 * @param {number[][]} ranges of the box
 */
export function clipLine(origin, direction, ranges) {
  const crossings = ranges.map((limits, axis) => {
    const slope = Math.abs(direction[axis]) < 1e-12 ? 1e-12 : direction[axis];
    return limits.map((limit) => (limit - origin[axis]) / slope).sort((a, b) => a - b);
  });
  const enters = Math.max(...crossings.map(([low]) => low));
  const leaves = Math.min(...crossings.map(([, high]) => high));
  if (enters >= leaves) return [];
  return [enters, leaves].map((way) => origin.map((value, axis) => value + way * direction[axis]));
}
