// A trained network in the browser: reads its weights from bytes and evaluates it, one example at a
// time, as Keras does; images are [height, width, channels].
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
  step: (x) => (x > 0 ? 1 : 0),
};

/**
 * A network from its layers' descriptions (network.py), the first layer first, and its weights.
 *
 * Throws where the numbers are not as many as the layers need, or a kind or an activation is
 * unknown.
 */
function readNetwork(descriptions, halves) {
  const numbers = halvesToFloats(halves);
  let start = 0;
  const layers = descriptions.map((description) => {
    const { kind, activation, weights } = description;
    if (!Object.hasOwn(KINDS, kind)) throw new Error(`layer ${kind} is unknown`);
    if (!Object.hasOwn(ACTIVATIONS, activation)) throw new Error(`activation ${activation} is unknown`);
    const arrays = weights.map((shape) => numbers.subarray(start, (start += productOf(shape))));
    return { compute: KINDS[kind](description, ...arrays), activation };
  });
  if (start !== numbers.length) {
    throw new Error(`${numbers.length} numbers instead of ${start}`);
  }
  return layers;
}

/**
 * The network's output for one input, a Float32Array that the next evaluation overwrites: layers
 * keep their outputs, so that a moving pointer leaves no garbage.
 */
function evaluateNetwork(layers, input) {
  let x = input;
  for (const { compute, activation } of layers) {
    x = compute(x);
    if (activation === "linear") continue;
    const activate = ACTIVATIONS[activation];
    for (let place = 0; place < x.length; place += 1) x[place] = activate(x[place]);
  }
  return x;
}

function productOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** By kind: a function of the description and the weights that gives the layer's sums. */
const KINDS = {
  dense: ({ weights: [[inputs, units]] }, kernel, bias) => {
    const sums = new Float32Array(units);
    return (x) => {
      sums.set(bias);
      for (let row = 0; row < inputs; row += 1) addScaled(sums, 0, x[row], kernel, row * units, units);
      return sums;
    };
  },

  conv2d: (description, kernel, bias) => {
    const [[height, width, channels, filters]] = description.weights;
    const places = windowsOf(description, [height, width]);
    const sums = new Float32Array(places.count * filters);
    return (x) => {
      for (let at = 0; at < sums.length; at += filters) sums.set(bias, at);
      places.visit((output, input, place) => {
        for (let channel = 0; channel < channels; channel += 1) {
          const value = x[input * channels + channel];
          addScaled(sums, output * filters, value, kernel, (place * channels + channel) * filters, filters);
        }
      });
      return sums;
    };
  },

  conv2d_transpose: (description, kernel, bias) => {
    const [[height, width, filters, channels]] = description.weights;
    const turned = swapped(kernel, height * width, filters, channels); // filters side by side
    const [rows, columns] = description.shape;
    const { strides, padding } = description;
    const down = transposedSide(rows, height, strides[0], padding);
    const right = transposedSide(columns, width, strides[1], padding);
    const sums = new Float32Array(down.size * right.size * filters);
    return (x) => {
      for (let at = 0; at < sums.length; at += filters) sums.set(bias, at);
      for (let input = 0; input < rows * columns; input += 1) {
        const [row, column] = [Math.floor(input / columns), input % columns];
        for (let place = 0; place < height * width; place += 1) {
          const y = row * strides[0] + Math.floor(place / width) - down.cut;
          const z = column * strides[1] + (place % width) - right.cut;
          if (y < 0 || y >= down.size || z < 0 || z >= right.size) continue;
          const at = (y * right.size + z) * filters;
          for (let channel = 0; channel < channels; channel += 1) {
            const value = x[input * channels + channel];
            addScaled(sums, at, value, turned, (place * channels + channel) * filters, filters);
          }
        }
      }
      return sums;
    };
  },

  max_pooling: (description) => {
    const [, , channels] = description.shape;
    const places = windowsOf(description, description.size);
    const found = new Float32Array(places.count * channels);
    return (x) => {
      found.fill(-Infinity);
      places.visit((output, input) => {
        for (let channel = 0; channel < channels; channel += 1) {
          const at = output * channels + channel;
          found[at] = Math.max(found[at], x[input * channels + channel]);
        }
      });
      return found;
    };
  },

  average_pooling: (description) => {
    const [, , channels] = description.shape;
    const places = windowsOf(description, description.size);
    const means = new Float32Array(places.count * channels);
    const counts = new Float32Array(places.count); // what lies outside the image does not count
    places.visit((output) => (counts[output] += 1));
    return (x) => {
      means.fill(0);
      places.visit((output, input) => {
        for (let channel = 0; channel < channels; channel += 1) {
          means[output * channels + channel] += x[input * channels + channel] / counts[output];
        }
      });
      return means;
    };
  },

  up_sampling: ({ shape: [rows, columns, channels], size: [down, right], interpolation }) => {
    const [lines, places] = [resampled(rows, down, interpolation), resampled(columns, right, interpolation)];
    const large = new Float32Array(rows * down * columns * right * channels);
    return (x) => {
      large.fill(0);
      lines.forEach((near, row) => {
        places.forEach((beside, column) => {
          const at = (row * columns * right + column) * channels;
          for (const [y, high] of near) {
            for (const [z, wide] of beside) {
              addScaled(large, at, high * wide, x, (y * columns + z) * channels, channels);
            }
          }
        });
      });
      return large;
    };
  },

  simple_rnn: recurrent(simpleStep),
  gru: recurrent(gruStep),
  lstm: recurrent(lstmStep),

  step_dense: ({ shape: [steps], weights: [[inputs, units]] }, kernel, bias) => {
    const sums = new Float32Array(steps * units);
    return (x) => {
      for (let at = 0; at < steps; at += 1) {
        sums.set(bias, at * units);
        for (let row = 0; row < inputs; row += 1) {
          addScaled(sums, at * units, x[at * inputs + row], kernel, row * units, units);
        }
      }
      return sums;
    };
  },

  repeat: ({ shape, steps }) => {
    const copies = new Float32Array(steps * productOf(shape));
    return (x) => {
      for (let at = 0; at < steps; at += 1) copies.set(x, at * x.length);
      return copies;
    };
  },

  reverse: ({ shape: [steps, numbers] }) => {
    const turned = new Float32Array(steps * numbers);
    return (x) => {
      for (let at = 0; at < steps; at += 1) {
        turned.set(x.subarray(at * numbers, (at + 1) * numbers), (steps - 1 - at) * numbers);
      }
      return turned;
    };
  },

  quantize: ({ weights: [[entries, size]], shape }, codebook) => {
    const chosen = new Float32Array(productOf(shape));
    return (x) => {
      for (let at = 0; at < chosen.length; at += size) {
        const entry = nearestEntry(codebook, entries, x.subarray(at, at + size));
        chosen.set(codebook.subarray(entry * size, (entry + 1) * size), at);
      }
      return chosen;
    };
  },

  reshape: () => (x) => x,
  activation: ({ shape }) => {
    const copy = new Float32Array(productOf(shape)); // not into the layer before, nor the input
    return (x) => {
      copy.set(x);
      return copy;
    };
  },
};

/**
 * A recurrent layer. `step` makes the next state, in place, from the products of the input and of
 * the last state with their kernels, the bias, the state, and a carry.
 */
function recurrent(step) {
  return ({ weights: [[inputs, width], [units]], shape: [steps], sequences }, kernel, memory, bias) => {
    const [sums, recalled] = [new Float32Array(width), new Float32Array(width)];
    const [state, carry] = [new Float32Array(units), new Float32Array(units)];
    const states = new Float32Array(steps * units);
    return (x) => {
      state.fill(0);
      carry.fill(0);
      for (let at = 0; at < steps; at += 1) {
        sums.fill(0);
        recalled.fill(0);
        for (let row = 0; row < inputs; row += 1) {
          addScaled(sums, 0, x[at * inputs + row], kernel, row * width, width);
        }
        for (let row = 0; row < units; row += 1) {
          addScaled(recalled, 0, state[row], memory, row * width, width);
        }
        step(sums, recalled, bias, state, carry);
        states.set(state, at * units);
      }
      return sequences ? states : state;
    };
  };
}

// Gates lie side by side in Keras' order: update, reset, new; and input, forget, new, output.

function simpleStep(sums, recalled, bias, state) {
  for (let unit = 0; unit < state.length; unit += 1) {
    state[unit] = Math.tanh(sums[unit] + recalled[unit] + bias[unit]);
  }
}

