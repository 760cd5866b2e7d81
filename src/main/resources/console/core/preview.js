// What a schedule that is being written will do: in words, its next fires, and the days on which clocks change.
import { get, post } from "./api.js";
import { h, replace } from "./dom.js";
import { clock, count, instant, offset, weekday } from "./format.js";
import { t } from "./i18n.js";
import { describeProblem, empty } from "./parts.js";
import { clockChanges } from "./zones.js";

const HOUR = 3_600_000;
const PAUSE = 300;
/** Fewer fires in one second are no crowd. */
const CROWD = 10;

/** A panel and the way to tell it of another schedule; onProblem hears what is wrong with it, or null. */
export function previewPanel(onProblem) {
  const panel = h("div", { "aria-live": "polite" }, empty(t("preview.empty")));
  const load = loadAhead();
  let timer = 0;
  let last = 0;
  const show = async (schedule) => {
    const turn = ++last;
    try {
      const zone = schedule.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      const preview = await post("/schedules/preview", { schedule, count: 10 });
      const changes = schedule.cron ? await aroundChanges(schedule, zone) : [];
      if (turn !== last) return;
      onProblem(null);
      replace(panel, next(preview, zone, await load), changes);
    } catch (e) {
      if (turn !== last) return;
      if (e.status === undefined && !(e instanceof RangeError)) throw e;
      onProblem(e.status === undefined ? null : e);
      replace(panel, empty(e.status === undefined ? t("preview.zone") : describeProblem(e)));
    }
  };
  return {
    panel,
    update(schedule) {
      clearTimeout(timer);
      const text = schedule.cron ?? schedule.at ?? schedule.every ?? schedule.after;
      if (!text) {
        last++;
        onProblem(null);
        replace(panel, empty(t("preview.empty")));
        return;
      }
      timer = setTimeout(() => show(schedule), PAUSE);
    },
  };
}

const line = (at, zone) => h("li", h("span", `${instant(at, zone)} `, h("span.dim", weekday(at, zone))), h("span.dim", offset(at, zone)));

/** The next day's fires by minute, and the seconds that are crowded already; nothing when nobody can tell. */
async function loadAhead() {
  try {
    const { from, minutes, crowded } = await get("/forecast?hours=24");
    return {
      crowded: new Map(crowded.filter(({ fires }) => fires >= CROWD).map(({ at, fires }) => [at, fires])),
      inMinuteOf: (at) => minutes[Math.floor((new Date(at) - new Date(from)) / 60_000)],
    };
  } catch (e) {
    if (e.status === undefined) throw e;
    return { crowded: new Map(), inMinuteOf: () => undefined };
  }
}

const next = (preview, zone, { crowded, inMinuteOf }) => [
  h("p.words", preview.description),
  preview.next.length === 0 ? empty(t("task.never")) : h("ul.times", preview.next.map((at) => line(at, zone))),
  preview.next.filter((at) => crowded.has(at)).slice(0, 1).map((at) =>
    h("div.warning", t("preview.crowded", { n: count(crowded.get(at)), at: instant(at, zone) }))),
  preview.next.slice(0, 1).filter((at) => inMinuteOf(at) !== undefined).map((at) =>
    h("p.hint", t("preview.minute", { n: count(inMinuteOf(at)), at: clock(at, zone).slice(0, 5) }), " ",
      h("a", { href: "/forecast?hours=24" }, t("nav.forecast")))),
];

/** The fires in the hours around each change of the clocks, so that the choice can be seen. */
async function aroundChanges(schedule, zone) {
  const changes = clockChanges(zone);
  const answers = await Promise.all(changes.map((change) =>
    post("/schedules/preview", { schedule, from: new Date(change.at - 3 * HOUR).toISOString(), count: 40 })));
  return changes.map((change, i) => {
    const near = answers[i].next.filter((at) => Math.abs(new Date(at) - change.at) <= 3 * HOUR);
    const few = near.length > 6 ? near.filter((at) => Math.abs(new Date(at) - change.at) <= HOUR).slice(0, 8) : near;
    return [
      h("h3", t(change.forward ? "preview.forward" : "preview.back", { day: instant(change.at, zone).slice(0, 10), from: new Date(change.at + change.before * 60_000).toISOString().slice(11, 16), to: clock(change.at, zone).slice(0, 5) })),
      few.length === 0 ? h("p.dim", t("preview.change.none")) : h("ul.times", few.map((at) => line(at, zone))),
    ];
  });
}
