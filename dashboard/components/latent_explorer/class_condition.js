// Which class a conditional autoencoder is given, and what it makes of one code with all of them.

import { newSelect, Strip } from "./pieces.js";
import { element } from "../shared/dom.js";

/** @import { Explorer } from "./explorer.js" */

export class ClassCondition {
  /** @type {number | undefined} the class that is chosen; without one, that of the nearest image */
  chosen;
  /** Whether the class was chosen for the visitor. */
  isGuess = false;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    const { run } = explorer;
    this.explorer = explorer;
    this.names = [run.texts.conditionNearest, ...run.classNames];
    this.select = newSelect(run.texts.condition, this.names, (number) => {
      this.chosen = number ? number - 1 : undefined;
      this.isGuess = false;
      explorer.refresh(); // what is drawn by hand is encoded anew
    });
    this.every = new Strip(run, run.texts.everyClass, run.numClasses, 36);
    this.roots = [element("div", { className: "row" }, [this.select.root]), this.every.root];
  }

  /**
   * Where the visitor has chosen no class, tells the one with which pixels are rebuilt best.
   *
   * @param {Float32Array} pixels
   */
  guess(pixels) {
    if (this.chosen !== undefined && !this.isGuess) return;
    const found = this.explorer.autoencoder.recognise(pixels);
    if (found === undefined) return;
    this.chosen = found;
    this.isGuess = true;
    this.select.offer(this.names, found + 1);
  }

  settle() {
    const { code, run } = this.explorer;
    const images = run.classNames.map((_, label) => this.explorer.decode(code, label));
    this.every.show(images, 255, run.classNames);
  }
}
