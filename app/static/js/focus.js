// Where the keyboard goes after a part of the page was replaced: to the error summary when the form failed, back to the control
// that was used when it is still there (by id or name), to the heading when a whole page came.
let before = null;

const remember = () => {
  const active = document.activeElement;
  before = active && active !== document.body ? { id: active.id, name: active.name, value: active.value } : null;
};

const restore = (root) => {
  if (!before || (document.activeElement && document.activeElement !== document.body)) return;
  const again = (before.id && document.getElementById(before.id))
    || (before.name && root.querySelector?.(`[name="${CSS.escape(before.name)}"]`));
  if (again) again.focus({ preventScroll: true });
};

document.addEventListener("htmx:beforeSwap", remember);
document.addEventListener("htmx:afterSettle", (event) => {
  const root = event.detail.elt;
  const summary = root.querySelector?.("[data-error-summary]");
  if (summary) summary.focus();
  else if (root.id === "main" || root === document.body) document.getElementById("page-title")?.focus();
  else restore(root);
});

// Browsers honour scroll-padding only for what lies outside the window; what the keyboard reaches under a bar that sticks is moved too.
document.addEventListener("focusin", ({ target }) => {
  const free = target.closest("main") && !target.closest("[data-bulk-bar], [data-flash], thead");
  if (free && target.matches(":focus-visible")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
});

// After a full load of a failed form the summary is where the reader begins.
document.querySelector("[data-error-summary]")?.focus();

// A form that was sent back is the answer to a POST: “Back” to it, or loading it again, would ask to send it once more. From here on
// its place in the history is the page that the form stood on.
if (document.querySelector("main [data-error-summary]") && document.referrer.startsWith(`${location.origin}/`)) {
  history.replaceState(history.state, "", document.referrer);
}
