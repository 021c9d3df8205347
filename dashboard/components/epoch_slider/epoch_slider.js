// The browser side of epoch_slider.py: a bar that chooses the epoch on show, and fetches the epochs.

import { fetchArrays } from "../shared/bytes.js";
import { keeping } from "../shared/component.js";
import { button, element } from "../shared/dom.js";
import { filmOf, showFrame } from "./state.js";
import { fill, fixed, groupDigits } from "../shared/text.js";

/**
 * @import { Film } from "./state.js"
 * @import { Tell } from "../shared/component.js"
 */

/**
 * What epoch_slider.py sends.
 *
 * @typedef {object} FilmData
 * @property {string} run
 * @property {string} address of the run
 * @property {number[]} epochs stored ones
 * @property {number} newest
 * @property {number} last
 * @property {[number, number | null, number | null][]} losses epoch, training and held-out
 * @property {number} digits of a loss
 * @property {number} seconds that the whole film takes
 * @property {number[]} speeds
 * @property {{ number: number, seconds: number, isAsked: boolean } | null} [replay] to be played once
 * @property {boolean} asks whether the server wants to know where the film rests
 * @property {number | null} shown the epoch of what does not follow the film by itself
 * @property {Record<string, string>} texts
 */

const FETCHED_AT_ONCE = 4;

/** How long the film stays where it is before the server is told, in milliseconds. */
const REST = 250;

/** The replay that was played last: a page that is opened again does not play it once more. */
let replayed = 0;

