// The figures that the dashboard shows, taken from the answer of /stats.

const BAD = ["failure", "timeout", "unknown"];

export function fromStats(stats) {
  const failures = BAD.reduce((n, outcome) => n + stats.outcomes[outcome], 0);
  return {
    fires: stats.runs, failures, share: stats.runs ? failures / stats.runs : 0, late: stats.late, misfires: stats.misfires,
    // Without a run there is no lag, rather than one of 0.
    lagP50: stats.lag_ms.count ? stats.lag_ms.p50 : NaN, lagP99: stats.lag_ms.count ? stats.lag_ms.p99 : NaN,
    tasks: stats.tasks,
  };
}
