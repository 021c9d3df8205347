// The browser side of explorer.py: a map of codes, and the decoder at work under the pointer.
//
// `readNetwork` and `evaluateNetwork` are those of network.js, other shared functions of browser.js.

const VERSION = 1;
const MAP_PIXELS = 400;
const STEP = 0.1; // of an arrow key, in standard deviations of the prior
const REACH = 3.2; // the map shows at least so many of them

/** What `packed` in explorer.py wrote; throws where bytes are missing or of another version. */
function unpack(bytes) {
  const [header, content] = splitHeader(bytes);
  if (header.version !== VERSION) throw new Error(`version ${header.version}`);
  const [count, size] = header.codes;
  const pixels = header.shape[0] * header.shape[1];
  let place = 0;
  const take = (length) => content.slice(place, (place += length)); // a copy is aligned
  const codes = new Float32Array(take(4 * count * size).buffer);
  const labels = take(count);
  const images = take(count * pixels);
  const halves = new Uint16Array(take(content.length - place).buffer);
  const layers = readNetwork(header.layers, halves);
  return { ...header, count, size, pixels, codes, labels, images, layers };
}

class Explorer {
  constructor(parent) {
    this.root = element("div", { className: "explorer" });
    this.root.dataset.testid = "explorer";
    parent.append(this.root);
  }

  update(bytes) {
    let run;
    try {
      run = unpack(bytes);
    } catch (error) {
      const fallback = "The weights did not arrive whole. Reload the page.";
      const text = `${this.run?.texts.broken ?? fallback} (${error.message})`;
      const message = element("p", { className: "broken", textContent: text });
      message.setAttribute("role", "alert");
      this.root.replaceChildren(message);
      this.layout = undefined;
      return;
    }
    const layout = JSON.stringify([run.size, run.shape, run.sliders, run.scale, run.texts]);
    this.run = run;
    if (layout !== this.layout) {
      this.layout = layout;
      // From an image: in the middle of many dimensions there is often no digit.
      this.code = run.codes.slice(0, run.size);
      this.held = false;
      this.build();
    }
    this.limit = Math.max(REACH, 1.05 * run.codes.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
    this.draw();
  }

  // The elements, made once

  build() {
    const { run } = this;
    this.axes = run.order.slice(0, 2);
    this.map = element("canvas", { className: "map" });
    this.map.tabIndex = 0;
    this.map.setAttribute("role", "img");
    this.map.setAttribute("aria-label", run.texts.map);
    const place = element("div", { className: "place" });
    this.selects = this.axes.map((dimension, axis) => this.newSelect(dimension, axis));
    const row = element("div", { className: "row" });
    row.append(...this.selects.map(({ label }) => label));
    this.status = element("p", { className: "status" });
    this.status.setAttribute("aria-live", "polite");
    place.append(this.map, row, this.status);

    const side = element("div", { className: "side" });
    const images = element("div", { className: "images" });
    this.decoded = this.newImage(images, run.texts.decoded, 190);
    this.nearest = this.newImage(images, run.texts.nearest, 110);
    const buttons = element("div", { className: "row" });
    buttons.append(
      button(run.texts.adopt, () => this.adopt()),
      button(run.texts.middle, () => this.moveTo(new Float32Array(run.size))),
    );
    const sliders = element("div", { className: "sliders" });
    this.sliders = run.order.slice(0, run.sliders).map((dimension) => this.newSlider(dimension));
    sliders.append(...this.sliders.map(({ label }) => label));
    side.append(images, buttons, sliders);
    this.root.replaceChildren(place, side);
    this.listen();
  }

  newSelect(dimension, axis) {
    const select = element("select");
    for (const one of this.run.order) {
      const option = element("option", { textContent: this.nameOf(one) });
      option.value = one;
      select.append(option);
    }
    select.value = dimension;
    select.addEventListener("change", () => {
      this.axes[axis] = Number(select.value);
      this.draw();
    });
    const label = element("label", { textContent: `${this.run.texts.axes[axis]} ` });
    label.append(select);
    return { label, select };
  }

  newSlider(dimension) {
    const range = element("input", { type: "range", min: -3, max: 3, step: 0.05 });
    range.addEventListener("input", () => {
      this.code[dimension] = Number(range.value);
      this.held = true;
      this.draw();
    });
    const label = element("label");
    const text = element("span");
    label.append(text, range);
    return { label, text, range, dimension };
  }

  newImage(parent, caption, width) {
    const [rows, columns] = this.run.shape;
    const canvas = element("canvas", { width: columns, height: rows });
    canvas.style.width = `${width * this.run.scale}px`;
    const figure = element("figure");
    const text = element("figcaption", { textContent: caption });
    figure.append(canvas, text);
    parent.append(figure);
    return { canvas, text };
  }

  nameOf(dimension) {
    return this.run.texts.dimension.replace("{number}", dimension + 1);
  }

  // What the visitor does

  listen() {
    const follow = (event) => {
      const { left, top, width, height } = this.map.getBoundingClientRect();
      const place = [
        ((event.clientX - left) / width) * 2 - 1,
        1 - ((event.clientY - top) / height) * 2,
      ];
      this.axes.forEach((dimension, axis) => (this.code[dimension] = place[axis] * this.limit));
      this.soon();
    };
    this.map.addEventListener("pointermove", (event) => {
      if (!this.held || event.buttons) follow(event);
    });
    this.map.addEventListener("pointerdown", (event) => {
      this.held = event.pointerType === "mouse" ? !this.held : true;
      follow(event);
    });
    this.map.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const [axis, direction] = moves[event.key];
      if (axis >= this.axes.length) return;
      this.code[this.axes[axis]] += direction * STEP;
      this.held = true;
    } else if (event.key === "Enter") this.held = !this.held;
    else if (event.key === "Home") this.code.fill(0);
    else return;
    event.preventDefault(); // the page would scroll
    this.draw();
  }

