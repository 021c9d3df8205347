// Pieces that the explorer and its panels are made of.

import { button, element } from "../shared/dom.js";
import { newCaptionedImage, paintGrey } from "../shared/images.js";
import { dot } from "../shared/vectors.js";

/**
 * @import { Overlay } from "./map.js"
 * @import { Run } from "./run.js"
 */

/**
 * What one can do with a point of the code space.
 *
 * @typedef {object} ExplorerPanel
 * @property {HTMLElement} root
 * @property {() => void} [refresh] after other data
 * @property {() => void} [follow] whenever the point has moved
 * @property {() => void} [settle] when it rests
 * @property {() => Overlay} [overlay] of the map
 * @property {(place: number[]) => boolean} [onMapClick] whether the panel takes the click
 * @property {(key: string) => boolean} [onKey] whether the panel takes the key
 * @property {() => void} [close]
 */

export const NEIGHBOURS = 6;
const REACHED = 3; // standard deviations to either side, where there is a prior

/** Buttons of which one is pressed, and the panel that belongs to it. */
export class Tabs {
  /** @type {ExplorerPanel} */
  active;

  /**
   * @param {ExplorerPanel[]} panels
   * @param {string[]} names
   * @param {() => void} onChange
   */
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

  /**
   * @param {number} index
   * @param {() => void} onChange
   */
  choose(index, onChange) {
    this.active?.close?.();
    this.active = this.panels[index];
    this.buttons.forEach((one, number) => {
      one.setAttribute("aria-selected", String(number === index));
      one.tabIndex = number === index ? 0 : -1;
    });
    this.place.replaceChildren(this.active.root);
    onChange();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {() => void} onChange
   */
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
export class Strip {
  /**
   * @param {Run} run
   * @param {string} title
   * @param {number} count
   * @param {number} width
   */
  constructor(run, title, count, width) {
    this.images = Array.from({ length: count }, () => newRunImage(run, "", width));
    const roots = this.images.map(({ root }) => root);
    const heading = element("p", { className: "note", textContent: title });
    this.root = element("div", {}, [heading, element("div", { className: "strip" }, roots)]);
  }

  /**
   * @param {(ArrayLike<number> | undefined)[]} images
   * @param {number} factor
   * @param {string[]} captions
   */
  show(images, factor, captions = []) {
    this.images.forEach(({ root, canvas, caption }, index) => {
      const image = images[index];
      root.hidden = !image;
      if (image) paintGrey(canvas, image, factor);
      caption.textContent = (image && captions[index]) ?? "";
    });
  }
}

/**
 * An image in the shape of the run's.
 *
 * @param {Run} run
 * @param {string} text
 * @param {number} width
 */
export function newRunImage(run, text, width) {
  return newCaptionedImage(run.shape, width * run.scale, text);
}

/**
 * @param {string} label
 * @param {string[]} names
 * @param {(number: number) => void} onChange
 */
export function newSelect(label, names, onChange) {
  const select = element("select");
  /**
   * @param {string[]} options
   * @param {number} chosen
   */
  const offer = (options, chosen) => {
    const made = options.map((name, value) => element("option", { textContent: name, value }));
    select.replaceChildren(...made);
    select.value = String(chosen);
  };
  offer(names, 0);
  select.addEventListener("change", () => onChange(Number(select.value)));
  return { root: element("label", {}, [`${label} `, select]), offer };
}

/**
 * @param {string} label
 * @param {boolean} checked
 * @param {(on: boolean) => void} onChange
 */
export function newCheckbox(label, checked, onChange) {
  const box = element("input", { type: "checkbox", checked });
  box.addEventListener("change", () => onChange(box.checked));
  return element("label", { className: "check" }, [box, ` ${label}`]);
}

/**
 * @param {string} name
 * @param {number} min
 * @param {number} max
 * @param {number} step
 * @param {(value: number) => void} onInput
 */
export function newRange(name, min, max, step, onInput) {
  const range = element("input", { type: "range", min, max, step });
  const text = element("span", { textContent: name });
  range.addEventListener("input", () => onInput(Number(range.value)));
  return {
    root: element("label", { className: "range" }, [text, range]),
    /**
     * @param {number} least
     * @param {number} most
     */
    limit(least, most) {
      Object.assign(range, { min: least, max: most, step: "any" });
    },
    /**
     * @param {number} value
     * @param {string} words
     */
    show(value, words) {
      range.value = String(value);
      text.textContent = words ? `${name}: ${words}` : name;
    },
  };
}

/**
 * What a slider along an axis covers: what codes take up there, and the prior.
 *
 * @param {Run} run
 * @param {Float32Array} axis
 * @returns {[number, number]}
 */
export function reachOf(run, axis) {
  let [least, most] = run.hasPrior ? [-REACHED, REACHED] : [Infinity, -Infinity];
  for (let row = 0; row < run.count; row += 1) {
    const place = dot(axis, run.codes, row * run.size);
    [least, most] = [Math.min(least, place), Math.max(most, place)];
  }
  return [least, most];
}

/**
 * What a traversal covers: the prior, or what codes take up.
 *
 * @param {Run} run
 * @param {Float32Array} axis
 * @returns {[number, number]}
 */
export function traverseOf(run, axis) {
  return run.hasPrior ? [-REACHED, REACHED] : reachOf(run, axis);
}

/**
 * A network writes its next output into the same numbers.
 *
 * @param {Float32Array | undefined} pixels
 */
export function copyOf(pixels) {
  return pixels && Float32Array.from(pixels);
}
