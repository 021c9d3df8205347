// The explorer's panel of the point itself.

import { button, element } from "../../shared/dom.js";
import { NEIGHBOURS, newRange, reachOf, Strip } from "../pieces.js";
import { drawNormal, moveAlong } from "../latent.js";
import { dot, takeRow } from "../../shared/vectors.js";

/** @import { Explorer } from "../explorer.js" */

const SAMPLES = 8;

/** The point itself: its neighbours, its coordinates, samples of the nearest image's cloud. */
export class PointPanel {
  /** @type {ReturnType<typeof newRange>[]} one for each direction */
  ranges = [];
  /** @type {string | undefined} */
  layout;
  /** @type {{ row: number, codes: Float32Array[] } | undefined} draws from the cloud of an image */
  drawn;

  /** @param {Explorer} explorer */
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

  /**
   * @param {number} number
   * @param {number} value
   */
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
    if (!run.logVariances) return;
    const spread = takeRow(run.logVariances, row, run.size);
    const middle = explorer.codeOf(row);
    const codes = Array.from({ length: SAMPLES }, () => drawNormal(middle, spread));
    this.drawn = { row, codes };
    this.samples.root.hidden = false;
    explorer.moveTo(codes[0]);
  }

  follow() {
    const { explorer } = this;
    const { run, near, basis, code } = explorer;
    this.neighbours.show(
      near.map(({ row }) => explorer.autoencoder.imageOf(row)),
      1,
      near.map(({ row, distance }) => `${run.classNames[run.labels[row]]}\n${distance.toFixed(1)}`),
    );
    this.ranges.forEach((range, number) => {
      const value = dot(basis.axes[number], code);
      range.show(value, value.toFixed(2));
    });
  }

  settle() {
    if (!this.drawn) return;
    const images = this.drawn.codes.map((code) => this.explorer.decode(code));
    this.samples.show(images, 255);
  }

  overlay() {
    const { near } = this.explorer;
    const marks = (this.drawn?.codes ?? []).map((code) => ({ code }));
    return { marks, clouds: [this.drawn?.row ?? near[0].row] };
  }
}
