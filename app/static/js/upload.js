// Sends the files of a form one by one, in pieces: each with its own bar and words. A broken connection is waited for; a file that is
// chosen again after the page was closed goes on where it stopped, because the server knows it by its checksum. Without this script the
// form is sent as it is.
const form = document.querySelector("form[data-upload]");
const rows = [];
let sending = false;

const say = (text, urgent = false) => document.dispatchEvent(new CustomEvent("announce", { detail: { text, urgent } }));
const wait = (seconds) => new Promise((done) => {
  const timer = setTimeout(done, seconds * 1000);
  window.addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
});

class Refused extends Error {}
class Cancelled extends Error {}

const button = form?.querySelector("[type=submit]");
const label = button?.textContent;

const STALE = "You are not signed in any more. Load this page again, sign in, and choose the file again: it goes on where it stopped.";
const BUSY = `Too much is being sent at the moment. Wait a little, then press ${label} again.`;

// One call, made again until it is answered: nothing is done twice by it.
const call = async (row, path, body, query = "") => {
  for (let tries = 0; ; tries += 1) {
    if (row.cancelled) throw new Cancelled();
    row.calling = new AbortController();
    const headers = { "X-CSRFToken": form.elements.csrf_token.value };
    if (body instanceof Blob) headers["Content-Type"] = "application/octet-stream";
    const how = { method: "POST", body, headers, redirect: "manual", signal: row.calling.signal };
    const answer = await fetch(form.dataset.upload + path + query, how).catch(() => null);
    if (row.cancelled) throw new Cancelled();
    if (answer?.type === "opaqueredirect") throw new Refused(STALE);
    const json = answer?.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json().catch(() => null) : null;
    if (answer?.ok && json) return json;
    if (answer?.status === 429) throw new Refused(BUSY);
    if (answer && answer.status < 500) {
      const fault = new Refused(json?.error?.message ?? STALE);
      fault.field = Object.keys(json?.error?.fields ?? {})[0];
      fault.status = answer.status;
      throw fault;
    }
    show(row, "The connection is broken. Sending goes on by itself when it is back.");
    await wait(Math.min(30, 2 ** tries));
  }
};

