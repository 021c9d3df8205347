// The browser side of plots.py: draws Plotly figures and updates them in place.
//
// Streamlit updates a board at each rerun and each change of theme. Shared functions are those of
// browser.js.

const FIRST_CAMERA = {
  eye: { x: 1.45, y: 1.45, z: 0.65 },
  center: { x: 0, y: 0, z: -0.15 },
  up: { x: 0, y: 0, z: 1 },
};
const KEYS = {
  ArrowLeft: (view) => ({ ...view, azimuth: view.azimuth - 0.12 }),
  ArrowRight: (view) => ({ ...view, azimuth: view.azimuth + 0.12 }),
  ArrowUp: (view) => ({ ...view, elevation: view.elevation + 0.08 }),
  ArrowDown: (view) => ({ ...view, elevation: view.elevation - 0.08 }),
  "+": (view) => ({ ...view, distance: view.distance / 1.1 }),
  "=": (view) => ({ ...view, distance: view.distance / 1.1 }),
  "-": (view) => ({ ...view, distance: view.distance * 1.1 }),
};
const CONFIG = { displaylogo: false, displayModeBar: false };
const CHOOSING = {
  displaylogo: false,
  displayModeBar: "hover",
  modeBarButtons: [["zoom2d", "select2d", "lasso2d"]],
};
const STYLE = `
.live-plots { container-type: inline-size; width: 100%; }
.live-plots-grid { display: grid; gap: 1rem; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); }
@container (max-width: 699px) { .live-plots-grid { grid-template-columns: minmax(0, 1fr); } }
.live-plots figure { margin: 0; min-width: 0; position: relative; }
.live-plots figcaption { display: flex; align-items: center; gap: .5rem; min-height: 1.9rem;
  font-weight: 600; color: var(--st-text-color); }
.live-plots figcaption span { flex: 1; }
.live-plots .hint { flex: none; font-weight: 400; font-size: .8rem; opacity: .8; display: none; }
.live-plots figure:has(.plot:focus-visible) .hint { display: block; }
.live-plots figcaption:has(span:first-child:empty) { min-height: 0; }
.live-plots .tools { position: absolute; right: 0; top: 0; z-index: 1; display: flex; gap: .25rem; opacity: 0; }
.live-plots button { font: inherit; font-weight: 400; font-size: .8rem; padding: .1rem .5rem; cursor: pointer;
  color: inherit; border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  border-radius: .4rem; background: var(--st-background-color); }
.live-plots figure:hover .tools, .live-plots .tools:focus-within { opacity: 1; }
@media (hover: none) { .live-plots .tools { opacity: 1; } }
.live-plots .plot { border-radius: .4rem; }
.live-plots .modebar-container { top: 1.9rem !important; } /* below the tools, which would cover it */
.live-plots :focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.live-plots .card { display: flex; gap: 1rem; align-items: center; min-height: 5.6rem; font-size: .9rem;
  color: var(--st-text-color); font-family: var(--st-font); }
.live-plots .card[hidden] { display: none; }
.live-plots .card figure { text-align: center; }
.live-plots .card figcaption { min-height: 0; font-weight: 400; font-size: .8rem; justify-content: center; }
.live-plots .card canvas { image-rendering: pixelated; background: #000; display: block; }
.live-plots .failure { padding: 1rem; border: 1px solid currentColor; border-radius: .4rem;
  color: var(--st-text-color); }
`;

/** One script element per page, however many boards ask for the library. */
function loadPlotly(address) {
  window.autoencoderLabPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      window.autoencoderLabPlotly = undefined; // the next caller tries again
      script.remove();
      reject(new Error(`${address} could not be loaded`));
    };
    document.head.append(script);
  });
  return window.autoencoderLabPlotly;
}

/** The plots of one call of live_plots(): a grid of panels that may share one camera. */
class Board {
  constructor(parent) {
    this.parent = parent;
    this.panels = [];
    this.camera = FIRST_CAMERA;
    this.follower = new Follower(() => this.update(this.data));
    this.root = element("div", { className: "live-plots" });
    this.root.dataset.testid = "live-plots";
    this.grid = element("div", { className: "live-plots-grid" });
    this.root.append(element("style", { textContent: STYLE }), this.grid);
    this.links = new Links(this);
    parent.append(this.root);
  }

