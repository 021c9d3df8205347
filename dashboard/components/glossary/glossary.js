// Escape closes the bubble of a term that has the focus or the pointer (WCAG 2.2, 1.4.13), until
// the focus or the pointer goes to a term again.
if (!window.autoencoderLabGlossary) {
  window.autoencoderLabGlossary = true;
  const page = document.documentElement.classList;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") page.add("glossary-closed");
  });
  for (const name of /** @type {const} */ (["focusin", "mouseover"])) {
    document.addEventListener(name, ({ target, relatedTarget }) => {
      const term = target instanceof Element && target.closest(".glossary-term");
      if (term && !term.contains(/** @type {Node | null} */ (relatedTarget))) {
        page.remove("glossary-closed");
      }
    });
  }
}
