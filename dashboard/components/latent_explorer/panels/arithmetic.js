// The explorer's panel of sums and differences of codes.

import { button, element } from "../../shared/dom.js";
import { newSelect, Strip } from "../pieces.js";
import { classMeans } from "../latent.js";

/** @import { Explorer } from "../explorer.js" */

/** a - b + c with the mean codes of classes, or with a point that was kept. */
export class ArithmeticPanel {
  /** @type {(Float32Array | undefined)[]} of each class */
  means = [];
  /** @type {Float32Array | undefined} */
  kept;
  /** @type {Float32Array | undefined} */
  sum;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    const { texts, classNames } = explorer.run;
    this.explorer = explorer;
    const names = [...classNames, texts.kept];
    this.chosen = [0, 1, 2].map((place) => Math.min(place, classNames.length - 1));
    const selects = this.chosen.map((start, place) => {
      const select = newSelect(texts.terms[place], names, (number) => {
        this.chosen[place] = number;
        explorer.draw();
      });
      select.offer(names, start);
      return select.root;
    });
    this.strip = new Strip(explorer.run, texts.sum, 4, 64);
    const keep = button(texts.keep, () => {
      this.kept = explorer.code.slice();
      explorer.draw();
    });
    const go = button(texts.goToSum, () => this.sum && explorer.moveTo(this.sum));
    this.root = element("div", {}, [
      element("p", { className: "note", textContent: texts.sumHint }),
      element("div", { className: "row" }, selects),
      this.strip.root,
      element("div", { className: "row" }, [keep, go]),
    ]);
  }

  refresh() {
    const { codes, labels, size, classNames } = this.explorer.run;
    this.means = classMeans(codes, labels, size, classNames.length);
    if (this.kept?.length !== size) this.kept = undefined;
  }

  follow() {
    const { explorer } = this;
    const { classNames, texts } = explorer.run;
    if (!this.means.length) this.refresh();
    const codes = this.chosen.map((chosen) =>
      chosen < classNames.length ? this.means[chosen] : (this.kept ?? explorer.code),
    );
    const [a, b, c] = codes;
    this.sum = a && b && c ? a.map((value, place) => value - b[place] + c[place]) : undefined;
    const names = this.chosen.map((chosen) => classNames[chosen] ?? texts.kept);
    const captions = [names[0], `− ${names[1]}`, `+ ${names[2]}`, "="];
    const images = [...codes, this.sum].map((code) => code && explorer.decode(code));
    this.strip.show(images, 255, captions);
  }

  overlay() {
    return this.sum ? { marks: [{ code: this.sum, text: "=" }] } : {};
  }
}