  update(data) {
    this.data = data;
    this.follower.follow(data.film?.run);
    loadPlotly(data.library).then(
      (Plotly) => this.draw(Plotly),
      () => this.fail(),
    );
  }

  draw(Plotly) {
    if (!this.parent.isConnected) return;
    const { plots } = this.data;
    if (!this.panels.length) this.grid.replaceChildren(); // a failure's message
    while (this.panels.length > plots.length) this.panels.pop().close();
    while (this.panels.length < plots.length) {
      this.panels.push(new Panel(Plotly, this, this.panels.length));
    }
    this.grid.style.setProperty("--columns", plots.length);
    const theme = readTheme(this.root);
    this.panels.forEach((panel, index) => panel.update(plots[index], theme, this.follower.frame));
    this.links.drawCard();
  }

  /** Says so, and tries again: a board whose data rest is not called a second time. */
  fail() {
    clearTimeout(this.retry);
    if (this.parent.isConnected) this.retry = setTimeout(() => this.update(this.data), 3000);
    const text = `${this.data.texts.failure} (${this.data.library})`;
    const message = element("p", { className: "failure", textContent: text });
    message.setAttribute("role", "alert");
    this.grid.replaceChildren(message);
  }

  /** Called by the panel that the user turns; the others follow. */
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

/** One figure with its caption. It holds the camera: Plotly's own record of it covers drags only. */
class Panel {
  constructor(Plotly, board, index) {
    Object.assign(this, { Plotly, board, camera: board.camera, resets: 1 });
    this.title = element("span", {});
    this.hint = element("span", { className: "hint", textContent: board.data.texts.hint });
    const { reset, resetLabel, saveImage, savePage } = board.data.texts;
    this.tools = [
      this.tool("png", "PNG", saveImage, () => this.saveImage()),
      this.tool("html", "HTML", savePage, () => this.savePage()),
      this.tool(`reset-${index}`, reset, resetLabel, () => this.reset()),
    ];
    this.plot = element("div", { className: "plot" });
    this.plot.dataset.testid = `live-plots-plot-${index}`;
    this.plot.setAttribute("role", "img");
    this.figure = element("figure", {});
    this.caption = element("figcaption", {});
    this.caption.append(this.title, this.hint, element("span", { className: "tools" }, this.tools));
    this.figure.append(this.caption, this.plot);
    board.grid.append(this.figure);
    this.listen();
  }

  tool(name, text, label, onClick) {
    const made = button(text, () => this.tryTo(onClick));
    made.dataset.testid = `live-plots-${name}`;
    made.dataset.label = made.title = label;
    return made;
  }

  /** A tool that fails says why, where the reader is looking. */
  async tryTo(act) {
    try {
      await act();
    } catch (error) {
      window.alert(fill(this.board.data.texts.notSaved, { reason: error.message }));
    }
  }

  listen() {
    this.plot.addEventListener("keydown", (event) => this.onKey(event));
    // The canvas keeps the pointer's events to itself, so these two listen on their way down.
    const focus = () => this.is3d && this.plot.focus({ preventScroll: true });
    this.plot.addEventListener("pointerdown", focus, { capture: true });
    this.plot.addEventListener("wheel", (event) => this.onWheel(event), { capture: true });
    this.plot.addEventListener("pointerdown", () => this.hold(), { capture: true });
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.plot);
  }

  update({ figure, alt, title, height, edits, file }, theme, frame) {
    this.title.textContent = title;
    this.about = { title, alt, file };
    for (const one of this.tools) one.setAttribute("aria-label", `${one.dataset.label}: ${title || alt}`);
    this.plot.setAttribute("aria-label", alt);
    this.plot.style.height = `${height}px`;
    const look = JSON.stringify(theme);
    if (figure === this.drawn && look === this.look && frame === this.frame) return;
    Object.assign(this, { drawn: figure, look, theme, edits, frame });
    this.redraw();
  }

