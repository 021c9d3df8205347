// Saving a figure as a file: a picture, or a page that stays interactive and needs nothing else.

/** A figure with its caption inside, for where the page's own caption is missing. */
function captioned({ data, layout }, title, alt) {
  if (!title) return { data, layout };
  const size = layout.font?.size ?? 14;
  const margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + 2.2 * size };
  // At the container's top edge, so that a legend above the axes stays clear of it.
  const place = { x: 0.5, xanchor: "center", yref: "container", y: 1, yanchor: "top", pad: { t: size * 0.6 } };
  const text = { text: escaped(title), font: { size: 1.15 * size } };
  return { data, layout: { ...layout, margin, title: { ...text, ...place, automargin: false } } };
}

/** Text for Plotly's titles and for HTML. */
function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** As it is on the screen, zoom included, with twice as many pixels. */
async function saveImage(Plotly, plot, { title, file }) {
  const { offsetWidth: width, offsetHeight: height } = plot;
  const figure = captioned({ data: plot.data, layout: plot.layout }, title);
  const address = await Plotly.toImage(figure, { format: "png", scale: 2, width, height });
  offer(address, `${file}.png`);
}

/** One file with the library, the figure's numbers and its look; it works without a network. */
async function savePage(figure, { title, alt, file, library, language, note, theme }) {
  const answer = await fetch(library);
  if (!answer.ok) throw new Error(`${library}: ${answer.status}`);
  const { data, layout } = captioned(figure, title);
  const parts = [
    "<!DOCTYPE html>",
    `<html lang="${escaped(language)}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${escaped(title || alt)}</title>`,
    `<style>html, body { margin: 0; height: 100%; } body { display: flex; flex-direction: column;
      background: ${theme.background}; color: ${theme.text}; font-family: ${theme.font}, sans-serif; }
      #figure { flex: 1; min-height: 0; } footer { padding: .5rem; font-size: .8rem; }</style>`,
    `<script>${inScript(await answer.text())}</script></head><body>`,
    `<div id="figure" role="img" aria-label="${escaped(alt)}"></div>`,
    `<footer>${escaped(note)}</footer><script>`,
    `const data = ${inScript(asJson(data))};\nconst layout = ${inScript(asJson(layout))};`,
    'Plotly.newPlot("figure", data, layout, { responsive: true, displaylogo: false });',
    "</script></body></html>",
  ];
  const address = URL.createObjectURL(new Blob([parts.join("\n")], { type: "text/html" }));
  offer(address, `${file}.html`);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Arrays of numbers become lists; what is not a number becomes a gap. */
function asJson(value) {
  return JSON.stringify(value, (_, one) => (ArrayBuffer.isView(one) ? [...one] : one));
}

/** A script's text that does not end its element: such words only occur in literals. */
function inScript(text) {
  return text.replace(/<(?=\/script|!--|script)/gi, "\\x3c");
}
