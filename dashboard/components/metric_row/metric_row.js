// The browser side of metric_row.py: figures that follow the film of a run.

import { FilmFollower } from "../epoch_slider/state.js";
import { keeping } from "../shared/component.js";
import { button, element } from "../shared/dom.js";

/**
 * @import { Frame } from "../epoch_slider/state.js"
 *
 * @typedef {object} Metric
 * @property {string} label
 * @property {string} value
 * @property {string} comparison
 * @property {string} help
 * @property {[number, string, string][]} at epoch, value and comparison
 * @property {[string, number] | null} counted name of an array, and a threshold
 *
 * @typedef {object} MetricData what metric_row.py sends
 * @property {string} run
 * @property {Metric[]} metrics
 * @property {Record<string, string>} texts
 */

class MetricBoard {
  /** @type {MetricData} */
  data;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.follower = new FilmFollower(() => this.draw());
    this.root = element("div", { className: "metrics board", "data-testid": "metrics" });
    parent.append(this.root);
  }

  /** @param {MetricData} data */
  update(data) {
    const isSame = JSON.stringify(data) === JSON.stringify(this.data);
    this.data = data;
    this.follower.follow(data.run);
    if (!isSame) this.draw();
  }

  draw() {
    const { metrics } = this.data;
    const focused = [...this.root.querySelectorAll(".help")].findIndex((one) =>
      one.matches(":focus"),
    );
    this.root.replaceChildren(...metrics.map((metric) => this.show(metric)));
    const again = this.root.querySelectorAll(".help")[focused];
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  close() {
    this.follower.leave();
    this.root.remove();
  }

  /** @param {Metric} metric */
  show(metric) {
    const { texts } = this.data;
    const { frame } = this.follower;
    const shown = frame ? inFrame(metric, frame) : { ...metric, isNewest: false };
    const bubble = element("span", { role: "tooltip", textContent: metric.help });
    const label = `${texts.help} ${metric.help}`;
    const help = button("?", () => help.focus(), { className: "help", "aria-label": label });
    help.append(bubble);
    const value = element("dd", {
      className: "value",
      textContent: shown.value,
      "data-note": `(${texts.newest})`,
    });
    return element("dl", { className: shown.isNewest ? "isNewest" : "" }, [
      element("dt", {}, [metric.label, help]),
      value,
      element("dd", { className: "comparison", textContent: shown.comparison }),
    ]);
  }
}

/**
 * What a metric is at an epoch of the film.
 *
 * @param {Metric} metric
 * @param {Frame} frame
 */
function inFrame({ value, comparison, at, counted }, { epoch, arrays }) {
  const stored = counted && arrays[counted[0]];
  if (counted && stored) {
    const count = [...stored.values].filter((one) => one > counted[1]).length;
    return { value: String(count), comparison, isNewest: false };
  }
  const found = at.filter(([one]) => one <= epoch).at(-1);
  if (!found) return { value, comparison, isNewest: true };
  return { value: found[1], comparison: found[2], isNewest: false };
}

export default keeping(MetricBoard);
