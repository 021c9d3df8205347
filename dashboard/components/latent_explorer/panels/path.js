// The explorer's panel of the way between two points.

import { button, element } from "../../shared/dom.js";
import { newRange, newSelect, Strip } from "../pieces.js";
import { spherical, straight } from "../latent.js";

/** @import { Explorer } from "../explorer.js" */

const PATH_IMAGES = 9;

/** The way between two points: straight or along an arc, as a strip and as an animation. */
export class PathPanel {
  /** @type {Float32Array[]} codes of A and of B */
  ends = [];
  /** @type {number | undefined} the request of the animation's next frame */
  playing;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    const { texts } = explorer.run;
    this.explorer = explorer;
    this.way = straight;
    this.next = 0;
    const kind = newSelect(texts.way, texts.ways, (number) => {
      this.way = [straight, spherical][number];
      this.explorer.draw();
    });
    this.play = button(texts.play, () => this.toggle());
    this.strip = new Strip(explorer.run, texts.path, PATH_IMAGES, 42);
    this.share = newRange(texts.share, 0, 1, 0.01, (value) => this.goTo(value));
    this.hint = element("p", { className: "note" });
    const setters = [0, 1].map((end) =>
      button(texts.setEnd[end], () => this.setEnd(end, explorer.code.slice())),
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

  /**
   * @param {number} end 0 for A, 1 for B
   * @param {Float32Array} code
   */
  setEnd(end, code) {
    this.ends[end] = code;
    this.next = 1 - end;
    this.explorer.held = true;
    this.explorer.draw();
  }

  /** @param {number[]} place */
  onMapClick(place) {
    const { explorer } = this;
    const row = explorer.map.projection.rowAt(place);
    const code = row === undefined ? explorer.code.slice() : explorer.codeOf(row);
    if (row === undefined) explorer.moveOnMap(place, code);
    explorer.code.set(code);
    this.setEnd(this.next, code);
    return true;
  }

  /** @param {string} key */
  onKey(key) {
    const end = ["a", "b"].indexOf(key.toLowerCase());
    if (end < 0) return false;
    this.setEnd(end, this.explorer.code.slice());
    return true;
  }

  /** @param {number} share */
  at(share) {
    return this.way(this.ends[0], this.ends[1], share);
  }

  /** @param {number} share */
  goTo(share) {
    this.share.show(share, "");
    this.explorer.moveTo(this.at(share));
  }

  /** There and back in four seconds, until it is stopped. */
  toggle() {
    if (this.playing) {
      this.close();
      return;
    }
    this.play.textContent = this.explorer.run.texts.pause;
    const began = performance.now();
    /** @param {number} now */
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
    const images = shares.map((share) => this.explorer.decode(this.at(share)));
    this.strip.show(images, 255);
  }

  overlay() {
    const shares = Array.from({ length: 25 }, (_, index) => index / 24);
    const marks = this.ends.map((code, end) => ({ code, text: "AB"[end] }));
    return { marks, paths: [shares.map((share) => this.at(share))] };
  }

  close() {
    if (this.playing) cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.play.textContent = this.explorer.run.texts.play;
  }
}
