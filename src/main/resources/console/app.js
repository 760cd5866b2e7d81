// Where the console starts: the frame around the pages, and which address is which page.
import { frame } from "./core/frame.js";
import { startRouter } from "./core/router.js";

const page = (name) => () => import(`./pages/${name}.js`);

const ROUTES = [
  ["/", page("dashboard")],
  ["/login", page("login")],
  ["/new", page("edit")],
  ["/tasks", page("tasks")],
  ["/tasks/:id", page("task")],
  ["/tasks/:id/edit", page("edit")],
  ["/tasks/:id/runs/:run", page("run")],
  ["/services", page("services")],
  ["/groups", page("groups")],
  ["/calendars", page("calendars")],
  ["/cluster", page("cluster")],
  ["/forecast", page("forecast")],
  ["/audit", page("audit")],
];

startRouter(ROUTES, frame(document.getElementById("app")));
