// The geometry of a code space, without any drawing: axes, paths, classes, neighbours, clouds.
//
// Codes are Float32Arrays of `size` numbers; many codes are one array, row after row.

import { dot, squaredDistance } from "../shared/vectors.js";

/**
 * A unit vector along one dimension.
 *
 * @param {number} size
 * @param {number} dimension
 */
export function alongDimension(size, dimension) {
  const axis = new Float32Array(size);
  axis[dimension] = 1;
  return axis;
}

/**
 * Moves `code` along a unit vector until its coordinate there is `value`.
 *
 * @param {Float32Array} code
 * @param {Float32Array} axis
 * @param {number} value
 */
export function moveAlong(code, axis, value) {
  const shift = value - dot(axis, code);
  for (let place = 0; place < code.length; place += 1) code[place] += shift * axis[place];
}

/**
 * The point at a share `t` of the straight way from `a` to `b`.
 *
 * @param {Float32Array} a
 * @param {Float32Array} b
 * @param {number} t
 */
export function straight(a, b, t) {
  return a.map((value, place) => (1 - t) * value + t * b[place]);
}

/**
 * The point at a share `t` of the way from `a` to `b` along an arc about the origin, on which the
 * distance to it changes evenly (Shoemake, "Animating rotation with quaternion curves", 1985;
 * White, "Sampling generative networks", 2016, section 2). Straight where no arc is determined.
 *
 * In many dimensions random codes lie in a shell; the straight way cuts through its empty middle.
 *
 * @param {Float32Array} a
 * @param {Float32Array} b
 * @param {number} t
 */
export function spherical(a, b, t) {
  const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
  const cosine = dot(a, b) / (lengthA * lengthB);
  if (!(Math.abs(cosine) < 0.9999)) return straight(a, b, t);
  const angle = Math.acos(cosine);
  const length = (1 - t) * lengthA + t * lengthB;
  const [shareA, shareB] = [Math.sin((1 - t) * angle), Math.sin(t * angle)];
  return a.map(
    (value, place) =>
      (length / Math.sin(angle)) * ((shareA * value) / lengthA + (shareB * b[place]) / lengthB),
  );
}

/**
 * The mean code of each class; undefined for a class without codes.
 *
 * @param {Float32Array} codes
 * @param {Uint8Array} labels
 * @param {number} size
 * @param {number} classes
 */
export function classMeans(codes, labels, size, classes) {
  const sums = Array.from({ length: classes }, () => new Float64Array(size));
  const counts = new Uint32Array(classes);
  labels.forEach((label, row) => {
    counts[label] += 1;
    for (let place = 0; place < size; place += 1) sums[label][place] += codes[row * size + place];
  });
  return sums.map((sum, label) =>
    counts[label] ? Float32Array.from(sum, (value) => value / counts[label]) : undefined,
  );
}

/**
 * Rows of the `count` codes nearest to `code`, and their distances, the nearest first.
 *
 * @param {Float32Array} codes
 * @param {number} size
 * @param {Float32Array} code
 * @param {number} count
 */
export function nearestRows(codes, size, code, count) {
  /** @type {{ row: number, squared: number }[]} */
  const found = [];
  for (let row = 0; row * size < codes.length; row += 1) {
    const squared = squaredDistance(code, codes, row * size);
    if (found.length === count && squared >= found[count - 1].squared) continue;
    const before = found.findIndex((one) => squared < one.squared);
    found.splice(before < 0 ? found.length : before, 0, { row, squared });
    if (found.length > count) found.pop();
  }
  return found.map(({ row, squared }) => ({ row, distance: Math.sqrt(squared) }));
}

/**
 * A draw of the normal distribution with that middle and diagonal covariance exp(logVariance).
 *
 * @param {Float32Array} middle
 * @param {ArrayLike<number>} logVariance
 */
export function drawNormal(middle, logVariance) {
  return middle.map((value, place) => {
    // Box and Muller, 1958.
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
    const standard = radius * Math.cos(2 * Math.PI * Math.random());
    return value + Math.exp(logVariance[place] / 2) * standard;
  });
}

/**
 * The ellipse of one standard deviation of such a distribution, seen along two unit vectors:
 * half-axes and the angle of the longer one, counted from the first vector towards the second.
 *
 * @param {Float32Array} logVariance
 * @param {Float32Array} right
 * @param {Float32Array} up
 */
export function shadowEllipse(logVariance, right, up) {
  let [xx, xy, yy] = [0, 0, 0];
  logVariance.forEach((value, place) => {
    const variance = Math.exp(value);
    xx += right[place] * right[place] * variance;
    xy += right[place] * up[place] * variance;
    yy += up[place] * up[place] * variance;
  });
  const [middle, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  return {
    long: Math.sqrt(middle + spread),
    short: Math.sqrt(Math.max(middle - spread, 0)),
    angle: 0.5 * Math.atan2(2 * xy, xx - yy),
  };
}
