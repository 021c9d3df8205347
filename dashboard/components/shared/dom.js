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
 * @typedef {{ [Key in keyof Tags[Name]]?: Property<Tags[Name][Key]> } & Attributes} Properties
 */

/** @typedef {{ [Name in `aria-${string}` | `data-${string}`]?: string }} Attributes */

/**
 * An element with properties, and with attributes where their names say so.
 *
 * @template {keyof Tags} Name
 * @param {Name} name
 * @param {Properties<Name>} properties
 * @param {(Node | string)[]} children
 * @returns {Tags[Name]}
 */
export function element(name, properties = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(/** @type {Record<string, string>} */ (properties))) {
    // Older browsers have no property for a role.
    if (key === "role" || key.includes("-")) made.setAttribute(key, value);
    else Object.assign(made, { [key]: value });
  }
  made.append(...children);
  return made;
}

/**
 * @param {string} text
 * @param {() => void} onClick
 * @param {Properties<"button">} properties
 */
export function button(text, onClick, properties = {}) {
  const made = element("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", onClick);
  return made;
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
