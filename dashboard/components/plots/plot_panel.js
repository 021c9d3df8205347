// One of the plots of a board.

import { CAMERA_KEYS, FIRST_CAMERA, moveCamera } from "./camera.js";
import { element } from "../shared/dom.js";
import { putInFrame } from "./frames.js";
import { Links } from "./links.js";
import { Menu } from "../shared/menu.js";
import { applyTheme } from "./plot_theme.js";
import { saveImage, savePage } from "./saving.js";
import { fill } from "../shared/text.js";
import { TouchShield } from "./touch_shield.js";

/**
 * @import { Frame } from "../epoch_slider/state.js"
 * @import { Edit } from "./frames.js"
 * @import { Theme } from "./plot_theme.js"
 * @import { Camera, Figure, PlotElement, PlotlyLibrary, Trace } from "./plotly_library.js"
 * @import { PlotBoard } from "./plots.js"
 *
 * @typedef {object} PanelData
 * @property {string} figure in JSON
 * @property {string} alt
 * @property {string} title
 * @property {number} height in pixels
 * @property {string} file what a saved file is called, without its ending
 * @property {Edit[]} [edits] what a stored epoch changes
 */

const CONFIG = { displaylogo: false, displayModeBar: false };

/** What dragging does in a flat figure whose points can be chosen. */
const DRAG_MODES = /** @type {const} */ (["zoom", "select", "lasso"]);

/**
 * One figure with its caption.
 *
 * It holds the camera: Plotly's own record of it covers drags only.
 */
export class PlotPanel {
  /** @type {Camera} */
  camera;
  /** Counts them; never 0, see `redraw`. */
  resets = 1;
  /** @type {PanelData} */
  data;
  /** @type {Trace[] | undefined} */
  shown;
  /** @type {Theme} */
  theme;
  /** @type {Frame | null} */
  frame = null;
  is3d = false;
  /** @type {typeof DRAG_MODES[number]} */
  dragMode = "zoom";
  /** Whether the reader has chosen what dragging does. */
  isChosen = false;
  isHeld = false;
  /** Whether it was to be redrawn while it was held. */
  isLate = false;
  isListening = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  settling;

  /**
   * @param {PlotlyLibrary} Plotly
   * @param {PlotBoard} board
   * @param {number} index
   */
  constructor(Plotly, board, index) {
    this.Plotly = Plotly;
    this.board = board;
    this.camera = board.camera;
    this.title = element("span");
    const { texts } = board.data;
    const hint = element("span", { className: "hint", textContent: texts.hint });
    this.menu = new Menu(texts.menu, [
      this.item("png", texts.saveImage, () => saveImage(Plotly, this.plot, this.data)),
      this.item("html", texts.savePage, () => this.savePage()),
      this.item("reset", texts.reset, () => this.reset()),
      ...DRAG_MODES.map((mode) => this.item(mode, texts[mode], () => this.drag(mode))),
    ]);
    // The first `react` makes a plot of it.
    const about = { className: "plot", role: "img", "data-testid": `live-plots-plot-${index}` };
    const plot = /** @type {unknown} */ (element("div", about));
    this.plot = /** @type {PlotElement} */ (plot);
    const caption = element("figcaption", {}, [this.title, hint, this.menu.root]);
    this.figure = element("figure", {}, [caption, this.plot]);
    board.grid.append(this.figure);
    this.shield = new TouchShield(this.figure, texts.turn);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.plot);
    this.listen();
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {() => void | Promise<void>} act
   */
  item(name, text, act) {
    return { name: `live-plots-${name}`, text, act: () => this.tryTo(act) };
  }

  /**
   * What fails says why, where the reader is looking.
   *
   * @param {() => void | Promise<void>} act
   */
  async tryTo(act) {
    try {
      await act();
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      window.alert(fill(this.board.data.texts.notSaved, { reason: message }));
    }
  }

  listen() {
    this.plot.addEventListener("keydown", (event) => this.onKey(event));
    // The canvas keeps the pointer's events to itself, so these two listen on their way down.
    const focus = () => this.is3d && this.plot.focus({ preventScroll: true });
    this.plot.addEventListener("pointerdown", focus, { capture: true });
    this.plot.addEventListener("wheel", (event) => this.onWheel(event), { capture: true });
    this.plot.addEventListener("pointerdown", () => this.hold(), { capture: true });
  }

  /**
   * @param {PanelData} data
   * @param {Theme} theme
   * @param {Frame | null} frame
   */
  update(data, theme, frame) {
    const { figure, alt, title, height } = data;
    const isSame =
      figure === this.data?.figure &&
      frame === this.frame &&
      JSON.stringify(theme) === JSON.stringify(this.theme);
    Object.assign(this, { data, theme, frame });
    this.title.textContent = title;
    this.menu.name(title || alt);
    this.plot.setAttribute("aria-label", alt);
    this.plot.style.height = `${height}px`;
    if (!isSame) this.redraw();
  }

