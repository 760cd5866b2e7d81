// What surrounds each page: the way around, the switches, and the place for notes.
import { dropToken, token } from "./api.js";
import { h, replace, s } from "./dom.js";
import { ago } from "./format.js";
import { choose, language, t } from "./i18n.js";
import { go } from "./router.js";

const WAYS = [
  ["/", "nav.dashboard"], ["/tasks", "nav.tasks"], ["/forecast", "nav.forecast"], ["/cluster", "nav.cluster"],
  ["/services", "nav.services"], ["/groups", "nav.groups"], ["/calendars", "nav.calendars"], ["/audit", "nav.audit"],
];
const THEMES = ["auto", "light", "dark"];

export function frame(root) {
  const links = WAYS.map(([href, key]) => h("a", { href }, t(key)));
  const menu = h("button.menu", { type: "button", "aria-expanded": "false", "aria-controls": "nav", onclick: () => open() }, t("nav.menu"));
  const open = (wanted) => {
    const now = wanted ?? menu.getAttribute("aria-expanded") !== "true";
    menu.setAttribute("aria-expanded", String(now));
    side.classList.toggle("open", now);
  };
  const leave = h("button.plain", { type: "button", onclick: () => { dropToken(); go("/login"); } }, t("logout"));
  const side = h("div.side",
    h("div.brand", h("a.logo", { href: "/" }, logo(), "xcron"), menu),
    h("nav", { id: "nav", "aria-label": t("nav.label") }, links),
    h("div.switches", themeSwitch(), languageSwitch(), leave));
  const main = h("main", { id: "main" });
  replace(root,
    h("a.skip", { href: "#main", onclick: (e) => { e.preventDefault(); main.querySelector("h1")?.focus(); } }, t("skip")),
    side, main, h("div", { id: "toasts", role: "status", "aria-live": "polite" }));
  addEventListener("keydown", shortcuts);
  setInterval(tick, 1_000);
  let first = true;
  return {
    main,
    show(pattern, content) {
      open(false);
      root.classList.toggle("bare", pattern === "/login");
      leave.hidden = !token();
      for (const link of links) {
        const href = link.getAttribute("href");
        const here = href === pattern || (href === "/tasks" && (pattern.startsWith("/tasks") || pattern === "/new"));
        if (here) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      replace(main, content);
      if (!first) {
        scrollTo(0, 0);
        main.querySelector("h1")?.focus({ preventScroll: true });
      }
      first = false;
    },
  };
}

const logo = () =>
  s("svg", { viewBox: "0 0 32 32", width: 22, height: 22, "aria-hidden": "true" },
    s("rect.logo-ground", { width: 32, height: 32, rx: 7 }), s("circle.logo-line", { cx: 16, cy: 16, r: 9 }),
    s("path.logo-line", { d: "M16 10.5V16l4 3" }));

function themeSwitch() {
  const now = localStorage.getItem("xcron.theme") ?? "auto";
  return h("select", {
    "aria-label": t("theme"),
    onchange: (e) => {
      localStorage.setItem("xcron.theme", e.target.value);
      if (e.target.value === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = e.target.value;
    },
  }, THEMES.map((theme) => h("option", { value: theme, selected: theme === now }, t(`theme.${theme}`))));
}

const languageSwitch = () =>
  h("select", { "aria-label": t("language"), onchange: (e) => choose(e.target.value) },
    [["en", "English"], ["zh", "中文"]].map(([value, name]) => h("option", { value, selected: value === language }, name)));

/** Keeps "in 5 seconds" true; at most a page of rows has any. */
function tick() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const text = ago(element.dateTime);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** "/" goes to the search, "n" to a new task. */
function shortcuts(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, dialog")) return;
  if (e.key === "/") {
    e.preventDefault();
    const search = document.querySelector("input[type=search]");
    if (search) search.focus();
    else go("/tasks");
  } else if (e.key === "n") {
    e.preventDefault();
    go("/new");
  }
}
