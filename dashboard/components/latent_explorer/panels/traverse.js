// The explorer's panel of directions.

import { element, pointerShares } from "../../shared/dom.js";
import { traverseOf } from "../pieces.js";
import { contextOf, greyImage, newImage } from "../../shared/images.js";
import { moveAlong } from "../latent.js";

/** @import { Explorer } from "../explorer.js" */

const TRAVERSE_ROWS = 6;
const TRAVERSE_COLUMNS = 9;

/** One row per direction, one column per value, everything else as at the point. */
export class TraversePanel {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    const { run } = explorer;
    this.explorer = explorer;
    const [height, width] = run.shape;
    const shape = [TRAVERSE_ROWS * height, TRAVERSE_COLUMNS * width];
    this.canvas = newImage(shape, TRAVERSE_COLUMNS * 40 * run.scale, "traverse");
    this.canvas.setAttribute("role", "img");
    this.names = element("div", { className: "names" });
    this.canvas.addEventListener("click", (event) => this.onClick(event));
    const grid = element("div", { className: "grid" }, [this.names, this.canvas]);
    const note = element("p", { className: "note", textContent: run.texts.traverseHint });
    this.root = element("div", {}, [note, grid]);
  }

  refresh() {
    const { basis, run } = this.explorer;
    const names = basis.names.slice(0, TRAVERSE_ROWS);
    this.names.replaceChildren(...names.map((name) => element("span", { textContent: name })));
    this.canvas.setAttribute("aria-label", `${run.texts.traverseHint} ${names.join(", ")}`);
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  codeAt(row, column) {
    const { explorer } = this;
    const axis = explorer.basis.axes[row];
    const [least, most] = traverseOf(explorer.run, axis);
    const code = explorer.code.slice();
    moveAlong(code, axis, least + ((most - least) * column) / (TRAVERSE_COLUMNS - 1));
    return code;
  }

  settle() {
    const { explorer } = this;
    const [height, width] = explorer.run.shape;
    const context = contextOf(this.canvas);
    const rows = Math.min(TRAVERSE_ROWS, explorer.basis.axes.length);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < TRAVERSE_COLUMNS; column += 1) {
        const pixels = explorer.decode(this.codeAt(row, column));
        if (!pixels) return;
        context.putImageData(greyImage(pixels, width, height, 255), column * width, row * height);
      }
    }
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const [x, y] = pointerShares(event, this.canvas);
    const [row, column] = [Math.floor(y * TRAVERSE_ROWS), Math.floor(x * TRAVERSE_COLUMNS)];
    if (row < this.explorer.basis.axes.length) this.explorer.moveTo(this.codeAt(row, column));
  }
}
