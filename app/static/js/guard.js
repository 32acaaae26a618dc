// Asks before a form with changes that were not saved is left.
const dirty = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) dirty.add(form);
});
document.addEventListener("submit", (event) => dirty.delete(event.target));

window.addEventListener("beforeunload", (event) => {
  // A form that htmx has taken out of the page cannot lose anything any more.
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
});
