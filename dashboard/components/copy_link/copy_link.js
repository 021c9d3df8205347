// Copies the full address of what the page shows. On plain http from another machine browsers
// offer no clipboard, so there the address is selected for the user's own Ctrl+C.

import { element } from "../shared/dom.js";

/**
 * @param {object} call
 * @param {{ label: string, query: string, copied: string, byHand: string }} call.data
 * @param {HTMLElement} call.parentElement
 */
export default function showCopyLink({ data, parentElement }) {
  const link = parentElement.querySelector("button");
  const output = parentElement.querySelector("output");
  if (!link || !output) return;
  link.textContent = data.label;
  link.onclick = async () => {
    const address = `${location.origin}${location.pathname}?${data.query}`;
    try {
      await navigator.clipboard.writeText(address);
      output.textContent = data.copied;
      setTimeout(() => {
        output.textContent = "";
      }, 5000);
    } catch {
      const field = element("input", { value: address, readOnly: true });
      field.setAttribute("aria-label", data.byHand);
      output.replaceChildren(field);
      field.select();
    }
  };
}
