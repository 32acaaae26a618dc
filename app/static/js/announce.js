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

document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.detail.elt;
  const told = root.matches?.("[data-announce]") ? root : root.querySelector?.("[data-announce]");
  if (told) say(told.textContent.trim(), false);
});
