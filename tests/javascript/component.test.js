import assert from "node:assert/strict";
import { test } from "node:test";

import { keeping } from "../../dashboard/components/shared/component.js";

/** @type {string[]} */
const events = [];

class Board {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.name = parent.id;
    events.push(`${this.name} made`);
  }

  /** @param {number} data */
  update(data) {
    events.push(`${this.name} shows ${data}`);
  }

  close() {
    events.push(`${this.name} closed`);
  }
}

/** @param {string} id */
function place(id) {
  return /** @type {HTMLElement} */ ({ id, isConnected: true });
}

test("each element has one board, which stays until the element has left the page", () => {
  const component = keeping(Board);
  const [one, other] = [place("one"), place("other")];
  const leave = component({ data: 1, parentElement: one });
  component({ data: 2, parentElement: other });
  leave(); // reruns overtake each other: the element is still there
  component({ data: 3, parentElement: one });
  Object.assign(one, { isConnected: false });
  leave();
  leave();
  assert.deepEqual(events, [
    "one made",
    "one shows 1",
    "other made",
    "other shows 2",
    "one shows 3",
    "one closed",
  ]);
});
