// Sums over lists of numbers.

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