  /** The figure in its look, at the chosen epoch of the film; with rings about what is chosen. */
  compose(withRings) {
    const { data, layout } = JSON.parse(this.drawn);
    if (withRings) data.push(...this.board.links.ringsOf(data, "scene" in layout, this.theme.text));
    dress(layout, this.theme);
    if (this.frame) putInFrame({ data, layout }, this.edits ?? [], this.frame);
    if ("scene" in layout) layout.scene.camera = this.camera;
    return { data, layout };
  }

  /** A flat figure rests while a rectangle is drawn in it: a redrawing would take it away. */
  hold() {
    if (this.is3d) return;
    this.isHeld = true;
    const release = () => {
      for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, release, true);
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
    const isLinked = Links.joins(JSON.parse(this.drawn).data);
    const { data, layout } = this.compose(isLinked);
    this.is3d = "scene" in layout;
    if (this.is3d || isLinked) this.plot.tabIndex = 0;
    else this.plot.removeAttribute("tabindex");
    this.shown = data;
    // Constant but for resets, and never 0, which Plotly takes for none: keeps zoom, mode and choice.
    layout.uirevision = this.resets;
    this.Plotly.react(this.plot, data, layout, isLinked && !this.is3d ? CHOOSING : CONFIG);
    if (this.listening) return;
    this.listening = true;
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

  turnTo(camera) {
    this.camera = camera;
    if (this.is3d) this.Plotly.relayout(this.plot, { "scene.camera": camera });
  }

  lead(camera) {
    this.turnTo(camera);
    this.board.share(camera, this);
  }

  reset() {
    this.resets += 1;
    if (this.is3d) this.lead(FIRST_CAMERA);
    this.redraw();
  }

  saveImage() {
    return saveImage(this.Plotly, this.plot, this.about);
  }

  savePage() {
    const { library, texts, language } = this.board.data;
    const context = { library, language, note: texts.saved, theme: this.theme };
    return savePage(this.compose(false), { ...this.about, ...context });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" || event.key === "p") this.board.links.step(event.key === "n" ? 1 : -1);
    if (!this.is3d) return;
    if (event.key === "0" || event.key === "Home") this.reset();
    else if (event.key in KEYS) this.lead(moved(this.camera, KEYS[event.key]));
    else return;
    event.preventDefault(); // the page would scroll
  }

  /** The wheel scrolls the page, except over a plot that was clicked. */
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
    this.figure.remove();
  }
}

/** The camera after a change of its angles (radians) or distance, about the point it looks at. */
function moved(camera, change) {
  const { eye, center } = camera;
  const [x, y, z] = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
  const view = change({
    azimuth: Math.atan2(y, x),
    elevation: Math.atan2(z, Math.hypot(x, y)),
    distance: Math.hypot(x, y, z),
  });
  const elevation = Math.max(-1.5, Math.min(1.5, view.elevation)); // short of the pole
  const distance = Math.max(0.3, Math.min(6, view.distance));
  return {
    ...camera,
    up: FIRST_CAMERA.up,
    eye: {
      x: center.x + distance * Math.cos(elevation) * Math.cos(view.azimuth),
      y: center.y + distance * Math.cos(elevation) * Math.sin(view.azimuth),
      z: center.z + distance * Math.sin(elevation),
    },
  };
}

function readTheme(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: read("text-color"),
    background: read("background-color"),
    second: read("secondary-background-color"),
    font: read("font"),
  };
}

/** Figures bring no colour of text or paper: both are the page's. */
function dress(layout, { text, background, second, font }) {
  layout.autosize = true;
  layout.font = { ...layout.font, color: text, family: font };
  layout.paper_bgcolor = background; // not transparent, or a saved picture is unreadable elsewhere
  if (layout.scene) layout.scene.bgcolor = background;
  layout.hoverlabel = { bgcolor: second, bordercolor: text, font: { color: text, family: font } };
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: text, activecolor: text };
}

export default keeping(Board);
