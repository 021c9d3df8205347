// Saving a figure as a file: a picture, or a page that stays interactive and needs nothing else.

import { fetchBytes } from "../shared/bytes.js";
import { offerFile } from "../shared/dom.js";

/**
 * @import { Numbers } from "../shared/bytes.js"
 * @import { Figure, PlotElement, PlotlyLibrary } from "./plotly_library.js"
 * @import { Theme } from "./plot_theme.js"
 *
 * @typedef {{ title: string, alt: string, file: string }} About names of the figure
 * @typedef {{ library: string, language: string, note: string, theme: Theme }} Context of the page
 */

/**
 * A figure with its caption inside, for where the page's own caption is missing.
 *
 * @param {Figure} figure
 * @param {string} title
 * @returns {Figure}
 */
export function addTitle({ data, layout }, title) {
  if (!title) return { data, layout };
  const size = layout.font?.size ?? 14;
  const margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + 2.2 * size };
  // At the container's top edge, so that a legend above the axes stays clear of it.
  const place = {
    x: 0.5,
    xanchor: "center",
    yref: "container",
    y: 1,
    yanchor: "top",
    pad: { t: size * 0.6 },
  };
  const text = { text: escapeMarkup(title), font: { size: 1.15 * size } };
  return { data, layout: { ...layout, margin, title: { ...text, ...place, automargin: false } } };
}

/**
 * Text for Plotly's titles and for HTML.
 *
 * @param {string} text
 */
export function escapeMarkup(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * As it is on the screen, zoom included, with twice as many pixels.
 *
 * @param {PlotlyLibrary} Plotly
 * @param {PlotElement} plot
 * @param {About} about
 */
export async function saveImage(Plotly, plot, { title, file }) {
  const { offsetWidth: width, offsetHeight: height } = plot;
  const figure = addTitle({ data: plot.data, layout: plot.layout }, title);
  const address = await Plotly.toImage(figure, { format: "png", scale: 2, width, height });
  offerFile(address, `${file}.png`);
}

/**
 * One file with the library, the figure's numbers and its look; it works without a network.
 *
 * @param {Figure} figure
 * @param {About & Context} about
 */
export async function savePage(figure, about) {
  const library = new TextDecoder().decode(await fetchBytes(about.library));
  const page = writePage(addTitle(figure, about.title), library, about);
  const address = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  offerFile(address, `${about.file}.html`);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * @param {Figure} figure
 * @param {string} library its source
 * @param {Omit<About & Context, "file" | "library">} about
 */
export function writePage({ data, layout }, library, { title, alt, language, note, theme }) {
  return [
    "<!DOCTYPE html>",
    `<html lang="${escapeMarkup(language)}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${escapeMarkup(title || alt)}</title>`,
    `<style>html, body { margin: 0; height: 100%; } body { display: flex; flex-direction: column;
      background: ${theme.background}; color: ${theme.text}; font-family: ${theme.font}, sans-serif; }
      #figure { flex: 1; min-height: 0; } footer { padding: .5rem; font-size: .8rem; }</style>`,
    `<script>${escapeScript(library)}</script></head><body>`,
    `<div id="figure" role="img" aria-label="${escapeMarkup(alt)}"></div>`,
    `<footer>${escapeMarkup(note)}</footer><script>`,
    `const data = ${escapeScript(asJson(data))};\nconst layout = ${escapeScript(asJson(layout))};`,
    'Plotly.newPlot("figure", data, layout, { responsive: true, displaylogo: false });',
    "</script></body></html>",
  ].join("\n");
}

/**
 * Arrays of numbers become lists; what is not a number becomes a gap.
 *
 * @param {unknown} value
 */
function asJson(value) {
  return JSON.stringify(value, (_, one) =>
    ArrayBuffer.isView(one) ? Array.from(/** @type {Numbers} */ (one)) : one,
  );
}

/**
 * A script's text that does not end its element: such words only occur in literals.
 *
 * @param {string} text
 */
export function escapeScript(text) {
  return text.replace(/<(?=\/script|!--|script)/gi, "\\x3c");
}
