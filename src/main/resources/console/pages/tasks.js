import { del, get, part, post, query as queryText } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { count, scheduleText, targetText } from "../core/format.js";
import { t, word } from "../core/i18n.js";
import { block } from "../core/live.js";
import { ask, attempt, badge, button, empty, heading, select, table, time, toast } from "../core/parts.js";
import { go } from "../core/router.js";

const STATES = ["scheduled", "running", "paused", "finished", "dead", "disabled"];
const PAGE = 50;
/** The most cursors kept for the way back. */
const MOST_BACK = 1_000;

let back = [];

export const title = () => t("nav.tasks");

export function render({ query, signal }) {
  const filter = {
    q: query.get("q"), namespace: query.get("namespace"), label: query.getAll("label"), state: query.get("state"),
  };
  const cursor = query.get("cursor");
  if (!cursor) back = [];
  const chosen = new Set();
  const bar = h("div.selection", { role: "group", "aria-label": t("bulk.label") });
  const list = block(signal, (s) => get(`/tasks${queryText({ ...filter, limit: PAGE, cursor })}`, s),
    (page) => listing(page, filter, cursor, chosen, () => drawBar(bar, filter, chosen, list)), { refresh: 5_000, rows: 12 });
  drawBar(bar, filter, chosen, list);
  return h("div",
    heading(title(), h("a.button.primary", { href: "/new" }, t("task.new"))),
    filters(filter), bar, h("section.card.flush.tasks", { "aria-label": title() }, list));
}

function filters(filter) {
  const q = h("input", { type: "search", value: filter.q ?? "", placeholder: t("tasks.search"), "aria-label": t("tasks.search") });
  const namespace = h("input", { value: filter.namespace ?? "", placeholder: t("task.namespace"), "aria-label": t("task.namespace") });
  const label = h("input", { value: filter.label.join(" "), placeholder: t("tasks.label"), "aria-label": t("tasks.label") });
  const state = select([["", t("tasks.state.any")], ...STATES.map((s) => [s, word("state", s)])], filter.state ?? "", { "aria-label": t("task.state") });
  const apply = (e) => {
    e?.preventDefault();
    const labels = label.value.split(/[\s,]+/).filter(Boolean);
    go(`/tasks${queryText({ q: q.value.trim(), namespace: namespace.value.trim(), label: labels, state: state.value })}`);
  };
  state.addEventListener("change", apply);
  return h("form.filters", { role: "search", onsubmit: apply }, q, namespace, label, state, h("button", { type: "submit" }, t("tasks.find")));
}

function listing(page, filter, cursor, chosen, changed) {
  const ids = new Set(page.tasks.map((task) => task.id));
  for (const id of chosen) if (!ids.has(id)) chosen.delete(id);
  if (page.tasks.length === 0) {
    const filtered = Object.values(filter).some((v) => v && v.length > 0);
    return empty(filtered ? t("tasks.none.filtered") : t("tasks.none"),
      filtered ? h("a", { href: "/tasks" }, t("tasks.clear")) : h("a.button", { href: "/new" }, t("task.new")));
  }
  const boxes = page.tasks.map((task) => h("input", {
    type: "checkbox", checked: chosen.has(task.id), "aria-label": t("bulk.one", { id: task.name ?? task.id }), "data-key": `box-${task.id}`,
    onchange: (e) => { e.target.checked ? chosen.add(task.id) : chosen.delete(task.id); changed(); },
  }));
  const all = h("input", {
    type: "checkbox", "aria-label": t("bulk.page"), "data-key": "box-all", checked: chosen.size === page.tasks.length,
    onchange: (e) => boxes.forEach((box) => { if (box.checked !== e.target.checked) box.click(); }),
  });
  const rows = page.tasks.map((task, i) => ({ ...task, box: boxes[i] }));
  changed();
  return [
    page.incomplete ? h("div.warning", t("tasks.incomplete")) : null,
    table(title(), [
      { title: all, cell: (task) => task.box },
      { title: t("task.name"), cell: nameCell },
      { title: t("task.state"), cell: (task) => badge(task.state) },
      { title: t("task.schedule"), cell: (task) => h("code", scheduleText(task.schedule)), class: "nowrap wide-only" },
      { title: t("task.next"), cell: (task) => time(task.next_due), class: "nowrap" },
      { title: t("task.last"), cell: (task) => (task.last_run ? [badge(task.last_run.outcome, "outcome"), " ", time(task.last_run.end ?? task.last_run.due)] : h("span.dim", "—")), class: "nowrap wide-only" },
      { title: t("task.target"), cell: (task) => h("span.clip.dim", { title: targetText(task.target) }, targetText(task.target)), class: "wide-only" },
    ], rows),
    pager(page, filter, cursor),
  ];
}

