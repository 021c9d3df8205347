// What one can do with a point of the code space: one class for each panel of the explorer.
//
// A panel has `root`; the explorer calls `refresh` after other data, `follow` whenever the point
// has moved, `settle` when it rests, and asks for an `overlay` of the map.

const PATH_IMAGES = 9;
const TRAVERSE_ROWS = 6;
const TRAVERSE_COLUMNS = 9;
const REACHED = 3; // standard deviations to either side, where there is a prior
const SAMPLES = 8;
const PAD_PIXELS = 196;

/** The point itself: its neighbours, its coordinates, samples of the nearest image's cloud. */
class PointPanel {
  constructor(explorer) {
    const { run } = explorer;
    this.explorer = explorer;
    const buttons = [
      button(run.texts.adopt, () => explorer.moveTo(explorer.codeOf(explorer.near[0].row))),
      button(run.texts.middle, () => explorer.toMiddle()),
    ];
    if (run.logVariances) buttons.push(button(run.texts.resample, () => this.resample()));
    this.neighbours = new Strip(run, run.texts.neighbours, NEIGHBOURS, 48);
    this.samples = new Strip(run, run.texts.samples, SAMPLES, 48);
    this.sliders = element("div", { className: "sliders" });
    this.root = element("div", {}, [
      element("div", { className: "row" }, buttons),
      this.neighbours.root,
      this.samples.root,
      this.sliders,
    ]);
    this.samples.root.hidden = true;
  }

  refresh() {
    const { basis, run } = this.explorer;
    const layout = basis.names.join();
    if (layout !== this.layout) {
      this.layout = layout;
      this.ranges = basis.names.map((name, number) =>
        newRange(name, -1, 1, 0.01, (value) => this.slide(number, value)),
      );
      this.sliders.replaceChildren(...this.ranges.map(({ root }) => root));
    }
    this.ranges.forEach((range, number) => range.limit(...reachOf(run, basis.axes[number])));
    if (this.drawn && !this.drawn.codes.length) this.drawn = undefined;
  }

  slide(number, value) {
    const { explorer } = this;
    moveAlong(explorer.code, explorer.basis.axes[number], value);
    explorer.held = true;
    explorer.draw();
  }

  /** Draws from q(z | x) of the nearest image: the same image, as many codes as one likes. */
  resample() {
    const { explorer } = this;
    const { run } = explorer;
    const [{ row }] = explorer.near;
    const spread = run.logVariances.subarray(row * run.size, (row + 1) * run.size);
    const mean = explorer.codeOf(row);
    const codes = Array.from({ length: SAMPLES }, () => drawNormal(mean, spread));
    this.drawn = { row, codes };
    this.samples.root.hidden = false;
    explorer.moveTo(codes[0]);
  }

  follow() {
    const { explorer } = this;
    const { run, near, basis, code } = explorer;
    this.neighbours.show(
      near.map(({ row }) => explorer.imageOf(row)),
      1,
      near.map(({ row, distance }) => `${run.classNames[run.labels[row]]}\n${distance.toFixed(1)}`),
    );
    this.ranges.forEach((range, number) => {
      const value = dot(basis.axes[number], code);
      range.show(value, value.toFixed(2));
    });
  }

  settle() {
    if (this.drawn) this.samples.show(this.drawn.codes.map((code) => copyOf(this.explorer.decode(code))), 255);
  }

  overlay() {
    const { near } = this.explorer;
    const marks = (this.drawn?.codes ?? []).map((code) => ({ code }));
    return { marks, clouds: [this.drawn?.row ?? near[0].row] };
  }
}

/** The way between two points: straight or along an arc, as a strip and as an animation. */
class PathPanel {
  constructor(explorer) {
    const { texts } = explorer.run;
    this.explorer = explorer;
    this.way = straight;
    this.next = 0;
    this.ends = [];
    const kind = newSelect(texts.way, texts.ways, (number) => {
      this.way = [straight, spherical][number];
      this.explorer.draw();
    });
    this.play = button(texts.play, () => this.toggle());
    this.strip = new Strip(explorer.run, texts.path, PATH_IMAGES, 42);
    this.share = newRange(texts.share, 0, 1, 0.01, (value) => this.goTo(value));
    this.hint = element("p", { className: "note" });
    const setters = [0, 1].map((end) =>
      button(texts.setEnd[end], () => this.setEnd(end, Float32Array.from(explorer.code))),
    );
    this.root = element("div", {}, [
      this.hint,
      element("div", { className: "row" }, [...setters, kind.root, this.play]),
      this.share.root,
      this.strip.root,
    ]);
    this.share.limit(0, 1);
    this.share.show(0, "");
  }

