// What links the plots of one board: an example that is pointed to, or chosen, lights up in all.
//
// Traces whose points are examples say which in `meta.rows` (`figures/`). Two traces of each panel
// are ours: rings about what is chosen, and a larger one about what is pointed to.

import { fetchArrays } from "../shared/bytes.js";
import { AXES, numbersOf } from "./columns.js";
import { element } from "../shared/dom.js";
import { newCaptionedImage, paintGrey } from "../shared/images.js";
import { fill } from "../shared/text.js";
import { oncePerFrame } from "../shared/timing.js";
import { takeRow } from "../shared/vectors.js";

/**
 * @import { StoredArrays } from "../shared/bytes.js"
 * @import { Point, Trace } from "./plotly_library.js"
 * @import { PlotBoard } from "./plots.js"
 * @import { PlotPanel } from "./plot_panel.js"
 *
 * @typedef {object} Examples what `linked_images` in plots.py gives
 * @property {string} address of the run
 * @property {string} stamp the state of the network
 * @property {[number, number]} shape height and width
 * @property {string[]} labels the class of each example
 * @property {number} scale of letters
 * @property {Record<string, string>} texts
 *
 * @typedef {{ sample: StoredArrays, live: StoredArrays }} ExampleImages
 */

/** @type {{ name: "chosen" | "pointed", size: number, width: number }[]} */
const RINGS = [
  { name: "chosen", size: 9, width: 1 },
  { name: "pointed", size: 19, width: 4 },
];

export class Links {
  /** @type {{ chosen: number[], pointed: number[] }} examples */
  rows = { chosen: [], pointed: [] };
  /** @type {{ key: string, images: Promise<ExampleImages> } | undefined} */
  loaded;

  /** @param {PlotBoard} board */
  constructor(board) {
    this.board = board;
    this.card = element("div", { className: "card", "aria-live": "polite" });
    board.grid.before(this.card);
    /** Moves the rings of all panels. */
    this.mark = oncePerFrame(() => {
      for (const panel of board.panels) this.markIn(panel);
      this.drawCard();
    });
  }

  /**
   * Only panels that show examples take part.
   *
   * @param {Trace[]} data
   */
  static joins(data) {
    return data.some((trace) => trace.meta?.rows);
  }

  /**
   * The rings of a panel, as further traces.
   *
   * @param {Trace[]} data
   * @param {boolean} is3d
   * @param {string} color
   */
  ringsOf(data, is3d, color) {
    const marker = { symbol: "circle-open", color };
    return RINGS.map(({ name, size, width }) => ({
      ...placesOf(data, this.rows[name]),
      type: is3d ? "scatter3d" : "scatter",
      mode: "markers",
      hoverinfo: "skip",
      showlegend: false,
      meta: { ring: name },
      marker: { ...marker, size: is3d ? size : size + 2, line: { width, color } },
    }));
  }

  /** @param {PlotPanel} panel */
  listen(panel) {
    const { plot } = panel;
    plot.on("plotly_hover", (event) => event && this.point(rowOf(event.points[0])));
    plot.on("plotly_unhover", () => this.point(undefined));
    plot.on("plotly_selected", (event) => {
      if (event) this.choose(event.points.map(rowOf).filter((row) => row !== undefined));
    });
    plot.on("plotly_deselect", () => this.choose([]));
  }

  /** @param {number | undefined} row */
  point(row) {
    if (this.rows.pointed[0] === row) return;
    this.rows.pointed = row === undefined ? [] : [row];
    this.mark();
  }

  /** @param {number[]} rows */
  choose(rows) {
    this.rows.chosen = [...new Set(rows)];
    this.mark();
  }

