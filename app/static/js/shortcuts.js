// Single keys: / searches, g and a letter jumps, ? shows the list. They can be switched off (WCAG 2.1.4), in this browser.
const list = document.querySelector("[data-shortcuts]");
const box = document.querySelector("[data-shortcuts-on]");
const KEY = "countinghouse.shortcuts";
let jumping = 0;

const on = () => {
  // What was chosen in this browser, else what the server says of the person.
  try { return (localStorage.getItem(KEY) ?? (box.checked ? "on" : "off")) === "on"; } catch { return box.checked; }
};
const keep = (value) => {
  // Where the browser keeps nothing, the choice holds until the next page.
  try { localStorage.setItem(KEY, value ? "on" : "off"); } catch { return; }
};

const typing = (target) => target.isContentEditable
  || target.matches?.("textarea, select, input:not([type=checkbox]):not([type=radio])");

if (list && box) {
  box.checked = on();
  box.addEventListener("change", () => keep(box.checked));
  for (const opener of document.querySelectorAll("[data-shortcuts-open]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => list.showModal());
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !box.checked) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (Date.now() - jumping < 1500) {
      jumping = 0;
      const link = list.querySelector(`[data-jump="${CSS.escape(key)}"]`);
      if (link) { event.preventDefault(); location.assign(link.href); }
      return;
    }
    if (key === "g") jumping = Date.now();
    else if (key === "?") { event.preventDefault(); list.showModal(); }
    else if (key === "/") {
      event.preventDefault();
      // Outside a practice there is no search above the page: then the page's own.
      (document.querySelector("[data-search]") ?? document.querySelector("main input[type=search]"))?.focus();
    } else document.dispatchEvent(new CustomEvent("shortcut", { detail: key }));
  });
}
