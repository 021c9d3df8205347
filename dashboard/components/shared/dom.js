// Makes elements of a page.

/** @typedef {HTMLElementTagNameMap} Tags */

/**
 * Numbers become texts where the element has texts.
 *
 * @template Value
 * @typedef {Value extends string ? Value | number : Value} Property
 */

/**
 * @template {keyof Tags} Name
 * @param {Name} name
 * @param {{ [Key in keyof Tags[Name]]?: Property<Tags[Name][Key]> }} properties
 * @param {(Node | string)[]} children
 * @returns {Tags[Name]}
 */
export function element(name, properties = {}, children = []) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
export function button(text, onClick) {
  const made = element("button", { type: "button", textContent: text });
  made.addEventListener("click", onClick);
  return made;
}

/**
 * A paragraph that a screen reader reads out at once.
 *
 * @param {string} text
 */
export function alertMessage(text, className = "") {
  const message = element("p", { className, textContent: text });
  message.setAttribute("role", "alert");
  return message;
}

/**
 * @param {Node} content
 * @param {string} text
 */
export function addCaption(content, text) {
  const caption = element("figcaption", { textContent: text });
  return { root: element("figure", {}, [content, caption]), caption };
}

/**
 * Where in an element a pointer's event happened: shares of its width and of its height.
 *
 * @param {MouseEvent} event
 * @param {Element} place
 * @returns {[number, number]}
 */
export function pointerShares(event, place) {
  const { left, top, width, height } = place.getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / height];
}

/**
 * Hands the reader a file.
 *
 * @param {string} address
 * @param {string} name
 */
export function offerFile(address, name) {
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
