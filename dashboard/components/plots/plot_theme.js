// Figures in the colours of the page.

/**
 * @import { Layout } from "./plotly_library.js"
 *
 * @typedef {{ text: string, background: string, second: string, font: string }} Theme
 */

/**
 * @param {Element} root
 * @returns {Theme}
 */
export function readTheme(root) {
  const style = getComputedStyle(root);
  /** @param {string} name */
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: read("text-color"),
    background: read("background-color"),
    second: read("secondary-background-color"),
    font: read("font"),
  };
}

/**
 * Figures bring no colour of text or paper: both are the page's.
 *
 * @param {Layout} layout
 * @param {Theme} theme
 */
export function applyTheme(layout, { text, background, second, font }) {
  layout.autosize = true;
  layout.font = { ...layout.font, color: text, family: font };
  layout.paper_bgcolor = background; // not transparent, or a saved picture is unreadable elsewhere
  if (layout.scene) layout.scene.bgcolor = background;
  layout.hoverlabel = { bgcolor: second, bordercolor: text, font: { color: text, family: font } };
  layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: text, activecolor: text };
}
