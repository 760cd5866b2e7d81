// Addresses to pages. A page gets a signal that ends when the reader leaves it.
import { onUnauthorized } from "./api.js";
import { t } from "./i18n.js";
import { errorBox } from "./parts.js";
import { replace } from "./dom.js";

let routes = [];
let outlet = null;
let current = new AbortController();

export function startRouter(table, frame) {
  routes = table.map(([pattern, load]) => ({ pattern, parts: pattern.split("/"), load }));
  outlet = frame;
  onUnauthorized(() => {
    if (location.pathname === "/login") return;
    go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, true);
  });
  addEventListener("popstate", show);
  document.addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href^='/']");
    if (!link || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey) return;
    if (link.target || link.hasAttribute("download") || !match(new URL(link.href).pathname)) return;
    e.preventDefault();
    go(link.getAttribute("href"));
  });
  show();
}

export function go(address, instead = false) {
  history[instead ? "replaceState" : "pushState"](null, "", address);
  show();
}

/** Writes the state of a page into its address without leaving it. */
export const note = (address) => history.replaceState(null, "", address);

function match(path) {
  const parts = path.replace(/(.)\/$/, "$1").split("/");
  for (const route of routes) {
    if (route.parts.length !== parts.length) continue;
    const params = {};
    const fits = route.parts.every((part, i) => {
      if (!part.startsWith(":")) return part === parts[i];
      params[part.slice(1)] = decodeURIComponent(parts[i]);
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}

async function show() {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const found = match(location.pathname) ?? match("/");
  try {
    const page = await found.route.load();
    if (signal.aborted) return;
    const query = new URLSearchParams(location.search);
    const content = await page.render({ params: found.params, query, signal });
    if (signal.aborted) return;
    document.title = `${page.title(found.params)} · xcron`;
    outlet.show(found.route.pattern, content);
  } catch (e) {
    if (signal.aborted || e.name === "AbortError") return;
    replace(outlet.main, errorBox(e.status === undefined ? { code: "error", message: t("page.broken") } : e, show));
    if (e.status === undefined) throw e;
  }
}
