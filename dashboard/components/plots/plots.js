// The browser side of plots.py: draws Plotly figures and updates them in place.
//
// Streamlit updates a board at each rerun and each change of theme.

import { FIRST_CAMERA } from "./camera.js";
import { keeping } from "../shared/component.js";
import { element } from "../shared/dom.js";
import { FilmFollower } from "../epoch_slider/state.js";
import { Links } from "./links.js";
import { PlotPanel } from "./plot_panel.js";
import { readTheme } from "./plot_theme.js";
import { loadPlotly } from "./plotly_library.js";

/**
 * @import { Examples } from "./links.js"
 * @import { PanelData } from "./plot_panel.js"
 * @import { Camera, PlotlyLibrary } from "./plotly_library.js"
 *
 * @typedef {object} PlotsData what plots.py sends
 * @property {string} library address of Plotly
 * @property {PanelData[]} plots
 * @property {boolean} linkCameras
 * @property {boolean} lead whether the first plot is large
 * @property {{ run: string } | null} film
 * @property {Examples | null} examples
 * @property {string} language
 * @property {Record<string, string>} texts
 */

/** The plots of one call of live_plots(): a grid of panels that may share one camera. */
export class PlotBoard {
  /** @type {PlotsData} */
  data;
  /** @type {PlotPanel[]} */
  panels = [];
  camera = FIRST_CAMERA;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  retry;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.parent = parent;
    this.follower = new FilmFollower(() => this.update(this.data));
    this.grid = element("div", { className: "live-plots-grid" });
    const about = { className: "live-plots board", "data-testid": "live-plots" };
    this.root = element("div", about, [this.grid]);
    this.links = new Links(this);
    parent.append(this.root);
  }

  /** @param {PlotsData} data */
  update(data) {
    this.data = data;
    this.follower.follow(data.film?.run);
    loadPlotly(data.library).then(
      (Plotly) => this.draw(Plotly),
      () => this.fail(),
    );
  }

  /** @param {PlotlyLibrary} Plotly */
  draw(Plotly) {
    if (!this.parent.isConnected) return;
    const { plots } = this.data;
    if (!this.panels.length) this.grid.replaceChildren(); // a failure's message
    while (this.panels.length > plots.length) this.panels.pop()?.close();
    while (this.panels.length < plots.length) {
      this.panels.push(new PlotPanel(Plotly, this, this.panels.length));
    }
    this.grid.style.setProperty("--columns", String(plots.length));
    this.grid.style.setProperty("--fewer", String(Math.min(plots.length, 2)));
    this.grid.classList.toggle("lead", this.data.lead);
    const theme = readTheme(this.root);
    this.panels.forEach((panel, index) => panel.update(plots[index], theme, this.follower.frame));
    this.links.drawCard();
  }

  /** Says so, and tries again: a board whose data rest is not called a second time. */
  fail() {
    clearTimeout(this.retry);
    if (this.parent.isConnected) this.retry = setTimeout(() => this.update(this.data), 3000);
    const textContent = `${this.data.texts.failure} (${this.data.library})`;
    this.grid.replaceChildren(element("p", { className: "failure", role: "alert", textContent }));
  }

  /**
   * Called by the panel that the user turns; the others follow.
   *
   * @param {Camera} camera
   * @param {PlotPanel} leader
   */
  share(camera, leader) {
    if (!this.data.linkCameras) return;
    this.camera = camera;
    for (const panel of this.panels) if (panel !== leader) panel.turnTo(camera);
  }

  close() {
    this.follower.leave();
    this.panels.forEach((panel) => panel.close());
    this.panels = [];
    this.root.remove();
  }
}

export default keeping(PlotBoard);