  refresh() {
    // Another run's ends may have another number of dimensions.
    if (this.ends.some((end) => end && end.length !== this.explorer.run.size)) this.ends = [];
    if (!this.ends.length) this.ends = this.suggestion();
  }

  /** Two images of different classes, so that there is a way to look at from the start. */
  suggestion() {
    const { run } = this.explorer;
    const other = run.labels.findIndex((label) => label !== run.labels[0]);
    return [0, Math.max(other, 0)].map((row) => this.explorer.codeOf(row));
  }

  setEnd(end, code) {
    this.ends[end] = code;
    this.next = 1 - end;
    this.explorer.held = true;
    this.explorer.draw();
  }

  onMapClick(place) {
    const { explorer } = this;
    const row = explorer.map.rowAt(place);
    const code = row === undefined ? Float32Array.from(explorer.code) : explorer.codeOf(row);
    if (row === undefined) explorer.moveOnMap(place, code);
    explorer.code.set(code);
    this.setEnd(this.next, code);
    return true;
  }

  onKey(key) {
    const end = ["a", "b"].indexOf(key.toLowerCase());
    if (end < 0) return false;
    this.setEnd(end, Float32Array.from(this.explorer.code));
    return true;
  }

  at(share) {
    return this.way(this.ends[0], this.ends[1], share);
  }

  goTo(share) {
    this.share.show(share, "");
    this.explorer.moveTo(this.at(share));
  }

  /** There and back in four seconds, until it is stopped. */
  toggle() {
    const { texts } = this.explorer.run;
    if (this.playing) {
      this.close();
      return;
    }
    this.play.textContent = texts.pause;
    const began = performance.now();
    const frame = (now) => {
      const turn = ((now - began) / 2000) % 2;
      this.goTo(Math.max(0, turn < 1 ? turn : 2 - turn));
      this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
  }

  follow() {
    this.hint.textContent = this.explorer.run.texts.pathHint[this.next];
  }

  settle() {
    const shares = Array.from({ length: PATH_IMAGES }, (_, i) => i / (PATH_IMAGES - 1));
    const images = shares.map((share) => copyOf(this.explorer.decode(this.at(share))));
    this.strip.show(images, 255);
  }

  overlay() {
    const shares = Array.from({ length: 25 }, (_, index) => index / 24);
    const marks = this.ends.map((code, end) => ({ code, text: "AB"[end] }));
    return { marks, paths: [shares.map((share) => this.at(share))] };
  }

  close() {
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.play.textContent = this.explorer.run.texts.play;
  }
}

/** a - b + c with the mean codes of classes, or with a point that was kept. */
class ArithmeticPanel {
  constructor(explorer) {
    const { texts, classNames } = explorer.run;
    this.explorer = explorer;
    const kept = classNames.length;
    this.terms = [0, 1, 2].map((start, place) => {
      const term = { chosen: Math.min(start, kept - 1) };
      term.select = newSelect(texts.terms[place], [...classNames, texts.kept], (number) => {
        term.chosen = number;
        explorer.draw();
      });
      term.select.offer([...classNames, texts.kept], term.chosen);
      return term;
    });
    this.strip = new Strip(explorer.run, texts.sum, 4, 64);
    const keep = button(texts.keep, () => {
      this.kept = Float32Array.from(explorer.code);
      explorer.draw();
    });
    const go = button(texts.goToSum, () => this.sum && explorer.moveTo(this.sum));
    this.root = element("div", {}, [
      element("p", { className: "note", textContent: texts.sumHint }),
      element("div", { className: "row" }, this.terms.map(({ select }) => select.root)),
      this.strip.root,
      element("div", { className: "row" }, [keep, go]),
    ]);
  }

  refresh() {
    const { codes, labels, size, classNames } = this.explorer.run;
    this.means = classMeans(codes, labels, size, classNames.length);
    if (this.kept?.length !== size) this.kept = undefined;
  }

