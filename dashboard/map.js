// The map of a code space: codes of images seen along two axes, and the point that is decoded.
//
// What rests while the pointer moves is painted once and copied every frame.

const MAP_PIXELS = 400;
const REACH = 3.2; // a map with a prior shows at least so many standard deviations
const GREY = "#8c8c8c";

class LatentMap {
  constructor(label, scale) {
    this.pixels = Math.round(MAP_PIXELS * scale);
    this.scale = scale;
    this.canvas = element("canvas", { className: "map", tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.thumbnails = { on: true, size: 22 };
    this.ellipses = false;
  }

  /**
   * @param run codes, labels, images, logVariances, hasPrior and the classes' names and colours
   * @param axes two unit vectors, or one where a code is one number
   */
  show(run, axes) {
    if (this.run === run && this.axes === axes) return;
    Object.assign(this, { run, axes, known: undefined });
    this.places = axes.map((axis) =>
      Float32Array.from(run.labels, (_, row) => dot(axis, run.codes, row * run.size)),
    );
    this.window = this.places.map((places) => this.windowOf(places));
    const half = Math.max(...this.window.map(({ half }) => half));
    for (const one of this.window) one.half = half; // the same scale along both axes
  }

  windowOf(places) {
    let [least, most] = [Infinity, -Infinity];
    for (const place of places) [least, most] = [Math.min(least, place), Math.max(most, place)];
    if (this.run.hasPrior) return { middle: 0, half: Math.max(REACH, 1.05 * Math.max(most, -least)) };
    return { middle: (least + most) / 2, half: 0.55 * Math.max(most - least, 1e-6) };
  }

  // Between codes and pixels

  toPixels(value, axis) {
    const { middle, half } = this.window[axis];
    return (0.5 + ((axis ? -1 : 1) * (value - middle)) / (2 * half)) * this.pixels;
  }

  /** Coordinates along the axes of the place that a pointer's event happened at. */
  fromEvent(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const shares = [(event.clientX - left) / width - 0.5, 0.5 - (event.clientY - top) / height];
    return this.window.map(({ middle, half }, axis) => middle + 2 * half * shares[axis]);
  }

  placeOf(code) {
    const [x, y = this.pixels / 2] = this.axes.map((axis, i) => this.toPixels(dot(axis, code), i));
    return [x, y];
  }

  placeOfRow(row) {
    const [x, y = this.pixels / 2] = this.places.map((places, i) => this.toPixels(places[row], i));
    return [x, y];
  }

  /** The image whose code is drawn at most so many pixels from those coordinates. */
  rowAt(coordinates, distance = 14) {
    const [x, y = this.pixels / 2] = coordinates.map((value, axis) => this.toPixels(value, axis));
    let [best, least] = [undefined, distance];
    this.run.labels.forEach((_, row) => {
      const [left, top] = this.placeOfRow(row);
      const away = Math.hypot(left - x, top - y);
      if (away < least) [best, least] = [row, away];
    });
    return best;
  }

  // Drawing

  /**
   * @param code the point that is decoded
   * @param marks {code, text} of further points; paths: lists of codes; clouds: rows whose ellipse
   *   is drawn
   */
  draw(code, { marks = [], paths = [], clouds = [] } = {}) {
    const sharp = window.devicePixelRatio || 1;
    const style = getComputedStyle(this.canvas);
    const back = this.background(sharp, style);
    if (this.canvas.width !== back.width) {
      this.canvas.width = this.canvas.height = back.width;
      this.canvas.style.width = `${this.pixels}px`;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, back.width, back.height);
    context.drawImage(back, 0, 0);
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    const colours = [style.getPropertyValue("--st-background-color"), style.color];
    // Every line twice, first wide in the colour of the page: it crosses black images.
    const stroke = (width) =>
      colours.forEach((colour, turn) => {
        context.strokeStyle = colour;
        context.lineWidth = turn ? width : width + 4;
        context.stroke();
      });
    for (const path of paths) this.drawPath(context, path, stroke);
    for (const row of clouds) {
      if (this.traceEllipse(context, row)) stroke(2.5);
    }
    this.drawPoint(context, this.placeOf(code), stroke);
    for (const mark of marks) this.drawMark(context, mark, style.fontFamily, colours);
  }

  drawPoint(context, [x, y], stroke) {
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 9 * dx, y + 9 * dy);
      context.lineTo(x + 15 * dx, y + 15 * dy);
    }
    stroke(2.5);
  }

