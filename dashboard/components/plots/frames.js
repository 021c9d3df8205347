// Figures as they were in a stored epoch: what the edits that epoch_slider.py describes do to a figure.

import { AXES, numbersOf, setColumns } from "./columns.js";
import { clipLine, cutBox, orthonormalize } from "./space.js";
import { fill } from "../shared/text.js";
import { dot, extent, takeRow } from "../shared/vectors.js";

/**
 * @import { StoredArray } from "../shared/bytes.js"
 * @import { Frame } from "../epoch_slider/state.js"
 * @import { Axis, Figure, Layout } from "./plotly_library.js"
 */

/**
 * @typedef {{ origin: number[], directions: number[][] }} Projection
 *
 * @typedef {object} Edit what epoch_slider.py describes; a kind has those settings that it needs
 * @property {string} kind
 * @property {string} array of the frame
 * @property {number} trace
 * @property {number} dimensions
 * @property {number[] | null} [rows]
 * @property {Projection} [projection]
 * @property {boolean} [limit]
 * @property {number[][]} ranges
 * @property {number} threshold
 * @property {string[]} names
 * @property {number} bins
 * @property {number} layer
 */

/**
 * Changes a figure to what it was in a frame; what the frame lacks stays.
 *
 * @param {Figure} figure
 * @param {Edit[]} edits
 * @param {Frame} frame
 */
export function putInFrame(figure, edits, frame) {
  for (const edit of edits) {
    const stored = frame.arrays[edit.array];
    if (edit.kind === "epoch") markEpoch(figure, frame.epoch);
    else if (stored) EDITS[edit.kind](figure, edit, stored, frame);
  }
}

/**
 * A line across curves over epochs.
 *
 * @param {Figure} figure
 * @param {number} epoch
 */
function markEpoch({ layout }, epoch) {
  const isOff = axisOf(layout, "xaxis").type === "log" && epoch < 1; // left of what the axis shows
  const place = isOff ? { xref: "paper", x0: 0, x1: 0 } : { xref: "x", x0: epoch, x1: epoch };
  const line = { color: layout.font?.color ?? "#8c8c8c", width: 2, dash: "dash" };
  const marker = { type: "line", yref: "paper", y0: 0, y1: 1, line, name: "film", ...place };
  layout.shapes = [...(layout.shapes ?? []), marker];
}

/**
 * @callback EditFigure
 * @param {Figure} figure
 * @param {Edit} edit
 * @param {StoredArray} stored the array that the edit names
 * @param {Frame} frame
 */