function gruStep(sums, recalled, bias, state) {
  const { sigmoid } = ACTIVATIONS;
  const [units, width] = [state.length, sums.length];
  for (let unit = 0; unit < units; unit += 1) {
    const [incoming, old] = [0, 1].map((gate) => [sums, recalled].map((part, which) =>
      part[gate * units + unit] + bias[which * width + gate * units + unit]));
    const last = 2 * units + unit;
    const keep = sigmoid(incoming[0] + incoming[1]);
    const recall = sigmoid(old[0] + old[1]) * (recalled[last] + bias[width + last]);
    state[unit] = keep * state[unit] + (1 - keep) * Math.tanh(sums[last] + bias[last] + recall);
  }
}

function lstmStep(sums, recalled, bias, state, carry) {
  const { sigmoid } = ACTIVATIONS;
  const units = state.length;
  for (let unit = 0; unit < units; unit += 1) {
    const [write, keep, fresh, show] = [0, 1, 2, 3].map((gate) => {
      const place = gate * units + unit;
      return sums[place] + recalled[place] + bias[place];
    });
    carry[unit] = sigmoid(keep) * carry[unit] + sigmoid(write) * Math.tanh(fresh);
    state[unit] = sigmoid(show) * Math.tanh(carry[unit]);
  }
}

/** Which of the codebook's entries is nearest to a vector, by squared distance. */
function nearestEntry(codebook, entries, vector) {
  let [nearest, least] = [0, Infinity];
  for (let entry = 0; entry < entries; entry += 1) {
    const distance = vector.reduce((sum, value, i) => sum + (value - codebook[entry * vector.length + i]) ** 2, 0);
    if (distance < least) [nearest, least] = [entry, distance];
  }
  return nearest;
}

/** Adds `scale` times `count` numbers of `source` to those of `sums`. */
function addScaled(sums, at, scale, source, from, count) {
  if (scale === 0) return; // after ReLU, half of them
  for (let place = 0; place < count; place += 1) sums[at + place] += scale * source[from + place];
}

/** The windows that slide over an image, and their visits to its pixels. */
function windowsOf({ shape: [rows, columns], strides, padding }, [height, width]) {
  const down = windowSide(rows, height, strides[0], padding);
  const right = windowSide(columns, width, strides[1], padding);
  const visit = (action) => {
    for (let output = 0; output < down.count * right.count; output += 1) {
      const top = Math.floor(output / right.count) * strides[0] - down.before;
      const left = (output % right.count) * strides[1] - right.before;
      for (let place = 0; place < height * width; place += 1) {
        const [row, column] = [top + Math.floor(place / width), left + (place % width)];
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        action(output, row * columns + column, place);
      }
    }
  };
  return { count: down.count * right.count, visit };
}

/** How many windows fit along a side, and how far the first one begins before it, as TensorFlow. */
function windowSide(size, window, stride, padding) {
  if (padding === "valid") return { count: Math.ceil((size - window + 1) / stride), before: 0 };
  const count = Math.ceil(size / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + window - size, 0) / 2) };
}

function transposedSide(size, window, stride, padding) {
  const whole = (size - 1) * stride + window;
  if (padding === "valid") return { size: size * stride + Math.max(window - stride, 0), cut: 0 };
  return { size: size * stride, cut: Math.floor(Math.max(whole - size * stride, 0) / 2) };
}

/** For each pixel of a side made `factor` times as long: old pixels and their shares. */
function resampled(size, factor, interpolation = "nearest") {
  return Array.from({ length: size * factor }, (_, index) => {
    if (interpolation === "nearest") return [[Math.floor(index / factor), 1]];
    const place = Math.min(size - 1, Math.max(0, (index + 0.5) / factor - 0.5));
    const low = Math.floor(place);
    return [[low, 1 - (place - low)], [Math.min(low + 1, size - 1), place - low]];
  });
}

/** [count, first, second] as [count, second, first]. */
function swapped(values, count, first, second) {
  return values.map((_, index) => {
    const [block, rest] = [Math.floor(index / (first * second)), index % (first * second)];
    const [b, a] = [Math.floor(rest / first), rest % first];
    return values[block * first * second + a * second + b];
  });
}