  /** A dot and, above it, its name. */
  drawMark(context, { code, text }, font, [paper, ink]) {
    const [x, y] = this.placeOf(code);
    context.fillStyle = paper;
    context.fillRect(x - 5, y - 5, 10, 10);
    context.fillStyle = ink;
    context.fillRect(x - 3, y - 3, 6, 6);
    if (!text) return;
    const size = Math.round(14 * this.scale);
    context.font = `700 ${size}px ${font}`;
    const half = Math.max(0.7 * size, context.measureText(text).width / 2 + 5);
    const middle = Math.max(y - 2 * size, size);
    context.fillRect(x - half, middle - 0.7 * size, 2 * half, 1.4 * size);
    context.fillStyle = paper;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, x, middle + 1);
  }

  drawPath(context, codes, stroke) {
    context.setLineDash([6, 4]);
    context.beginPath();
    for (const code of codes) context.lineTo(...this.placeOf(code));
    stroke(2.5);
    context.setLineDash([]);
  }

  /** The outline of one standard deviation of a code's cloud; false where it has none. */
  traceEllipse(context, row) {
    const { logVariances, size } = this.run;
    if (!logVariances || this.axes.length < 2) return false;
    const own = logVariances.subarray(row * size, (row + 1) * size);
    const { long, short, angle } = shadowEllipse(own, ...this.axes);
    const perUnit = this.pixels / (2 * this.window[0].half);
    context.beginPath();
    context.ellipse(...this.placeOfRow(row), long * perUnit, short * perUnit, -angle, 0, 2 * Math.PI);
    return true;
  }

  background(sharp, style) {
    const { on, size } = this.thumbnails;
    const known = [this.run, this.axes, sharp, style.color, on, size, this.ellipses];
    if (this.known?.every((one, index) => one === known[index])) return this.back;
    this.known = known;
    const pixels = Math.round(this.pixels * sharp);
    this.back = element("canvas", { width: pixels, height: pixels });
    const context = this.back.getContext("2d");
    context.scale(sharp, sharp);
    context.strokeStyle = GREY;
    context.strokeRect(0.5, 0.5, this.pixels - 1, this.pixels - 1);
    if (this.run.hasPrior) this.drawPrior(context);
    const chosen = on && this.run.images ? this.withRoom(size * this.scale) : [];
    this.drawLetters(context, style, chosen.length ? 0.45 : 1);
    this.drawThumbnails(context, chosen, size * this.scale);
    if (this.ellipses) this.drawClouds(context, chosen);
    return this.back;
  }

  drawPrior(context) {
    const centre = this.window.map((_, axis) => this.toPixels(0, axis));
    const [x, y = this.pixels / 2] = centre;
    for (const radius of [1, 2, 3]) {
      context.beginPath();
      context.arc(x, y, (radius / (2 * this.window[0].half)) * this.pixels, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** Each code is the name of its class: what tells classes apart is not colour alone. */
  drawLetters(context, style, opacity) {
    const { labels, classNames } = this.run;
    context.font = `600 ${Math.round(12 * this.scale)}px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.globalAlpha = opacity;
    labels.forEach((label, row) => {
      const name = classNames[label];
      context.fillStyle = this.colourOf(row);
      context.fillText(name.length > 1 ? name.slice(0, 2) : name, ...this.placeOfRow(row));
    });
    context.globalAlpha = 1;
  }

  colourOf(row) {
    const { colours, labels } = this.run;
    return colours[labels[row] % colours.length];
  }

  /** Rows in their order, but for those whose thumbnail would cover one before. */
  withRoom(side) {
    const chosen = [];
    this.run.labels.forEach((_, row) => {
      const [x, y] = this.placeOfRow(row);
      const fits = Math.min(x, y, this.pixels - x, this.pixels - y) > side / 2;
      const free = ([left, top]) => Math.max(Math.abs(left - x), Math.abs(top - y)) > side + 4;
      if (fits && chosen.every(({ place }) => free(place))) chosen.push({ row, place: [x, y] });
    });
    return chosen;
  }

  drawThumbnails(context, chosen, side) {
    const { images, shape, pixels } = this.run;
    const [height, width] = shape;
    const tile = element("canvas", { width, height });
    for (const { row, place } of chosen) {
      paintGrey(tile, images.subarray(row * pixels, (row + 1) * pixels));
      const [left, top] = place.map((centre) => centre - side / 2);
      context.fillStyle = this.colourOf(row);
      context.fillRect(left - 2, top - 2, side + 4, side + 4);
      context.drawImage(tile, left, top, side, side);
    }
  }

  drawClouds(context, chosen) {
    const rows = chosen.length ? chosen.map(({ row }) => row) : [...this.run.labels.keys()];
    for (const row of rows.slice(0, 60)) {
      context.strokeStyle = this.colourOf(row);
      context.lineWidth = 1.5;
      if (this.traceEllipse(context, row)) context.stroke();
    }
  }
}
