// The browser side of latent_explorer.py: hands what arrives to the explorer of a run.
//
// Codes come with Streamlit's data; images and weights are fetched from the server's addresses of
// the run, once for each state of them. Nothing that the visitor does here asks the server.

import { Autoencoder } from "./autoencoder.js";
import { Explorer } from "./explorer.js";
import { readRun } from "./run.js";
import { keeping } from "../shared/component.js";
import { element } from "../shared/dom.js";

class ExplorerBoard {
  /** @type {Explorer | undefined} */
  explorer;
  /** @type {string | undefined} what the explorer was made for */
  layout;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = element("div", { className: "explorer board", "data-testid": "explorer" });
    this.autoencoder = new Autoencoder(
      () => this.layout && this.explorer?.refresh(),
      (error) => this.fail(error),
    );
    parent.append(this.root);
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    let run;
    try {
      run = readRun(bytes);
    } catch (error) {
      this.fail(/** @type {Error} */ (error));
      return;
    }
    const { address, size, shape, scale, texts, order, numClasses } = run;
    const layout = JSON.stringify([address, size, shape, scale, texts, order, numClasses]);
    if (!this.explorer || layout !== this.layout) {
      this.explorer?.close();
      this.explorer = new Explorer(run, this.autoencoder, this.root);
      this.layout = layout;
    }
    this.autoencoder.load(run);
    this.explorer.show(run);
  }

  /**
   * Says that something is missing; the next data try again.
   *
   * @param {Error} error
   */
  fail(error) {
    const fallback = "The weights did not arrive whole. Reload the page.";
    const textContent = `${this.explorer?.run.texts.broken ?? fallback} (${error.message})`;
    this.root.replaceChildren(element("p", { className: "broken", role: "alert", textContent }));
    this.layout = undefined;
    this.autoencoder.forget();
  }

  close() {
    this.explorer?.close();
    this.root.remove();
  }
}

export default keeping(ExplorerBoard);
