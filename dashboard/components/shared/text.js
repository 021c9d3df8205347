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
 * A number with so many decimals, as `fixed` in numbers.py: 1.6 × 10⁶ where it is far from what can
 * be read.
 *
 * @param {number} value
 * @param {number} digits
 */
export function fixed(value, digits) {
  if (!Number.isFinite(value) || Math.abs(value) < 1e5) return value.toFixed(digits);
  const [mantissa, exponent] = value.toExponential(1).split("e+");
  return `${mantissa} × 10${[...exponent].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
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
