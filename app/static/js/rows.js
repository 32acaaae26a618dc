// J and K go down and up the rows of the first table (or the one the keyboard is in), Enter follows the row's link, X picks the row.
const step = (by) => {
  const here = document.activeElement?.closest("[data-rows] tbody tr");
  const table = here?.closest("[data-rows]") ?? document.querySelector("main [data-rows]");
  const rows = table ? [...table.tBodies[0].rows] : [];
  const next = rows[here ? rows.indexOf(here) + by : by > 0 ? 0 : rows.length - 1];
  const target = next?.querySelector(".row-link") ?? next?.querySelector("a, button, select, input");
  if (!target) return;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};

document.addEventListener("shortcut", (event) => {
  if (event.detail === "j") step(1);
  if (event.detail === "k") step(-1);
  if (event.detail === "x") document.activeElement?.closest("tr")?.querySelector("[data-select]")?.click();
});
