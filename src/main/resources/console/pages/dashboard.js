import { get } from "../core/api.js";
import { h } from "../core/dom.js";
import { ago, clock, count, millis, percent } from "../core/format.js";
import { t } from "../core/i18n.js";
import { block } from "../core/live.js";
import { badge, bars, card, empty, figure, heading, table, time } from "../core/parts.js";
import { fromStats } from "../core/stats.js";

export const title = () => t("nav.dashboard");

export function render({ signal }) {
  return h("div.stack",
    heading(title(), h("a.button.primary", { href: "/new" }, t("task.new"))),
    block(signal, load, figures, { refresh: 3_000, rows: 4, live: false }),
    h("div.columns.wide-left",
      card(t("dash.next"), block(signal, (s) => get("/forecast?hours=1", s), nextMinutes, { refresh: 15_000, rows: 5 })),
      card(t("dash.members"), block(signal, (s) => get("/cluster", s), members, { refresh: 5_000 }))),
    h("div.columns.wide-left",
      card(t("dash.busiest"), block(signal, (s) => get("/stats?window=10m", s), busiest, { refresh: 5_000 })),
      card(t("dash.running"), block(signal, (s) => get("/tasks?state=running&limit=8", s), running, { refresh: 5_000 }))),
    card(t("dash.failing"), block(signal, (s) => get("/tasks?state=dead&limit=8", s), failing, { refresh: 10_000, live: true })));
}

async function load(signal) {
  const [cluster, stats] = await Promise.all([get("/cluster", signal), optional(get("/stats?window=10m", signal))]);
  return { members: cluster.members, warnings: cluster.warnings ?? [], stats: stats && fromStats(stats) };
}

/** Null for what this member does not have. */
async function optional(answer) {
  try {
    return await answer;
  } catch (e) {
    if (e.status === 404 || e.status === 400) return null;
    throw e;
  }
}

function figures({ members: all, warnings, stats }) {
  const sum = (name) => all.reduce((n, m) => n + (m[name] ?? 0), 0);
  const none = t("unavailable.short");
  return [
    warnings.map((text) => h("div.warning", { role: "alert" }, text)),
    h("div.figures",
      figure(t("dash.tasks"), count(sum("tasks")), t("dash.tasks.hint", { n: count(sum("runs")) })),
      figure(t("dash.fires.window"), stats ? count(stats.fires) : "—", stats ? t("dash.window", { late: count(stats.late), missed: count(stats.misfires) }) : none),
      figure(t("dash.failures"), stats ? count(stats.failures) : "—", stats ? percent(stats.share) : none),
      figure(t("dash.lag"), stats ? millis(stats.lagP99) : "—", stats ? t("dash.lag.hint", { v: millis(stats.lagP50) }) : none),
      figure(t("dash.members"), count(all.length), t("dash.leader", { n: all.filter((m) => m.slice_leader).length }))),
  ];
}

function nextMinutes(forecast) {
  if (forecast.total === 0) return empty(t("dash.next.none"));
  const from = new Date(forecast.from).getTime();
  const at = (i) => clock(new Date(from + i * 60_000)).slice(0, 5);
  const values = forecast.minutes.map((fires, i) => ({ value: fires, tone: fires ? "accent" : "none", title: `${at(i)}: ${count(fires)}` }));
  return [
    bars(values, t("forecast.chart", { n: count(forecast.total) }), 110),
    h("div.axis", h("span", at(0)), h("span", at(20)), h("span", at(40)), h("span", at(59))),
    h("p.hint", t("dash.next.total", { n: count(forecast.total) }), forecast.sampled < 1 ? ` · ${t("forecast.sampled", { p: percent(forecast.sampled) })}` : ""),
  ];
}

const members = (cluster) =>
  h("ul.times", cluster.members.map((m) =>
    h("li", h("span", h("a.name", { href: "/cluster" }, m.address ?? m.id), m.slice_leader ? h("span.sub", t("cluster.leader")) : null),
      h("span.dim", t("dash.member", { n: count(m.owned_partitions) })))));

function busiest(stats) {
  if (stats.tasks.length === 0) return empty(t("dash.busiest.none"));
  return table(t("dash.busiest"), [
    { title: t("task.id"), cell: (task) => h("a", { href: `/tasks/${encodeURIComponent(task.task_id)}`, "data-key": `busy-${task.task_id}` }, task.task_id) },
    { title: t("task.namespace"), cell: (task) => task.namespace, class: "wide-only" },
    { title: t("dash.fires"), cell: (task) => count(task.runs), class: "num" },
    { title: t("dash.failures"), cell: (task) => count(task.failures), class: "num" },
    { title: t("run.took"), cell: (task) => millis(task.mean_duration_ms), class: "num nowrap" },
  ], stats.tasks.slice(0, 8));
}

function failing(page) {
  if (page.tasks.length === 0) return empty(t("dash.failing.none"));
  return h("ul.times", page.tasks.map((task) =>
    h("li", h("a", { href: `/tasks/${encodeURIComponent(task.id)}` }, task.name ?? task.id),
      h("span", badge(task.last_run?.outcome ?? "failure", "outcome"), " ", time(task.last_run?.end)))));
}

function running(page) {
  if (page.tasks.length === 0) return empty(t("dash.running.none"));
  return h("ul.times", page.tasks.map((task) =>
    h("li", h("a", { href: `/tasks/${encodeURIComponent(task.id)}` }, task.name ?? task.id), h("span.dim", task.next_due ? ago(task.next_due) : ""))));
}
