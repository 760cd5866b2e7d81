import { get, part, post, stream } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { instant, millis } from "../core/format.js";
import { t } from "../core/i18n.js";
import { block } from "../core/live.js";
import { attempt, badge, button, card, empty, facts, heading, table, time } from "../core/parts.js";

/** The most characters of a log that stay on the page; older ones go. */
const MOST_LOG = 400_000;

export const title = ({ id, run }) => `${id} #${run}`;

export function render({ params: { id, run }, signal }) {
  const path = `/runs/${part(id)}/${part(run)}`;
  return h("div.stack",
    heading(`${id} #${run}`, h("a.button", { href: `/tasks/${part(id)}` }, t("run.back")),
      button(t("replay"), () => attempt(() => post(`/tasks/${part(id)}/runs/${part(run)}/replay`), t("run.done")))),
    card(null, block(signal, (s) => get(path, s), (record) => about(record), { refresh: 2_000, rows: 5, live: true })),
    card(t("run.log"), log(path, signal)));
}

function about(run) {
  const took = run.end && run.start ? new Date(run.end) - new Date(run.start) : NaN;
  return [
    facts([
      [t("run.outcome"), badge(run.outcome ?? "running", run.outcome ? "outcome" : "state")],
      [t("run.due"), instant(run.due)],
      [t("run.start"), instant(run.start)],
      [t("run.end"), instant(run.end)],
      [t("run.took"), millis(took)],
      [t("run.member"), run.member],
      [t("run.token"), h("span.mono", run.fencing_token ?? "—")],
      [t("run.late"), run.late ? t("yes") : t("no")],
    ]),
    Array.isArray(run.attempts) && run.attempts.length > 0 ? [h("h3", t("run.attempts")), table(t("run.attempts"), [
      { title: "#", cell: (a) => a.attempt },
      { title: t("run.start"), cell: (a) => time(a.start), class: "nowrap" },
      { title: t("run.took"), cell: (a) => (a.end ? millis(new Date(a.end) - new Date(a.start)) : "—"), class: "num" },
      { title: t("run.status"), cell: (a) => a.status ?? "—" },
      { title: t("run.error"), cell: (a) => a.error ?? "" },
      { title: t("run.member"), cell: (a) => a.member ?? "" },
    ], run.attempts)] : null,
    run.output ? [h("h3", t("run.output")), h("pre.log", { tabindex: "0" }, run.output)] : null,
  ];
}

function log(path, signal) {
  const text = h("pre.log", { tabindex: "0", role: "log", "aria-label": t("run.log") });
  const status = h("p.hint", t("run.log.waiting"));
  let kept = "";
  stream(`${path}/log`, signal, (data) => {
    const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 20;
    kept = (kept + data).slice(-MOST_LOG);
    text.textContent = kept;
    if (atEnd) text.scrollTop = text.scrollHeight;
    replace(status, t("run.log.live"));
  }).then(
    () => replace(status, kept ? t("run.log.end") : t("run.log.none")),
    (e) => {
      if (e.name === "AbortError") return;
      if (e.status === undefined) throw e;
      replace(status, e.status === 404 ? t("unavailable") : e.message);
    });
  return h("div", text, status);
}