const checksum = async (file) => {
  // Browsers compute it on secure pages only; elsewhere a file goes on as long as the page is open.
  if (!crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

const show = (row, text, kind = "") => {
  row.words.textContent = text;
  row.words.classList.toggle("paper-error", kind === "error");
};
const size = (bytes) => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`;
const moved = (row, received) => {
  row.bar.value = received;
  const share = row.file.size ? Math.floor((100 * received) / row.file.size) : 0;
  row.bar.textContent = `${share} %`;
  show(row, `Sending: ${share} % of ${size(row.file.size)}`);
};

const fields = (row, sha256) => {
  const body = new FormData(form);
  for (const input of form.querySelectorAll("input[type=file]")) body.delete(input.name);
  body.set("name", row.file.name);
  body.set("size", row.file.size);
  body.set("sha256", sha256);
  return body;
};

const transfer = async (row) => {
  show(row, "Making it ready …");
  row.bar.hidden = false;
  const begun = await call(row, "", fields(row, await checksum(row.file)));
  if (begun.document) return begun.document;
  row.id = begun.upload.id;
  let received = begun.upload.received;
  while (received < row.file.size) {
    moved(row, received);
    const piece = row.file.slice(received, received + Number(form.dataset.piece));
    received = (await call(row, `/${row.id}/pieces`, piece, `?offset=${received}`)).received;
  }
  moved(row, received);
  show(row, "Checking it …");
  return (await call(row, `/${row.id}/finish`)).document;
};

const finished = (row, document_) => {
  row.state = "done";
  row.bar.hidden = true;
  row.button.remove();
  const open = document.createElement("a");
  open.href = document_.url;
  open.textContent = form.dataset.open;
  open.setAttribute("aria-label", `${form.dataset.open}: ${row.file.name}`);
  show(row, `${form.dataset.here} `);
  row.words.append(open);
  say(`${row.file.name}: ${form.dataset.here}`);
};

const failed = (row, error) => {
  row.state = error instanceof Refused && row.state !== "unfit" ? "failed" : row.state;
  row.bar.hidden = true;
  row.button.textContent = "Remove";
  show(row, error.message, "error");
  say(`${row.file.name}: ${error.message}`, true);
};

const unfit = (file) => {
  const ending = file.name.includes(".") ? `.${file.name.split(".").pop().toLowerCase()}` : "";
  const types = form.dataset.types.split(",");
  if (!file.size) return "This file is empty: it has no content.";
  if (file.size > Number(form.dataset.largest)) {
    return `This file has ${size(file.size)}, and 10 MB are taken at most. Save it smaller, or send it in parts.`;
  }
  if (!types.includes(ending)) return `Files ${ending ? `ending in ${ending}` : "without an ending, such as .pdf,"} are not taken. Send it as a PDF or a picture.`;
  return "";
};

const element = (tag, within, text = "", name = "") => {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = name;
  within.append(made);
  return made;
};

const remove = async (row) => {
  const next = row.item.nextElementSibling?.querySelector("button") ?? button;
  row.cancelled = true;
  row.calling?.abort();
  rows.splice(rows.indexOf(row), 1);
  row.item.remove();
  form.querySelector("[data-uploads]").hidden = !rows.length;
  next.focus();
  say(`${row.file.name} is not sent.`);
  if (!row.id) return;
  const headers = { "X-CSRFToken": form.elements.csrf_token.value };
  await fetch(`${form.dataset.upload}/${row.id}/cancel`, { method: "POST", headers, redirect: "manual" }).catch(() => null);
};

const add = (file) => {
  if (rows.some((row) => row.file.name === file.name && row.file.size === file.size && row.file.lastModified === file.lastModified)) return;
  const list = form.querySelector("[data-uploads]");
  const row = { file, item: element("li", list, "", "paper"), state: "ready" };
  const head = element("div", row.item, "", "card-head");
  element("h3", head, file.name);
  row.button = element("button", head, "Remove", "btn btn-secondary");
  row.button.type = "button";
  row.button.setAttribute("aria-label", `Remove ${file.name}`);
  row.button.addEventListener("click", () => remove(row));
  row.bar = element("progress", row.item);
  row.bar.max = file.size || 1;
  row.bar.value = 0;
  row.bar.hidden = true;
  row.bar.setAttribute("aria-label", file.name);
  row.words = element("p", row.item);
  rows.push(row);
  list.hidden = false;
  const wrong = unfit(file);
  if (wrong) {
    row.state = "unfit";
    show(row, wrong, "error");
    say(`${file.name}: ${wrong}`, true);
  } else show(row, `${size(file.size)}. Press ${label} below.`);
};

const field = (name) => form.elements[name]?.closest(".field");
const describe = (input, ids) => {
  if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
  else input.removeAttribute("aria-describedby");
};
const described = (input) => (input.getAttribute("aria-describedby") ?? "").split(/\s+/).filter((id) => id && id !== `${input.id}-error`);
const complain = (name, text) => {
  const place = field(name);
  const input = form.elements[name];
  place.querySelector(".field-error")?.remove();
  place.classList.add("field-invalid");
  const error = document.createElement("p");
  error.className = "field-error";
  error.id = `${input.id}-error`;
  error.textContent = text;
  input.before(error);
  input.setAttribute("aria-invalid", "true");
  describe(input, [...described(input), error.id]);
  input.focus();
  say(text, true);
};
const uncomplain = () => {
  for (const error of form.querySelectorAll(".field-error")) error.remove();
  for (const place of form.querySelectorAll(".field-invalid")) place.classList.remove("field-invalid");
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    describe(input, described(input));
  }
};

const send = async () => {
  sending = true;
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Sending …";
  for (const row of rows.filter((one) => one.state === "ready" || one.state === "failed")) {
    if (row.cancelled) continue;
    row.button.textContent = "Cancel";
    row.button.setAttribute("aria-label", `Cancel ${row.file.name}`);
    try {
      finished(row, await transfer(row));
    } catch (error) {
      if (error instanceof Cancelled) continue;
      if (field(error.field)) {
        row.bar.hidden = true;
        show(row, "Not sent yet.");
        complain(error.field, error.message);
        break;
      }
      if (error instanceof Refused && error.status === 404) row.id = null;
      failed(row, error instanceof Refused ? error : new Refused("This file can no longer be read. Choose it again."));
    }
  }
  sending = false;
  button.removeAttribute("aria-disabled");
  button.textContent = label;
  const all = rows.length && rows.every((row) => row.state === "done");
  const done = form.querySelector("[data-uploads-done]");
  done.hidden = !all;
  if (all) say(done.querySelector("h2").textContent);
};

if (form) {
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      uncomplain();
      for (const file of input.files) add(file);
      form.querySelector("[data-uploads-done]").hidden = true;
      input.value = "";
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    uncomplain();
    const waiting = rows.some((row) => row.state === "ready" || row.state === "failed");
    if (!waiting) complain("files", rows.length ? "There is nothing more to send. Choose another file." : "Choose at least one file.");
    else if (form.elements.doc_type && !form.elements.ask_id?.value && !form.elements.doc_type.value.trim()) complain("doc_type", "Say what the document is, such as “Bank statements”.");
    else send();
  });
  window.addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
}
