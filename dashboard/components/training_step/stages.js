// The stages of an optimiser step: each fills a box with pictures and gives the sentence that tells
// what happens.

import { addCaption, element } from "../shared/dom.js";
import { newBars, newSign, newTable, sortFurthest, unravelIndex, writeLinear } from "./pieces.js";
import { fill, formatShort } from "../shared/text.js";
import { mean } from "../shared/vectors.js";

/** @import { SlowMotion } from "./training_step.js" */

const SHOWN_DIMENSIONS = 6;

/** @type {Record<string, (motion: SlowMotion, box: HTMLElement) => string>} */
export const STAGES = {
  encode(motion, box) {
    const { texts, arrays, scale } = motion.step;
    const inputs = motion.row("inputs");
    const codes = motion.row(arrays.means ? "means" : "codes");
    box.append(motion.picture(inputs, texts.input), newSign("→"));
    if (arrays.W) {
      box.append(writeLinear(arrays, "W", "b", inputs, "x", "z"));
      return texts.encodeLinear;
    }
    const deviations = arrays.deviations && motion.row("deviations");
    const caption = deviations ? `${texts.mean} ± ${texts.deviation}` : texts.code;
    box.append(addCaption(newBars(codes, deviations, scale), caption).root);
    const [place] = sortFurthest(codes);
    const largest = formatShort(codes[place]);
    const words = { inputs: inputs.length, codes: codes.length, largest, place: place + 1 };
    return fill(deviations ? texts.encodeCloud : texts.encode, words);
  },

  sample(motion, box) {
    const { texts } = motion.step;
    const names = ["means", "deviations", "noise", "codes"];
    const [means, deviations, noise, codes] = names.map((name) => motion.row(name));
    const places = sortFurthest(means).slice(0, SHOWN_DIMENSIONS);
    const rows = places.map((place) => {
      const [middle, spread, drawn, code] = [means, deviations, noise, codes].map((values) =>
        formatShort(values[place]),
      );
      return [String(place + 1), middle, "+", spread, "×", drawn, "=", code];
    });
    const { dimension, mean: middles, deviation, noise: drawn, code: sums } = texts;
    box.append(newTable([dimension, middles, "", deviation, "", drawn, "", sums], rows));
    return texts.sample;
  },

  decode(motion, box) {
    const { texts, arrays, scale } = motion.step;
    const [codes, outputs, inputs] = ["codes", "outputs", "inputs"].map((name) => motion.row(name));
    if (arrays.V) {
      const numbers = newTable([], [codes.map(formatShort)]);
      box.append(addCaption(numbers, texts.code).root, newSign("→"));
      box.append(writeLinear(arrays, "V", "c", codes, "z", "x′"));
      return texts.decodeLinear;
    }
    box.append(addCaption(newBars(codes, undefined, scale), texts.code).root, newSign("→"));
    box.append(motion.picture(outputs, texts.output));
    const error = formatShort(mean(outputs.map((value, i) => Math.abs(value - inputs[i]))));
    return fill(texts.decode, { codes: codes.length, outputs: outputs.length, error });
  },

  loss(motion, box) {
    const { texts, batch_size, sum, isImage } = motion.step;
    const [inputs, outputs] = [motion.row("inputs"), motion.row("outputs")];
    const differences = inputs.map((value, i) => value - outputs[i]);
    box.append(
      motion.picture(inputs, texts.input),
      newSign("−"),
      motion.picture(outputs, texts.output),
      newSign("→"),
      motion.picture(isImage ? differences.map(Math.abs) : differences, texts.difference),
    );
    return fill(texts.loss, { batch: batch_size, sum });
  },

  gradient(motion, box) {
    const { texts, arrays, variables } = motion.step;
    const norms = [...arrays.gradient_norms.values];
    const longest = Math.max(...norms, 1e-30);
    const rows = variables.map((name, index) => {
      const bar = element("div", { className: "bar" });
      bar.style.width = `${(100 * norms[index]) / longest}%`;
      return [name, formatShort(norms[index]), bar];
    });
    box.append(newTable([texts.variable, texts.gradientNorm, ""], rows));
    return fill(texts.gradient, { name: variables[norms.indexOf(Math.max(...norms))] });
  },

  update(motion, box) {
    const { texts, arrays, variables, shapes, terms, learning_rate } = motion.step;
    const norms = [...arrays.gradient_norms.values];
    const index = norms.indexOf(Math.max(...norms));
    const names = ["places", "values", "gradients", "changed"];
    const [places, values, gradients, changed] = names.map((name) => [
      ...arrays[`${name}/${index}`].values,
    ]);
    const rows = places.map((place, i) => [
      `[${unravelIndex(place, shapes[index]).join(", ")}]`,
      formatShort(values[i]),
      formatShort(gradients[i]),
      formatShort(changed[i] - values[i]),
      formatShort(changed[i]),
    ]);
    const { before, gradientColumn, change, after } = texts;
    box.append(newTable([variables[index], before, gradientColumn, change, after], rows));
    const total = terms.indexOf("total");
    const words = {
      rate: formatShort(learning_rate),
      name: variables[index],
      before: arrays.before.values[total].toPrecision(5),
      after: arrays.after.values[total].toPrecision(5),
    };
    return fill(texts.update, words) + (learning_rate === 0 ? ` ${texts.frozen}` : "");
  },
};
