// The browser side of explorer.py: a map of codes, and the decoder at work under the pointer.
//
// Codes come with Streamlit's data; images and weights are fetched from the server's addresses of
// the run, once for each state of them. Nothing that the visitor does here asks the server.
// Joined in front: browser.js, network.js, latent.js, digit.js, map.js, panels.js.

const VERSION = 3;
const STEP = 0.03; // of an arrow key, as a share of the map's half width
const SETTLED = 150; // milliseconds without a move after which slow pictures are drawn
const NEIGHBOURS = 6;

class Explorer {
  constructor(parent) {
    this.root = element("div", { className: "explorer" });
    this.root.dataset.testid = "explorer";
    this.parts = {}; // what was fetched, by name: {address, content}
    parent.append(this.root);
  }

  update(bytes) {
    try {
      this.run = this.read(bytes);
    } catch (error) {
      this.fail(error);
      return;
    }
    const { run } = this;
    const { address, size, shape, scale, texts, order, numTold } = run;
    const layout = JSON.stringify([address, size, shape, scale, texts, order, numTold]);
    if (layout !== this.layout) this.build(layout);
    this.bases[1] = this.principalBasis();
    this.load("images", `${run.address}/sample`);
    this.load("decoder", `${run.address}/decoder?${run.weights}`);
    this.refresh();
  }

  read(bytes) {
    const { meta, arrays } = readArrays(bytes);
    if (meta.version !== VERSION) throw new Error(`version ${meta.version}`);
    const [count, size] = arrays.codes.shape;
    const values = (name) => arrays[name]?.values;
    return {
      ...meta,
      count,
      size,
      pixels: meta.shape[0] * meta.shape[1],
      codes: arrays.codes.values,
      labels: arrays.labels.values,
      principal: values("principal"),
      logVariances: values("log_variances"),
      errors: values("errors")?.sort(),
    };
  }

  /** Says that something is missing; the next data, or the button, try again. */
  fail(error) {
    const fallback = "The weights did not arrive whole. Reload the page.";
    const text = `${this.run?.texts.broken ?? fallback} (${error.message})`;
    const message = element("p", { className: "broken", textContent: text });
    message.setAttribute("role", "alert");
    this.root.replaceChildren(message);
    this.layout = undefined;
    this.parts = {};
  }

  // What is fetched

  load(name, address) {
    if (this.parts[name]?.address === address) return;
    const former = this.parts[name]?.content;
    const part = { address, content: name === "images" ? undefined : former };
    this.parts[name] = part;
    this.fetched(name, address).then(
      (content) => {
        part.content = content;
        if (this.parts[name] === part && this.layout) this.refresh();
      },
      (error) => this.parts[name] === part && this.fail(error),
    );
  }

  async fetched(name, address) {
    if (name === "images") return (await fetchArrays(address)).arrays.inputs.values;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const [header, content] = splitHeader(new Uint8Array(await answer.arrayBuffer()));
    return readNetwork(header.layers, new Uint16Array(content.slice().buffer));
  }

  get images() {
    return this.parts.images?.content;
  }

  imageOf(row) {
    return this.images?.subarray(row * this.run.pixels, (row + 1) * this.run.pixels);
  }

  /** Pixels from 0 to 1, or undefined before the weights are here. */
  decode(code, label = this.label) {
    const { content } = this.parts.decoder;
    return content && evaluateNetwork(content, this.given(code, label));
  }

  /** What a half is given: a code or pixels and, where it is told the class, that one-hot. */
  given(values, label) {
    const { numTold } = this.run;
    if (!numTold) return values;
    const numbers = new Float32Array(values.length + numTold);
    numbers.set(values);
    numbers[values.length + label] = 1;
    return numbers;
  }

  /** The class that both halves are told: the chosen one, or that of the nearest image. */
  get label() {
    return this.chosen ?? this.run.labels[this.near[0].row];
  }

  /** Only a visitor who draws needs the other half of the weights. */
  loadEncoder() {
    this.load("encoder", `${this.run.address}/encoder?${this.run.weights}`);
  }

  /** The code of pixels from 0 to 1; undefined before the encoder is here. */
  encode(pixels, label = this.label) {
    this.loadEncoder();
    const { content } = this.parts.encoder;
    return content && evaluateNetwork(content, this.given(pixels, label)).slice(0, this.run.size);
  }

