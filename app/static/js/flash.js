// Messages can be dismissed; good news goes by itself after eight seconds, but not while it is pointed at or holds the keyboard.
const STAY = 8000;

const start = () => {
  for (const flash of document.querySelectorAll("[data-flash]:not([data-started])")) {
    flash.dataset.started = "";
    const kind = flash.dataset.flash;
    const text = flash.querySelector("p").textContent;
    document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: kind === "bad" } }));
    const button = flash.querySelector("[data-flash-dismiss]");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", () => flash.remove());
    }
    if (kind !== "good") continue;
    const leave = () => {
      if (flash.matches(":hover, :focus-within")) setTimeout(leave, 2000);
      else flash.remove();
    };
    setTimeout(leave, STAY);
  }
};

document.addEventListener("htmx:afterSettle", start);
document.addEventListener("htmx:oobAfterSwap", start);
start();
