// The fields of a task's definition. A control's name is the path that the server names in its errors.
import { h } from "./dom.js";
import { SCHEDULES, TARGETS, kindOf, readHeaders, readPairs, scheduleKind, writeHeaders, writePairs } from "./draft.js";
import { t } from "./i18n.js";
import { field, select } from "./parts.js";
import { zones } from "./zones.js";

const input = (name, value, set, more = {}) =>
  h("input", { name, value: value ?? "", autocomplete: "off", oninput: (e) => set(e.target.value), ...more });

const area = (name, value, set, rows) =>
  h("textarea", { name, rows, spellcheck: "false", value: value ?? "", oninput: (e) => set(e.target.value) });

const pick = (name, words, value, set, prefix) =>
  select(words.map((w) => [w, t(`${prefix}.${w}`)]), value, { name, onchange: (e) => set(e.target.value) });

function kinds(group, words, now, set) {
  return h("fieldset", h("legend.field-label", t(`form.${group}.kind`)), h("div.choices", words.map((kind) =>
    h("label", h("input", { type: "radio", name: `kind-${group}`, value: kind, checked: kind === now, "data-key": `${group}-${kind}`, onchange: () => set(kind) }), t(`kind.${group}.${kind}`)))));
}

export const whatFields = (draft, newId) =>
  h("div.form",
    field(t("task.name"), input("name", draft.name, (v) => (draft.name = v || null), { placeholder: t("form.name.example") })),
    h("div.row",
      newId && field(t("task.id"), input("id", newId.text, (v) => (newId.text = v)), t("form.id.hint")),
      field(t("task.namespace"), input("namespace", draft.namespace, (v) => (draft.namespace = v))),
      field(t("task.labels"), input("labels", writePairs(draft.labels, " "), (v) => (draft.labels = readPairs(v)), { placeholder: "team:pay" }))));

export function scheduleFields(draft, changed, draw) {
  const { schedule } = draft;
  const kind = scheduleKind(schedule);
  const set = (name) => (v) => { schedule[name] = v; changed(); };
  const fields = { cron: cronFields, at: atFields, every: lengthFields, after: lengthFields }[kind];
  return h("div.form",
    kinds("schedule", Object.keys(SCHEDULES), kind, (other) => { draft.schedule = SCHEDULES[other](schedule); draw(); }),
    fields(schedule, kind, set, changed));
}

function cronFields(schedule, kind, set, changed) {
  const dst = schedule.dst ?? (schedule.dst = { gap: "after", overlap: "first" });
  const list = h("datalist", { id: "zones" }, zones().map((zone) => h("option", { value: zone })));
  return [
    field(t("form.cron"), input("schedule.cron", schedule.cron, set("cron"), { class: "mono", spellcheck: "false" }), t("form.cron.hint")),
    h("div.row",
      field(t("form.zone"), input("schedule.zone", schedule.zone, set("zone"), { list: "zones" })),
      field(t("form.dialect"), pick("schedule.dialect", ["unix", "gorhill", "quartz"], schedule.dialect, set("dialect"), "dialect"))),
    list,
    h("div.row",
      field(t("form.gap"), pick("schedule.dst.gap", ["after", "skip", "shift"], dst.gap, (v) => { dst.gap = v; changed(); }, "gap")),
      field(t("form.overlap.dst"), pick("schedule.dst.overlap", ["first", "second", "both"], dst.overlap, (v) => { dst.overlap = v; changed(); }, "dst"))),
  ];
}

