// Pieces that the explorer and its panels are made of.

import { coordinatesAlong } from "./run.js";
import { button, element } from "../shared/dom.js";
import { newCaptionedImage, paintGrey } from "../shared/images.js";
import { extent } from "../shared/vectors.js";

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
    this.onChange = onChange;
    this.buttons = names.map((name, index) =>
      button(name, () => this.choose(index), { role: "tab" }),
    );
    const bar = element("div", { className: "tabs", role: "tablist" }, this.buttons);
    bar.addEventListener("keydown", (event) => this.onKey(event));
    this.place = element("div", { className: "panel", role: "tabpanel" });
    this.root = element("div", { className: "choice" }, [bar, this.place]);
    this.show(0);
  }

  /** @param {number} index */
  choose(index) {
    this.active.close?.();
    this.show(index);
    this.onChange();
  }

  /** @param {number} index */
  show(index) {
    this.active = this.panels[index];
    this.buttons.forEach((one, number) => {
      one.setAttribute("aria-selected", String(number === index));
      one.tabIndex = number === index ? 0 : -1;
    });
    this.place.replaceChildren(this.active.root);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const count = this.panels.length;
    const index = (this.panels.indexOf(this.active) + step + count) % count;
    this.choose(index);
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
  const prior = run.hasPrior ? [-REACHED, REACHED] : [];
  return extent([...prior, ...coordinatesAlong(run, axis)]);
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
