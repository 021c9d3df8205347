// The browser side of explorer.py: a map of codes, and the decoder at work under the pointer.
//
// Codes come with Streamlit's data; images and weights are fetched from the server's addresses of
// the run, once for each state of them. Nothing that the visitor does here asks the server.

import { ArithmeticPanel } from "./arithmetic_panel.js";
import { fetchArrays } from "../shared/bytes.js";
import { keeping } from "../shared/component.js";
import { alertMessage, element } from "../shared/dom.js";
import { DrawPanel } from "./draw_panel.js";
import {
  copyOf,
  NEIGHBOURS,
  newCheckbox,
  newRange,
  newRunImage,
  newSelect,
  Strip,
  Tabs,
} from "./pieces.js";
import { readRun } from "./run.js";
import { paintGrey } from "../shared/images.js";
import { alongDimension, classMeans, moveAlong, nearestRows } from "./latent.js";
import { LatentMap } from "./map.js";
import { evaluateNetwork, fetchNetwork } from "../network/network.js";
import { PathPanel } from "./path_panel.js";
import { PointPanel } from "./point_panel.js";
import { Resource } from "../shared/resource.js";
import { fill } from "../shared/text.js";
import { TraversePanel } from "./traverse_panel.js";
import { dot, squaredDistance } from "../shared/vectors.js";

/**
 * @import { CaptionedImage } from "../shared/images.js"
 * @import { ExplorerPanel } from "./pieces.js"
 * @import { Run } from "./run.js"
 */

/** @typedef {{ axes: Float32Array[], names: string[] }} Basis directions of the code space */

const STEP = 0.03; // of an arrow key, as a share of the map's half width
const SETTLED = 150; // milliseconds without a move after which slow pictures are drawn

