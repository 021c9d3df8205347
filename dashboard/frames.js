// Figures as they were in a stored epoch: what the edits that film.py describes do to a figure.

/** Changes a figure to what it was in a frame {epoch, arrays}; what the frame lacks stays. */
function putInFrame(figure, edits, frame) {
  for (const edit of edits) {
    const stored = frame.arrays[edit.array];
    if (edit.array && !stored) continue;
    EDITS[edit.kind](figure, edit, stored, frame);
  }
}

const EDITS = {
  /** Moves a trace's points: to rows of the array, projected on directions where there are any. */
  points({ data, layout }, { trace, rows, dimensions, projection, limit }, stored) {
    const points = projected(stored, projection, dimensions);
    const chosen = rows ? rows.filter((row) => row < points.length) : [...points.keys()];
    const axes = [..."xyz"].slice(0, dimensions);
    axes.forEach((name, axis) => {
      data[trace][name] = chosen.map((row) => points[row][axis]);
    });
    if (!limit) return;
    const furthest = Math.max(...points.flat().map(Math.abs).filter(Number.isFinite), 1e-6) * 1.05;
    for (const name of axes) widen((layout.scene ?? layout)[`${name}axis`], furthest);
  },

  /** Moves the ends of a trace of separate strokes: start, end, gap. */
  segments({ data }, { trace, projection }, stored) {
    const ends = projected(stored, projection, 3);
    [..."xyz"].forEach((name, axis) => {
      const strokes = numbersOf(data[trace][name]);
      const moved = ends.slice(0, strokes.length / 3);
      data[trace][name] = moved.flatMap((end, row) => [strokes[3 * row], end[axis], null]);
    });
  },

  /** Turns the plane that the decoder reaches: a face and its outline, or a line. */
  plane({ data }, { trace, ranges, projection }, stored, { arrays }) {
    const spanning = projection && { ...projection, origin: projection.origin.map(() => 0) };
    const directions = orthonormal(projected(stored, spanning, 3));
    const [origin] = projected({ ...arrays.plane_origin, shape: [1, arrays.plane_origin.values.length] }, projection, 3);
    const isFace = data[trace].type === "mesh3d";
    if (directions.length !== (isFace ? 2 : 1)) return;
    const corners = isFace ? planeCorners(origin, directions, ranges) : lineEnds(origin, directions[0], ranges);
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
    const parts = [(height) => height > threshold, (height) => !(height > threshold)];
    parts.forEach((belongs, trace) => {
      const places = [...order.keys()].filter((place) => belongs(heights[order[place]]));
      Object.assign(data[trace], {
        x: places.map((place) => place + 1),
        y: places.map((place) => heights[order[place]]),
        customdata: places.map((place) => order[place] + 1),
        name: names[trace].replace("{count}", places.length),
      });
    });
    const range = layout.yaxis.range;
    layout.yaxis.range = [range[0], Math.max(range[1], 1.05 * heights[order[0]])];
  },

  /** Counts of all numbers of the array between equal steps. */
  histogram({ data, layout }, { bins }, stored) {
    const values = stored.values.filter(Number.isFinite);
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const step = (high - low) / bins;
    if (!(step > 0)) return;
    const counts = new Array(bins).fill(0);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / step))] += 1;
    Object.assign(data[0], {
      x: counts.map((_, bin) => low + (bin + 0.5) * step),
      y: counts,
      width: counts.map(() => step),
      customdata: counts.map((_, bin) => [low + bin * step, low + (bin + 1) * step]),
    });
    layout.xaxis.range = [low, high];
    layout.yaxis.range = [0, Math.max(...counts) * 1.05];
  },

  /** What a discriminator makes of every place of the plane, and how far that plane reaches. */
  opinion({ data, layout }, { trace, layer }, { shape, values }, { arrays }) {
    const places = [...arrays.axis.values];
    const [, rows, columns] = shape;
    const row = (index) => [...values.subarray((layer * rows + index) * columns).subarray(0, columns)];
    const z = Array.from({ length: rows }, (_, index) => row(index));
    Object.assign(data[trace], { x: places, y: places, z });
    layout.xaxis.range = layout.yaxis.range = [places[0], places.at(-1)];
  },

  /** A line across curves over epochs. */
  epoch({ layout }, edit, stored, { epoch }) {
    const isOff = layout.xaxis.type === "log" && epoch < 1; // left of all that the axis shows
    const place = isOff ? { xref: "paper", x0: 0, x1: 0 } : { xref: "x", x0: epoch, x1: epoch };
    const line = { color: layout.font?.color ?? "#8c8c8c", width: 2, dash: "dash" };
    const marker = { type: "line", yref: "paper", y0: 0, y1: 1, line, name: "film", ...place };
    layout.shapes = [...(layout.shapes ?? []), marker];
  },
};

