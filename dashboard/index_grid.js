// The browser side of index_grid.py: the indices of an image, and what stood to choice at each place.
//
// Shared functions are those of browser.js and network.js.

const CELLS = 280; // width of the grid of indices, in pixels before scaling
const PICTURE = 128; // of an image

class Board {
  constructor(parent) {
    this.root = element("div", { className: "index-grid" });
    this.root.dataset.testid = "index-grid";
    parent.append(this.root);
    this.place = 0;
    this.held = false;
    this.observer = new ResizeObserver(() => this.chosen && this.drawBars());
  }

  update(bytes) {
    const { meta, arrays } = readArrays(bytes);
    const isNew = JSON.stringify([...arrays.original.values]) !== this.shown;
    const isChanged = isNew || meta.address !== this.meta?.address;
    Object.assign(this, { meta, arrays, texts: meta.texts });
    if (!isChanged) return;
    this.decoder = undefined;
    this.shown = JSON.stringify([...arrays.original.values]);
    this.chosen = [...arrays.indices.values];
    this.fetchDecoder();
    this.build();
    this.select(Math.min(this.place, this.chosen.length - 1));
  }

  async fetchDecoder() {
    const { address } = this.meta;
    const answer = await fetch(address);
    if (!answer.ok || address !== this.meta.address) return;
    const [header, content] = splitHeader(new Uint8Array(await answer.arrayBuffer()));
    this.decoder = readNetwork(header.layers, new Uint16Array(content.slice().buffer));
    this.drawRebuilt();
  }

  // What is built once for each image

  build() {
    const { meta, texts, arrays } = this;
    for (const [name, colour] of Object.entries(meta.colours)) this.root.style.setProperty(`--${name}`, colour);
    const original = this.picture(texts.original);
    paintGrey(original.canvas, arrays.original.values);
    this.rebuilt = this.picture(texts.rebuilt);
    this.cells = this.chosen.map((_, place) => this.newCell(place));
    this.told = element("p");
    this.told.setAttribute("aria-live", "polite");
    this.bars = element("canvas", { className: "bars" });
    this.bars.setAttribute("role", "img");
    this.bars.setAttribute("aria-label", fill(texts.bars, { count: this.entries }));
    this.bars.addEventListener("pointermove", (event) => this.tellBar(this.entryAt(event)));
    this.bars.addEventListener("pointerleave", () => this.tellBar());
    this.bars.addEventListener("click", (event) => this.put(this.entryAt(event)));
    this.bar = element("p", { className: "bar" });
    this.offers = element("div", { className: "offers" });
    this.undo = button(texts.undo, () => this.putBack());
    this.undo.className = "undo";
    const hint = element("p", { className: "hint", textContent: texts.hint });
    const side = element("div", { className: "side" }, [this.told, this.bars, this.bar, this.offers, this.undo, hint]);
    const pictures = element("div", {}, [original.figure, this.rebuilt.figure]);
    this.root.replaceChildren(pictures, this.newGrid(), side);
    this.observer.disconnect();
    this.observer.observe(this.bars);
    this.drawRebuilt();
  }

  get entries() {
    return this.arrays.codebook.shape[0];
  }

  picture(caption) {
    const [height, width] = this.meta.shape;
    const canvas = element("canvas", { width, height });
    canvas.style.width = `${PICTURE * this.meta.scale}px`;
    const text = element("figcaption", { textContent: caption });
    return { canvas, text, figure: element("figure", {}, [canvas, text]) };
  }

  newGrid() {
    const [rows, columns] = this.meta.grid;
    const size = Math.floor((CELLS * this.meta.scale) / columns);
    const grid = element("div", { className: "cells" });
    grid.setAttribute("role", "grid");
    grid.setAttribute("aria-label", this.texts.grid);
    grid.style.gridTemplateColumns = `repeat(${columns}, ${size}px)`;
    grid.style.gridAutoRows = `${size}px`;
    grid.style.fontSize = `${Math.min(16, size * 0.42)}px`;
    for (let row = 0; row < rows; row += 1) {
      const line = element("div", {}, this.cells.slice(row * columns, (row + 1) * columns));
      line.setAttribute("role", "row");
      grid.append(line);
    }
    grid.addEventListener("keydown", (event) => this.pressed(event));
    return grid;
  }

  newCell(place) {
    const [height, width] = this.meta.patch;
    const cell = element("button", { type: "button" }, [element("canvas", { width, height }), element("span")]);
    cell.setAttribute("role", "gridcell");
    cell.addEventListener("pointerenter", () => this.held || this.select(place));
    cell.addEventListener("click", () => {
      this.held = !(this.held && place === this.place);
      this.select(place);
    });
    return cell;
  }

