// The menu of a figure: what can be done with it, behind one button beside its caption.

import { button, element } from "./dom.js";

/** @typedef {{ name: string, text: string, act: () => void | Promise<void> }} Item */

/** A button that opens a list of others; Escape, or a click elsewhere, closes it. */
export class Menu {
  /**
   * @param {string} label
   * @param {Item[]} items
   */
  constructor(label, items) {
    this.label = label;
    this.items = items.map(({ name, text, act }) => {
      const onClick = () => {
        this.close();
        act();
      };
      return button(text, onClick, { "data-testid": name });
    });
    this.summary = element("summary", { textContent: "⋯" });
    const list = element("div", { className: "menu-list" }, this.items);
    this.root = element("details", { className: "menu" }, [this.summary, list]);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.root.open) return;
      this.close();
      this.summary.focus();
    });
    this.root.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.root.contains(relatedTarget)) this.close();
    });
    this.onPointer = (/** @type {Event} */ event) => {
      if (!event.composedPath().includes(this.root)) this.close();
    };
    document.addEventListener("pointerdown", this.onPointer);
  }

  close() {
    this.root.open = false;
  }

  /**
   * Says whose menu it is.
   *
   * @param {string} title of the figure
   */
  name(title) {
    this.summary.setAttribute("aria-label", `${this.label}: ${title}`);
    this.summary.title = this.label;
    for (const one of this.items) one.setAttribute("aria-label", `${one.textContent}: ${title}`);
  }

  remove() {
    document.removeEventListener("pointerdown", this.onPointer);
    this.root.remove();
  }
}
