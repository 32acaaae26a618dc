// The theme changes at once; the form is sent behind it, so that the server draws the next page in it.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.bsTheme = theme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  const body = new FormData(form, event.submitter);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
  const kept = answer && (answer.ok || answer.type === "opaqueredirect");
  const text = kept ? `Theme: ${theme}` : "The theme could not be kept. It holds for this page only.";
  document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: !kept } }));
});
