// When things are done.

/**
 * A function that has `action` done with the next frame of the screen, however often it is called.
 *
 * @param {() => void} action
 */
export function oncePerFrame(action) {
  /** @type {number | undefined} */
  let frame;
  return () => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      action();
    });
  };
}
