import { get } from "../core/api.js";
import { h, s } from "../core/dom.js";
import { clock, count, instant, percent } from "../core/format.js";
import { t } from "../core/i18n.js";
import { block } from "../core/live.js";
import { card, empty, figure, heading, select } from "../core/parts.js";
import { go } from "../core/router.js";

const HOURS = [6, 12, 24, 48];
const MINUTE = 60_000;
const CELL = 14;

export const title = () => t("nav.forecast");

export function render({ query, signal }) {
  const hours = HOURS.includes(Number(query.get("hours"))) ? Number(query.get("hours")) : 12;
  return h("div.stack",
    heading(title(), select(HOURS.map((n) => [String(n), t("forecast.hours", { n })]), String(hours),
      { "aria-label": t("forecast.range"), onchange: (e) => go(`/forecast?hours=${e.target.value}`) })),
    block(signal, (sig) => get(`/forecast?hours=${hours}`, sig), view, { refresh: 30_000, rows: 14 }));
}

function view(forecast) {
  if (forecast.total === 0) return card(null, empty(t("dash.next.none")));
  const from = new Date(forecast.from).getTime();
  const top = Math.max(...forecast.minutes);
  const low = quietest(forecast.minutes);
  const busiest = forecast.minutes.map((fires, i) => ({ fires, at: from + i * MINUTE })).sort((a, b) => b.fires - a.fires || a.at - b.at)[0];
  return h("div.stack",
    forecast.sampled < 1 ? h("div.warning", t("forecast.sampled", { p: percent(forecast.sampled) })) : null,
    forecast.incomplete ? h("div.warning", t("tasks.incomplete")) : null,
    h("div.figures",
      figure(t("forecast.total"), count(forecast.total), t("forecast.hours", { n: forecast.hours })),
      figure(t("forecast.busiest"), count(busiest.fires), instant(busiest.at).slice(0, 16)),
      figure(t("forecast.mean"), count(Math.round(forecast.total / forecast.minutes.length)), t("forecast.per.minute")),
      figure(t("forecast.tasks"), count(forecast.tasks), percent(forecast.sampled))),
    card(null, h("div.spread", h("h2", t("forecast.map")), legend(low, top)), heat(forecast.minutes, from, low, top)),
    card(t("forecast.crowded"), crowded(forecast.crowded)));
}

/** The fewest fires of a minute that has any; the first minute has partly passed and does not count. */
const quietest = (minutes) => Math.min(...minutes.filter((fires, i) => fires > 0 && (i > 0 || minutes.length === 1)), Math.max(...minutes));

/** A logarithmic scale from the quietest to the busiest minute: one crowded minute would make all others look alike. */
function level(fires, low, top) {
  if (fires === 0) return 0;
  if (top === low) return 2;
  return 1 + Math.min(4, Math.floor((Math.log1p(Math.max(0, fires - low)) / Math.log1p(top - low)) * 5));
}

const legend = (low, top) =>
  h("span.legend", { "aria-hidden": "true" }, h("i.h0"), "0", [1, 2, 3, 4, 5].map((n) => [n === 1 ? ` ${count(low)}` : null, h(`i.h${n}`)]), ` ${count(top)}`);

/** Rows are hours of the clock, columns their minutes. */
function heat(minutes, from, low, top) {
  const first = new Date(from);
  const lead = first.getMinutes();
  const rows = Math.ceil((minutes.length + lead) / 60);
  const cells = minutes.map((fires, i) => {
    const place = i + lead;
    return s(`rect.h${level(fires, low, top)}`, { x: (place % 60) * CELL, y: Math.floor(place / 60) * CELL * 1.6, width: CELL, height: CELL * 1.6, rx: 2 },
      s("title", `${instant(from + i * MINUTE).slice(0, 16)} — ${count(fires)}`));
  });
  const hour = (i) => clock(from - lead * MINUTE + i * 60 * MINUTE).slice(0, 5);
  const each = rows > 26 ? 2 : 1;
  return h("div.heat",
    h("div.hours", { "aria-hidden": "true" }, Array.from({ length: rows }, (none, i) => h("span", i % each ? "" : hour(i)))),
    s("svg", { viewBox: `0 0 ${60 * CELL} ${rows * CELL * 1.6}`, preserveAspectRatio: "none", height: rows * 22, role: "img", "aria-label": t("forecast.map.label", { n: count(top) }) }, cells),
    h("div.axis", { "aria-hidden": "true" }, [":00", ":15", ":30", ":45", ":59"].map((text) => h("span", text))));
}

function crowded(seconds) {
  if (seconds.length === 0) return empty(t("forecast.crowded.none"));
  return [
    h("p.dim", t("forecast.crowded.text")),
    h("ul.times", seconds.slice(0, 10).map((second) => h("li", h("span", instant(second.at)), h("span", t("forecast.fires", { n: count(second.fires) }))))),
  ];
}