function atFields(schedule, kind, set) {
  const local = new Date(new Date(schedule.at) - new Date(schedule.at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return field(t("form.at"), h("input", {
    name: "schedule.at", type: "datetime-local", step: "1", value: local,
    oninput: (e) => set("at")(e.target.value ? new Date(e.target.value).toISOString() : null),
  }), t("form.at.hint", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }));
}

const lengthFields = (schedule, kind, set) =>
  field(t(`form.${kind}`), input(`schedule.${kind}`, schedule[kind], set(kind), { class: "mono" }), t("form.length.hint"));

export function targetFields(draft, draw) {
  const kind = kindOf(draft.target);
  const target = draft.target[kind];
  const fields = { http: httpFields, service: serviceFields, shell: shellFields, handler: handlerFields }[kind];
  return h("div.form",
    kinds("target", Object.keys(TARGETS), kind, (other) => { draft.target = { [other]: TARGETS[other]() }; draw(); }), fields(target));
}

const httpFields = (http) => [
  h("div.row",
    field(t("form.url"), input("target.http.url", http.url, (v) => (http.url = v), { type: "url", placeholder: "https://example.com/hook" })),
    field(t("form.method"), select(["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD"].map((m) => [m, m]), http.method, { name: "target.http.method", onchange: (e) => (http.method = e.target.value) }))),
  field(t("form.headers"), area("target.http.headers", writeHeaders(http.headers), (v) => (http.headers = readHeaders(v)), 2), t("form.headers.hint")),
  h("div.row",
    field(t("form.body"), area("target.http.body", JSON.stringify(http.body ?? {}, null, 2), (v) => (http.body = jsonOr(v)), 4), t("form.body.hint")),
    field(t("form.timeout"), input("target.http.timeout", http.timeout, (v) => (http.timeout = v || null), { class: "mono" }), t("form.length.hint"))),
];

const serviceFields = (service) => [
  h("div.row",
    field(t("form.service"), input("target.service.name", service.name, (v) => (service.name = v))),
    field(t("form.path"), input("target.service.path", service.path, (v) => (service.path = v)))),
  field(t("run.arg"), input("target.service.arg", service.arg, (v) => (service.arg = v || null))),
];

const shellFields = (shell) => [
  field(t("form.command"), area("target.shell.command", shell.command, (v) => (shell.command = v), 4), t("form.command.hint")),
  h("div.row",
    field(t("form.place"), input("target.shell.group", place(shell), (v) => setPlace(shell, v)), t("form.place.hint")),
    field(t("form.timeout"), input("target.shell.timeout", shell.timeout, (v) => (shell.timeout = v || null), { class: "mono" }))),
];

const place = (shell) => shell.member ? `member ${shell.member}` : shell.group ? `group ${shell.group}` : shell.broadcast ? "broadcast" : "any";

function setPlace(shell, text) {
  const [kind, name] = text.trim().split(/\s+/);
  for (const old of ["member", "group", "any", "broadcast"]) delete shell[old];
  shell[kind] = kind === "member" || kind === "group" ? name : true;
}

const handlerFields = (handler) =>
  h("div.row",
    field(t("form.handler"), input("target.handler.name", handler.name, (v) => (handler.name = v))),
    field(t("run.arg"), input("target.handler.arg", handler.arg, (v) => (handler.arg = v || null))));

function jsonOr(text) {
  try {
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}

export function policyFields(draft) {
  const policy = (draft.policy ??= {});
  const retry = (policy.retry ??= {});
  const set = (name) => (v) => (policy[name] = v || null);
  return h("div.form",
    h("div.row",
      field(t("form.misfire"), pick("policy.misfire", ["once", "all", "skip"], policy.misfire, set("misfire"), "misfire")),
      field(t("form.overlap"), pick("policy.overlap", ["skip", "queue", "replace", "allow"], policy.overlap, set("overlap"), "overlap")),
      field(t("form.delivery"), pick("policy.delivery", ["at-least-once", "at-most-once"], policy.delivery, set("delivery"), "delivery"))),
    h("div.row",
      field(t("form.attempts"), input("policy.retry.attempts", retry.attempts, (v) => (retry.attempts = Number(v)), { type: "number", min: "1" })),
      field(t("form.backoff"), input("policy.retry.backoff", retry.backoff, (v) => (retry.backoff = v), { class: "mono" })),
      field(t("form.max_backoff"), input("policy.retry.max_backoff", retry.max_backoff, (v) => (retry.max_backoff = v), { class: "mono" }))),
    h("div.row",
      field(t("form.jitter"), input("jitter", draft.jitter, (v) => (draft.jitter = v || null), { class: "mono", placeholder: "0s" }), t("form.jitter.hint")),
      field(t("form.run.timeout"), input("policy.timeout", policy.timeout, set("timeout"), { class: "mono" })),
      field(t("form.max_runs"), input("max_runs", draft.max_runs, (v) => (draft.max_runs = v ? Number(v) : null), { type: "number", min: "1" }))),
    h("div.row",
      field(t("form.calendar"), input("calendar", draft.calendar, (v) => (draft.calendar = v || null))),
      field(t("form.mutex"), input("policy.mutex", policy.mutex, set("mutex"))),
      field(t("form.alert"), input("alert.email", (draft.alert?.email ?? []).join(" "), (v) => setAlert(draft, v), { placeholder: "ops@example.com" }))));
}

function setAlert(draft, text) {
  const email = text.split(/[\s,]+/).filter(Boolean);
  if (email.length === 0 && !draft.alert?.webhook) draft.alert = null;
  else draft.alert = { on: ["failure", "timeout", "misfire", "recovery"], ...draft.alert, email };
}
