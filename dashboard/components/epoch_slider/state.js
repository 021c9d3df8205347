// Which stored epoch of a run is shown: epoch_slider.js chooses it, and boards follow.

import { oncePerFrame } from "../shared/timing.js";

/** @import { StoredArrays } from "../shared/bytes.js" */

/**
 * @typedef {{ epoch: number, arrays: StoredArrays }} Frame
 *
 * @typedef {object} Film
 * @property {Frame | null} frame what is shown; null at the newest epoch
 * @property {Map<number, StoredArrays>} frames what has been fetched, by epoch
 * @property {Set<FilmFollower>} followers
 */

/**
 * The film of a run. It belongs to the page: each component is a module of its own.
 *
 * @param {string} run
 * @returns {Film}
 */
export function filmOf(run) {
  const films = (window.autoencoderLabFilms ??= {});
  return (films[run] ??= { frame: null, frames: new Map(), followers: new Set() });
}

/**
 * @param {string} run
 * @param {Frame | null} frame
 */
export function showFrame(run, frame) {
  const film = filmOf(run);
  if (film.frame === frame) return;
  film.frame = frame;
  for (const follower of film.followers) follower.ask();
}

/** Calls `draw`, once per frame of the screen at most, when the film of a run has moved. */
export class FilmFollower {
  /** @type {string | undefined} */
  run;

  /** @param {() => void} draw */
  constructor(draw) {
    this.ask = oncePerFrame(() => this.run && draw());
  }

  /** @param {string} [run] */
  follow(run) {
    if (run === this.run) return;
    this.leave();
    this.run = run;
    if (run) filmOf(run).followers.add(this);
  }

  get frame() {
    return this.run ? filmOf(this.run).frame : null;
  }

  leave() {
    if (this.run) filmOf(this.run).followers.delete(this);
    this.run = undefined;
  }
}
