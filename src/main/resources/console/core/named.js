// A page of things that are kept under a name and written as JSON: services, calendars.
import { del, get, part, put } from "./api.js";
import { h, replace } from "./dom.js";
import { t } from "./i18n.js";
import { block } from "./live.js";
import { ask, attempt, button, card, describeProblem, empty, field, heading, table } from "./parts.js";

/** what: {signal, title, path, member, example, summary(one), text, readOnly} */
export function named(what) {
  const editor = h("div");
  const list = block(what.signal, (s) => get(what.path, s), (answer) => listing(what, answer[what.member], edit, () => list.reload()), { refresh: 10_000, rows: 4 });
  const edit = (name, value) => replace(editor, form(what, name, value, () => { replace(editor); list.reload(); }));
  return h("div.stack",
    heading(what.title, button(t("named.new"), () => edit("", what.example), "primary")),
    h("p.dim", what.text), editor, card(null, list));
}

function listing(what, rows, edit, again) {
  if (rows.length === 0) return empty(t("named.none"));
  return table(what.title, [
    { title: t("named.name"), cell: (one) => h("span.name", one.name) },
    { title: t("named.what"), cell: what.summary },
    { title: "", class: "num", cell: (one) => h("div.actions.end",
      button(t("edit"), () => edit(one.name, one), "small"),
      h("button.small.danger", { type: "button", onclick: async () => {
        if ((await ask(t("delete.title", { id: one.name }), { danger: true, text: t("delete") })) &&
          (await attempt(() => del(`${what.path}/${part(one.name)}`), t("delete.done")))) again();
      } }, t("delete"))) },
  ], rows);
}

function form(what, name, value, done) {
  const entry = h("input", { name: "name", value: name, required: true, readonly: name !== "" });
  const text = h("textarea", { name: "json", rows: "12", spellcheck: "false", value: JSON.stringify(strip(value, ["name", ...what.readOnly]), null, 2) });
  const note = h("div.field-error", { role: "alert" });
  const onsubmit = async (e) => {
    e.preventDefault();
    replace(note);
    try {
      await put(`${what.path}/${part(entry.value.trim())}`, JSON.parse(text.value));
      done();
    } catch (problem) {
      if (problem.status === undefined && !(problem instanceof SyntaxError)) throw problem;
      replace(note, problem instanceof SyntaxError ? problem.message : describeProblem(problem));
    }
  };
  return card(name || t("named.new"), h("form.form", { onsubmit },
    field(t("named.name"), entry), field("JSON", text), note,
    h("div.actions", h("button.primary", { type: "submit" }, t("save")), button(t("cancel"), done))));
}

/** The same without what only the server writes. */
function strip(value, names) {
  if (Array.isArray(value)) return value.map((one) => strip(one, names.filter((n) => n !== "name")));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).filter(([k]) => !names.includes(k)).map(([k, v]) => [k, strip(v, names.filter((n) => n !== "name"))]));
}