  pressed(event) {
    const [rows, columns] = this.meta.grid;
    const [row, column] = [Math.floor(this.place / columns), this.place % columns];
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!steps[event.key]) return;
    const [down, right] = steps[event.key];
    event.preventDefault();
    const [y, x] = [Math.min(rows - 1, Math.max(0, row + down)), Math.min(columns - 1, Math.max(0, column + right))];
    this.select(y * columns + x);
    this.cells[this.place].focus();
  }

  // What changes with the place that is pointed to

  select(place) {
    this.place = place;
    this.drawCells();
    this.tell();
    this.drawBars();
    this.drawOffers();
  }

  distancesHere() {
    return this.arrays.distances.values.subarray(this.place * this.entries, (this.place + 1) * this.entries);
  }

  /** Entries, the nearest to the vector of the place first. */
  nearest() {
    const distances = this.distancesHere();
    return [...distances.keys()].sort((one, other) => distances[one] - distances[other]);
  }

  placeName(entry) {
    const columns = this.meta.grid[1];
    return { row: Math.floor(this.place / columns) + 1, column: (this.place % columns) + 1, entry };
  }

  tell() {
    const [first, second] = this.nearest();
    const distances = this.distancesHere();
    const words = { ...this.placeName(first), distance: rounded(distances[first]) };
    Object.assign(words, { next: second, further: rounded(distances[second]) });
    const own = this.arrays.indices.values[this.place] !== this.chosen[this.place];
    const more = own ? ` ${fill(this.texts.replaced, { entry: this.chosen[this.place] })}` : "";
    this.told.textContent = fill(this.texts.told, words) + more;
    this.tellBar();
  }

  tellBar(entry) {
    const isOne = entry !== undefined;
    this.bar.textContent = isOne
      ? fill(this.texts.bar, { entry, distance: rounded(this.distancesHere()[entry]) })
      : fill(this.texts.bars, { count: this.entries });
  }

  drawCells() {
    const columns = this.meta.grid[1];
    const here = this.chosen[this.place];
    this.cells.forEach((cell, place) => {
      const [entry, [canvas, text]] = [this.chosen[place], cell.children];
      this.paintEntry(canvas, entry);
      text.textContent = entry;
      cell.classList.toggle("same", entry === here);
      cell.classList.toggle("changed", entry !== this.arrays.indices.values[place]);
      cell.setAttribute("aria-selected", place === this.place);
      cell.tabIndex = place === this.place ? 0 : -1;
      const words = { row: Math.floor(place / columns) + 1, column: (place % columns) + 1, entry };
      cell.setAttribute("aria-label", fill(this.texts.cell, words));
    });
  }

  paintEntry(canvas, entry) {
    const size = this.arrays.patches.shape[1];
    paintGrey(canvas, this.arrays.patches.values.subarray(entry * size, (entry + 1) * size));
  }

  /** The distances to all entries, the encoder's choice and a visitor's marked. */
  drawBars() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.bars.clientWidth, this.bars.clientHeight];
    if (!width) return;
    Object.assign(this.bars, { width: width * ratio, height: height * ratio });
    const context = this.bars.getContext("2d");
    context.scale(ratio, ratio);
    const distances = this.distancesHere();
    const most = distances.reduce((largest, one) => Math.max(largest, one), 1e-12);
    const step = width / this.entries;
    const marked = this.arrays.indices.values[this.place];
    distances.forEach((distance, entry) => {
      const { chosen, other, changed } = this.meta.colours;
      context.fillStyle = entry === marked ? chosen : entry === this.chosen[this.place] ? changed : other;
      const high = Math.max(1, ((height - 14) * distance) / most);
      context.fillRect(entry * step, height - high, Math.max(1, step - 0.5), high);
    });
    context.fillStyle = this.meta.colours.chosen; // an arrow: the nearest entry has the lowest bar
    const [x, y] = [(marked + 0.5) * step, height - ((height - 14) * distances[marked]) / most - 3];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 5, y - 9);
    context.lineTo(x + 5, y - 9);
    context.fill();
  }

  entryAt(event) {
    const box = this.bars.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.min(this.entries - 1, Math.max(0, Math.floor(share * this.entries)));
  }

  drawOffers() {
    const [height, width] = this.meta.patch;
    const distances = this.distancesHere();
    const buttons = this.nearest().slice(0, this.meta.nearest).map((entry) => {
      const canvas = element("canvas", { width, height });
      this.paintEntry(canvas, entry);
      const made = button("", () => this.put(entry));
      made.append(canvas, `${entry}`, element("br"), rounded(distances[entry]));
      made.setAttribute("aria-label", fill(this.texts.offer, { entry, distance: rounded(distances[entry]) }));
      return made;
    });
    this.offers.replaceChildren(...buttons);
  }

  // Other entries than the encoder's

  put(entry) {
    this.chosen[this.place] = entry;
    this.held = true;
    this.select(this.place);
    this.drawRebuilt();
  }

  putBack() {
    this.chosen = [...this.arrays.indices.values];
    this.select(this.place);
    this.drawRebuilt();
  }

  drawRebuilt() {
    const changed = this.chosen.filter((entry, place) => entry !== this.arrays.indices.values[place]).length;
    this.undo.hidden = !changed;
    this.rebuilt.text.textContent = changed ? fill(this.texts.changed, { count: changed }) : this.texts.rebuilt;
    if (this.decoder) paintGrey(this.rebuilt.canvas, evaluateNetwork(this.decoder, this.code()), 255);
    else paintGrey(this.rebuilt.canvas, this.arrays.rebuilt.values); // until the weights are here
  }

  /** What the decoder is given: the vectors of the chosen entries, place after place. */
  code() {
    const { values, shape } = this.arrays.codebook;
    const code = new Float32Array(this.chosen.length * shape[1]);
    this.chosen.forEach((entry, place) => {
      code.set(values.subarray(entry * shape[1], (entry + 1) * shape[1]), place * shape[1]);
    });
    return code;
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }
}

function rounded(distance) {
  return distance.toPrecision(3);
}

export default keeping(Board);
