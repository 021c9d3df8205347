// What the browser components share. No module: browser.py joins this file with a component's own.

/**
 * The function that Streamlit calls at each rerun, always with the same parentElement: it makes one
 * `Board` per element, hands it the data, and closes it when the element has left the page.
 */
function keeping(Board) {
  const boards = new WeakMap();
  return ({ data, parentElement }) => {
    if (!boards.has(parentElement)) boards.set(parentElement, new Board(parentElement));
    boards.get(parentElement).update(data);
    return () => {
      // Streamlit also calls this when two reruns overtake each other, the element staying in place.
      if (parentElement.isConnected) return;
      boards.get(parentElement)?.close();
      boards.delete(parentElement);
    };
  };
}

/** The header of a buffer as `with_header` in browser.py writes it, and the bytes behind it. */
function splitHeader(bytes) {
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  return [header, bytes.subarray(start)];
}

/** What `with_arrays` in browser.py wrote: {meta, arrays: {name: {shape, values}}}. */
function readArrays(bytes) {
  const [header, content] = splitHeader(bytes);
  const arrays = {};
  let place = 0;
  for (const { name, dtype, shape } of header.arrays) {
    const type = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[dtype];
    const length = shape.reduce((product, size) => product * size, type.BYTES_PER_ELEMENT);
    if (place + length > content.length) throw new Error(`${name} is cut off`);
    const values = new type(content.slice(place, place + length).buffer); // a copy is aligned
    arrays[name] = { shape, values };
    place += length;
  }
  return { meta: header.meta, arrays };
}

/** Arrays from one of the server's addresses of a run (routes.py). */
async function fetchArrays(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return readArrays(new Uint8Array(await answer.arrayBuffer()));
}

/** An image of grey values times `factor`, cut to what lies between 0, black, and 255, white. */
function greyImage(grey, width, height, factor = 1) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let place = 0; place < pixels.length; place += 1) {
    const value = Math.min(255, Math.max(0, Math.round(grey[place] * factor)));
    pixels[place] = 0xff000000 | (value * 0x010101);
  }
  return image;
}

function paintGrey(canvas, grey, factor = 1) {
  canvas.getContext("2d").putImageData(greyImage(grey, canvas.width, canvas.height, factor), 0, 0);
}

/** A text with its {names} replaced. */
function fill(text, words) {
  return text.replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function button(text, onClick) {
  const made = element("button", { type: "button", textContent: text });
  made.addEventListener("click", onClick);
  return made;
}

/** Hands the reader a file. */
function offer(address, name) {
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

// Films: film.js chooses which stored epoch of a run is shown, and boards follow.

/** The film of a run. `frame` is null at the newest epoch, else {epoch, arrays}; `frames` holds
 * the arrays fetched so far, by epoch. */
function filmOf(run) {
  window.autoencoderLabFilms ??= {};
  return (window.autoencoderLabFilms[run] ??= { frame: null, frames: new Map(), followers: new Set() });
}

function showFrame(run, frame) {
  const film = filmOf(run);
  if (film.frame === frame) return;
  film.frame = frame;
  for (const follower of film.followers) follower.ask();
}

/** Calls `draw`, once per frame of the screen at most, when the film of a run has moved. */
class Follower {
  constructor(draw) {
    this.draw = draw;
  }

  follow(run) {
    if (run === this.run) return;
    this.leave();
    this.run = run;
    if (run) filmOf(run).followers.add(this);
  }

  get frame() {
    return this.run ? filmOf(this.run).frame : null;
  }

  ask() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = undefined;
      if (this.run) this.draw();
    });
  }

  leave() {
    if (this.run) filmOf(this.run).followers.delete(this);
    this.run = undefined;
  }
}
