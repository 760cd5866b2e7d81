import { del, get, part, post, query } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { clock, count, instant, millis, offset, scheduleText, targetText, weekday } from "../core/format.js";
import { t, word } from "../core/i18n.js";
import { block } from "../core/live.js";
import { ask, attempt, badge, bars, button, card, empty, errorBox, facts, field, heading, table, time } from "../core/parts.js";
import { go } from "../core/router.js";

/** Places in the chart of runs. */
const SLOTS = 30;

export const title = ({ id }) => id;

export async function render({ params: { id }, signal }) {
  const path = `/tasks/${part(id)}`;
  const task = await get(path, signal);
  const zone = task.schedule.zone;
  const buttons = {};
  const told = h("span.unseen", { role: "status" });
  const again = () => { about.reload(); runs.reload(); };
  const head = heading(task.name ?? task.id, ...actions(task, path, buttons, again));
  const about = block(signal, (s) => get(path, s), (now) => {
    buttons.pause.hidden = now.state === "paused";
    buttons.resume.hidden = now.state !== "paused";
    buttons.kill.disabled = now.state !== "running";
    const words = word("state", now.state);
    if (told.textContent !== words) told.textContent = words;
    return state(now);
  }, { refresh: 3_000, rows: 3 });
  const runs = block(signal, (s) => get(`${path}/runs?limit=50`, s), (page) => history(id, page), { refresh: 3_000, rows: 6 });
  return h("div.stack", head, told, card(null, about),
    h("div.columns.wide-left",
      h("div.stack", card(t("task.runs"), runs), card(t("explain"), explain(path, signal))),
      h("div.stack",
        card(t("task.when"), block(signal, (s) => get(`${path}/next?count=10`, s), (next) => times(next, zone), { refresh: 15_000, rows: 8 })),
        definition(task))));
}

function actions(task, path, buttons, again) {
  const post2 = (verb, done) => async () => { if (await attempt(() => post(`${path}/${verb}`), done)) again(); };
  buttons.pause = button(t("pause"), post2("pause", t("pause.done")));
  buttons.resume = button(t("resume"), post2("resume", t("resume.done")));
  buttons.kill = button(t("kill"), async () => {
    if (await ask(t("kill.title"), { danger: true, text: t("kill"), detail: t("kill.text") })) await post2("kill", t("kill.done"))();
  });
  return [
    button(t("run"), async () => {
      const answer = await ask(t("run.title", { id: task.name ?? task.id }), { text: t("run"), input: "" });
      if (!answer) return;
      const body = answer.text.trim() ? { arg: jsonOrText(answer.text.trim()) } : undefined;
      if (await attempt(() => post(`${path}/run`, body), t("run.done"))) again();
    }, "primary"),
    buttons.pause, buttons.resume, buttons.kill,
    h("a.button", { href: `/tasks/${part(task.id)}/edit` }, t("edit")),
    h("a.button", { href: `/new${query({ from: task.id })}` }, t("copy")),
    h("button.danger", {
      type: "button",
      onclick: async () => {
        const sure = await ask(t("delete.title", { id: task.name ?? task.id }), { danger: true, text: t("delete"), detail: t("delete.text") });
        if (sure && (await attempt(() => del(path), t("delete.done")))) go("/tasks");
      },
    }, t("delete")),
  ];
}

function jsonOrText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const state = (task) =>
  facts([
    [t("task.state"), badge(task.state)],
    [t("task.next"), time(task.next_due, task.schedule.zone)],
    [t("task.last"), task.last_run ? [badge(task.last_run.outcome, "outcome"), " ", time(task.last_run.end ?? task.last_run.due)] : h("span.dim", "—")],
    [t("task.run_count"), count(task.run_count)],
    [t("task.id"), h("span.mono", task.id)],
    [t("task.namespace"), task.namespace],
    [t("task.labels"), Object.entries(task.labels ?? {}).map(([k, v]) => h("a.tag", { href: `/tasks${query({ label: `${k}:${v}` })}` }, `${k}: ${v}`))],
    [t("task.target"), h("span.mono", targetText(task.target)), "broad"],
  ].filter(([, v]) => !(Array.isArray(v) && v.length === 0)));

function times(preview, zone) {
  const zones = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [
    h("p.words", preview.description),
    preview.next.length === 0 ? empty(t("task.never")) : h("ul.times", preview.next.map((at) =>
      h("li", h("span", `${instant(at, zones)} `, h("span.dim", weekday(at, zones))), h("span.dim", zone ? offset(at, zone) : "")))),
    h("p.hint", t("task.zone", { zone: zones })),
  ];
}

