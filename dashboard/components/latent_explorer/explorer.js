// The explorer of a run: a map of codes, and the decoder at work under the pointer.

import { ArithmeticPanel } from "./panels/arithmetic.js";
import { Directions } from "./directions.js";
import { DrawPanel } from "./panels/draw.js";
import { classMeans, moveAlong, nearestRows } from "./latent.js";
import { LatentMap } from "./map.js";
import { PathPanel } from "./panels/path.js";
import { NEIGHBOURS, newCheckbox, newRange, newRunImage, Tabs } from "./pieces.js";
import { PointPanel } from "./panels/point.js";
import { ClassCondition } from "./class_condition.js";
import { TraversePanel } from "./panels/traverse.js";
import { element } from "../shared/dom.js";
import { paintGrey } from "../shared/images.js";
import { oncePerFrame } from "../shared/timing.js";
import { dot, takeRow } from "../shared/vectors.js";

/**
 * @import { Autoencoder } from "./autoencoder.js"
 * @import { Run } from "./run.js"
 */

const STEP = 0.03; // of an arrow key, as a share of the map's half width
const ON_SYMBOL = 9; // pixels around the middle of an image's symbol
const SETTLED = 150; // milliseconds without a move after which slow pictures are drawn

export class Explorer {
  /** Whether the point stays where it is when the pointer moves. */
  held = false;
  /** Whether what the map does not show stays as it is when the pointer moves. */
  slices = false;
  /** @type {ReturnType<typeof nearestRows>} */
  near;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  settling;
  /** @type {HTMLElement} the switch of `slices` */
  slice;

  /**
   * @param {Run} run
   * @param {Autoencoder} autoencoder
   * @param {HTMLElement} root
   */
  constructor(run, autoencoder, root) {
    const { texts } = run;
    this.run = run;
    this.autoencoder = autoencoder;
    this.root = root;
    // The point that is decoded. From an image: amid many dimensions there is often no digit.
    this.code = this.codeOf(0);
    this.directions = new Directions(run, () => this.refresh());
    this.map = new LatentMap(texts.map, run.scale);
    this.status = element("p", { className: "status", "aria-live": "polite" });
    this.decoded = newRunImage(run, texts.decoded, 170);
    this.nearest = newRunImage(run, texts.nearest, 100);
    this.condition = run.numClasses ? new ClassCondition(this) : undefined;
    const kinds = [PointPanel, PathPanel, ArithmeticPanel, TraversePanel, DrawPanel];
    const panels = kinds.map((Panel) => new Panel(this));
    this.tabs = new Tabs(panels, texts.panels, () => this.refresh());
    this.soon = oncePerFrame(() => this.draw());
    const place = [this.map.canvas, this.status, this.directions.root, this.newSwitches()];
    const images = element("div", { className: "images" }, [this.decoded.root, this.nearest.root]);
    const side = [images, ...(this.condition?.roots ?? []), this.tabs.root];
    root.replaceChildren(
      element("div", { className: "place" }, place),
      element("div", { className: "side" }, side),
    );
    this.listen();
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
    this.slice = newCheckbox(texts.slice, false, (on) => {
      this.slices = on;
      this.draw();
    });
    const switches = [show, size.root, ...(logVariances ? [clouds] : []), this.slice];
    return element("div", { className: "row" }, switches);
  }

  /** @param {Run} run */
  show(run) {
    this.run = run;
    this.directions.update(run);
    this.refresh();
  }

  // What the panels ask

  get basis() {
    return this.directions.basis;
  }

  /** The class that both halves are given: the chosen one, or that of the nearest image. */
  get label() {
    return this.condition?.chosen ?? this.run.labels[this.near[0].row];
  }

  /** @param {number} row */
  codeOf(row) {
    return takeRow(this.run.codes, row, this.run.size).slice();
  }

  /** @param {Float32Array} code */
  decode(code, label = this.label) {
    return this.autoencoder.decode(code, label);
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
      if (this.tabs.active.onMapClick?.(this.map.fromEvent(event))) return;
      this.held = event.pointerType === "mouse" ? !this.held : true;
      follow(event);
    });
    canvas.addEventListener("keydown", (event) => this.onKey(event));
  }

  /**
   * Moves the point to a place of the map. What the map does not show is that of the image which
   * is nearest on it, and on an image's symbol the code is the image's; unless a slice is kept.
   *
   * @param {number[]} coordinates
   */
  moveOnMap(coordinates, code = this.code) {
    const { projection } = this.map;
    if (!this.slices && projection.hides) {
      const pointed = projection.rowAt(coordinates, ON_SYMBOL);
      code.set(this.codeOf(pointed ?? projection.rowAt(coordinates, Infinity) ?? 0));
      if (pointed !== undefined) return;
    }
    coordinates.forEach((value, axis) => moveAlong(code, projection.axes[axis], value));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    /** @type {Record<string, [number, number]>} axis and direction */
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const { axes, window } = this.map.projection;
      const [axis, direction] = moves[event.key];
      if (axis >= axes.length) return;
      const step = direction * STEP * window[axis].half;
      moveAlong(this.code, axes[axis], dot(axes[axis], this.code) + step);
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
    this.code = code.slice();
    this.held = true;
    this.draw();
  }

  // What is shown

  /** After other data, weights, axes or another panel. */
  refresh() {
    this.run.images = this.autoencoder.sample.content;
    this.map.show(this.run, this.directions.axes);
    this.slice.hidden = !this.map.projection.hides;
    this.tabs.active.refresh?.();
    this.draw();
  }

  draw() {
    const { run, code } = this;
    const { texts, classNames } = run;
    const started = performance.now();
    this.near = nearestRows(run.codes, run.size, code, NEIGHBOURS);
    const [{ row }] = this.near;
    const pixels = this.decode(code);
    if (pixels) paintGrey(this.decoded.canvas, pixels, 255);
    if (this.condition) {
      this.decoded.caption.textContent = `${texts.decoded}: ${classNames[this.label]}`;
    }
    const image = this.autoencoder.imageOf(row);
    if (image) paintGrey(this.nearest.canvas, image);
    this.nearest.caption.textContent = `${texts.nearest}: ${classNames[run.labels[row]]}`;
    this.status.textContent = pixels ? texts[this.held ? "held" : "free"] : texts.loading;
    this.tabs.active.follow?.();
    const isSlice = this.slices && this.map.projection.hides;
    this.map.draw(code, this.tabs.active.overlay?.() ?? {}, isSlice);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED);
    Object.assign(this.root.dataset, {
      milliseconds: (performance.now() - started).toFixed(2),
      code: Array.from(code, (value) => value.toFixed(4)).join(),
      ready: Boolean(pixels && image),
    });
  }

  settle() {
    this.condition?.settle();
    this.tabs.active.settle?.();
  }

  close() {
    clearTimeout(this.settling);
    this.tabs.active.close?.();
  }
}
