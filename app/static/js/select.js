// Picking rows: all of the page with one box, a stretch with Shift, and the bar beneath with the count, announced.
let last = null;

const boxes = (id) => [...document.querySelectorAll(`[data-select="${CSS.escape(id)}"]`)];

const count = (id, speak) => {
  const all = boxes(id);
  const picked = all.filter((box) => box.checked).length;
  const bar = document.getElementById(id);
  if (!bar) return;
  const text = `${picked} ${bar.dataset.noun}${picked === 1 ? "" : "s"} selected`;
  bar.toggleAttribute("data-picked", picked > 0);
  bar.querySelector("[data-bulk-count]").textContent = text;
  const top = document.querySelector(`[data-select-all="${CSS.escape(id)}"]`);
  if (top) {
    top.checked = picked > 0 && picked === all.length;
    top.indeterminate = picked > 0 && picked < all.length;
  }
  if (speak) document.dispatchEvent(new CustomEvent("announce", { detail: { text } }));
};

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-select]");
  if (!box) return;
  const all = boxes(box.dataset.select);
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const { select, selectAll } = event.target.dataset ?? {};
  if (selectAll) for (const box of boxes(selectAll)) box.checked = event.target.checked;
  if (select || selectAll) count(select ?? selectAll, true);
});

const start = () => { for (const bar of document.querySelectorAll("[data-bulk-bar]")) count(bar.id, false); };
document.addEventListener("htmx:afterSettle", start);
// A page that the browser brings back keeps its ticks.
window.addEventListener("pageshow", start);