/** @type {Record<string, EditFigure>} */
const EDITS = {
  /** Moves a trace's points: to rows of the array, projected on directions where there are any. */
  points({ data, layout }, { trace, rows, dimensions, projection, limit }, stored) {
    const points = project(stored, projection, dimensions);
    const chosen = rows ? rows.filter((row) => row < points.length) : [...points.keys()];
    const axes = AXES.slice(0, dimensions);
    axes.forEach((name, axis) => {
      data[trace][name] = chosen.map((row) => points[row][axis]);
    });
    if (!limit) return;
    const furthest = Math.max(...points.flat().map(Math.abs).filter(Number.isFinite), 1e-6) * 1.05;
    /** @type {{ xaxis?: Axis, yaxis?: Axis, zaxis?: Axis }} */
    const place = layout.scene ?? layout;
    for (const name of axes) widen(place[`${name}axis`], furthest);
  },

  /** Moves the ends of a trace of separate strokes: start, end, gap. */
  segments({ data }, { trace, projection }, stored) {
    const ends = project(stored, projection, 3);
    AXES.forEach((name, axis) => {
      const strokes = numbersOf(data[trace][name]);
      const moved = ends.slice(0, strokes.length / 3);
      data[trace][name] = moved.flatMap((end, row) => [strokes[3 * row], end[axis], null]);
    });
  },

  /** Turns the plane that the decoder reaches: a face and its outline, or a line. */
  plane({ data }, { trace, ranges, projection }, stored, { arrays }) {
    const spanning = projection && { ...projection, origin: projection.origin.map(() => 0) };
    const directions = orthonormalize(project(stored, spanning, 3));
    const { values } = arrays.plane_origin;
    const [origin] = project({ values, shape: [1, values.length] }, projection, 3);
    const isFace = data[trace].type === "mesh3d";
    if (directions.length !== (isFace ? 2 : 1)) return;
    const corners = isFace
      ? cutBox(origin, directions, ranges)
      : clipLine(origin, directions[0], ranges);
    setColumns(data[trace], corners);
    if (!isFace) return;
    const fan = [...corners.keys()].slice(1, -1);
    Object.assign(data[trace], { i: fan.map(() => 0), j: fan, k: fan.map((corner) => corner + 1) });
    setColumns(data[trace + 1], [...corners, ...corners.slice(0, 1)]);
  },

  /** Sorted bars, used and unused ones in a trace each. */
  bars({ data, layout }, { threshold, names }, stored) {
    const heights = [...stored.values];
    const order = [...heights.keys()].sort((one, other) => heights[other] - heights[one]);
    [true, false].forEach((isUsed, trace) => {
      const places = [...order.keys()].filter(
        (place) => heights[order[place]] > threshold === isUsed,
      );
      Object.assign(data[trace], {
        x: places.map((place) => place + 1),
        y: places.map((place) => heights[order[place]]),
        customdata: places.map((place) => order[place] + 1),
        name: fill(names[trace], { count: places.length }),
      });
    });
    const axis = axisOf(layout, "yaxis");
    const [low, high] = axis.range ?? [0, 0];
    axis.range = [low, Math.max(high, 1.05 * heights[order[0]])];
  },

  /** Counts of all numbers of the array between equal steps. */
  histogram({ data, layout }, { bins }, stored) {
    const values = [...stored.values].filter(Number.isFinite);
    const [low, high] = extent(values);
    const step = (high - low) / bins;
    if (!(step > 0)) return;
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / step))] += 1;
    Object.assign(data[0], {
      x: counts.map((_, bin) => low + (bin + 0.5) * step),
      y: counts,
      width: counts.map(() => step),
      customdata: counts.map((_, bin) => [low + bin * step, low + (bin + 1) * step]),
    });
    axisOf(layout, "xaxis").range = [low, high];
    axisOf(layout, "yaxis").range = [0, Math.max(...counts) * 1.05];
  },

  /** What a discriminator makes of every place of the plane, and how far that plane reaches. */
  opinion({ data, layout }, { trace, layer }, { shape, values }, { arrays }) {
    const places = [...arrays.axis.values];
    const [, rows, columns] = shape;
    const z = Array.from({ length: rows }, (_, row) => [
      ...takeRow(values, layer * rows + row, columns),
    ]);
    Object.assign(data[trace], { x: places, y: places, z });
    for (const name of /** @type {const} */ (["xaxis", "yaxis"])) {
      axisOf(layout, name).range = [places[0], places[places.length - 1]];
    }
  },
};

/**
 * @param {Layout} layout
 * @param {"xaxis" | "yaxis"} name
 */
function axisOf(layout, name) {
  return (layout[name] ??= {});
}

/**
 * The rows of a stored array.
 *
 * @param {StoredArray} stored
 */
function rowsOf({ shape, values }) {
  const width = shape[1] ?? 1;
  return Array.from({ length: shape[0] }, (_, row) => [...takeRow(values, row, width)]);
}

/**
 * Rows minus an origin, along directions; or their first columns.
 *
 * @param {StoredArray} stored
 * @param {Projection | undefined} projection
 * @param {number} dimensions
 */
function project(stored, projection, dimensions) {
  const rows = rowsOf(stored);
  if (!projection) return rows.map((row) => row.slice(0, dimensions));
  const { origin, directions } = projection;
  return rows.map((row) => {
    const centred = row.map((value, place) => value - origin[place]);
    return directions.slice(0, dimensions).map((direction) => dot(direction, centred));
  });
}

/**
 * Opens a symmetric axis where points lie beyond it, in steps of the square root of two.
 *
 * @param {Axis | undefined} axis
 * @param {number} furthest
 */
function widen(axis, furthest) {
  if (!axis?.range || axis.range[1] >= furthest || axis.range[0] !== -axis.range[1]) return;
  const limit = 2 ** (Math.ceil(2 * Math.log2(furthest)) / 2);
  axis.range = [-limit, limit];
}
