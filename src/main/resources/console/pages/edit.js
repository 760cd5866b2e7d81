import { get, part, post, put } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { definitionOf, fresh } from "../core/draft.js";
import { t } from "../core/i18n.js";
import { button, card, describeProblem, field, heading, toast } from "../core/parts.js";
import { previewPanel } from "../core/preview.js";
import { go } from "../core/router.js";
import { policyFields, scheduleFields, targetFields, whatFields } from "../core/taskform.js";

export const title = ({ id }) => (id ? `${t("edit")} ${id}` : t("task.new"));

export async function render({ params: { id }, query, signal }) {
  const source = id ?? query.get("from");
  const stored = source ? await get(`/tasks/${part(source)}`, signal) : null;
  const draft = stored ? definitionOf(stored) : fresh();
  return editor({ id, draft, version: id ? stored.version : null });
}

/** The draft is one object; each field writes its part of it and tells of it. */
function editor({ id, draft, version }) {
  const form = h("form.form", { novalidate: true });
  const problems = h("div", { role: "alert" });
  const preview = previewPanel((problem) => mark(form, problem));
  const newId = { text: "" };
  const changed = () => preview.update(draft.schedule);
  const draw = () => {
    replace(form,
      card(t("form.what"), whatFields(draft, id ? null : newId)),
      card(t("form.when"), scheduleFields(draft, changed, draw)),
      card(t("form.where"), targetFields(draft, draw)),
      card(null, h("details", h("summary", t("form.policy")), policyFields(draft))),
      card(null, json(draft, draw)),
      problems,
      h("div.actions", h("button.primary", { type: "submit" }, id ? t("save") : t("create")),
        button(t("cancel"), () => history.back())));
    changed();
  };
  draw();
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    replace(problems);
    try {
      const saved = await save(id, newId.text.trim(), draft, version);
      toast(id ? t("save.done") : t("create.done"));
      go(`/tasks/${part(saved.id)}`);
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      mark(form, problem);
      replace(problems, h("div.error", problem.status === 412 ? t("edit.stale") : describeProblem(problem)));
    }
  });
  return h("div", heading(title({ id })),
    h("div.columns.wide-left", form, h("div.sticky", card(t("preview"), preview.panel))));
}

function save(id, newId, draft, version) {
  if (id) return put(`/tasks/${part(id)}`, draft, { "If-Match": `"${version}"` });
  if (newId) return put(`/tasks/${part(newId)}`, draft, { "If-None-Match": "*" });
  return post("/tasks", draft);
}

/** Shows at each field what the server found wrong with it. */
function mark(form, problem) {
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  form.querySelectorAll(".field-error").forEach((note) => note.remove());
  for (const error of problem?.errors ?? []) {
    const control = form.querySelector(`[name="${CSS.escape(error.field)}"]`);
    if (!control) continue;
    control.setAttribute("aria-invalid", "true");
    control.closest("details")?.setAttribute("open", "");
    control.after(h("div.field-error", error.reason));
  }
}

/** The whole definition as JSON, for what the form has no field for. */
function json(draft, draw) {
  const text = h("textarea", { rows: "16", spellcheck: "false" });
  const note = h("div.field-error", { role: "alert" });
  const show = () => { text.value = JSON.stringify(draft, null, 2); };
  const take = () => {
    try {
      const read = JSON.parse(text.value);
      for (const name of Object.keys(draft)) delete draft[name];
      Object.assign(draft, definitionOf(read));
      draw();
    } catch (e) {
      if (!(e instanceof SyntaxError)) throw e;
      replace(note, e.message);
    }
  };
  return h("details", { ontoggle: show }, h("summary", t("form.json")),
    field(t("form.json.label"), text, t("form.json.hint")), note, h("div.actions", button(t("form.json.take"), take)));
}
