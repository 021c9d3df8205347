// Copies the full address of what the page shows. On plain http from another machine browsers
// offer no clipboard, so there the address is selected for the user's own Ctrl+C.
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const output = parentElement.querySelector("output");
  button.textContent = data.label;
  button.onclick = async () => {
    const address = `${location.origin}${location.pathname}?${data.query}`;
    try {
      await navigator.clipboard.writeText(address);
      output.textContent = data.copied;
      setTimeout(() => { output.textContent = ""; }, 5000);
    } catch {
      const field = document.createElement("input");
      field.value = address;
      field.readOnly = true;
      field.setAttribute("aria-label", data.byHand);
      output.replaceChildren(field);
      field.select();
    }
  };
}
