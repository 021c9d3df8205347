// The browser side of print_page.py: opens a tab at the click, which a browser allows only then, and
// fills it when the page has come.

import { offerFile } from "../shared/dom.js";

/**
 * @typedef {object} PrintData
 * @property {string} label
 * @property {string} page as HTML, or "" as long as it was not asked for
 * @property {number} number of pages made
 * @property {string} file
 */

/** @type {WeakMap<HTMLElement, { tab: Window | null, number: number }>} */
const states = new WeakMap();

/**
 * @param {object} call
 * @param {PrintData} call.data
 * @param {HTMLElement} call.parentElement
 * @param {(name: string, value: unknown) => void} call.setTriggerValue
 */
export default function showPrintButton({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  if (!button) return;
  const state = states.get(parentElement) ?? { tab: null, number: data.number };
  if (!states.has(parentElement)) states.set(parentElement, state);
  button.textContent = data.label;
  button.onclick = () => {
    state.tab = window.open("", "_blank");
    setTriggerValue("asked", true);
  };
  if (!data.page || data.number === state.number) return;
  state.number = data.number;
  if (state.tab && !state.tab.closed) printIn(state.tab, data.page);
  else offerFile(URL.createObjectURL(new Blob([data.page], { type: "text/html" })), data.file);
}

/**
 * @param {Window} tab
 * @param {string} page
 */
async function printIn(tab, page) {
  tab.document.open();
  tab.document.write(page);
  tab.document.close();
  await Promise.allSettled([...tab.document.images].map((image) => image.decode()));
  tab.print();
}
