// Warns ten minutes before a sign-in ends by itself, and makes it last longer where it may.
const warning = document.querySelector("[data-session-ends]");
const EARLY = 10 * 60 * 1000;

const warn = () => {
  const ends = new Date(warning.dataset.sessionEnds);
  const left = ends - Date.now();
  if (left > EARLY) {
    warning.hidden = true;
    setTimeout(warn, Math.min(left - EARLY, EARLY));
    return;
  }
  const time = ends.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
  const text = left > 0 ? `You will be signed out at ${time}` : "You are signed out. Load the page to sign in again.";
  warning.querySelector("[data-session-words]").textContent = text;
  warning.querySelector("button").hidden = left <= 0;
  warning.hidden = false;
  document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: true } }));
  if (left > 0) setTimeout(warn, left);
};

if (warning) {
  warning.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(warning.action, { method: "POST", body: new FormData(warning), redirect: "manual" }).catch(() => null);
    const longer = answer?.ok ? await answer.json() : null;
    const text = !longer ? "That did not work. Try again, or sign in anew."
      : longer.ends === warning.dataset.sessionEnds ? "A sign-in lasts a day at most. Sign in again when it has ended."
      : "You stay signed in.";
    if (longer && longer.ends !== warning.dataset.sessionEnds) {
      warning.dataset.sessionEnds = longer.ends;
      warn();
      // The button that was pressed is gone with the warning.
      if (warning.hidden) document.getElementById("main").focus();
    } else warning.querySelector("[data-session-words]").textContent = text;
    document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: false } }));
  });
  warn();
}
