// Says things to screen readers through the two live regions that are there from the first load.
// Anyone may: document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent } })).
const say = (text, urgent) => {
  const region = document.getElementById(urgent ? "alert-region" : "status-region");
  if (!region || !text) return;
  region.textContent = "";
  // A region that is emptied and filled in one go is not read again when the words are the same.
  setTimeout(() => { region.textContent = text; }, 100);
};

document.addEventListener("announce", (event) => say(event.detail.text, event.detail.urgent));

// A part that is fetched by the clock says something only when it has changed.
let told = "";
document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.detail.elt;
  const part = root.matches?.("[data-announce]") ? root : root.querySelector?.("[data-announce]");
  const text = part?.textContent.trim() ?? told;
  if (text !== told) say(text, false);
  told = text;
});