function history(id, page) {
  if (page.runs.length === 0) return empty(t("runs.none"));
  const ordered = [...page.runs].reverse();
  const took = (run) => (run.end && run.start ? new Date(run.end) - new Date(run.start) : null);
  const tone = (run) => ({ success: "good", failure: "bad", timeout: "bad", unknown: "bad", misfired: "warn", killed: "warn" })[run.outcome] ?? "quiet";
  return [
    // A few runs are not drawn as wide as many.
    bars([...Array.from({ length: Math.max(0, SLOTS - ordered.length) }, () => ({ value: 0, tone: "none", title: "" })), ...ordered.map((run) => ({ value: Math.max(1, took(run) ?? 1), tone: tone(run), title: `#${run.run_number} ${clock(run.due)} ${millis(took(run))}` }))], t("runs.chart"), 64),
    h("div.axis", h("span", ordered.length < SLOTS ? "" : clock(ordered[0].due)), h("span", t("runs.duration")), h("span", clock(ordered.at(-1).due))),
    table(t("task.runs"), [
      { title: "#", cell: (run) => h("a", { href: `/tasks/${part(id)}/runs/${run.run_number}`, "data-key": `run-${run.run_number}` }, run.run_number) },
      { title: t("run.outcome"), cell: (run) => badge(run.outcome, "outcome") },
      { title: t("run.due"), cell: (run) => time(run.due), class: "nowrap" },
      { title: t("run.took"), cell: (run) => millis(took(run)), class: "num nowrap" },
      { title: t("run.lag"), cell: (run) => (run.start ? millis(new Date(run.start) - new Date(run.due)) : "—"), class: "num nowrap" },
      { title: t("run.attempts"), cell: (run) => run.attempts.length, class: "num" },
      { title: t("run.member"), cell: (run) => h("span.dim", run.member ?? ""), class: "wide-only" },
    ], page.runs),
  ];
}

function explain(path, signal) {
  const at = h("input", { type: "datetime-local", step: "1" });
  const answer = h("div", { "aria-live": "polite" });
  const form = h("form.form", { onsubmit: async (e) => {
    e.preventDefault();
    try {
      const when = at.value ? new Date(at.value).toISOString() : null;
      replace(answer, reason(await get(`${path}/explain${query({ at: when })}`, signal)));
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      replace(answer, errorBox(problem));
    }
  } }, field(t("explain.at"), at, t("explain.hint")), h("div", h("button", { type: "submit" }, t("explain.ask"))), answer);
  return form;
}

/** The sentence is in the reader's language already. */
const reason = (told) => [
  h("p.words", told.sentence),
  facts([
    [t("explain.at"), instant(told.at)],
    [t("run.due"), told.due && instant(told.due)],
    [t("task.next"), told.next_due && instant(told.next_due)],
    [t("run.outcome"), told.run && [badge(told.run.outcome, "outcome"), " ",
      h("a", { href: `/tasks/${part(told.task_id)}/runs/${told.run.run_number}` }, `#${told.run.run_number}`)]],
  ]),
];

function definition(task) {
  const { policy } = task;
  return card(t("task.definition"),
    facts([
      [t("task.schedule"), h("code", scheduleText(task.schedule))],
      [t("form.dialect"), task.schedule.dialect],
      [t("form.gap"), task.schedule.dst && t(`gap.${task.schedule.dst.gap}`)],
      [t("form.overlap.dst"), task.schedule.dst && t(`dst.${task.schedule.dst.overlap}`)],
      [t("form.misfire"), t(`misfire.${policy.misfire}`)],
      [t("form.overlap"), t(`overlap.${policy.overlap}`)],
      [t("form.attempts"), `${policy.retry.attempts} · ${policy.retry.backoff} … ${policy.retry.max_backoff}`],
      [t("form.delivery"), policy.delivery],
      [t("form.calendar"), task.calendar],
      [t("form.owner"), task.owner && [task.owner.author, task.owner.email].filter(Boolean).join(" · ")],
      [t("task.created"), instant(task.create_time)],
      [t("task.version"), task.version],
    ]),
    h("details", h("summary", "JSON"), h("pre.log", { tabindex: "0" }, JSON.stringify(task, null, 2))));
}
