// A definition as a form edits it: what a new one begins with, and what of a stored one is written back.

const READ_ONLY = ["id", "state", "run_count", "next_due", "last_run", "create_time", "version"];

export const fresh = () => ({
  namespace: "default", name: "", labels: {},
  schedule: { cron: "0 9 * * MON-FRI", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, dialect: "unix", dst: { gap: "after", overlap: "first" } },
  target: { http: { url: "", method: "POST", headers: {}, body: {}, timeout: "10s" } },
  policy: { misfire: "once", overlap: "skip", delivery: "at-least-once", retry: { attempts: 3, backoff: "1s", max_backoff: "5m" } },
});

/** A stored task without what only the server writes. */
export function definitionOf(task) {
  return Object.fromEntries(Object.entries(task).filter(([name]) => !READ_ONLY.includes(name)));
}

export const SCHEDULES = {
  cron: (old) => ({ cron: old.cron ?? "0 9 * * *", zone: old.zone ?? fresh().schedule.zone, dialect: old.dialect ?? "unix", dst: old.dst ?? { gap: "after", overlap: "first" } }),
  at: (old) => ({ at: old.at ?? new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000).toISOString() }),
  every: (old) => ({ every: old.every ?? "10m" }),
  after: (old) => ({ after: old.after ?? "10m" }),
};

export const TARGETS = {
  http: () => fresh().target.http,
  service: () => ({ name: "", path: "/", arg: null }),
  shell: () => ({ command: "", env: {}, any: true, timeout: "1h" }),
  handler: () => ({ name: "", arg: null }),
};

export const kindOf = (object) => Object.keys(object)[0];
export const scheduleKind = (schedule) => Object.keys(SCHEDULES).find((kind) => kind in schedule);

/** "team:pay area:eu" as an object; texts without a colon are left out. */
export function readPairs(text, separator = /[\s,]+/) {
  const pairs = text.split(separator).map((pair) => pair.trim()).filter((pair) => pair.indexOf(":") > 0);
  return Object.fromEntries(pairs.map((pair) => {
    const colon = pair.indexOf(":");
    return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
  }));
}

export const writePairs = (object, joint) => Object.entries(object ?? {}).map(([k, v]) => `${k}:${v}`).join(joint);

/** Header lines; a value of the form {secret: name} is written as secret(name). */
export const writeHeaders = (headers) =>
  Object.entries(headers ?? {}).map(([k, v]) => `${k}: ${typeof v === "string" ? v : `secret(${v.secret})`}`).join("\n");

export function readHeaders(text) {
  return Object.fromEntries(Object.entries(readPairs(text, /\n/)).map(([k, v]) => {
    const secret = /^secret\(([^)]+)\)$/.exec(v);
    return [k, secret ? { secret: secret[1] } : v];
  }));
}