  /** Where the visitor has chosen no class, tells the one with which pixels are rebuilt best. */
  recognise(pixels) {
    const { numTold, classNames } = this.run;
    const isAsked = this.chosen !== undefined && !this.isGuess;
    if (!numTold || isAsked || !this.encode(pixels) || !this.decode(this.code)) return;
    const errors = classNames.map((_, label) => {
      const rebuilt = this.decode(this.encode(pixels, label), label);
      return pixels.reduce((sum, value, place) => sum + (value - rebuilt[place]) ** 2, 0);
    });
    this.chosen = errors.indexOf(Math.min(...errors));
    this.isGuess = true;
    this.told.offer([this.run.texts.toldNearest, ...classNames], this.chosen + 1);
  }

  codeOf(row) {
    return this.run.codes.slice(row * this.run.size, (row + 1) * this.run.size);
  }

  // Directions in the code space

  dimensionBasis() {
    const { order, size, texts } = this.run;
    return {
      axes: order.map((dimension) => alongDimension(size, dimension)),
      names: order.map((dimension) => fill(texts.dimension, { number: dimension + 1 })),
    };
  }

  principalBasis() {
    const { principal, size, texts } = this.run;
    const count = principal.length / size;
    return {
      axes: Array.from({ length: count }, (_, row) => principal.slice(row * size, (row + 1) * size)),
      names: Array.from({ length: count }, (_, row) => fill(texts.component, { number: row + 1 })),
    };
  }

  get basis() {
    return this.bases[this.basisNumber];
  }

  // The elements, made once

  build(layout) {
    const { run } = this;
    this.layout = layout;
    // From an image: in the middle of many dimensions there is often no digit.
    this.code = this.codeOf(0);
    this.held = false;
    this.bases = [this.dimensionBasis(), this.principalBasis()];
    this.basisNumber = 0;
    this.shown = [0, 1].slice(0, run.size);
    this.map = new LatentMap(run.texts.map, run.scale);
    this.status = element("p", { className: "status" });
    this.status.setAttribute("aria-live", "polite");
    const images = element("div", { className: "images" });
    this.decoded = newFigure(run, run.texts.decoded, 170);
    this.nearest = newFigure(run, run.texts.nearest, 100);
    images.append(this.decoded.root, this.nearest.root);
    this.panels = [
      new PointPanel(this),
      new PathPanel(this),
      new ArithmeticPanel(this),
      new TraversePanel(this),
      new DrawPanel(this),
    ];
    this.tabs = new Tabs(this.panels, run.texts.panels, () => this.refresh());
    const place = element("div", { className: "place" }, [
      this.map.canvas,
      this.status,
      this.newAxes(),
      this.newSwitches(),
    ]);
    const told = run.numTold ? this.newClasses() : [];
    const side = element("div", { className: "side" }, [images, ...told, this.tabs.root]);
    this.root.replaceChildren(place, side);
    this.listen();
  }

  /** Which class the decoder is told, and what it makes of the same code with all of them. */
  newClasses() {
    const { run } = this;
    const names = [run.texts.toldNearest, ...run.classNames];
    this.chosen = undefined;
    this.told = newSelect(run.texts.told, [], (number) => {
      this.chosen = number ? number - 1 : undefined;
      this.isGuess = false;
      this.refresh(); // what is drawn by hand is encoded anew
    });
    this.told.offer(names, 0);
    this.every = new Strip(run, run.texts.everyClass, run.numTold, 36);
    return [element("div", { className: "row" }, [this.told.root]), this.every.root];
  }

  newAxes() {
    const { texts, size } = this.run;
    const choose = (number) => {
      this.basisNumber = number;
      this.shown = [0, 1].slice(0, Math.min(size, this.basis.axes.length));
      this.fillAxes();
      this.refresh();
    };
    const basis = newSelect(texts.basis, texts.bases, choose);
    this.selects = this.shown.map((_, axis) =>
      newSelect(texts.axes[axis], [], (number) => this.chooseAxis(axis, number)),
    );
    this.fillAxes();
    return element("div", { className: "row" }, [basis, ...this.selects].map(({ root }) => root));
  }

  fillAxes() {
    this.selects.forEach((select, axis) => select.offer(this.basis.names, this.shown[axis]));
  }

  chooseAxis(axis, number) {
    const other = 1 - axis;
    if (this.shown[other] === number) this.shown[other] = this.shown[axis]; // they swap
    this.shown[axis] = number;
    this.fillAxes();
    this.refresh();
  }