  follow() {
    const { explorer } = this;
    const { classNames, texts } = explorer.run;
    this.means ?? this.refresh();
    const codes = this.terms.map(({ chosen }) =>
      chosen < classNames.length ? this.means[chosen] : (this.kept ?? explorer.code),
    );
    const [a, b, c] = codes;
    this.sum = a && b && c ? a.map((value, place) => value - b[place] + c[place]) : undefined;
    const names = this.terms.map(({ chosen }) => classNames[chosen] ?? texts.kept);
    const captions = [names[0], `− ${names[1]}`, `+ ${names[2]}`, "="];
    const images = [...codes, this.sum].map((code) => code && copyOf(explorer.decode(code)));
    this.strip.show(images, 255, captions);
  }

  overlay() {
    if (!this.sum) return {};
    return { marks: [{ code: this.sum, text: "=" }] };
  }
}

/** One row per direction, one column per value, everything else as at the point. */
class TraversePanel {
  constructor(explorer) {
    const { run } = explorer;
    this.explorer = explorer;
    const [height, width] = run.shape;
    const size = { width: TRAVERSE_COLUMNS * width, height: TRAVERSE_ROWS * height };
    this.canvas = element("canvas", { className: "traverse", ...size });
    this.canvas.style.width = `${TRAVERSE_COLUMNS * 40 * run.scale}px`;
    this.canvas.setAttribute("role", "img");
    this.names = element("div", { className: "names" });
    this.canvas.addEventListener("click", (event) => this.onClick(event));
    const grid = element("div", { className: "grid" }, [this.names, this.canvas]);
    const note = element("p", { className: "note", textContent: run.texts.traverseHint });
    this.root = element("div", {}, [note, grid]);
  }

  refresh() {
    const { basis, run } = this.explorer;
    const names = basis.names.slice(0, TRAVERSE_ROWS);
    this.names.replaceChildren(...names.map((name) => element("span", { textContent: name })));
    this.canvas.setAttribute("aria-label", `${run.texts.traverseHint} ${names.join(", ")}`);
  }

  codeAt(row, column) {
    const { explorer } = this;
    const axis = explorer.basis.axes[row];
    const [least, most] = traverseOf(explorer.run, axis);
    const code = Float32Array.from(explorer.code);
    moveAlong(code, axis, least + ((most - least) * column) / (TRAVERSE_COLUMNS - 1));
    return code;
  }

  settle() {
    const { explorer } = this;
    const [height, width] = explorer.run.shape;
    const context = this.canvas.getContext("2d");
    const rows = Math.min(TRAVERSE_ROWS, explorer.basis.axes.length);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < TRAVERSE_COLUMNS; column += 1) {
        const pixels = explorer.decode(this.codeAt(row, column));
        if (!pixels) return;
        context.putImageData(greyImage(pixels, width, height, 255), column * width, row * height);
      }
    }
  }

  onClick(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * TRAVERSE_COLUMNS);
    const row = Math.floor(((event.clientY - top) / height) * TRAVERSE_ROWS);
    if (row < this.explorer.basis.axes.length) this.explorer.moveTo(this.codeAt(row, column));
  }
}

/** The visitor's own digit: drawn or uploaded, made like one of MNIST, encoded and decoded. */
class DrawPanel {
  constructor(explorer) {
    const { run } = explorer;
    const { texts } = run;
    this.explorer = explorer;
    this.strokes = [];
    this.pad = element("canvas", { className: "pad", width: PAD_PIXELS, height: PAD_PIXELS });
    this.pad.style.width = `${PAD_PIXELS * run.scale}px`;
    this.pad.setAttribute("role", "img");
    this.pad.setAttribute("aria-label", texts.pad);
    this.seen = newFigure(run, texts.seen, 90);
    this.rebuilt = newFigure(run, texts.rebuilt, 90);
    this.verdict = element("p", { className: "note" });
    this.verdict.setAttribute("aria-live", "polite");
    this.file = element("input", { type: "file", accept: "image/*" });
    this.file.addEventListener("change", () => this.upload(this.file.files[0]));
    const undo = button(texts.undoStroke, () => this.change(() => this.strokes.pop()));
    const clear = button(texts.clear, () => this.change(() => this.start()));
    const upload = element("label", { className: "upload" }, [texts.upload, " ", this.file]);
    const results = element("div", { className: "images" }, [this.seen.root, this.rebuilt.root]);
    this.root = element("div", {}, [
      element("p", { className: "note", textContent: texts.drawHint }),
      element("div", { className: "drawing" }, [
        element("div", {}, [this.pad, element("div", { className: "row" }, [undo, clear])]),
        element("div", {}, [results, this.verdict]),
      ]),
      upload,
    ]);
    this.listen();
    this.paint();
  }

