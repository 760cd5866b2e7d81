// The figures that the dashboard shows, taken from the answer of /stats.

const BAD = ["failure", "timeout", "unknown"];

const pick = (object, ...names) => names.map((n) => object?.[n]).find((v) => typeof v === "number");

export function fromStats(stats) {
  const all = stats.all ?? stats.total ?? stats.cluster ?? stats;
  const fires = pick(all, "runs", "fires", "count") ?? 0;
  const failures = pick(all, "failures") ?? BAD.reduce((n, outcome) => n + (all.outcomes?.[outcome] ?? 0), 0);
  const lag = all.lag ?? all.lag_ms ?? {};
  return {
    fires, failures, share: fires ? failures / fires : 0,
    lagP50: pick(lag, "p50", "p50_ms"), lagP99: pick(lag, "p99", "p99_ms"),
  };
}
