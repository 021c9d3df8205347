import assert from "node:assert/strict";
import { test } from "node:test";

import { oncePerFrame } from "../../dashboard/components/shared/timing.js";

test("however often it is called, an action is done once with each frame of the screen", () => {
  /** @type {FrameRequestCallback[]} */
  const frames = [];
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  let done = 0;
  const ask = oncePerFrame(() => void (done += 1));
  for (let turn = 1; turn <= 2; turn += 1) {
    ask();
    ask();
    assert.equal(frames.length, turn);
    frames[turn - 1](0);
    assert.equal(done, turn);
  }
});