/** The rows of a stored array. */
function rowsOf({ shape, values }) {
  const width = shape[1] ?? 1;
  return Array.from({ length: shape[0] }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
}

/** Rows minus an origin, along directions; or their first columns. */
function projected(stored, projection, dimensions) {
  const rows = rowsOf(stored);
  if (!projection) return rows.map((row) => row.slice(0, dimensions));
  const { origin, directions } = projection;
  const along = (row, direction) => direction.reduce((sum, weight, i) => sum + weight * (row[i] - origin[i]), 0);
  return rows.map((row) => directions.slice(0, dimensions).map((direction) => along(row, direction)));
}

/** Opens a symmetric axis where points lie beyond it, in steps of the square root of two. */
function widen(axis, furthest) {
  if (!axis?.range || axis.range[1] >= furthest || axis.range[0] !== -axis.range[1]) return;
  const limit = 2 ** (Math.ceil(2 * Math.log2(furthest)) / 2);
  axis.range = [-limit, limit];
}

/** The numbers of a trace, be they a list or the bytes that plots.py sends. */
function numbersOf(column) {
  if (!column.bdata) return [...column];
  const bytes = Uint8Array.from(atob(column.bdata), (character) => character.charCodeAt(0));
  return [...new { f4: Float32Array, i4: Int32Array }[column.dtype](bytes.buffer)];
}

function setColumns(trace, points) {
  [..."xyz"].forEach((name, axis) => {
    trace[name] = points.map((point) => point[axis]);
  });
}

const dot = (one, other) => one.reduce((sum, value, axis) => sum + value * other[axis], 0);

/** Orthonormal rows that span the rows, as many as their rank. */
function orthonormal(rows) {
  const found = [];
  const longest = Math.max(...rows.map((row) => Math.hypot(...row)));
  for (const row of rows) {
    const rest = found.reduce((left, one) => {
      const length = dot(left, one);
      return left.map((value, axis) => value - length * one[axis]);
    }, row);
    const length = Math.hypot(...rest);
    if (length > Math.max(1e-6 * longest, 1e-12)) found.push(rest.map((value) => value / length));
  }
  return found;
}

/** Where a plane cuts the edges of a box, in their order: `_corners` of figures.py. */
function planeCorners(origin, [first, second], ranges) {
  const normal = [0, 1, 2].map((axis) => {
    const [a, b] = [(axis + 1) % 3, (axis + 2) % 3];
    return first[a] * second[b] - first[b] * second[a];
  });
  const vertex = (number) => [4, 2, 1].map((bit, axis) => ranges[axis][number & bit ? 1 : 0]);
  const vertices = Array.from({ length: 8 }, (_, number) => vertex(number));
  const heights = vertices.map((one) => dot(one, normal) - dot(origin, normal));
  const corners = [];
  for (let a = 0; a < 8; a += 1) {
    for (const bit of [1, 2, 4]) {
      const b = a | bit;
      if (a & bit || heights[a] < 0 === heights[b] < 0) continue;
      const share = heights[a] / (heights[a] - heights[b]);
      corners.push(vertices[a].map((value, axis) => value + (vertices[b][axis] - value) * share));
    }
  }
  if (!corners.length) return [];
  const middle = [0, 1, 2].map((axis) => corners.reduce((sum, one) => sum + one[axis], 0) / corners.length);
  const angle = (one) => {
    const arm = one.map((value, axis) => value - middle[axis]);
    return Math.atan2(dot(arm, second), dot(arm, first));
  };
  return corners.sort((one, other) => angle(one) - angle(other));
}

/** The two ends of a line's part within a box, or none: `_clipped_line` of figures.py. */
function lineEnds(origin, direction, ranges) {
  const crossings = ranges.map((limits, axis) => {
    const slope = Math.abs(direction[axis]) < 1e-12 ? 1e-12 : direction[axis];
    return limits.map((limit) => (limit - origin[axis]) / slope).sort((a, b) => a - b);
  });
  const enters = Math.max(...crossings.map(([low]) => low));
  const leaves = Math.min(...crossings.map(([, high]) => high));
  if (enters >= leaves) return [];
  return [enters, leaves].map((way) => origin.map((value, axis) => value + way * direction[axis]));
}
