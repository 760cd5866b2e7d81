// Runs before the first paint, so that a chosen theme does not flash. "auto" leaves it to the system.
(() => {
  const chosen = localStorage.getItem("xcron.theme");
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
})();
