// Lists of numbers: sums, extremes, rows.

/**
 * The scalar product of `first` with as many numbers of `second`, from `start` on.
 *
 * @param {ArrayLike<number>} first
 * @param {ArrayLike<number>} second
 */
export function dot(first, second, start = 0) {
  let sum = 0;
  for (let place = 0; place < first.length; place += 1) sum += first[place] * second[start + place];
  return sum;
}

/**
 * The sum of squared differences between `first` and as many numbers of `second`, from `start` on.
 *
 * @param {ArrayLike<number>} first
 * @param {ArrayLike<number>} second
 */
export function squaredDistance(first, second, start = 0) {
  let sum = 0;
  for (let place = 0; place < first.length; place += 1) {
    sum += (first[place] - second[start + place]) ** 2;
  }
  return sum;
}

/** @param {ArrayLike<number>} values */
export function mean(values) {
  let sum = 0;
  for (let place = 0; place < values.length; place += 1) sum += values[place];
  return sum / values.length;
}

/**
 * The least and the most of the values.
 *
 * @param {Iterable<number>} values
 * @returns {[number, number]}
 */
export function extent(values) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/**
 * One of the rows of `width` numbers that lie one after the other; it shares their memory.
 *
 * @template {Float32Array | Int32Array | Uint8Array} Values
 * @param {Values} values
 * @param {number} row
 * @param {number} width
 */
export function takeRow(values, row, width) {
  return /** @type {Values} */ (values.subarray(row * width, (row + 1) * width));
}

/** @param {number[]} shape */
export function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Adds `scale` times `count` numbers of `source`, from `from` on, to those of `sums`, from `at` on.
 *
 * @param {Float32Array} sums
 * @param {number} at
 * @param {number} scale
 * @param {Float32Array} source
 * @param {number} from
 * @param {number} count
 */
export function addScaled(sums, at, scale, source, from, count) {
  if (scale === 0) return; // after ReLU, half of them
  for (let place = 0; place < count; place += 1) sums[at + place] += scale * source[from + place];
}
