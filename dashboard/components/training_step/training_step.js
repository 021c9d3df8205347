// The browser side of training_step.py: the stages of one optimiser step, one after the other.

import { readArrays } from "../shared/bytes.js";
import { keeping } from "../shared/component.js";
import { addCaption, button, element } from "../shared/dom.js";
import { newCaptionedImage, paintGrey } from "../shared/images.js";
import { newTable } from "./pieces.js";
import { STAGES } from "./stages.js";
import { fill, formatShort, groupDigits } from "../shared/text.js";
import { takeRow } from "../shared/vectors.js";

/**
 * @import { StoredArrays } from "../shared/bytes.js"
 *
 * @typedef {object} StepMeta what training_step.py says besides arrays
 * @property {number} version
 * @property {{ stages: Record<string, string> } & Record<string, string>} texts
 * @property {[number, number]} shape height and width of an image
 * @property {boolean} isImage
 * @property {string[]} names the class of each example
 * @property {number} scale of letters
 * @property {string} sum how the loss is made of its terms
 * @property {number} step
 * @property {number} batch_size
 * @property {number} learning_rate
 * @property {string[]} variables the weights' names
 * @property {number[][]} shapes of the weights
 * @property {string[]} terms of the loss
 *
 * @typedef {StepMeta & { arrays: StoredArrays }} Step
 */

const VERSION = 1;
const SECONDS_PER_STAGE = 4;

export class SlowMotion {
  /** @type {Step} */
  step;
  /** @type {string[]} names of the stages that this step has */
  stages = [];
  /** The number of the stage on show. */
  stage = 0;
  /** The number of the example on show. */
  example = 0;
  /** @type {string | undefined} what the elements were made for */
  layout;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  clock;
  /** @type {HTMLButtonElement[]} */
  tabs = [];

  /** @param {HTMLElement} parent */
  constructor(parent) {
    const about = { className: "slow board", tabIndex: -1, "data-testid": "slow-motion" };
    this.root = element("div", about);
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.bar = element("div", { className: "stages", role: "tablist" });
    this.words = element("p", { className: "words", "aria-live": "polite" });
    this.box = element("div", { className: "box" });
    this.previous = button("", () => this.goTo(this.stage - 1));
    this.next = button("", () => this.goTo(this.stage + 1));
    this.play = button("", () => this.toggle());
    this.choice = element("select");
    this.choice.addEventListener("change", () => {
      this.example = Number(this.choice.value);
      this.draw();
    });
    this.about = element("p", { className: "about" });
    parent.append(this.root);
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    try {
      /** @type {{ meta: StepMeta, arrays: StoredArrays }} */
      const { meta, arrays } = readArrays(bytes);
      if (meta.version !== VERSION) throw new Error(`version ${meta.version}`);
      this.step = { ...meta, arrays };
    } catch (error) {
      this.pause();
      const text = this.step?.texts.broken ?? "The numbers did not arrive whole. Reload the page.";
      const textContent = `${text} (${/** @type {Error} */ (error).message})`;
      this.root.replaceChildren(element("p", { role: "alert", textContent }));
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

  /** @param {string} layout */
  build(layout) {
    const { texts, scale, arrays, names } = this.step;
    this.layout = layout;
    this.root.style.fontSize = `${scale}em`;
    this.tabs = this.stages.map((name, index) =>
      button(texts.stages[name], () => this.goTo(index), { role: "tab" }),
    );
    this.bar.replaceChildren(...this.tabs);
    this.previous.textContent = `← ${texts.previous}`;
    this.next.textContent = `${texts.next} →`;
    this.play.textContent = texts[this.clock ? "pause" : "play"];
    const examples = Array.from({ length: arrays.inputs.shape[0] }, (_, row) => {
      const number = fill(texts.example, { number: row + 1 });
      const textContent = names[row] ? `${number}: ${names[row]}` : number;
      return element("option", { value: row, textContent });
    });
    this.choice.replaceChildren(...examples);
    this.example = Math.min(this.example, examples.length - 1);
    this.choice.value = String(this.example);
    this.choice.setAttribute("aria-label", texts.example.replace(" {number}", ""));
    const tools = [this.previous, this.next, this.play, this.choice];
    this.root.replaceChildren(
      this.bar,
      this.words,
      this.box,
      element("div", { className: "tools" }, tools),
      this.about,
    );
  }

  // Going through

  /** @param {number} stage */
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
    if (this.step) this.play.textContent = this.step.texts.play;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { target } = event;
    if (!(target instanceof Element) || target === this.choice) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowRight") this.goTo(this.stage + 1);
    else if (event.key === "ArrowLeft") this.goTo(this.stage - 1);
    else if (event.key === " " && target.tagName !== "BUTTON") this.toggle();
    else return;
    event.preventDefault();
    if (target.getAttribute("role") === "tab") this.tabs[this.stage].focus();
  }

  draw() {
    const { texts, step, batch_size, arrays } = this.step;
    this.tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === this.stage));
      tab.classList.toggle("done", index < this.stage);
    });
    this.previous.disabled = this.stage === 0;
    this.next.disabled = this.stage === this.stages.length - 1;
    this.box.replaceChildren();
    const name = this.stages[this.stage];
    this.root.dataset.stage = name;
    this.words.textContent = STAGES[name](this, this.box);
    const [count] = arrays.inputs.shape;
    const words = { step: groupDigits(step + 1), batch: batch_size, count };
    this.about.textContent = fill(texts.whole, words);
  }

  /**
   * The chosen example's row of an array.
   *
   * @param {string} name
   */
  row(name) {
    const { shape, values } = this.step.arrays[name];
    return [...takeRow(values, this.example, shape[1])];
  }

  /**
   * The example as it is seen: an image, or its numbers.
   *
   * @param {number[]} values
   * @param {string} caption
   */
  picture(values, caption) {
    const { shape, isImage, scale } = this.step;
    if (!isImage) return addCaption(newTable([], [values.map(formatShort)]), caption).root;
    const { root, canvas } = newCaptionedImage(shape, 112 * scale, caption);
    paintGrey(canvas, values, 255);
    return root;
  }

  close() {
    clearInterval(this.clock);
    this.root.remove();
  }
}

export default keeping(SlowMotion);
