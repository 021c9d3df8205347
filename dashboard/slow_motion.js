// The browser side of slow_motion.py: the stages of one optimiser step, one after the other.
//
// Shared functions are those of browser.js. A stage is a function that fills a box with pictures
// and gives the sentence that tells what happens.

const VERSION = 1;
const SECONDS_PER_STAGE = 4;
const SHOWN_DIMENSIONS = 6;
const SHOWN_PRODUCTS = 6; // of a sum that is written out

class SlowMotion {
  constructor(parent) {
    this.root = element("div", { className: "slow" });
    this.root.dataset.testid = "slow-motion";
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.stage = 0;
    this.example = 0;
    parent.append(this.root);
  }

  update(bytes) {
    try {
      const { meta, arrays } = readArrays(bytes);
      if (meta.version !== VERSION) throw new Error(`version ${meta.version}`);
      this.step = { ...meta, arrays };
    } catch (error) {
      this.pause();
      const text = this.step?.texts.broken ?? "The numbers did not arrive whole. Reload the page.";
      const message = element("p", { textContent: `${text} (${error.message})` });
      message.setAttribute("role", "alert");
      this.root.replaceChildren(message);
      this.layout = undefined;
      return;
    }
    const stages = Object.keys(STAGES);
    this.stages = this.step.arrays.noise ? stages : stages.filter((name) => name !== "sample");
    this.stage = Math.min(this.stage, this.stages.length - 1);
    const layout = JSON.stringify([this.stages, this.step.texts, this.step.names, this.step.scale]);
    if (layout !== this.layout) this.build(layout);
    this.draw();
  }

  build(layout) {
    const { texts, scale, arrays } = this.step;
    this.layout = layout;
    this.root.style.fontSize = `${scale}em`;
    this.tabs = this.stages.map((name, index) => button(texts.stages[name], () => this.goTo(index)));
    for (const tab of this.tabs) tab.setAttribute("role", "tab");
    const bar = element("div", { className: "stages" }, this.tabs);
    bar.setAttribute("role", "tablist");
    this.previous = button(`← ${texts.previous}`, () => this.goTo(this.stage - 1));
    this.next = button(`${texts.next} →`, () => this.goTo(this.stage + 1));
    this.play = button(texts.play, () => this.toggle());
    this.choice = element("select");
    const count = arrays.inputs.shape[0];
    for (let row = 0; row < count; row += 1) {
      const name = texts.example.replace("{number}", row + 1) + (this.step.names[row] ? `: ${this.step.names[row]}` : "");
      this.choice.append(element("option", { value: row, textContent: name }));
    }
    this.choice.setAttribute("aria-label", texts.example.replace(" {number}", ""));
    this.choice.addEventListener("change", () => {
      this.example = Number(this.choice.value);
      this.draw();
    });
    this.box = element("div", { className: "box" });
    this.words = element("p", { className: "words" });
    this.words.setAttribute("aria-live", "polite");
    this.about = element("p", { className: "about" });
    const tools = element("div", { className: "tools" }, [this.previous, this.next, this.play, this.choice]);
    this.root.replaceChildren(bar, this.words, this.box, tools, this.about);
    this.root.tabIndex = -1;
  }

  // Going through

  goTo(stage, isPlaying = false) {
    if (!isPlaying) this.pause();
    this.stage = Math.min(Math.max(stage, 0), this.stages.length - 1);
    this.draw();
  }

  toggle() {
    if (this.clock) {
      this.pause();
      return;
    }
    this.play.textContent = this.step.texts.pause;
    if (this.stage === this.stages.length - 1) this.goTo(0, true);
    this.clock = setInterval(() => {
      this.goTo(this.stage + 1, true);
      if (this.stage === this.stages.length - 1) this.pause();
    }, SECONDS_PER_STAGE * 1000);
  }

  pause() {
    clearInterval(this.clock);
    this.clock = undefined;
    if (this.play) this.play.textContent = this.step.texts.play;
  }

