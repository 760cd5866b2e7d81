// How numbers, instants and durations are shown.
import { language, t } from "./i18n.js";

const locale = language === "zh" ? "zh-CN" : undefined;
const ENGLISH_24H = { hourCycle: "h23" };
const DAY = { year: "numeric", month: "2-digit", day: "2-digit" };
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", ...ENGLISH_24H };
const number = new Intl.NumberFormat(locale ?? "en");
const relative = new Intl.RelativeTimeFormat(locale ?? "en", { numeric: "auto" });
const formats = new Map();

function formatter(zone, withDay) {
  const key = `${zone ?? ""}|${withDay}`;
  if (!formats.has(key)) {
    const parts = withDay ? { ...DAY, ...CLOCK } : CLOCK;
    formats.set(key, new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone: zone }));
  }
  return formats.get(key);
}

/** 2026-12-01 02:00:00, in the browser's zone or the one given. */
export const instant = (text, zone) => (text ? formatter(zone, true).format(new Date(text)) : "—");

export const clock = (text, zone) => (text ? formatter(zone, false).format(new Date(text)) : "—");

/** The zone's distance from UTC at an instant, as UTC+8. */
export function offset(text, zone) {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" })
    .formatToParts(new Date(text));
  return parts.find((p) => p.type === "timeZoneName").value.replace("GMT", "UTC");
}

const weekdays = new Map();

export function weekday(text, zone) {
  if (!weekdays.has(zone)) {
    weekdays.set(zone, new Intl.DateTimeFormat(locale ?? "en", { weekday: "short", timeZone: zone }));
  }
  return weekdays.get(zone).format(new Date(text));
}

const STEPS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000]];

/** "in 5 minutes", "yesterday". */
export function ago(text) {
  if (!text) return t("never");
  const millis = new Date(text) - Date.now();
  for (const [unit, size] of STEPS) {
    if (Math.abs(millis) >= size || unit === "second") {
      return relative.format(Math.trunc(millis / size), unit);
    }
  }
}

export const count = (value) => (Number.isFinite(value) ? number.format(value) : "—");

/** 950 µs, 12 ms, 3.4 s, 2 m 5 s. */
export function millis(value) {
  if (!Number.isFinite(value)) return "—";
  if (value < 1) return `${Math.round(value * 1_000)} µs`;
  if (value < 1_000) return `${Math.round(value)} ms`;
  if (value < 60_000) return `${(value / 1_000).toFixed(1)} s`;
  return `${Math.floor(value / 60_000)} m ${Math.round((value % 60_000) / 1_000)} s`;
}

export function bytes(value) {
  if (!Number.isFinite(value)) return "—";
  let rest = value;
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (rest < 1_000) return `${rest < 10 && unit !== "B" ? rest.toFixed(1) : Math.round(rest)} ${unit}`;
    rest /= 1_000;
  }
  return `${rest.toFixed(1)} TB`;
}

export const percent = (share) => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : "—");

/** The text of a task's schedule as it was written. */
export function scheduleText(schedule) {
  if (!schedule) return "—";
  if (schedule.cron) return schedule.cron;
  if (schedule.at) return instant(schedule.at);
  if (schedule.every) return t("schedule.every", { d: schedule.every });
  return t("schedule.after", { d: schedule.after });
}

export function targetText(target) {
  if (target?.http) return `${target.http.method} ${target.http.url}`;
  if (target?.service) return `${target.service.name} ${target.service.path ?? ""}`;
  if (target?.shell) return target.shell.command;
  return target?.handler?.name ?? "—";
}
