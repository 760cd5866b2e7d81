// The small parts that pages are made of.
import { h, s } from "./dom.js";
import { ago, instant } from "./format.js";
import { t, word } from "./i18n.js";

export const skeleton = (rows) =>
  h("div.skeleton", { "aria-hidden": "true" }, Array.from({ length: rows }, () => h("div.bone")));

export const empty = (text, action) => h("div.empty", h("p", text), action);

export const unavailable = () => h("div.empty.quiet", h("p", t("unavailable")));

export const describeProblem = (e) =>
  e.code === "offline" ? t("offline") : `${word("code", e.code || "error")} — ${e.message}`;

export const errorBox = (e, retry) =>
  h("div.error", { role: "alert" }, h("span", describeProblem(e)),
    retry && h("button.small", { type: "button", onclick: retry }, t("retry")));

const TONES = {
  scheduled: "calm", running: "accent", paused: "warn", finished: "quiet", dead: "bad", disabled: "quiet",
  success: "good", failure: "bad", timeout: "bad", killed: "warn", skipped: "quiet", misfired: "warn",
  unknown: "bad", up: "good", down: "bad",
};

export const badge = (value, group = "state") =>
  h(`span.badge.${TONES[value] ?? "quiet"}`, word(group, value));

export const time = (text, zone) =>
  text ? h("time", { datetime: text, "data-ago": true, title: `${instant(text, zone)} · ${text}` }, ago(text)) : h("span.dim", "—");

export const card = (title, ...content) => h("section.card", title && h("h2", title), content);

export const figure = (label, value, hint) =>
  h("div.figure", h("div.figure-label", label), h("div.figure-value", value), h("div.figure-hint", hint ?? "\u00a0"));

/** Pairs of name and value; pairs without a value are left out. */
export const facts = (pairs) =>
  h("dl.facts", pairs.filter(([, v]) => v !== null && v !== undefined && v !== "")
    .map(([k, v, shape]) => h(shape ? `div.${shape}` : "div", h("dt", k), h("dd", v))));

/** columns: [{title, cell(row), class}] */
export const table = (label, columns, rows) =>
  h("div.scroll", { tabindex: "0", role: "region", "aria-label": label },
    h("table",
      h("thead", h("tr", columns.map((c) => h("th", { scope: "col", class: c.class }, c.title)))),
      h("tbody", rows.map((row) => h("tr", columns.map((c) => h("td", { class: c.class }, c.cell(row))))))));

export const field = (label, control, hint) => {
  const id = control.id || `f-${Math.random().toString(36).slice(2, 9)}`;
  control.id = id;
  const hintId = `${id}-hint`;
  if (hint) control.setAttribute("aria-describedby", hintId);
  return h("div.field", h("label", { for: id }, label), control, hint && h("div.hint", { id: hintId }, hint));
};

export const select = (options, value, more = {}) =>
  h("select", more, options.map(([v, text]) => h("option", { value: v, selected: v === value }, text)));

export const button = (text, onclick, kind = "") =>
  h(`button${kind && `.${kind}`}`, { type: "button", onclick, "data-key": text }, text);

/** Asks before something is done; resolves to whether it may be, or to the text typed. */
export function ask(title, { text, detail, danger = false, typed, input } = {}) {
  return new Promise((resolve) => {
    const entry = (typed || input !== undefined) &&
      h(input !== undefined ? "textarea" : "input", { autocomplete: "off", rows: "4", value: input ?? "" });
    const go = h(danger ? "button.danger" : "button.primary", { type: "submit" }, text ?? t("ok"));
    const form = h("form", { method: "dialog" }, h("h2", { id: "ask" }, title), detail && h("p", detail),
      entry && field(typed ? t("confirm.type", { word: typed }) : t("run.arg"), entry, input !== undefined && t("run.arg.hint")),
      h("div.actions", button(t("cancel"), () => dialog.close()), go));
    const dialog = h("dialog", { "aria-labelledby": "ask" }, form);
    let answer = false;
    form.addEventListener("submit", (e) => {
      if (typed && entry.value.trim() !== typed) {
        e.preventDefault();
        entry.focus();
        return;
      }
      answer = input !== undefined ? { text: entry.value } : true;
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A word at the edge of the screen, read out too. */
export function toast(text, bad = false) {
  const place = document.getElementById("toasts");
  const note = h(`div.toast${bad ? ".bad" : ""}`, text);
  place.append(note);
  setTimeout(() => note.remove(), bad ? 9_000 : 4_000);
}

/** Does something and says how it went; answers whether it went well. */
export async function attempt(action, done) {
  try {
    await action();
    if (done) toast(done);
    return true;
  } catch (e) {
    if (e.status === undefined) throw e;
    toast(describeProblem(e), true);
    return false;
  }
}

/** The head of a page. */
export const heading = (title, ...actions) =>
  h("header.page-head", h("h1", { tabindex: "-1" }, title), h("div.actions", actions));

/** Upright bars; values: [{value, tone, title, href}]. Heights are shares of the largest. */
export function bars(values, label, height = 96) {
  const top = Math.max(1, ...values.map((v) => v.value));
  const gap = values.length > 120 ? 0 : 0.18;
  return h("div.chart",
    s("svg", { viewBox: `0 0 ${values.length} ${height}`, preserveAspectRatio: "none", height, role: "img", "aria-label": label },
      values.map((v, i) => {
        const tall = v.value > 0 ? Math.max(2, (v.value / top) * (height - 4)) : 1;
        return s(`rect.${v.tone ?? "accent"}`, { x: i + gap / 2, y: height - tall, width: 1 - gap, height: tall },
          s("title", v.title));
      })));
}
