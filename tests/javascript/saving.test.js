import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";

import {
  addTitle,
  escapeMarkup,
  escapeScript,
  writePage,
} from "../../dashboard/components/plots/saving.js";

const THEME = { text: "#000", background: "#fff", second: "#eee", font: "serif" };
const ABOUT = { title: "Codes", alt: "A map", language: "en", note: "Saved", theme: THEME };
const HOSTILE = "</script><script>alert(1)</script><!-- \"'&";

test("a title stands in the figure, with room for it, and the figure itself stays", () => {
  const layout = { font: { size: 20 }, margin: { t: 5, l: 7 } };
  const figure = { data: [{ x: [1] }], layout };
  const titled = addTitle(figure, "a < b & c");
  const title = /** @type {{ text: string }} */ (titled.layout.title);
  assert.equal(title.text, "a &#60; b &#38; c");
  assert.deepEqual(titled.layout.margin, { t: 49, l: 7 });
  assert.equal(titled.data, figure.data);
  assert.deepEqual(layout, { font: { size: 20 }, margin: { t: 5, l: 7 } });
});

test("without a title a figure stays as it is", () => {
  const figure = { data: [], layout: { margin: { t: 5 } } };
  assert.deepEqual(addTitle(figure, ""), figure);
});

test("no sign of HTML is left in escaped text", () => {
  const text = escapeMarkup(`<a href="x">R&D</a>`);
  assert.doesNotMatch(text, /[<>"]|&(?!#\d+;)/);
});

test("a script's text ends no element, and means the same", () => {
  const text = JSON.stringify(HOSTILE);
  assert.doesNotMatch(escapeScript(text), /<\/script|<!--|<script/i);
  assert.equal(vm.runInNewContext(escapeScript(text)), HOSTILE);
  assert.equal(escapeScript("a < b </p>"), "a < b </p>");
});

test("hostile words of a figure stay words in a saved page, and its numbers arrive", () => {
  const figure = { data: [{ name: HOSTILE, y: [1, 2] }], layout: {} };
  const names = { title: HOSTILE, alt: HOSTILE, note: HOSTILE };
  const library = `var Plotly = { newPlot: (...all) => (found = all) }; // ${HOSTILE}`;
  const page = writePage(figure, library, { ...ABOUT, ...names });
  const scripts = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text);
  assert.equal(page.match(/<script/gi)?.length, 2);
  assert.equal(scripts.length, 2);
  const context = /** @type {{ found?: unknown[] }} */ (vm.createContext({ found: undefined }));
  for (const script of scripts) vm.runInContext(script, context);
  const [place, data] = JSON.parse(JSON.stringify(context.found));
  assert.deepEqual([place, data], ["figure", figure.data]);
});

test("a page is called as the figure's caption, or as what is seen", () => {
  const figure = { data: [], layout: {} };
  assert.match(writePage(figure, "", ABOUT), /<title>Codes<\/title>/);
  assert.match(writePage(figure, "", { ...ABOUT, title: "" }), /<title>A map<\/title>/);
});