  onKey(event) {
    if (event.target === this.choice || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowRight") this.goTo(this.stage + 1);
    else if (event.key === "ArrowLeft") this.goTo(this.stage - 1);
    else if (event.key === " " && event.target.tagName !== "BUTTON") this.toggle();
    else return;
    event.preventDefault();
    if (event.target.getAttribute("role") === "tab") this.tabs[this.stage].focus();
  }

  draw() {
    const { texts, step, batch_size, arrays } = this.step;
    this.tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", index === this.stage);
      tab.classList.toggle("done", index < this.stage);
    });
    this.previous.disabled = this.stage === 0;
    this.next.disabled = this.stage === this.stages.length - 1;
    this.box.replaceChildren();
    const name = this.stages[this.stage];
    this.root.dataset.stage = name;
    this.words.textContent = STAGES[name](this, this.box);
    const about = { step: (step + 1).toLocaleString("en"), batch: batch_size, count: arrays.inputs.shape[0] };
    this.about.textContent = fill(texts.whole, about);
  }

  /** The chosen example's row of an array. */
  row(name) {
    const { shape, values } = this.step.arrays[name];
    return [...values.subarray(this.example * shape[1], (this.example + 1) * shape[1])];
  }

  /** The example as it is seen: an image, or its numbers. */
  picture(values, caption, factor = 255) {
    const { shape, isImage, scale } = this.step;
    if (!isImage) return captioned(table([], [values.map(short)]), caption);
    const canvas = element("canvas", { width: shape[1], height: shape[0] });
    canvas.style.width = `${112 * scale}px`;
    paintGrey(canvas, values, factor);
    return captioned(canvas, caption);
  }

  close() {
    clearInterval(this.clock);
    this.root.remove();
  }
}

const STAGES = {
  encode(motion, box) {
    const { texts, arrays } = motion.step;
    const inputs = motion.row("inputs");
    const codes = motion.row(arrays.means ? "means" : "codes");
    const largest = furthest(codes)[0];
    const words = { inputs: inputs.length, codes: codes.length, largest: short(codes[largest]), place: largest + 1 };
    box.append(motion.picture(inputs, texts.input), arrow());
    if (arrays.W) {
      box.append(linear(motion, "W", "b", inputs, "x", "z"));
      return texts.encodeLinear;
    }
    const deviations = arrays.deviations && motion.row("deviations");
    const caption = deviations ? `${texts.mean} ± ${texts.deviation}` : texts.code;
    box.append(captioned(bars(codes, deviations, motion.step.scale), caption));
    return fill(deviations ? texts.encodeCloud : texts.encode, words);
  },

  sample(motion, box) {
    const { texts } = motion.step;
    const [means, deviations, noise, codes] = ["means", "deviations", "noise", "codes"].map((name) => motion.row(name));
    const rows = furthest(means).slice(0, SHOWN_DIMENSIONS).map((place) => [
      place + 1,
      short(means[place]),
      "+",
      short(deviations[place]),
      "×",
      short(noise[place]),
      "=",
      short(codes[place]),
    ]);
    const heads = [texts.dimension, texts.mean, "", texts.deviation, "", texts.noise, "", texts.code];
    box.append(table(heads, rows));
    return texts.sample;
  },

  decode(motion, box) {
    const { texts, arrays } = motion.step;
    const [codes, outputs, inputs] = ["codes", "outputs", "inputs"].map((name) => motion.row(name));
    const distance = outputs.reduce((sum, value, i) => sum + Math.abs(value - inputs[i]), 0) / inputs.length;
    if (arrays.V) {
      box.append(captioned(table([], [codes.map(short)]), texts.code), arrow());
      box.append(linear(motion, "V", "c", codes, "z", "x′"));
      return texts.decodeLinear;
    }
    box.append(captioned(bars(codes, undefined, motion.step.scale), texts.code), arrow());
    box.append(motion.picture(outputs, texts.output));
    return fill(texts.decode, { codes: codes.length, outputs: outputs.length, error: short(distance) });
  },

  loss(motion, box) {
    const { texts, batch_size, sum } = motion.step;
    const [inputs, outputs] = [motion.row("inputs"), motion.row("outputs")];
    const differences = outputs.map((value, i) => (motion.step.isImage ? Math.abs(value - inputs[i]) : value - inputs[i]));
    box.append(
      motion.picture(inputs, texts.input),
      element("span", { className: "sign", textContent: "−" }),
      motion.picture(outputs, texts.output),
      element("span", { className: "sign", textContent: "→" }),
      motion.picture(differences, texts.difference),
    );
    return fill(texts.loss, { batch: batch_size, sum });
  },

  gradient(motion, box) {
    const { texts, arrays, variables } = motion.step;
    const norms = [...arrays.gradient_norms.values];
    const longest = Math.max(...norms, 1e-30);
    const rows = variables.map((name, index) => {
      const bar = element("div", { className: "bar" });
      bar.style.width = `${(100 * norms[index]) / longest}%`;
      return [name, short(norms[index]), bar];
    });
    box.append(table([texts.variable, texts.gradientNorm, ""], rows));
    return fill(texts.gradient, { name: variables[norms.indexOf(Math.max(...norms))] });
  },

  update(motion, box) {
    const { texts, arrays, variables, shapes, terms, learning_rate } = motion.step;
    const norms = [...arrays.gradient_norms.values];
    const index = norms.indexOf(Math.max(...norms));
    const [places, values, gradients, changed] = ["places", "values", "gradients", "changed"].map((name) => [
      ...arrays[`${name}/${index}`].values,
    ]);
    const rows = places.map((place, i) => [
      `[${unravelled(place, shapes[index]).join(", ")}]`,
      short(values[i]),
      short(gradients[i]),
      short(changed[i] - values[i]),
      short(changed[i]),
    ]);
    box.append(table([variables[index], texts.before, texts.gradientColumn, texts.change, texts.after], rows));
    const total = terms.indexOf("total");
    const words = { rate: short(learning_rate), name: variables[index] };
    for (const name of ["before", "after"]) words[name] = arrays[name].values[total].toPrecision(5);
    return fill(texts.update, words) + (learning_rate === 0 ? ` ${texts.frozen}` : "");
  },
};

