import { get, part, query as queryText } from "../core/api.js";
import { h } from "../core/dom.js";
import { t, word } from "../core/i18n.js";
import { block } from "../core/live.js";
import { card, empty, heading, table, time } from "../core/parts.js";
import { tree } from "../core/tree.js";

export const title = () => t("nav.audit");

const WHEN = ["at", "time", "when", "instant"];
const WHO = ["actor", "who", "client", "address", "user"];
const WHAT = ["action", "what", "change", "operation"];

export function render({ signal, query }) {
  const cursor = query.get("cursor");
  return h("div.stack", heading(title()), h("p.dim", t("audit.text")),
    card(null, block(signal, (s) => get(`/audit${queryText({ limit: 50, cursor })}`, s), listing, { refresh: cursor ? 0 : 5_000, rows: 8 })));
}

function listing(answer) {
  const rows = Object.values(answer).find(Array.isArray) ?? [];
  if (rows.length === 0) return empty(t("audit.none"));
  const first = (row, names) => names.find((name) => row[name] !== undefined);
  const subject = (row) => row.task_id ?? row.id ?? row.subject ?? row.name;
  const rest = (row) => Object.fromEntries(Object.entries(row).filter(([k, v]) =>
    v !== null && ![...WHEN, ...WHO, ...WHAT, "task_id", "id", "subject", "name"].includes(k)));
  return [
    table(title(), [
      { title: t("audit.when"), cell: (row) => time(row[first(row, WHEN)]), class: "nowrap" },
      { title: t("audit.what"), cell: (row) => word("action", row[first(row, WHAT)] ?? "—") },
      { title: t("audit.subject"), cell: (row) => (row.task_id ? h("a", { href: `/tasks/${part(row.task_id)}` }, row.task_id) : (subject(row) ?? "—")) },
      { title: t("audit.who"), cell: (row) => tree(row[first(row, WHO)]) },
      { title: t("audit.detail"), cell: (row) => (Object.keys(rest(row)).length ? h("code", JSON.stringify(rest(row))) : ""), class: "wide-only" },
    ], rows),
    answer.next_cursor ? h("div.pager", h("span"), h("a.button", { href: `/audit${queryText({ cursor: answer.next_cursor })}` }, t("page.next"))) : null,
  ];
}
