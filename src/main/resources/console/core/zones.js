// Where a zone's clocks change, found by looking at its distance from UTC day by day.

const DAY = 86_400_000;

const readers = new Map();

/** Minutes east of UTC. */
function east(millis, zone) {
  if (!readers.has(zone)) readers.set(zone, new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }));
  const text = readers.get(zone).formatToParts(new Date(millis)).find((p) => p.type === "timeZoneName").value;
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(text);
  return match ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

/** The changes of the next 400 days: [{at, forward, before}], at most two; before is the old distance from UTC. */
export function clockChanges(zone, now = Date.now()) {
  const changes = [];
  let before = east(now, zone);
  for (let day = now; day < now + 400 * DAY && changes.length < 2; day += DAY) {
    const after = east(day + DAY, zone);
    if (after !== before) changes.push({ at: instantOf(day, day + DAY, zone), forward: after > before, before });
    before = after;
  }
  return changes;
}

function instantOf(from, to, zone) {
  const old = east(from, zone);
  let low = from;
  let high = to;
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2);
    if (east(middle, zone) === old) low = middle;
    else high = middle;
  }
  return Math.round(high / 60_000) * 60_000;
}

export const zones = () => ["UTC", ...Intl.supportedValuesOf("timeZone")];
