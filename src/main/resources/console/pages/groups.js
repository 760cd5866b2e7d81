import { get } from "../core/api.js";
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { block } from "../core/live.js";
import { card, empty, heading, table } from "../core/parts.js";

export const title = () => t("nav.groups");

export const render = ({ signal }) =>
  h("div.stack", heading(title()), h("p.dim", t("groups.text")),
    card(null, block(signal, (s) => get("/groups", s), listing, { refresh: 10_000, rows: 4 })));

function listing(answer) {
  const rows = answer.groups;
  if (rows.length === 0) return empty(t("groups.none"));
  return table(title(), [
    { title: t("named.name"), cell: (group) => h("span.name", group.name) },
    { title: t("dash.members"), cell: (group) => group.members.map((member) => h("span.tag.mono", member)) },
  ], rows);
}