  listen() {
    const point = (event) => {
      const { left, top, width, height } = this.pad.getBoundingClientRect();
      return [
        ((event.clientX - left) / width) * PAD_PIXELS,
        ((event.clientY - top) / height) * PAD_PIXELS,
      ];
    };
    this.pad.addEventListener("pointerdown", (event) => {
      this.pad.setPointerCapture(event.pointerId);
      this.picture = undefined;
      this.change(() => this.strokes.push([point(event)]));
    });
    this.pad.addEventListener("pointermove", (event) => {
      if (event.buttons && this.strokes.length) {
        this.change(() => this.strokes[this.strokes.length - 1].push(point(event)));
      }
    });
  }

  start() {
    this.strokes = [];
    this.picture = undefined;
    this.file.value = "";
  }

  /** Once per frame: what was drawn is seen, encoded and decoded. */
  change(action) {
    action();
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.paint();
      this.evaluate();
    });
  }

  async upload(file) {
    if (!file) return;
    const { texts } = this.explorer.run;
    try {
      const picture = await createImageBitmap(file);
      this.change(() => Object.assign(this, { strokes: [], picture }));
    } catch {
      this.verdict.textContent = fill(texts.noPicture, { name: file.name });
    }
  }

  paint() {
    const context = this.pad.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, PAD_PIXELS, PAD_PIXELS);
    if (this.picture) {
      const { width, height } = this.picture;
      const scale = PAD_PIXELS / Math.max(width, height);
      const [w, h] = [width * scale, height * scale];
      context.drawImage(this.picture, (PAD_PIXELS - w) / 2, (PAD_PIXELS - h) / 2, w, h);
      this.drawn = { x: (PAD_PIXELS - w) / 2, y: (PAD_PIXELS - h) / 2, w, h };
    }
    Object.assign(context, { strokeStyle: "#fff", lineWidth: 15, lineCap: "round", lineJoin: "round" });
    for (const [first, ...rest] of this.strokes) {
      context.beginPath();
      context.moveTo(...first);
      for (const point of rest.length ? rest : [first]) context.lineTo(...point);
      context.stroke();
    }
  }

  /** Ink on the pad; a picture's paper ends at its own border, not at the pad's. */
  ink() {
    const { x, y, w, h } = this.picture ? this.drawn : { x: 0, y: 0, w: PAD_PIXELS, h: PAD_PIXELS };
    const context = this.pad.getContext("2d", { willReadFrequently: true });
    const [left, top] = [Math.ceil(x), Math.ceil(y)];
    const [wide, high] = [Math.floor(x + w) - left, Math.floor(y + h) - top];
    const image = context.getImageData(left, top, Math.max(wide, 1), Math.max(high, 1));
    return { grey: inkOf(image), width: image.width, height: image.height };
  }

  evaluate() {
    const { explorer } = this;
    const { grey, width, height } = this.ink();
    this.digit = asDigit(grey, width, height, explorer.run.shape[0]);
    this.code = undefined;
    if (!this.digit) {
      for (const { canvas } of [this.seen, this.rebuilt]) paintGrey(canvas, [], 0);
      this.verdict.textContent = this.picture ? explorer.run.texts.noInk : "";
      explorer.draw();
      return;
    }
    paintGrey(this.seen.canvas, this.digit, 255);
    explorer.recognise(this.digit);
    const code = explorer.encode(this.digit);
    if (!code) return; // the encoder's arrival calls `refresh`
    this.code = Float32Array.from(code);
    explorer.moveTo(code);
  }

  refresh() {
    if (this.strokes.length || this.picture) {
      // Not at once: `evaluate` draws the explorer, which is refreshing this panel.
      this.change(() => {});
    } else this.explorer.loadEncoder();
  }

  follow() {
    if (!this.code || !this.digit) return;
    const pixels = this.explorer.decode(this.code);
    if (!pixels) return;
    paintGrey(this.rebuilt.canvas, pixels, 255);
    this.verdict.textContent = this.judge(pixels);
  }

  /** The squared error beside those of the held-out images. */
  judge(pixels) {
    const { errors, texts } = this.explorer.run;
    const squared = this.digit.map((value, i) => (value - Math.min(1, Math.max(0, pixels[i]))) ** 2);
    const error = squared.reduce((sum, value) => sum + value, 0) / squared.length;
    const below = errors.filter((one) => one < error).length / errors.length;
    const words = {
      error: error.toFixed(4),
      typical: errors[Math.floor(errors.length / 2)].toFixed(4),
      share: `${Math.round(100 * below)} %`,
    };
    return fill(texts.verdict, words) + (below >= 0.99 ? ` ${texts.unlike}` : "");
  }

  overlay() {
    return this.code ? { marks: [{ code: this.code, text: this.explorer.run.texts.mine }] } : {};
  }
}

