// How many rows of a mapping table differ from what is saved: a form with data-unsaved, its controls with data-saved.
const count = (form) => {
  const fields = [...form.elements].filter((field) => field.dataset.saved !== undefined);
  const changed = fields.filter((field) => field.value !== field.dataset.saved).length;
  const place = form.querySelector("[data-unsaved-count]");
  if (place) place.textContent = changed ? `${changed} not saved yet` : "Everything is saved";
};

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-unsaved]")) count(form);
});
