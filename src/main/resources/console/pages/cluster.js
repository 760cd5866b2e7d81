import { get } from "../core/api.js";
import { h } from "../core/dom.js";
import { bytes, count, millis, percent } from "../core/format.js";
import { t } from "../core/i18n.js";
import { block } from "../core/live.js";
import { badge, card, facts, figure, heading, table } from "../core/parts.js";
import { tree } from "../core/tree.js";

export const title = () => t("nav.cluster");

export const render = ({ signal }) =>
  h("div.stack", heading(title()), block(signal, (s) => get("/cluster", s), view, { refresh: 2_000, rows: 12 }));

/** What this page has a place of its own for; anything else that a member tells is listed below. */
const KNOWN = ["name", "size", "mode", "members", "slice", "cp", "journal", "clock", "machine", "warnings"];

function view(cluster) {
  const rest = Object.fromEntries(Object.entries(cluster).filter(([k]) => !KNOWN.includes(k)));
  const slice = cluster.slice ?? {};
  return h("div.stack",
    (cluster.warnings ?? []).map((text) => h("div.warning", { role: "alert" }, text)),
    h("div.figures",
      figure(t("dash.members"), `${count(cluster.members.length)} / ${count(cluster.size)}`, cluster.mode),
      figure(t("cluster.slice"), count(slice.number), t("cluster.term", { n: count(slice.term) })),
      figure(t("cluster.grant"), millis(slice.grant_age_ms), t("cluster.grant.hint")),
      figure(t("cluster.offset"), millis(cluster.clock?.offset_ms), t("cluster.offset.hint"))),
    card(t("dash.members"), table(t("dash.members"), [
      { title: t("cluster.address"), cell: (m) => [h("span.name", m.address ?? "—"), h("span.sub.mono", m.id)] },
      { title: t("cluster.role"), cell: (m) => [m.slice_leader ? badge("leader", "role") : null, m.cp_leader || m.raft_leader ? badge("raft", "role") : null, m.role ?? ""] },
      { title: t("cluster.partitions"), cell: (m) => count(m.owned_partitions), class: "num" },
      { title: t("dash.tasks"), cell: (m) => count(m.tasks), class: "num" },
      { title: t("cluster.runs"), cell: (m) => count(m.runs), class: "num" },
      { title: t("cluster.version"), cell: (m) => m.version ?? "—", class: "wide-only" },
    ], cluster.members)),
    h("div.columns",
      cluster.machine ? card(t("cluster.machine"), machine(cluster.machine)) : null,
      cluster.journal ? card(t("cluster.journal"), journal(cluster.journal)) : null,
      card(t("cluster.raft"), tree(cluster.cp)),
      Object.keys(rest).length ? card(t("cluster.more"), tree(rest)) : null));
}

const machine = (m) =>
  facts([
    [t("machine.cpu"), `${percent(m.cpu)} · ${t("machine.cpus", { n: m.cpus })}`],
    [t("machine.load"), Number.isFinite(m.load) ? m.load.toFixed(2) : "—"],
    [t("machine.memory"), t("machine.free", { free: bytes(m.memory_free_bytes), all: bytes(m.memory_bytes) })],
    [t("machine.heap"), bytes(m.heap_bytes)],
    [t("machine.disk"), t("machine.free", { free: bytes(m.disk_free_bytes), all: bytes(m.disk_bytes) })],
  ]);

const journal = (j) =>
  facts([
    [t("journal.state"), badge(j.state, "journal")],
    [t("journal.size"), `${bytes(j.log_bytes)} + ${bytes(j.checkpoint_bytes)}`],
    [t("journal.commits"), count(j.commits)],
    [t("journal.mean"), millis(j.commit_mean_us / 1_000)],
    [t("journal.max"), millis(j.commit_max_us / 1_000)],
    [t("journal.fold"), j.fold],
  ]);
