import assert from "node:assert/strict";
import { test } from "node:test";

import { CAMERA_KEYS, FIRST_CAMERA, moveCamera } from "../../dashboard/components/plots/camera.js";

/** @import { Camera } from "../../dashboard/components/plots/plotly_library.js" */

/** @param {Camera} camera */
function distanceOf({ eye, center }) {
  return Math.hypot(eye.x - center.x, eye.y - center.y, eye.z - center.z);
}

/**
 * @param {Camera} one
 * @param {Camera} other
 */
function assertSame(one, other) {
  for (const axis of /** @type {const} */ (["x", "y", "z"])) {
    assert.ok(Math.abs(one.eye[axis] - other.eye[axis]) < 1e-9, axis);
  }
  assert.deepEqual([one.center, one.up], [other.center, other.up]);
}

test("arrows turn about the same point at the same distance, and opposite ones back", () => {
  for (const [key, back] of [
    ["ArrowLeft", "ArrowRight"],
    ["ArrowUp", "ArrowDown"],
  ]) {
    const turned = moveCamera(FIRST_CAMERA, CAMERA_KEYS[key]);
    assert.ok(Math.abs(distanceOf(turned) - distanceOf(FIRST_CAMERA)) < 1e-9);
    assert.notDeepEqual(turned.eye, FIRST_CAMERA.eye);
    assertSame(moveCamera(turned, CAMERA_KEYS[back]), FIRST_CAMERA);
  }
});

test("plus comes nearer and minus goes back, within limits", () => {
  const near = moveCamera(FIRST_CAMERA, CAMERA_KEYS["+"]);
  assert.ok(distanceOf(near) < distanceOf(FIRST_CAMERA));
  assertSame(moveCamera(near, CAMERA_KEYS["-"]), FIRST_CAMERA);
  for (const [key, limit] of /** @type {[string, number][]} */ ([
    ["+", 0.3],
    ["-", 6],
  ])) {
    let camera = FIRST_CAMERA;
    for (let press = 0; press < 100; press += 1) camera = moveCamera(camera, CAMERA_KEYS[key]);
    assert.ok(Math.abs(distanceOf(camera) - limit) < 1e-9);
  }
});

test("no key turns the camera over the pole", () => {
  let camera = FIRST_CAMERA;
  for (let press = 0; press < 100; press += 1) camera = moveCamera(camera, CAMERA_KEYS.ArrowUp);
  const { eye, center } = camera;
  const elevation = Math.atan2(eye.z - center.z, Math.hypot(eye.x - center.x, eye.y - center.y));
  assert.ok(elevation < Math.PI / 2 && elevation > 1.4);
});
