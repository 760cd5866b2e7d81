// Things that change while one looks at them.
import { h, replace } from "./dom.js";
import { errorBox, skeleton, unavailable } from "./parts.js";

const SLOWEST = 30_000;

/** Calls now and again after each pause; not while the tab is hidden, slower while it fails. */
export function every(millis, signal, action) {
  let pause = millis;
  let timer = 0;
  const step = async () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    pause = (await action()) === false ? Math.min(pause * 2, SLOWEST) : millis;
    if (!signal.aborted) timer = setTimeout(step, pause);
  };
  document.addEventListener("visibilitychange", () => !document.hidden && step(), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return step();
}

/**
 * A part of a page that loads by itself: first a placeholder of its height, then what view makes of
 * the answer. It is drawn again only when the answer has changed. A failure later on leaves what
 * was there, with a note above; a 404 says that this member does not have it.
 */
export function block(signal, load, view, { refresh = 0, rows = 3, live = false } = {}) {
  const note = h("div.note-slot");
  const body = h("div", skeleton(rows));
  const root = h("div.block", { "aria-live": live ? "polite" : null, "aria-busy": "true" }, note, body);
  let shown = null;
  const step = async () => {
    try {
      const data = await load(signal);
      replace(note);
      const text = JSON.stringify(data);
      if (text !== shown) {
        shown = text;
        replace(body, view(data));
      }
      return true;
    } catch (e) {
      if (e.name === "AbortError") return true;
      if (e.status === undefined) throw e;
      if (e.status === 404) replace(body, unavailable());
      else if (shown === null) replace(body, errorBox(e, step));
      else replace(note, errorBox(e, step));
      return false;
    } finally {
      root.setAttribute("aria-busy", "false");
    }
  };
  root.reload = step;
  if (refresh > 0) every(refresh, signal, step);
  else step();
  return root;
}
