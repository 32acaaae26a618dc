// While htmx waits: the target is busy, the control keeps its label and says that it is at work. Failures are told.
const tell = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: true } }));

const show = (text) => {
  const flashes = document.getElementById("flashes");
  if (!flashes) return;
  const note = document.createElement("div");
  note.className = "flash flash-bad";
  note.dataset.flash = "bad";
  const words = document.createElement("p");
  words.textContent = text;
  note.append(words);
  flashes.replaceChildren(note);
  tell(text);
};

document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.target?.setAttribute("aria-busy", "true");
  const control = event.detail.requestConfig?.triggeringEvent?.submitter;
  control?.setAttribute("aria-disabled", "true");
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.detail.target?.removeAttribute("aria-busy");
  event.detail.requestConfig?.triggeringEvent?.submitter?.removeAttribute("aria-disabled");
});

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 401) location.reload();
  else show(status === 403 || status === 404
    ? "That is not there any more, or you may not do it. Load the page again."
    : "That did not work, and the fault is on our side. Try again, or load the page again.");
});

document.addEventListener("htmx:sendError", () => show("There is no connection to Countinghouse just now. Try again in a moment."));