/** Each output of x W + b written out with its numbers. */
function linear(motion, matrix, shift, inputs, from, to) {
  const { shape, values } = motion.step.arrays[matrix];
  const shifts = motion.step.arrays[shift].values;
  const lines = Array.from({ length: shape[1] }, (_, unit) => {
    const products = inputs.slice(0, SHOWN_PRODUCTS).map((value, i) => `${short(values[i * shape[1] + unit])} · ${short(value)}`);
    if (inputs.length > SHOWN_PRODUCTS) products.push("…");
    const sum = inputs.reduce((total, value, i) => total + values[i * shape[1] + unit] * value, shifts[unit]);
    return element("div", { textContent: `${to}${unit + 1} = ${products.join(" + ")} + ${short(shifts[unit])} = ${short(sum)}` });
  });
  const heading = element("div", { className: "caption", textContent: `${to} = ${from} ${matrix} + ${shift}` });
  return element("div", { className: "formula" }, [...lines, heading]);
}

/** Signed numbers as bars about a line, with whiskers where deviations are given. */
function bars(values, deviations, scale) {
  const [width, height] = [Math.max(120, Math.min(420, 16 * values.length)) * scale, 112 * scale];
  const reach = Math.max(...values.map((value, i) => Math.abs(value) + (deviations?.[i] ?? 0)), 1e-9);
  const at = (value) => height / 2 - (value / reach) * (height / 2 - 2);
  const svg = svgElement("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  svg.append(svgElement("line", { x1: 0, x2: width, y1: height / 2, y2: height / 2, class: "axis" }));
  values.forEach((value, i) => {
    const step = width / values.length;
    const [top, bottom] = [at(Math.max(value, 0)), at(Math.min(value, 0))];
    const shape = { x: (i + 0.15) * step, width: 0.7 * step, y: top, height: Math.max(bottom - top, 1) };
    svg.append(svgElement("rect", { ...shape, class: "value" }));
    if (!deviations) return;
    const x = (i + 0.5) * step;
    const whisker = { x1: x, x2: x, y1: at(value - deviations[i]), y2: at(value + deviations[i]) };
    svg.append(svgElement("line", { ...whisker, class: "whisker" }));
  });
  return svg;
}

function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function table(heads, rows) {
  const line = (cells, kind) =>
    element("tr", {}, cells.map((cell) => element(kind, {}, [cell instanceof Node ? cell : String(cell)])));
  const body = rows.map((row) => line(row, "td"));
  return element("table", {}, heads.length ? [line(heads, "th"), ...body] : body);
}

function captioned(content, text) {
  return element("figure", {}, [content, element("figcaption", { textContent: text })]);
}

function arrow() {
  return element("span", { className: "sign", textContent: "→" });
}

/** Places of the numbers, the one furthest from 0 first. */
function furthest(values) {
  return [...values.keys()].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
}

function unravelled(place, shape) {
  return shape.length < 2 ? [place] : [Math.floor(place / shape[1]), place % shape[1]];
}

function short(value) {
  if (value === 0) return "0";
  const digits = Math.abs(value) < 0.001 || Math.abs(value) >= 1e5 ? value.toExponential(1) : value.toPrecision(3);
  return String(Number(digits)).replace("-", "−");
}

export default keeping(SlowMotion);
