// The keyboard's way through a lesson: from the guess to Train, and from Train to the guide.
//
// Streamlit leaves Ctrl+Enter to whatever has the focus, and the focus nowhere where a button goes.

const TRAIN = ".st-key-train button";
const GUIDE = ".st-key-guide";

/** Controls in which Ctrl+Enter means nothing of their own. */
const IDLE = ["radio", "checkbox", "range"];

/** How long a page takes to put another button in the place of one, in milliseconds. */
const PATIENCE = 400;

let isListening = false;

export default function keepFocus() {
  if (isListening) return;
  isListening = true;
  document.addEventListener("keydown", train, { capture: true }); // radios keep it to themselves
  document.addEventListener("focusout", ({ target }) => {
    if (target instanceof Element && target.closest(`${TRAIN}, ${GUIDE}`)) {
      setTimeout(() => catchFocus(target), PATIENCE);
    }
  });
}

/** @param {KeyboardEvent} event */
function train(event) {
  const { target } = event;
  if (event.key !== "Enter" || !event.ctrlKey || !(target instanceof HTMLInputElement)) return;
  const button = document.querySelector(TRAIN);
  if (IDLE.includes(target.type) && button instanceof HTMLElement) button.click();
}

/**
 * Gives the focus to the guide, if what had it is gone.
 *
 * @param {Element} before
 */
function catchFocus(before) {
  const guide = document.querySelector(GUIDE);
  if (before.isConnected || document.activeElement !== document.body) return;
  if (!(guide instanceof HTMLElement)) return;
  guide.tabIndex = -1;
  guide.focus({ preventScroll: true });
}
