// Lets a thumb scroll past a figure that can be turned: it is turned after a tap only.

import { button } from "../shared/dom.js";

/** A pane before a figure, on screens that are touched. */
export class TouchShield {
  /**
   * @param {HTMLElement} figure
   * @param {string} text what it says
   */
  constructor(figure, text) {
    this.figure = figure;
    this.isNeeded = false;
    this.pane = button(text, () => this.lift(), { className: "shield", hidden: true });
    figure.append(this.pane);
    this.onPointer = (/** @type {Event} */ event) => {
      if (this.isNeeded && !event.composedPath().includes(figure)) this.pane.hidden = false;
    };
    document.addEventListener("pointerdown", this.onPointer);
  }

  /** @param {boolean} canTurn whether a drag would turn the figure */
  update(canTurn) {
    const isNeeded = canTurn && matchMedia("(pointer: coarse)").matches;
    if (isNeeded !== this.isNeeded) this.pane.hidden = !isNeeded;
    this.isNeeded = isNeeded;
  }

  /** Until the reader touches something else. */
  lift() {
    this.pane.hidden = true;
  }

  remove() {
    document.removeEventListener("pointerdown", this.onPointer);
    this.pane.remove();
  }
}
