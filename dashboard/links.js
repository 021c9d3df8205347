// What links the plots of one board: an example that is pointed to, or chosen, lights up in all.
//
// Traces whose points are examples say which in `meta.rows` (figures.py). Two traces of each panel
// are ours: rings about what is chosen, and a larger one about what is pointed to.

const RINGS = [
  { name: "chosen", size: 9, width: 1 },
  { name: "pointed", size: 19, width: 4 },
];

class Links {
  constructor(board) {
    this.board = board;
    this.rows = { chosen: [], pointed: [] };
    this.card = element("div", { className: "card" });
    this.card.setAttribute("aria-live", "polite");
    board.grid.before(this.card);
  }

  /** Only panels that show examples take part. */
  static joins(data) {
    return data.some((trace) => trace.meta?.rows);
  }

  /** The rings of a panel, as further traces. */
  ringsOf(data, is3d, colour) {
    return RINGS.map(({ name, size, width }) => ({
      ...placesOf(data, this.rows[name]),
      type: is3d ? "scatter3d" : "scatter",
      mode: "markers",
      hoverinfo: "skip",
      showlegend: false,
      meta: { ring: name },
      marker: { symbol: "circle-open", size: is3d ? size : size + 2, color: colour, line: { width, color: colour } },
    }));
  }

  listen(panel) {
    const { plot } = panel;
    plot.on("plotly_hover", ({ points }) => this.point(rowOf(points[0])));
    plot.on("plotly_unhover", () => this.point(undefined));
    plot.on("plotly_selected", (event) => {
      if (event) this.choose(event.points.map(rowOf).filter((row) => row !== undefined));
    });
    plot.on("plotly_deselect", () => this.choose([]));
  }

  point(row) {
    if (this.rows.pointed[0] === row) return;
    this.rows.pointed = row === undefined ? [] : [row];
    this.mark();
  }

  choose(rows) {
    this.rows.chosen = [...new Set(rows)];
    this.mark();
  }

  /** From example to example, for those without a pointer. */
  step(direction) {
    const all = this.board.panels.flatMap((panel) => (panel.shown ?? []).flatMap((trace) => trace.meta?.rows ?? []));
    const rows = [...new Set(all)].sort((a, b) => a - b);
    if (!rows.length) return;
    const place = rows.indexOf(this.rows.pointed[0]);
    this.point(rows[(place + direction + rows.length) % rows.length]);
  }

  /** Moves the rings of all panels, once per frame of the screen at most. */
  mark() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      for (const panel of this.board.panels) this.markIn(panel);
      this.drawCard();
    });
  }

  markIn(panel) {
    const { Plotly, plot, shown } = panel;
    if (!shown || !Links.joins(shown) || panel.isHeld) {
      panel.isLate ||= panel.isHeld;
      return;
    }
    const traces = RINGS.map(({ name }) => plot.data.findIndex((trace) => trace.meta?.ring === name));
    if (traces.includes(-1)) return;
    const places = RINGS.map(({ name }) => placesOf(shown, this.rows[name]));
    const update = { x: places.map(({ x }) => x), y: places.map(({ y }) => y) };
    if (plot.data[traces[0]].type === "scatter3d") update.z = places.map(({ z }) => z);
    Plotly.restyle(plot, update, traces);
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
      this.card.textContent = count ? texts.chosen.replace("{count}", count) : texts.hint;
      return;
    }
    const name = labels[row];
    this.card.textContent = texts.example.replace("{number}", row + 1).replace("{name}", name);
    this.load(examples).then(
      (images) => this.rows.pointed[0] === row && this.showImages(examples, images, row),
      () => {},
    );
  }

  /** Originals once, reconstructions once for each state of the network. */
  load({ address, stamp }) {
    if (this.loaded?.key !== `${address} ${stamp}`) {
      const parts = [fetchArrays(`${address}/sample`), fetchArrays(`${address}/live`)];
      this.loaded = { key: `${address} ${stamp}`, images: Promise.all(parts) };
    }
    return this.loaded.images;
  }

  showImages({ shape, texts, scale }, [{ arrays: sample }, { arrays: live }], row) {
    const size = shape[0] * shape[1];
    for (const [array, caption] of [[sample.inputs, texts.original], [live.reconstructions, texts.rebuilt]]) {
      if (!array || (row + 1) * size > array.values.length) continue;
      const canvas = element("canvas", { width: shape[1], height: shape[0] });
      canvas.style.width = `${64 * scale}px`;
      paintGrey(canvas, array.values.subarray(row * size, (row + 1) * size));
      this.card.append(element("figure", {}, [canvas, element("figcaption", { textContent: caption })]));
    }
  }
}

/** Where the examples are in the traces of a figure. */
function placesOf(data, rows) {
  const places = { x: [], y: [], z: [] };
  const wanted = new Set(rows);
  if (!wanted.size) return places;
  for (const trace of data) {
    const found = [...(trace.meta?.rows ?? []).keys()].filter((index) => wanted.has(trace.meta.rows[index]));
    for (const axis of found.length ? "xyz" : "") {
      const column = trace[axis] && numbersOf(trace[axis]);
      if (column) places[axis].push(...found.map((index) => column[index]));
    }
  }
  return places;
}

/** The example that a point of a Plotly event is, if it is one. */
function rowOf({ data, pointNumber }) {
  return data.meta?.rows?.[pointNumber];
}
