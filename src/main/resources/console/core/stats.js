// The figures that the dashboard shows, taken from the answer of /stats.

const pick = (object, ...names) => names.map((n) => object?.[n]).find((v) => typeof v === "number");

export function fromStats(stats) {
  const all = stats.total ?? stats.cluster ?? stats;
  const fires = pick(all, "fires", "runs", "count") ?? 0;
  const failures = pick(all, "failures", "failed", "failure") ?? 0;
  const lag = all.lag_ms ?? all.lag ?? {};
  return {
    fires, failures,
    share: fires ? failures / fires : 0,
    lagP50: pick(lag, "p50") ?? pick(all, "lag_p50_ms"),
    lagP99: pick(lag, "p99") ?? pick(all, "lag_p99_ms"),
  };
}