// Pieces that panels are made of

/** Buttons of which one is pressed, and the panel that belongs to it. */
class Tabs {
  constructor(panels, names, onChange) {
    this.panels = panels;
    this.bar = element("div", { className: "tabs" });
    this.bar.setAttribute("role", "tablist");
    this.place = element("div", { className: "panel" });
    this.place.setAttribute("role", "tabpanel");
    this.buttons = names.map((name, index) => button(name, () => this.choose(index, onChange)));
    for (const one of this.buttons) one.setAttribute("role", "tab");
    this.bar.addEventListener("keydown", (event) => this.onKey(event, onChange));
    this.bar.append(...this.buttons);
    this.root = element("div", { className: "choice" }, [this.bar, this.place]);
    this.choose(0, () => {});
  }

  choose(index, onChange) {
    this.active?.close?.();
    this.active = this.panels[index];
    this.buttons.forEach((one, number) => {
      one.setAttribute("aria-selected", number === index);
      one.tabIndex = number === index ? 0 : -1;
    });
    this.place.replaceChildren(this.active.root);
    onChange();
  }

  onKey(event, onChange) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const count = this.panels.length;
    const index = (this.panels.indexOf(this.active) + step + count) % count;
    this.choose(index, onChange);
    this.buttons[index].focus();
    event.preventDefault();
  }
}

/** Small images side by side, each with a caption of its own. */
class Strip {
  constructor(run, title, count, width) {
    const figures = Array.from({ length: count }, () => newFigure(run, "", width));
    this.figures = figures;
    const row = element("div", { className: "strip" }, figures.map(({ root }) => root));
    const heading = element("p", { className: "note", textContent: title });
    this.root = element("div", {}, [heading, row]);
  }

  show(images, factor, captions = []) {
    this.figures.forEach(({ root, canvas, caption }, index) => {
      const image = images[index];
      root.hidden = !image;
      if (image) paintGrey(canvas, image, factor);
      caption.textContent = (image && captions[index]) ?? "";
    });
  }
}

function newFigure(run, text, width) {
  const [rows, columns] = run.shape;
  const canvas = element("canvas", { width: columns, height: rows });
  canvas.style.width = `${width * run.scale}px`;
  const caption = element("figcaption", { textContent: text });
  return { root: element("figure", {}, [canvas, caption]), canvas, caption };
}

function newSelect(label, names, onChange) {
  const select = element("select");
  const offer = (options, chosen) => {
    const made = options.map((name, value) => element("option", { textContent: name, value }));
    select.replaceChildren(...made);
    select.value = chosen;
  };
  offer(names, 0);
  select.addEventListener("change", () => onChange(Number(select.value)));
  return { root: element("label", {}, [`${label} `, select]), offer };
}

function newCheckbox(label, checked, onChange) {
  const box = element("input", { type: "checkbox", checked });
  box.addEventListener("change", () => onChange(box.checked));
  return element("label", { className: "check" }, [box, ` ${label}`]);
}

function newRange(name, min, max, step, onInput) {
  const range = element("input", { type: "range", min, max, step });
  const text = element("span", { textContent: name });
  range.addEventListener("input", () => onInput(Number(range.value)));
  return {
    root: element("label", { className: "range" }, [text, range]),
    limit: (least, most) => Object.assign(range, { min: least, max: most, step: "any" }),
    show: (value, words) => {
      range.value = value;
      text.textContent = words ? `${name}: ${words}` : name;
    },
  };
}

/** What a slider along an axis covers: what codes take up there, and the prior. */
function reachOf(run, axis) {
  let [least, most] = run.hasPrior ? [-REACHED, REACHED] : [Infinity, -Infinity];
  for (let row = 0; row < run.count; row += 1) {
    const place = dot(axis, run.codes, row * run.size);
    [least, most] = [Math.min(least, place), Math.max(most, place)];
  }
  return [least, most];
}

function traverseOf(run, axis) {
  return run.hasPrior ? [-REACHED, REACHED] : reachOf(run, axis);
}

/** A network writes its next output into the same numbers. */
function copyOf(pixels) {
  return pixels && Float32Array.from(pixels);
}
