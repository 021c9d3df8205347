// Which directions of a code space the map shows, and the selects that change it.

import { alongDimension } from "./latent.js";
import { newSelect } from "./pieces.js";
import { element } from "../shared/dom.js";
import { fill } from "../shared/text.js";
import { takeRow } from "../shared/vectors.js";

/** @import { Run } from "./run.js" */

/** @typedef {{ axes: Float32Array[], names: string[] }} Basis directions of the code space */

export class Directions {
  /** The number of the basis. */
  number = 0;

  /**
   * @param {Run} run
   * @param {() => void} onChange
   */
  constructor(run, onChange) {
    const { texts, size } = run;
    this.bases = [dimensionBasis(run), principalBasis(run)];
    this.shown = [0, 1].slice(0, size); // numbers of directions of the basis
    const basis = newSelect(texts.basis, texts.bases, (number) => {
      this.number = number;
      this.shown = [0, 1].slice(0, Math.min(size, this.basis.axes.length));
      this.offer();
      onChange();
    });
    this.selects = this.shown.map((_, axis) =>
      newSelect(texts.axes[axis], [], (number) => {
        this.choose(axis, number);
        onChange();
      }),
    );
    this.offer();
    const roots = [basis, ...this.selects].map(({ root }) => root);
    this.root = element("div", { className: "row" }, roots);
  }

  /** @param {Run} run */
  update(run) {
    this.bases[1] = principalBasis(run);
  }

  get basis() {
    return this.bases[this.number];
  }

  /** The directions that the map shows. */
  get axes() {
    return this.shown.map((number) => this.basis.axes[number]);
  }

  /**
   * @param {number} axis
   * @param {number} number
   */
  choose(axis, number) {
    const other = 1 - axis;
    if (this.shown[other] === number) this.shown[other] = this.shown[axis]; // they swap
    this.shown[axis] = number;
    this.offer();
  }

  offer() {
    this.selects.forEach((select, axis) => select.offer(this.basis.names, this.shown[axis]));
  }
}

/**
 * Single dimensions.
 *
 * @param {Run} run
 * @returns {Basis}
 */
function dimensionBasis({ order, size, texts }) {
  return {
    axes: order.map((dimension) => alongDimension(size, dimension)),
    names: order.map((dimension) => fill(texts.dimension, { number: dimension + 1 })),
  };
}

/**
 * @param {Run} run
 * @returns {Basis}
 */
function principalBasis({ principal, size, texts }) {
  const rows = [...Array(principal.length / size).keys()];
  return {
    axes: rows.map((row) => takeRow(principal, row, size)),
    names: rows.map((row) => fill(texts.component, { number: row + 1 })),
  };
}
