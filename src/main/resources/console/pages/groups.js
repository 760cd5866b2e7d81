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
  const all = answer.groups ?? answer;
  const rows = Array.isArray(all) ? all : Object.entries(all).map(([name, members]) => ({ name, members }));
  if (rows.length === 0) return empty(t("groups.none"));
  const member = (m) => h("span.tag", typeof m === "string" ? m : (m.address ?? m.name ?? m.id));
  return table(title(), [
    { title: t("named.name"), cell: (group) => h("span.name", typeof group === "string" ? group : group.name) },
    { title: t("dash.members"), cell: (group) => (group.members ?? []).map(member) },
  ], rows);
}
