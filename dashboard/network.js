// A trained network in the browser: reads its weights from bytes and evaluates it.
//
// Weights arrive as 16-bit floats (half the bytes) and are computed with as 32-bit ones. No module:
// Python joins this file with that of the component that uses it.

/** 16-bit floats as 32-bit ones; by hand, as older browsers have no Float16Array. */
function halvesToFloats(halves) {
  const floats = new Float32Array(halves.length);
  for (let place = 0; place < halves.length; place += 1) {
    const half = halves[place];
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) floats[place] = sign * fraction * 2 ** -24;
    else if (exponent === 31) floats[place] = fraction ? NaN : sign * Infinity;
    else floats[place] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return floats;
}

/** The error function, to within 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => (x > 0 ? x : 0),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/**
 * Dense layers, each with its kernel and its bias one after the other in `halves`.
 *
 * `shapes` lists {inputs, units, activation}, first layer first. Throws where the numbers are not
 * as many as the layers need, or an activation is unknown.
 */
function readNetwork(shapes, halves) {
  const numbers = halvesToFloats(halves);
  let start = 0;
  const layers = shapes.map(({ inputs, units, activation }) => {
    if (!(activation in ACTIVATIONS)) throw new Error(`activation ${activation} is unknown`);
    const kernel = numbers.subarray(start, (start += inputs * units));
    const bias = numbers.subarray(start, (start += units));
    return { inputs, units, kernel, bias, activate: ACTIVATIONS[activation] };
  });
  if (start !== numbers.length) {
    throw new Error(`${numbers.length} numbers instead of ${start}`);
  }
  return layers;
}

/** The network's output, a Float32Array, for one input vector. */
function evaluateNetwork(layers, input) {
  let x = input;
  for (const { inputs, units, kernel, bias, activate } of layers) {
    const sums = Float32Array.from(bias);
    for (let row = 0; row < inputs; row += 1) {
      const value = x[row];
      if (value === 0) continue; // after ReLU, half of them
      const start = row * units;
      for (let unit = 0; unit < units; unit += 1) sums[unit] += value * kernel[start + unit];
    }
    for (let unit = 0; unit < units; unit += 1) sums[unit] = activate(sums[unit]);
    x = sums;
  }
  return x;
}