  /**
   * The figure in its look, at the chosen epoch of the film.
   *
   * @param {boolean} withRings about what is chosen
   * @returns {Figure}
   */
  compose(withRings) {
    /** @type {Figure} */
    const { data, layout } = JSON.parse(this.data.figure);
    if (withRings) data.push(...this.board.links.ringsOf(data, "scene" in layout, this.theme.text));
    applyTheme(layout, this.theme);
    if (this.frame) putInFrame({ data, layout }, this.data.edits ?? [], this.frame);
    if (layout.scene) layout.scene.camera = this.camera;
    else layout.dragmode = this.dragsAtOnce() ? this.dragMode : false;
    return { data, layout };
  }

  /** A flat figure rests while a rectangle is drawn in it: a redrawing would take it away. */
  hold() {
    if (this.is3d) return;
    this.isHeld = true;
    const release = () => {
      for (const name of ["pointerup", "pointercancel"]) {
        window.removeEventListener(name, release, true);
      }
      setTimeout(() => {
        this.isHeld = false; // once Plotly has answered to the end of the drag
        if (this.isLate && this.plot.isConnected) this.redraw();
      });
    };
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, release, true);
  }

  redraw() {
    this.isLate = this.isHeld;
    if (this.isLate) return;
    const isLinked = Links.joins(JSON.parse(this.data.figure).data);
    const { data, layout } = this.compose(isLinked);
    this.is3d = "scene" in layout;
    this.shield.update(this.is3d);
    if (this.is3d || isLinked) this.plot.tabIndex = 0;
    else this.plot.removeAttribute("tabindex");
    this.shown = data;
    // Keeps zoom, mode and choice until a reset. Never 0, which Plotly takes for none.
    layout.uirevision = this.resets;
    const canChoose = isLinked && !this.is3d;
    this.menu.items.slice(-DRAG_MODES.length).forEach((one) => {
      one.hidden = !canChoose;
    });
    this.Plotly.react(this.plot, data, layout, CONFIG);
    if (this.isListening) return;
    this.isListening = true;
    this.board.links.listen(this);
    for (const name of ["plotly_relayouting", "plotly_relayout"]) {
      this.plot.on(name, () => this.onTurned());
    }
  }

  /** Takes over the camera that the user turned; the others only echo what they were told. */
  onTurned() {
    if (!this.is3d || !this.plot.contains(document.activeElement)) return;
    this.takeCamera();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.takeCamera(), 150); // the scene glides on a little
  }

  /** Asks the scene, because Plotly's event does not always carry the camera. */
  takeCamera() {
    const scene = this.plot._fullLayout?.scene?._scene;
    if (!scene) return;
    this.camera = scene.getCamera();
    this.board.share(this.camera, this);
  }

  /** @param {Camera} camera */
  turnTo(camera) {
    this.camera = camera;
    if (this.is3d) this.Plotly.relayout(this.plot, { "scene.camera": camera });
  }

  /** @param {Camera} camera */
  lead(camera) {
    this.turnTo(camera);
    this.board.share(camera, this);
  }

  reset() {
    this.resets += 1;
    if (this.is3d) this.lead(FIRST_CAMERA);
    this.redraw();
  }

  /** @param {typeof DRAG_MODES[number]} mode */
  drag(mode) {
    this.dragMode = mode;
    this.isChosen = true;
    this.Plotly.relayout(this.plot, { dragmode: mode });
  }

  /** A thumb scrolls past a flat figure until its reader has chosen otherwise. */
  dragsAtOnce() {
    return this.isChosen || !matchMedia("(pointer: coarse)").matches;
  }

  savePage() {
    const { library, texts, language } = this.board.data;
    const context = { library, language, note: texts.saved, theme: this.theme };
    return savePage(this.compose(false), { ...this.data, ...context });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" || event.key === "p") this.board.links.step(event.key === "n" ? 1 : -1);
    if (!this.is3d) return;
    if (event.key === "0" || event.key === "Home") this.reset();
    else if (event.key in CAMERA_KEYS) this.lead(moveCamera(this.camera, CAMERA_KEYS[event.key]));
    else return;
    event.preventDefault(); // the page would scroll
  }

  /**
   * The wheel scrolls the page, except over a plot that was clicked.
   *
   * @param {WheelEvent} event
   */
  onWheel(event) {
    if (this.is3d && !this.plot.contains(document.activeElement)) event.stopPropagation();
  }

  fit() {
    if (this.plot._fullLayout && this.plot.offsetWidth) this.Plotly.Plots.resize(this.plot);
  }

  /** Gives the WebGL context back at once: a browser holds sixteen and frees them late. */
  close() {
    this.observer.disconnect();
    const canvases = [...this.plot.querySelectorAll("canvas")];
    this.Plotly.purge(this.plot);
    for (const canvas of canvases) {
      canvas.getContext("webgl")?.getExtension("WEBGL_lose_context")?.loseContext();
    }
    this.menu.remove();
    this.shield.remove();
    this.figure.remove();
  }
}
