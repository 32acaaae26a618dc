// Copies a text that people need elsewhere: an address, a reference.
const ready = () => { for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = !navigator.clipboard; };

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const done = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
  const text = done ? "Copied" : "The browser did not allow copying. Select the text instead.";
  document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: !done } }));
  button.toggleAttribute("data-copied", done);
});

document.addEventListener("htmx:afterSettle", ready);
ready();
