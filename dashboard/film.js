// The browser side of film.py: a bar that chooses the epoch on show, and fetches the epochs.
//
// Shared functions, and the film that pictures follow (`filmOf`), are those of browser.js.

const FETCHED_AT_ONCE = 4;

class Bar {
  constructor(parent) {
    this.chosen = null; // an epoch; null follows the newest
    this.root = element("div", { className: "film" });
    this.root.dataset.testid = "film";
    this.empty = element("div", { className: "empty" });
    this.build();
    parent.append(this.root);
  }

  build() {
    this.playButton = button("▶", () => this.toggle());
    this.playButton.className = "play";
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
    this.message = element("span", { className: "message" });
    this.message.setAttribute("role", "status");
    this.note = element("span", { className: "note" });
    const tools = [this.playButton, this.speed, this.slider, this.epochText, this.newestButton];
    this.rows = [
      element("div", { className: "row" }, tools),
      element("div", { className: "row" }, [this.losses, this.loading, this.message, this.note]),
    ];
    this.root.append(this.empty, ...this.rows);
  }

  update(data) {
    if (data.run !== this.data?.run) this.change(data.run);
    this.data = data;
    const { texts } = data;
    this.root.style.fontSize = `${data.scale}rem`;
    this.speed.setAttribute("aria-label", texts.speed);
    if (!this.speed.options.length) {
      for (const speed of data.speeds) this.speed.add(new Option(`${speed}×`, speed, speed === 1, speed === 1));
    }
    this.slider.setAttribute("aria-label", texts.slider);
    this.newestButton.textContent = texts.newest;
    this.newestButton.title = texts.toNewest;
    this.empty.textContent = texts.empty;
    if (this.chosen !== null && !data.epochs.includes(this.chosen)) this.follow();
    if (this.isOpen) this.fetchMore();
    this.draw();
  }

  /** Leaves the film of one run for that of another. */
  change(run) {
    this.pause();
    if (this.data) {
      showFrame(this.data.run, null);
      filmOf(this.data.run).frames.clear();
    }
    Object.assign(this, { chosen: null, isOpen: false, pending: new Set(), failed: new Set() });
    this.film = run && filmOf(run);
  }

  // What is chosen

  /** Shows a stored epoch, as soon as it is here. */
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
    const arrays = this.film.frames.get(this.chosen) ?? (this.failed.has(this.chosen) ? {} : null);
    if (this.chosen === null) showFrame(run, null);
    else if (arrays && this.film.frame?.arrays !== arrays) showFrame(run, { epoch: this.chosen, arrays });
    this.draw();
  }

  // Playing: the clock runs only while the epoch it has reached is here.

  toggle() {
    if (this.clock) {
      this.pause();
      this.draw();
      return;
    }
    const { epochs } = this.data;
    const place = epochs.indexOf(this.chosen);
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
    if (!this.film.frames.has(this.chosen) && !this.failed.has(this.chosen)) return;
    const { epochs, seconds } = this.data;
    this.progress += (passed / 1000 / seconds) * Number(this.speed.value);
    const place = Math.floor(this.progress * epochs.length);
    if (place >= epochs.length) this.follow();
    else if (epochs[place] !== this.chosen) this.choose(epochs[place]);
  }

  pause() {
    clearInterval(this.clock);
    this.clock = undefined;
  }

  // Fetching: a few at a time, first what is waited for

  fetchMore() {
    while (this.pending.size < FETCHED_AT_ONCE) {
      const epoch = [this.chosen, ...this.data.epochs].find((one) => this.isWanted(one));
      if (epoch === undefined) return;
      this.fetch(epoch);
    }
  }

  isWanted(epoch) {
    const known = this.film.frames.has(epoch) || this.pending.has(epoch) || this.failed.has(epoch);
    return epoch !== null && !known;
  }

  fetch(epoch) {
    const { film, pending, failed } = this;
    pending.add(epoch);
    fetchArrays(`${this.data.address}/snapshots/${epoch}`)
      .then(
        ({ arrays }) => film.frames.set(epoch, arrays),
        () => failed.add(epoch),
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
    this.playButton.textContent = this.clock ? "▮▮" : "▶";
    this.playButton.setAttribute("aria-label", this.clock ? texts.pause : texts.play);
    this.slider.max = epochs.length - 1;
    this.slider.value = isNewest ? epochs.length - 1 : epochs.indexOf(this.chosen);
    const epoch = isNewest ? newest : this.chosen;
    const number = (value) => value.toLocaleString("en");
    const text = texts.epoch.replace("{epoch}", number(epoch)).replace("{last}", number(last));
    this.epochText.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    this.newestButton.disabled = isNewest;
    this.losses.textContent = this.lossesText(epoch);
    this.drawState(epoch, isNewest);
  }

  drawState(epoch, isNewest) {
    const { epochs, texts } = this.data;
    const count = epochs.filter((one) => this.film.frames.has(one)).length;
    const isLoading = this.isOpen && this.pending.size > 0;
    const fetched = texts.loading.replace("{count}", count).replace("{all}", epochs.length);
    this.loading.textContent = isLoading ? fetched : "";
    const isMissing = !isNewest && this.failed.has(epoch);
    this.message.textContent = isMissing ? texts.missing.replace("{epoch}", epoch) : "";
    this.note.textContent = isNewest ? "" : texts.note;
  }

  /** The losses recorded last at or before that epoch; an earlier epoch is named. */
  lossesText(epoch) {
    const { losses, digits, texts } = this.data;
    const found = losses.filter(([one]) => one <= epoch).at(-1);
    if (!found) return "";
    const [recorded, ...values] = found;
    const [train, heldOut] = values.map((value) => value?.toFixed(digits) ?? "–");
    const text = texts.losses.replace("{train}", train).replace("{heldOut}", heldOut);
    return recorded === epoch ? text : `${text} (${texts.after.replace("{epoch}", recorded)})`;
  }

  close() {
    this.isClosed = true;
    this.change(undefined);
    this.root.remove();
  }
}

export default keeping(Bar);
