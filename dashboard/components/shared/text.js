// Words and numbers as the reader sees them.

/**
 * A text with its {names} replaced.
 *
 * @param {string} text
 * @param {Record<string, unknown>} words
 */
export function fill(text, words) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(words[name]));
}

/**
 * A whole number with its thousands apart.
 *
 * @param {number} value
 */
export function groupDigits(value) {
  return value.toLocaleString("en");
}

/**
 * Three digits, without zeros at the end.
 *
 * @param {number} value
 */
export function formatShort(value) {
  if (value === 0) return "0";
  const isFar = Math.abs(value) < 0.001 || Math.abs(value) >= 1e5;
  const digits = isFar ? value.toExponential(1) : value.toPrecision(3);
  return String(Number(digits)).replace("-", "−");
}