  /**
   * From example to example, for those without a pointer.
   *
   * @param {1 | -1} direction
   */
  step(direction) {
    const traces = this.board.panels.flatMap(({ shown }) => shown ?? []);
    const all = traces.flatMap((trace) => trace.meta?.rows ?? []);
    const rows = [...new Set(all)].sort((a, b) => a - b);
    if (!rows.length) return;
    const place = rows.indexOf(this.rows.pointed[0]);
    this.point(rows[(place + direction + rows.length) % rows.length]);
  }

  /** @param {PlotPanel} panel */
  markIn(panel) {
    const { Plotly, plot, shown } = panel;
    if (!shown || !Links.joins(shown) || panel.isHeld) {
      panel.isLate ||= panel.isHeld;
      return;
    }
    const traces = RINGS.map(({ name }) =>
      plot.data.findIndex((trace) => trace.meta?.ring === name),
    );
    if (traces.includes(-1)) return;
    const places = RINGS.map(({ name }) => placesOf(shown, this.rows[name]));
    const is3d = plot.data[traces[0]].type === "scatter3d";
    const names = AXES.slice(0, is3d ? 3 : 2);
    const columns = names.map((name) => [name, places.map((place) => place[name])]);
    Plotly.restyle(plot, Object.fromEntries(columns), traces);
  }

  // The card with the image

  drawCard() {
    const { examples } = this.board.data;
    this.card.hidden = !examples;
    if (!examples) return;
    const [row] = this.rows.pointed;
    const { texts, labels } = examples;
    if (row === undefined) {
      const count = this.rows.chosen.length;
      this.card.textContent = count ? fill(texts.chosen, { count }) : texts.hint;
      return;
    }
    this.card.textContent = fill(texts.example, { number: row + 1, name: labels[row] });
    this.load(examples).then(
      (images) => this.rows.pointed[0] === row && this.showImages(examples, images, row),
      () => {},
    );
  }

  /**
   * Originals and reconstructions, once for each state of the network.
   *
   * @param {Examples} examples
   */
  load({ address, stamp }) {
    const key = `${address} ${stamp}`;
    if (this.loaded?.key !== key) this.loaded = { key, images: fetchImages(address) };
    return this.loaded.images;
  }

  /**
   * @param {Examples} examples
   * @param {ExampleImages} images
   * @param {number} row
   */
  showImages({ shape, texts, scale }, { sample, live }, row) {
    const size = shape[0] * shape[1];
    const shown = [
      { array: sample.inputs, caption: texts.original },
      { array: live.reconstructions, caption: texts.rebuilt },
    ];
    for (const { array, caption } of shown) {
      if (!array || (row + 1) * size > array.values.length) continue;
      const { root, canvas } = newCaptionedImage(shape, 64 * scale, caption);
      paintGrey(canvas, takeRow(array.values, row, size));
      this.card.append(root);
    }
  }
}

/**
 * @param {string} address of the run
 * @returns {Promise<ExampleImages>}
 */
async function fetchImages(address) {
  const names = ["sample", "live"];
  const answers = await Promise.all(names.map((name) => fetchArrays(`${address}/${name}`)));
  const [sample, live] = answers.map(({ arrays }) => arrays);
  return { sample, live };
}

/**
 * Where the examples are in the traces of a figure.
 *
 * @param {Trace[]} data
 * @param {number[]} rows
 */
function placesOf(data, rows) {
  /** @type {{ x: number[], y: number[], z: number[] }} */
  const places = { x: [], y: [], z: [] };
  const wanted = new Set(rows);
  if (!wanted.size) return places;
  for (const trace of data) {
    const here = trace.meta?.rows ?? [];
    const found = [...here.keys()].filter((index) => wanted.has(here[index]));
    for (const axis of found.length ? AXES : []) {
      const column = numbersOf(trace[axis]);
      if (column.length) places[axis].push(...found.map((index) => column[index]));
    }
  }
  return places;
}

/**
 * The example that a point of a Plotly event is, if it is one.
 *
 * @param {Point} point
 */
function rowOf({ data, pointNumber }) {
  return data.meta?.rows?.[pointNumber];
}
