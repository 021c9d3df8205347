// Grey images: an array of numbers, row after row, becomes a canvas.

import { addCaption, element } from "./dom.js";

/**
 * @typedef {object} CaptionedImage
 * @property {HTMLElement} root
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} caption
 */

/**
 * An image of grey values times `factor`, cut to what lies between 0, black, and 255, white.
 *
 * @param {ArrayLike<number>} grey
 * @param {number} width
 * @param {number} height
 */
export function greyImage(grey, width, height, factor = 1) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let place = 0; place < pixels.length; place += 1) {
    const value = Math.min(255, Math.max(0, Math.round(grey[place] * factor)));
    pixels[place] = 0xff000000 | (value * 0x010101);
  }
  return image;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} grey
 */
export function paintGrey(canvas, grey, factor = 1) {
  contextOf(canvas).putImageData(greyImage(grey, canvas.width, canvas.height, factor), 0, 0);
}

/**
 * What one draws on a canvas with.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser draws on no canvas.");
  return context;
}

/**
 * A canvas of so many pixels, shown `shownWidth` wide.
 *
 * @param {number[]} shape height and width
 * @param {number} shownWidth
 */
export function newImage([height, width], shownWidth, className = "") {
  const canvas = element("canvas", { width, height, className: `image ${className}` });
  canvas.style.width = `${shownWidth}px`;
  return canvas;
}

/**
 * @param {number[]} shape height and width
 * @param {number} shownWidth
 * @param {string} text
 * @returns {CaptionedImage}
 */
export function newCaptionedImage(shape, shownWidth, text) {
  const canvas = newImage(shape, shownWidth);
  return { canvas, ...addCaption(canvas, text) };
}