const nameCell = (task) => [
  h("a.name", { href: `/tasks/${part(task.id)}`, "data-key": `name-${task.id}` }, task.name ?? task.id),
  h("span.sub", task.namespace, task.name ? ` · ${task.id}` : ""),
  h("code.sub.phone-only", scheduleText(task.schedule)),
];

function pager(page, filter, cursor) {
  const at = (next) => `/tasks${queryText({ ...filter, cursor: next })}`;
  const previous = button(t("page.previous"), () => go(at(back.pop())));
  const next = button(t("page.next"), () => {
    back.push(cursor);
    if (back.length > MOST_BACK) back.shift();
    go(at(page.next_cursor));
  });
  previous.disabled = !cursor || back.length === 0;
  next.disabled = !page.next_cursor;
  return h("div.pager", previous, h("span.dim", t("page.rows", { n: count(page.tasks.length) })), next);
}

function drawBar(bar, filter, chosen, list) {
  const none = chosen.size === 0;
  const act = (verb, danger) => async () => {
    const ok = none ? await confirmAll(verb, filter) : await ask(t(`bulk.${verb}`, { n: chosen.size }), { danger, text: t(verb) });
    if (!ok) return;
    await (none ? onAll(verb, filter) : onChosen(verb, [...chosen]));
    chosen.clear();
    list.reload();
    drawBar(bar, filter, chosen, list);
  };
  const kind = none ? "small.plain" : "small";
  replace(bar,
    h("span.dim", none ? t("bulk.all") : t("bulk.chosen", { n: chosen.size })),
    button(t("pause"), act("pause"), kind), button(t("resume"), act("resume"), kind),
    h(none ? "button.small.plain" : "button.small.danger", { type: "button", onclick: act("delete", true), "data-key": "bulk-delete" }, t("delete")));
}

const describeFilter = (filter) =>
  Object.entries(filter).filter(([, v]) => v && v.length > 0).map(([k, v]) => `${k} = ${[v].flat().join(" ")}`).join(", ");

const confirmAll = (verb, filter) =>
  ask(t(`bulk.${verb}.all`), {
    danger: verb === "delete", text: t(verb), typed: verb === "delete" ? "delete" : undefined,
    detail: describeFilter(filter) || t("bulk.every"),
  });

/** The server does it page by page and says where to go on. */
async function onAll(verb, filter) {
  let cursor;
  let changed = 0;
  const unfiltered = !describeFilter(filter);
  await attempt(async () => {
    do {
      const answer = await post(`/tasks/${verb}${queryText({ ...filter, cursor, all: verb === "delete" && unfiltered ? "true" : null })}`);
      changed += answer.changed;
      cursor = answer.next_cursor;
    } while (cursor);
  });
  toast(t("bulk.done", { n: count(changed) }));
}

async function onChosen(verb, ids) {
  let done = 0;
  for (const id of ids) {
    const ok = await attempt(() => (verb === "delete" ? del(`/tasks/${part(id)}`) : post(`/tasks/${part(id)}/${verb}`)));
    if (!ok) break;
    done++;
  }
  toast(t("bulk.done", { n: done }));
}