class FilmBar {
  /** @type {FilmData} */
  data;
  /** @type {Film} */
  film;
  /** @type {number | null} an epoch; null follows the newest */
  chosen = null;
  /** Whether the visitor has used the bar; only then are epochs fetched. */
  isOpen = false;
  isClosed = false;
  /** @type {Set<number>} epochs that are being fetched */
  pending = new Set();
  /** @type {Set<number>} epochs that could not be fetched */
  failed = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} runs while the film plays */
  clock;
  progress = 0;
  seen = 0;
  /** @type {number | undefined} seconds of the replay that is under way */
  replaySeconds;
  /** @type {ReturnType<typeof setTimeout> | undefined} runs while the film begins to rest */
  resting;
  /** What the server was told last, of where the film rests and of replays that are over. */
  told = "";
  toldReplay = 0;

  /**
   * @param {HTMLElement} parent
   * @param {Tell} tell
   */
  constructor(parent, tell) {
    this.tell = tell;
    this.empty = element("div", { className: "empty" });
    this.playButton = button("▶", () => this.toggle(), { className: "play" });
    this.speed = element("select");
    this.slider = element("input", { type: "range", min: 0, step: 1 });
    this.slider.addEventListener("input", () => {
      this.pause();
      this.choose(this.data.epochs[Number(this.slider.value)]);
    });
    this.epochText = element("span", { className: "epoch" });
    this.newestButton = button("", () => this.follow());
    this.losses = element("span", { className: "losses" });
    this.loading = element("span", { className: "loading" });
    this.message = element("span", { className: "message", role: "status" });
    this.note = element("span", { className: "note" });
    const tools = [this.playButton, this.speed, this.slider, this.epochText, this.newestButton];
    this.rows = [
      element("div", { className: "row" }, tools),
      element("div", { className: "row" }, [this.losses, this.loading, this.message, this.note]),
    ];
    const content = [this.empty, ...this.rows];
    this.root = element("div", { className: "film board", "data-testid": "film" }, content);
    parent.append(this.root);
  }

  /** @param {FilmData} data */
  update(data) {
    if (data.run !== this.data?.run) this.change(data.run);
    this.data = data;
    const { texts } = data;
    this.speed.setAttribute("aria-label", texts.speed);
    if (!this.speed.options.length) {
      for (const speed of data.speeds) {
        this.speed.add(new Option(`${speed}×`, String(speed), speed === 1, speed === 1));
      }
    }
    this.slider.setAttribute("aria-label", texts.slider);
    this.newestButton.textContent = texts.newest;
    this.newestButton.title = texts.toNewest;
    this.empty.textContent = texts.empty;
    if (this.chosen !== null && !data.epochs.includes(this.chosen)) this.follow();
    if (this.isOpen) this.fetchMore();
    this.replay();
    this.rest();
    this.draw();
  }

  /** Plays the film in place of a training, once; by itself only to whoever wants motion. */
  replay() {
    const { replay, epochs } = this.data;
    if (!replay || !epochs.length) return;
    if (replay.number !== replayed) {
      replayed = replay.number;
      if (replay.isAsked || !matchMedia("(prefers-reduced-motion: reduce)").matches) {
        this.follow();
        this.toggle();
        this.replaySeconds = replay.seconds;
      }
    }
    this.endReplay();
  }

  /** Tells the server, once, that no replay is under way (any more). */
  endReplay() {
    const { replay } = this.data;
    if (this.replaySeconds || !replay || this.toldReplay === replay.number) return;
    this.toldReplay = replay.number;
    this.tell("replayed", replay.number);
  }

  /** Tells the server where the film has come to rest, if it wants to know. */
  rest() {
    clearTimeout(this.resting);
    if (!this.data.asks || this.clock) return;
    const state = { run: this.data.run, epoch: this.chosen };
    const text = JSON.stringify(state);
    const isKnown = text === this.told || (this.chosen === null && !this.told);
    if (isKnown) return;
    this.resting = setTimeout(() => {
      this.told = text;
      this.tell("rest", state);
    }, REST);
  }

  /**
   * Leaves the film of one run for that of another.
   *
   * @param {string} run
   */
  change(run) {
    this.leave();
    Object.assign(this, { chosen: null, isOpen: false, pending: new Set(), failed: new Set() });
    this.film = filmOf(run);
  }

  /** Boards show the newest state again, and the fetched epochs are let go. */
  leave() {
    this.pause();
    if (!this.data) return;
    showFrame(this.data.run, null);
    filmOf(this.data.run).frames.clear();
  }

  // What is chosen

  /**
   * Shows a stored epoch, as soon as it is here.
   *
   * @param {number} [epoch]
   */
  choose(epoch) {
    if (epoch === undefined) return;
    this.chosen = epoch;
    this.failed.delete(epoch);
    this.isOpen = true;
    this.fetchMore();
    this.publish();
  }

  /** Back to what the server draws. */
  follow() {
    this.pause();
    this.chosen = null;
    this.publish();
  }

  publish() {
    const { run } = this.data;
    if (this.chosen === null) showFrame(run, null);
    else {
      const isFailed = this.failed.has(this.chosen);
      const arrays = this.film.frames.get(this.chosen) ?? (isFailed ? {} : null);
      const isShown = this.film.frame?.arrays === arrays;
      if (arrays && !isShown) showFrame(run, { epoch: this.chosen, arrays });
    }
    this.rest();
    this.draw();
  }

  // Playing: the clock runs only while the epoch it has reached is here.

  toggle() {
    if (this.clock) {
      this.pause();
      this.rest();
      this.draw();
      return;
    }
    const { epochs } = this.data;
    const place = this.chosen === null ? -1 : epochs.indexOf(this.chosen);
    const start = place < 0 || place === epochs.length - 1 ? 0 : place;
    this.progress = start / epochs.length;
    this.seen = performance.now();
    this.clock = setInterval(() => this.advance(), 30);
    this.choose(epochs[start]);
  }

  advance() {
    const now = performance.now();
    const passed = now - this.seen;
    this.seen = now;
    if (this.chosen === null || this.isWaitedFor(this.chosen)) return;
    const { epochs } = this.data;
    const seconds = this.replaySeconds ?? this.data.seconds;
    this.progress += (passed / 1000 / seconds) * Number(this.speed.value);
    const place = Math.floor(this.progress * epochs.length);
    if (place >= epochs.length) this.follow();
    else if (epochs[place] !== this.chosen) this.choose(epochs[place]);
  }

  pause() {
    clearInterval(this.clock);
    this.clock = undefined;
    const wasReplay = this.replaySeconds;
    this.replaySeconds = undefined;
    if (wasReplay) this.endReplay();
  }

  // Fetching: a few at a time, first what is waited for

  fetchMore() {
    while (this.pending.size < FETCHED_AT_ONCE) {
      const first = this.chosen === null ? [] : [this.chosen];
      const epoch = [...first, ...this.data.epochs].find((one) => this.isWanted(one));
      if (epoch === undefined) return;
      this.fetch(epoch);
    }
  }

  /** @param {number} epoch */
  isWaitedFor(epoch) {
    return !this.film.frames.has(epoch) && !this.failed.has(epoch);
  }

  /** @param {number} epoch */
  isWanted(epoch) {
    return this.isWaitedFor(epoch) && !this.pending.has(epoch);
  }

  /** @param {number} epoch */
  fetch(epoch) {
    const { film, pending, failed } = this;
    pending.add(epoch);
    fetchArrays(`${this.data.address}/snapshots/${epoch}`)
      .then(
        ({ arrays }) => void film.frames.set(epoch, arrays),
        () => void failed.add(epoch),
      )
      .then(() => {
        pending.delete(epoch);
        if (film !== this.film || this.isClosed) return;
        if (epoch === this.chosen) this.publish();
        this.fetchMore();
        this.draw();
      });
  }

  // What the bar says

  draw() {
    const { epochs, texts, newest, last } = this.data;
    this.empty.hidden = epochs.length > 0;
    for (const row of this.rows) row.hidden = !epochs.length;
    if (!epochs.length) return;
    const isNewest = this.chosen === null;
    const epoch = this.chosen ?? newest;
    this.playButton.textContent = this.clock ? "▮▮" : "▶";
    this.playButton.setAttribute("aria-label", this.clock ? texts.pause : texts.play);
    this.slider.max = String(epochs.length - 1);
    this.slider.value = String(isNewest ? epochs.length - 1 : epochs.indexOf(epoch));
    const text = fill(texts.epoch, { epoch: groupDigits(epoch), last: groupDigits(last) });
    this.epochText.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    this.newestButton.disabled = isNewest;
    this.losses.textContent = this.lossesText(epoch);
    this.drawState(epoch, isNewest);
  }

  /**
   * @param {number} epoch
   * @param {boolean} isNewest
   */
  drawState(epoch, isNewest) {
    const { epochs, texts } = this.data;
    const count = epochs.filter((one) => this.film.frames.has(one)).length;
    const isLoading = this.isOpen && this.pending.size > 0;
    const fetched = fill(texts.loading, { count, all: epochs.length });
    this.loading.textContent = isLoading ? fetched : "";
    const isMissing = !isNewest && this.failed.has(epoch);
    const playing = this.replaySeconds ? texts.replay : "";
    this.message.textContent = isMissing ? fill(texts.missing, { epoch }) : playing;
    const shown = this.data.shown ?? this.data.newest;
    this.note.textContent = isNewest || epoch === shown ? "" : texts.note;
  }

  /**
   * The losses recorded last at or before that epoch; an earlier epoch is named.
   *
   * @param {number} epoch
   */
  lossesText(epoch) {
    const { losses, digits, texts } = this.data;
    const found = losses.filter(([one]) => one <= epoch).at(-1);
    if (!found) return "";
    const [recorded, ...values] = found;
    const [train, heldOut] = values.map((one) => (one === null ? "–" : fixed(one, digits)));
    const text = fill(texts.losses, { train, heldOut });
    return recorded === epoch ? text : `${text} (${fill(texts.after, { epoch: recorded })})`;
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.resting);
    this.leave();
    this.root.remove();
  }
}

export default keeping(FilmBar);
