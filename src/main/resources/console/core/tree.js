// Shows an answer whose members are not all known beforehand: pairs, lists of pairs, plain values.
import { h } from "./dom.js";
import { instant } from "./format.js";
import { word } from "./i18n.js";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

export function tree(value, depth = 0) {
  if (value === null || value === undefined || value === "") return h("span.dim", "—");
  if (typeof value !== "object") {
    const text = String(value);
    return INSTANT.test(text) ? h("time", { datetime: text, title: text }, instant(text)) : text;
  }
  if (depth > 5) return h("code", JSON.stringify(value));
  if (Array.isArray(value)) {
    return value.length === 0 ? h("span.dim", "—") : h("ul.times", value.map((one) => h("li", h("div", tree(one, depth + 1)))));
  }
  return h("dl.facts", Object.entries(value).map(([name, one]) =>
    h("div", h("dt", word("field", name).replaceAll("_", " ")), h("dd", tree(one, depth + 1)))));
}
