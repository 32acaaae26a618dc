// Passkeys: what needs them is shown only where the browser can; a form that carries the options asks the authenticator and is sent
// with its answer.
const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential.parseCreationOptionsFromJSON);

for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = !able;

const ask = async (form) => {
  const options = JSON.parse(form.dataset.passkey);
  const credential = form.dataset.passkeyKind === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
};

const say = (form, error) => {
  const text = error.name === "InvalidStateError"
    ? "This device holds a passkey of yours already."
    : "No passkey was used: it was cancelled, it took too long, or this device has none for Countinghouse. Try again.";
  const place = form.querySelector("[data-passkey-said]");
  place.textContent = text;
  place.hidden = false;
  document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent: true } }));
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const begin = () => ask(form).catch((error) => say(form, error));
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopPropagation();
    begin();
  });
  begin();
}