  newSwitches() {
    const { texts, logVariances } = this.run;
    const { thumbnails } = this.map;
    const show = newCheckbox(texts.thumbnails, thumbnails.on, (on) => {
      thumbnails.on = on;
      this.draw();
    });
    const size = newRange(texts.size, 14, 44, 2, (value) => {
      thumbnails.size = value;
      this.draw();
    });
    size.show(thumbnails.size, "");
    const clouds = newCheckbox(texts.clouds, false, (on) => {
      this.map.ellipses = on;
      this.draw();
    });
    const switches = logVariances ? [show, size.root, clouds] : [show, size.root];
    return element("div", { className: "row" }, switches);
  }

  // What the visitor does

  listen() {
    const { canvas } = this.map;
    const follow = (event) => {
      this.moveOnMap(this.map.fromEvent(event));
      this.soon();
    };
    canvas.addEventListener("pointermove", (event) => {
      if (!this.held || event.buttons) follow(event);
    });
    canvas.addEventListener("pointerdown", (event) => {
      const place = this.map.fromEvent(event);
      if (this.tabs.active.onMapClick?.(place)) return;
      this.held = event.pointerType === "mouse" ? !this.held : true;
      follow(event);
    });
    canvas.addEventListener("keydown", (event) => this.onKey(event));
  }

  moveOnMap(coordinates, code = this.code) {
    coordinates.forEach((value, axis) => moveAlong(code, this.axes[axis], value));
  }

  onKey(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const [axis, direction] = moves[event.key];
      if (axis >= this.axes.length) return;
      const step = direction * STEP * this.map.window[axis].half;
      moveAlong(this.code, this.axes[axis], dot(this.axes[axis], this.code) + step);
      this.held = true;
    } else if (event.key === "Enter") this.held = !this.held;
    else if (event.key === "Home") this.toMiddle();
    else if (!this.tabs.active.onKey?.(event.key)) return;
    event.preventDefault(); // the page would scroll
    this.draw();
  }

  /** Where the prior is densest; without one, the mean of all codes. */
  toMiddle() {
    const { hasPrior, codes, labels, size } = this.run;
    const all = hasPrior ? new Float32Array(size) : classMeans(codes, labels.map(() => 0), size, 1)[0];
    this.moveTo(all);
  }

  moveTo(code) {
    this.code = Float32Array.from(code);
    this.held = true;
    this.draw();
  }

  // What is shown

  /** At most once per frame, however often the pointer reports. */
  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  /** After other data, weights, axes or another panel. */
  refresh() {
    this.run.images = this.images;
    this.axes = this.shown.map((number) => this.basis.axes[number]);
    this.map.show(this.run, this.axes);
    this.map.known = undefined;
    this.tabs.active.refresh?.();
    this.draw();
  }

  draw() {
    const { run, code } = this;
    const started = performance.now();
    this.near = nearestRows(run.codes, run.size, code, NEIGHBOURS);
    const [{ row }] = this.near;
    const pixels = this.decode(code);
    if (pixels) paintGrey(this.decoded.canvas, pixels, 255);
    if (run.numTold) {
      this.decoded.caption.textContent = `${run.texts.decoded}: ${run.classNames[this.label]}`;
    }
    if (this.images) paintGrey(this.nearest.canvas, this.imageOf(row));
    this.nearest.caption.textContent = `${run.texts.nearest}: ${run.classNames[run.labels[row]]}`;
    this.status.textContent = pixels ? run.texts[this.held ? "held" : "free"] : run.texts.loading;
    this.tabs.active.follow?.();
    this.map.draw(code, this.tabs.active.overlay?.() ?? {});
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED);
    this.root.dataset.milliseconds = (performance.now() - started).toFixed(2);
    this.root.dataset.code = Array.from(code, (value) => value.toFixed(4)).join();
    this.root.dataset.ready = Boolean(pixels && this.images);
  }

  settle() {
    const { run, code } = this;
    if (run.numTold) {
      const images = run.classNames.map((_, label) => copyOf(this.decode(code, label)));
      this.every.show(images, 255, run.classNames);
    }
    this.tabs.active.settle?.();
  }

  close() {
    clearTimeout(this.settling);
    for (const panel of this.panels ?? []) panel.close?.();
    this.root.remove();
  }
}

export default keeping(Explorer);