export class Explorer {
  /** @type {Run} */
  run;
  /** @type {string | undefined} what the elements were made for */
  layout;
  /** @type {Float32Array} the point that is decoded */
  code;
  /** Whether the point stays where it is when the pointer moves. */
  held = false;
  /** @type {ReturnType<typeof nearestRows>} */
  near;
  /** @type {Basis[]} single dimensions, and principal components */
  bases;
  basisNumber = 0;
  /** @type {number[]} which directions of the basis the map shows */
  shown;
  /** @type {Float32Array[]} these directions */
  axes;
  /** @type {number | undefined} the class that the visitor has chosen */
  chosen;
  /** Whether the class was chosen for the visitor. */
  isGuess = false;
  /** @type {LatentMap} */
  map;
  /** @type {HTMLElement} */
  status;
  /** @type {CaptionedImage} */
  decoded;
  /** @type {CaptionedImage} */
  nearest;
  /** @type {ReturnType<typeof newSelect>} which class the network is told */
  told;
  /** @type {Strip} the point decoded with every class */
  every;
  /** @type {ReturnType<typeof newSelect>[]} for each axis of the map, its direction */
  selects;
  /** @type {ExplorerPanel[]} */
  panels = [];
  /** @type {Tabs} */
  tabs;
  /** @type {number | undefined} */
  frame;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  settling;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = element("div", { className: "explorer" });
    this.root.dataset.testid = "explorer";
    const events = {
      onArrival: () => this.layout && this.refresh(),
      onFailure: (/** @type {Error} */ error) => this.fail(error),
    };
    this.sample = new Resource(fetchImages, { isKept: false, ...events });
    this.decoder = new Resource(fetchNetwork, { isKept: true, ...events });
    this.encoder = new Resource(fetchNetwork, { isKept: true, ...events });
    parent.append(this.root);
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    try {
      this.run = readRun(bytes);
    } catch (error) {
      this.fail(/** @type {Error} */ (error));
      return;
    }
    const { run } = this;
    const { address, size, shape, scale, texts, order, numTold } = run;
    const layout = JSON.stringify([address, size, shape, scale, texts, order, numTold]);
    if (layout !== this.layout) this.build(layout);
    this.bases[1] = this.principalBasis();
    this.sample.load(`${run.address}/sample`);
    this.decoder.load(`${run.address}/decoder?${run.weights}`);
    this.refresh();
  }

  /**
   * Says that something is missing; the next data try again.
   *
   * @param {Error} error
   */
  fail(error) {
    const fallback = "The weights did not arrive whole. Reload the page.";
    const text = `${this.run?.texts.broken ?? fallback} (${error.message})`;
    this.root.replaceChildren(alertMessage(text, "broken"));
    this.layout = undefined;
    for (const resource of [this.sample, this.decoder, this.encoder]) resource.forget();
  }

  // What is fetched

  get images() {
    return this.sample.content;
  }

  /** @param {number} row */
  imageOf(row) {
    return this.images?.subarray(row * this.run.pixels, (row + 1) * this.run.pixels);
  }

  /**
   * Pixels from 0 to 1, or undefined before the weights are here.
   *
   * @param {Float32Array} code
   */
  decode(code, label = this.label) {
    const { content } = this.decoder;
    return content && evaluateNetwork(content, this.given(code, label));
  }

  /**
   * What a half is given: a code or pixels and, where it is told the class, that one-hot.
   *
   * @param {Float32Array} values
   * @param {number} label
   */
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
    this.encoder.load(`${this.run.address}/encoder?${this.run.weights}`);
  }

  /**
   * The code of pixels from 0 to 1; undefined before the encoder is here.
   *
   * @param {Float32Array} pixels
   */
  encode(pixels, label = this.label) {
    this.loadEncoder();
    const { content } = this.encoder;
    return content && evaluateNetwork(content, this.given(pixels, label)).slice(0, this.run.size);
  }

  /**
   * Where the visitor has chosen no class, tells the one with which pixels are rebuilt best.
   *
   * @param {Float32Array} pixels
   */
  recognise(pixels) {
    const { numTold, classNames } = this.run;
    const isAsked = this.chosen !== undefined && !this.isGuess;
    if (!numTold || isAsked) return;
    const errors = classNames.map((_, label) => {
      const code = this.encode(pixels, label);
      const rebuilt = code && this.decode(code, label);
      return rebuilt ? squaredDistance(pixels, rebuilt) : NaN;
    });
    if (errors.some(Number.isNaN)) return; // before the weights are here
    this.chosen = errors.indexOf(Math.min(...errors));
    this.isGuess = true;
    this.told.offer([this.run.texts.toldNearest, ...classNames], this.chosen + 1);
  }

  /** @param {number} row */
  codeOf(row) {
    return this.run.codes.slice(row * this.run.size, (row + 1) * this.run.size);
  }

  // Directions in the code space

  /** @returns {Basis} */
  dimensionBasis() {
    const { order, size, texts } = this.run;
    return {
      axes: order.map((dimension) => alongDimension(size, dimension)),
      names: order.map((dimension) => fill(texts.dimension, { number: dimension + 1 })),
    };
  }

  /** @returns {Basis} */
  principalBasis() {
    const { principal, size, texts } = this.run;
    const count = principal.length / size;
    return {
      axes: Array.from({ length: count }, (_, row) =>
        principal.slice(row * size, (row + 1) * size),
      ),
      names: Array.from({ length: count }, (_, row) => fill(texts.component, { number: row + 1 })),
    };
  }

  get basis() {
    return this.bases[this.basisNumber];
  }

  // The elements, made once

  /** @param {string} layout */
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
    this.decoded = newRunImage(run, run.texts.decoded, 170);
    this.nearest = newRunImage(run, run.texts.nearest, 100);
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
    /** @param {number} number */
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
    return element(
      "div",
      { className: "row" },
      [basis, ...this.selects].map(({ root }) => root),
    );
  }

  fillAxes() {
    this.selects.forEach((select, axis) => select.offer(this.basis.names, this.shown[axis]));
  }

  /**
   * @param {number} axis
   * @param {number} number
   */
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
    /** @param {PointerEvent} event */
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

  /** @param {number[]} coordinates */
  moveOnMap(coordinates, code = this.code) {
    coordinates.forEach((value, axis) => moveAlong(code, this.axes[axis], value));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    /** @type {Record<string, [number, number]>} axis and direction */
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
    const { hasPrior, codes, count, size } = this.run;
    const [middle] = hasPrior ? [] : classMeans(codes, new Uint8Array(count), size, 1);
    this.moveTo(middle ?? new Float32Array(size));
  }

  /** @param {Float32Array} code */
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
    const image = this.imageOf(row);
    if (image) paintGrey(this.nearest.canvas, image);
    this.nearest.caption.textContent = `${run.texts.nearest}: ${run.classNames[run.labels[row]]}`;
    this.status.textContent = pixels ? run.texts[this.held ? "held" : "free"] : run.texts.loading;
    this.tabs.active.follow?.();
    this.map.draw(code, this.tabs.active.overlay?.() ?? {});
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED);
    this.root.dataset.milliseconds = (performance.now() - started).toFixed(2);
    this.root.dataset.code = Array.from(code, (value) => value.toFixed(4)).join();
    this.root.dataset.ready = String(Boolean(pixels && image));
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
    for (const panel of this.panels) panel.close?.();
    this.root.remove();
  }
}

/** @param {string} address */
async function fetchImages(address) {
  const { arrays } = await fetchArrays(address);
  return Uint8Array.from(arrays.inputs.values);
}

export default keeping(Explorer);
