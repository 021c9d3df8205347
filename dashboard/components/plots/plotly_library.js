// Plotly, which draws the figures: loaded once, and what we use of it.

/**
 * @typedef {{ dtype: "f4" | "i4", bdata: string }} EncodedColumn numbers as plots.py sends them
 * @typedef {(number | string | null)[] | EncodedColumn} Column
 *
 * @typedef {object} Trace
 * @property {string} [type]
 * @property {string} [name]
 * @property {Column} [x]
 * @property {Column} [y]
 * @property {Column | number[][]} [z]
 * @property {unknown} [customdata]
 * @property {{ rows?: number[], ring?: string }} [meta] which examples its points are (`figures/`)
 *
 * @typedef {{ range?: [number, number], type?: string }} Axis
 *
 * @typedef {object} Scene
 * @property {Axis} [xaxis]
 * @property {Axis} [yaxis]
 * @property {Axis} [zaxis]
 * @property {Camera} [camera]
 * @property {string} [bgcolor]
 *
 * @typedef {object} Layout
 * @property {Axis} [xaxis]
 * @property {Axis} [yaxis]
 * @property {Scene} [scene]
 * @property {{ size?: number, color?: string, family?: string }} [font]
 * @property {{ t?: number }} [margin]
 * @property {object[]} [shapes]
 * @property {object} [title]
 * @property {object} [hoverlabel]
 * @property {object} [modebar]
 * @property {string | false} [dragmode]
 * @property {boolean} [autosize]
 * @property {string} [paper_bgcolor]
 * @property {unknown} [uirevision]
 *
 * @typedef {{ data: Trace[], layout: Layout }} Figure
 *
 * @typedef {{ x: number, y: number, z: number }} Place
 * @typedef {{ eye: Place, center: Place, up: Place }} Camera
 *
 * @typedef {{ data: Trace, pointNumber: number }} Point of an event
 * @typedef {{ points: Point[] } | undefined} PlotEvent
 *
 * @typedef {object} Plot what Plotly makes of an element
 * @property {Trace[]} data
 * @property {Layout} layout
 * @property {(name: string, answer: (event: PlotEvent) => void) => void} on
 * @property {{ scene?: { _scene?: { getCamera: () => Camera } } }} [_fullLayout]
 *
 * @typedef {HTMLElement & Plot} PlotElement
 *
 * @typedef {object} PlotlyLibrary
 * @property {(plot: HTMLElement, data: Trace[], layout: Layout, config: object) => void} react
 * @property {(plot: HTMLElement, update: object, traces: number[]) => void} restyle
 * @property {(plot: HTMLElement, update: object) => void} relayout
 * @property {(figure: Figure, options: object) => Promise<string>} toImage
 * @property {(plot: HTMLElement) => void} purge
 * @property {{ resize: (plot: HTMLElement) => void }} Plots
 */

/**
 * One script element per page, however many boards ask for the library.
 *
 * @param {string} address
 * @returns {Promise<PlotlyLibrary>}
 */
export function loadPlotly(address) {
  window.autoencoderLabPlotly ??= new Promise((resolve, reject) => {
    const fail = () => {
      window.autoencoderLabPlotly = undefined; // the next caller tries again
      script.remove();
      reject(new Error(`${address} could not be loaded`));
    };
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : fail());
    script.onerror = fail;
    document.head.append(script);
  });
  return window.autoencoderLabPlotly;
}
