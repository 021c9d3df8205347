// The explorer's panel of the visitor's own digit.

import { asDigit, inkOf } from "../digit.js";
import { button, element, pointerShares } from "../../shared/dom.js";
import { newRunImage } from "../pieces.js";
import { contextOf, newImage, paintGrey } from "../../shared/images.js";
import { fill } from "../../shared/text.js";
import { oncePerFrame } from "../../shared/timing.js";
import { squaredDistance } from "../../shared/vectors.js";

/** @import { Explorer } from "../explorer.js" */

const PAD_PIXELS = 196;

/** The visitor's own digit: drawn or uploaded, made like one of MNIST, encoded and decoded. */
export class DrawPanel {
  /** @type {[number, number][][]} */
  strokes = [];
  /** @type {ImageBitmap | undefined} */
  picture;
  /** @type {Float32Array | undefined} */
  digit;
  /** @type {Float32Array | undefined} */
  code;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    const { run } = explorer;
    const { texts } = run;
    this.explorer = explorer;
    this.pad = newImage([PAD_PIXELS, PAD_PIXELS], PAD_PIXELS * run.scale, "pad");
    this.pad.setAttribute("role", "img");
    this.pad.setAttribute("aria-label", texts.pad);
    this.seen = newRunImage(run, texts.seen, 90);
    this.rebuilt = newRunImage(run, texts.rebuilt, 90);
    this.verdict = element("p", { className: "note", "aria-live": "polite" });
    this.file = element("input", { type: "file", accept: "image/*" });
    this.file.addEventListener("change", () => this.upload(this.file.files?.[0]));
    const undo = button(texts.undoStroke, () => this.change(() => this.strokes.pop()));
    const clear = button(texts.clear, () => this.change(() => this.start()));
    const upload = element("label", { className: "upload" }, [texts.upload, " ", this.file]);
    const results = element("div", { className: "images" }, [this.seen.root, this.rebuilt.root]);
    this.root = element("div", {}, [
      element("p", { className: "note", textContent: texts.drawHint }),
      element("div", { className: "drawing" }, [
        element("div", {}, [this.pad, element("div", { className: "row" }, [undo, clear])]),
        element("div", {}, [results, this.verdict]),
      ]),
      upload,
    ]);
    this.soon = oncePerFrame(() => {
      this.paint();
      this.evaluate();
    });
    this.listen();
    this.paint();
  }

  listen() {
    /**
     * @param {PointerEvent} event
     * @returns {[number, number]}
     */
    const point = (event) => {
      const [x, y] = pointerShares(event, this.pad);
      return [x * PAD_PIXELS, y * PAD_PIXELS];
    };
    this.pad.addEventListener("pointerdown", (event) => {
      this.pad.setPointerCapture(event.pointerId);
      this.picture = undefined;
      this.change(() => this.strokes.push([point(event)]));
    });
    this.pad.addEventListener("pointermove", (event) => {
      if (event.buttons && this.strokes.length) {
        this.change(() => this.strokes[this.strokes.length - 1].push(point(event)));
      }
    });
  }

  start() {
    this.strokes = [];
    this.picture = undefined;
    this.file.value = "";
  }

  /**
   * Once per frame: what was drawn is seen, encoded and decoded.
   *
   * @param {() => void} action
   */
  change(action) {
    action();
    this.soon();
  }

  /** @param {File} [file] */
  async upload(file) {
    if (!file) return;
    const { texts } = this.explorer.run;
    try {
      const picture = await createImageBitmap(file);
      this.change(() => Object.assign(this, { strokes: [], picture }));
    } catch {
      this.verdict.textContent = fill(texts.noPicture, { name: file.name });
    }
  }

  paint() {
    const context = contextOf(this.pad, { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, PAD_PIXELS, PAD_PIXELS);
    if (this.picture) context.drawImage(this.picture, ...this.pictureBox());
    Object.assign(context, { strokeStyle: "#fff", lineWidth: 15 });
    Object.assign(context, { lineCap: "round", lineJoin: "round" });
    for (const [first, ...rest] of this.strokes) {
      context.beginPath();
      context.moveTo(...first);
      for (const point of rest.length ? rest : [first]) context.lineTo(...point);
      context.stroke();
    }
  }

  /**
   * Left, top, width and height of the picture on the pad; without one, of all of the pad.
   *
   * @returns {[number, number, number, number]}
   */
  pictureBox() {
    const { width, height } = this.picture ?? this.pad;
    const scale = PAD_PIXELS / Math.max(width, height);
    const [wide, high] = [width * scale, height * scale];
    return [(PAD_PIXELS - wide) / 2, (PAD_PIXELS - high) / 2, wide, high];
  }

  /** Ink on the pad; a picture's paper ends at its own border, not at the pad's. */
  ink() {
    const [x, y, w, h] = this.pictureBox();
    const context = contextOf(this.pad, { willReadFrequently: true });
    const [left, top] = [Math.ceil(x), Math.ceil(y)];
    const [wide, high] = [Math.floor(x + w) - left, Math.floor(y + h) - top];
    const image = context.getImageData(left, top, Math.max(wide, 1), Math.max(high, 1));
    return { grey: inkOf(image), width: image.width };
  }

  evaluate() {
    const { explorer } = this;
    const { grey, width } = this.ink();
    this.digit = asDigit(grey, width, explorer.run.shape[0]);
    this.code = undefined;
    if (!this.digit) {
      for (const { canvas } of [this.seen, this.rebuilt]) paintGrey(canvas, [], 0);
      this.verdict.textContent = this.picture ? explorer.run.texts.noInk : "";
      explorer.draw();
      return;
    }
    paintGrey(this.seen.canvas, this.digit, 255);
    explorer.condition?.guess(this.digit);
    const code = explorer.autoencoder.encode(this.digit, explorer.label);
    if (!code) return; // the encoder's arrival calls `refresh`
    this.code = code;
    explorer.moveTo(code);
  }

  refresh() {
    if (this.strokes.length || this.picture) {
      // Not at once: `evaluate` draws the explorer, which is refreshing this panel.
      this.soon();
    } else this.explorer.autoencoder.loadEncoder();
  }

  follow() {
    if (!this.code || !this.digit) return;
    const pixels = this.explorer.decode(this.code);
    if (!pixels) return;
    paintGrey(this.rebuilt.canvas, pixels, 255);
    this.verdict.textContent = this.judge(this.digit, pixels);
  }

  /**
   * The squared error beside those of the held-out images.
   *
   * @param {Float32Array} digit
   * @param {Float32Array} pixels what the network makes of it
   */
  judge(digit, pixels) {
    const { errors, texts } = this.explorer.run;
    const cut = pixels.map((value) => Math.min(1, Math.max(0, value)));
    const error = squaredDistance(digit, cut) / digit.length;
    const below = errors.filter((one) => one < error).length / errors.length;
    const words = {
      error: error.toFixed(4),
      typical: errors[Math.floor(errors.length / 2)].toFixed(4),
      share: `${Math.round(100 * below)} %`,
    };
    return fill(texts.verdict, words) + (below >= 0.99 ? ` ${texts.unlike}` : "");
  }

  overlay() {
    return this.code ? { marks: [{ code: this.code, text: this.explorer.run.texts.mine }] } : {};
  }
}
