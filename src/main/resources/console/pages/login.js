import { dropToken, get, keepToken } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { describeProblem, field } from "../core/parts.js";
import { go } from "../core/router.js";

export const title = () => t("login");

export function render({ query }) {
  const entry = h("input", { type: "password", name: "token", autocomplete: "current-password", required: true });
  const note = h("div.field-error", { role: "alert" });
  const form = h("form.form.card", h("h1", { tabindex: "-1" }, "xcron"), h("p.dim", t("login.text")),
    field(t("login.token"), entry), note, h("button.primary", { type: "submit" }, t("login")));
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    replace(note);
    keepToken(entry.value.trim());
    try {
      await get("/tasks?limit=1");
      const next = query.get("next") ?? "/";
      // Only an address of this console: "//host" would lead elsewhere.
      go(/^\/(?!\/)/.test(next) ? next : "/", true);
    } catch (problem) {
      if (problem.status === 401) {
        dropToken();
        replace(note, t("login.wrong"));
      } else {
        replace(note, describeProblem(problem));
      }
      entry.select();
    }
  });
  return form;
}