  moveTo(code) {
    this.code.set(code);
    this.held = true;
    this.draw();
  }

  /** Takes over all numbers of the nearest image's code, not only those of the two axes. */
  adopt() {
    const { codes, size } = this.run;
    this.moveTo(codes.subarray(this.near * size, (this.near + 1) * size));
  }

  // What is shown

  /** At most once per frame, however often the pointer reports. */
  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const { run, code } = this;
    const started = performance.now();
    paintGrey(this.decoded.canvas, evaluateNetwork(run.layers, code), 255);
    this.near = this.findNearest();
    const image = run.images.subarray(this.near * run.pixels, (this.near + 1) * run.pixels);
    paintGrey(this.nearest.canvas, image);
    this.nearest.text.textContent = `${run.texts.nearest}: ${run.classNames[run.labels[this.near]]}`;
    for (const { text, range, dimension } of this.sliders) {
      range.value = code[dimension];
      text.textContent = `${this.nameOf(dimension)}: ${code[dimension].toFixed(2)}`;
    }
    this.status.textContent = this.held ? run.texts.held : run.texts.free;
    this.drawMap();
    this.root.dataset.milliseconds = (performance.now() - started).toFixed(2);
  }

  findNearest() {
    const { codes, size, count } = this.run;
    let [best, least] = [0, Infinity];
    for (let row = 0; row < count; row += 1) {
      let sum = 0;
      for (let column = 0; column < size; column += 1) {
        sum += (codes[row * size + column] - this.code[column]) ** 2;
      }
      if (sum < least) [best, least] = [row, sum];
    }
    return best;
  }

  drawMap() {
    const pixels = Math.round(MAP_PIXELS * this.run.scale);
    const sharp = window.devicePixelRatio || 1;
    const style = getComputedStyle(this.root);
    const back = this.background(pixels, sharp, style);
    if (this.map.width !== back.width) {
      this.map.width = this.map.height = back.width;
      this.map.style.width = `${pixels}px`;
    }
    const context = this.map.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, back.width, back.height);
    context.drawImage(back, 0, 0);
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    // A code of one number has no second axis.
    const [x, y = pixels / 2] = this.axes.map((dimension, axis) =>
      this.toPixels(this.code[dimension], axis, pixels),
    );
    context.strokeStyle = style.color;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    context.moveTo(x - 14, y);
    context.lineTo(x + 14, y);
    context.moveTo(x, y - 14);
    context.lineTo(x, y + 14);
    context.stroke();
  }

  toPixels(value, axis, pixels) {
    return (0.5 + ((axis ? -1 : 1) * value) / (2 * this.limit)) * pixels;
  }

  /** Codes and circles, which rest while the pointer moves: painted once, copied every frame. */
  background(pixels, sharp, style) {
    const known = [this.run, this.axes.join(), pixels, sharp, style.color, this.limit];
    if (this.known?.every((one, index) => one === known[index])) return this.back;
    this.known = known;
    const size = Math.round(pixels * sharp);
    this.back = element("canvas", { width: size, height: size });
    const context = this.back.getContext("2d");
    context.scale(sharp, sharp);
    context.strokeStyle = "#8c8c8c";
    context.strokeRect(0.5, 0.5, pixels - 1, pixels - 1);
    for (const radius of [1, 2, 3]) {
      context.beginPath();
      context.arc(pixels / 2, pixels / 2, (radius / (2 * this.limit)) * pixels, 0, 2 * Math.PI);
      context.stroke();
    }
    // Each code is the name of its class: what tells classes apart is not colour alone.
    const { codes, labels, count, size: numbers, classNames, colours, scale } = this.run;
    context.font = `600 ${Math.round(12 * scale)}px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = 0; row < count; row += 1) {
      const [x, y = pixels / 2] = this.axes.map((dimension, axis) =>
        this.toPixels(codes[row * numbers + dimension], axis, pixels),
      );
      const name = classNames[labels[row]];
      context.fillStyle = colours[labels[row] % colours.length];
      context.fillText(name.length > 1 ? name.slice(0, 2) : name, x, y);
    }
    return this.back;
  }

  close() {
    this.root.remove();
  }
}

export default keeping(Explorer);
