// The camera of a three-dimensional figure, and the keys that move it.

/** @import { Camera } from "./plotly_library.js" */

/**
 * Angles in radians, and the distance, about the point that the camera looks at.
 *
 * @typedef {{ azimuth: number, elevation: number, distance: number }} View
 */

/** @type {Camera} */
export const FIRST_CAMERA = {
  eye: { x: 1.45, y: 1.45, z: 0.65 },
  center: { x: 0, y: 0, z: -0.15 },
  up: { x: 0, y: 0, z: 1 },
};

/** @type {Record<string, (view: View) => View>} */
export const CAMERA_KEYS = {
  ArrowLeft: (view) => ({ ...view, azimuth: view.azimuth - 0.12 }),
  ArrowRight: (view) => ({ ...view, azimuth: view.azimuth + 0.12 }),
  ArrowUp: (view) => ({ ...view, elevation: view.elevation + 0.08 }),
  ArrowDown: (view) => ({ ...view, elevation: view.elevation - 0.08 }),
  "+": (view) => ({ ...view, distance: view.distance / 1.1 }),
  "=": (view) => ({ ...view, distance: view.distance / 1.1 }),
  "-": (view) => ({ ...view, distance: view.distance * 1.1 }),
};

/**
 * The camera after a change of its view.
 *
 * @param {Camera} camera
 * @param {(view: View) => View} change
 * @returns {Camera}
 */
export function moveCamera(camera, change) {
  const { eye, center } = camera;
  const [x, y, z] = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
  const view = change({
    azimuth: Math.atan2(y, x),
    elevation: Math.atan2(z, Math.hypot(x, y)),
    distance: Math.hypot(x, y, z),
  });
  const elevation = Math.max(-1.5, Math.min(1.5, view.elevation)); // short of the pole
  const distance = Math.max(0.3, Math.min(6, view.distance));
  return {
    ...camera,
    up: FIRST_CAMERA.up,
    eye: {
      x: center.x + distance * Math.cos(elevation) * Math.cos(view.azimuth),
      y: center.y + distance * Math.cos(elevation) * Math.sin(view.azimuth),
      z: center.z + distance * Math.sin(elevation),
    },
  };
}
