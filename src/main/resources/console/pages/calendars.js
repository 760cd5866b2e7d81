import { t } from "../core/i18n.js";
import { h } from "../core/dom.js";
import { named } from "../core/named.js";

export const title = () => t("nav.calendars");

const EXAMPLE = { zone: "Asia/Shanghai", exclude: ["2026-12-25"], exclude_days: ["SAT", "SUN"], include: [], on_excluded: "skip" };

export const render = ({ signal, query }) =>
  named({
    signal, query, title: title(), path: "/calendars", member: "calendars", example: EXAMPLE, readOnly: [],
    summary: (calendar) => [
      h("div", [calendar.zone, ...(calendar.exclude_days ?? [])].filter(Boolean).join(" · ")),
      h("span.sub", t("calendars.days", { n: (calendar.exclude ?? []).length, m: (calendar.include ?? []).length })),
    ],
    text: t("calendars.text"),
  });
