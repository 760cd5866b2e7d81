import { get, part, post, stream } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { instant, millis } from "../core/format.js";
import { t } from "../core/i18n.js";
import { block } from "../core/live.js";
import { ask, attempt, badge, button, card, facts, heading, table } from "../core/parts.js";

/** The most characters of a log that stay on the page; older ones go. */
const MOST_LOG = 400_000;
const REPLAYED = ["failure", "timeout", "killed", "unknown", "misfired"];

export const title = ({ id, run }) => `${id} #${run}`;

export function render({ params: { id, run }, signal }) {
  const path = `/runs/${part(id)}/${part(run)}`;
  const task = `/tasks/${part(id)}`;
  const replay = button(t("replay"), async () => {
    if (await attempt(() => post(`${task}/runs/${part(run)}/replay`), t("run.done"))) record.reload();
  });
  const kill = button(t("kill"), async () => {
    if (!(await ask(t("kill.title"), { danger: true, text: t("kill"), detail: t("kill.text") }))) return;
    if (await attempt(() => post(`${task}/kill`), t("kill.done"))) record.reload();
  });
  replay.hidden = kill.hidden = true;
  const record = block(signal, (s) => load(path, task, s), (now) => {
    replay.hidden = !REPLAYED.includes(now.outcome);
    kill.hidden = now.outcome !== undefined;
    return now.outcome === undefined ? under(now) : about(now);
  }, { refresh: 2_000, rows: 5, live: true });
  return h("div.stack",
    heading(`${id} #${run}`, h("a.button", { href: `/tasks/${part(id)}` }, t("run.back")), replay, kill),
    card(null, record), card(t("run.log"), log(path, signal, () => record.reload())));
}

/** The record, which there is once the run has ended; until then what is known of its task. */
async function load(path, task, signal) {
  try {
    return await get(path, signal);
  } catch (e) {
    if (e.status !== 404) throw e;
    return { state: (await get(task, signal)).state };
  }
}

const under = ({ state }) => facts([[t("task.state"), badge(state)], [t("run.outcome"), t("run.none"), "broad"]]);

function about(run) {
  const took = run.end && run.start ? new Date(run.end) - new Date(run.start) : NaN;
  return [
    facts([
      [t("run.outcome"), badge(run.outcome, "outcome")],
      [t("run.due"), instant(run.due)],
      [t("run.start"), instant(run.start)],
      [t("run.end"), instant(run.end)],
      [t("run.took"), millis(took)],
      [t("run.lag"), run.start ? millis(new Date(run.start) - new Date(run.due)) : null],
      [t("run.late"), run.late ? t("yes") : t("no")],
      [t("run.member"), h("span.mono", run.member)],
      [t("run.token"), h("span.mono", run.fencing_token ?? "—")],
    ]),
    run.attempts.length > 0 ? [h("h3", t("run.attempts")), table(t("run.attempts"), [
      { title: "#", cell: (a) => a.attempt },
      { title: t("run.start"), cell: (a) => instant(a.start), class: "nowrap" },
      { title: t("run.took"), cell: (a) => (a.end ? millis(new Date(a.end) - new Date(a.start)) : "—"), class: "num nowrap" },
      { title: t("run.status"), cell: (a) => a.status ?? "—", class: "num" },
      { title: t("run.error"), cell: (a) => a.error ?? h("span.dim", "—") },
      { title: t("run.member"), cell: (a) => h("span.mono", a.member), class: "wide-only nowrap" },
    ], run.attempts)] : null,
  ];
}

function log(path, signal, ended) {
  const text = h("pre.log", { tabindex: "0", role: "log", "aria-label": t("run.log"), hidden: true });
  const status = h("p.hint", t("run.log.waiting"));
  let kept = "";
  stream(`${path}/log`, signal, ({ type, data }) => {
    if (type !== "output") return;
    const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 20;
    kept = (kept + data).slice(-MOST_LOG);
    text.hidden = kept === "";
    text.textContent = kept;
    if (atEnd) text.scrollTop = text.scrollHeight;
    replace(status, t("run.log.live"));
  }).then(
    () => { replace(status, kept ? t("run.log.end") : t("run.log.none")); ended(); },
    (e) => {
      if (e.name === "AbortError") return;
      if (e.status === undefined) throw e;
      replace(status, e.status === 404 ? t("run.log.none") : e.message);
    });
  return h("div", text, status);
}
