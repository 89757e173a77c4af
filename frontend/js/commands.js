// Sends the forms of the board without leaving it. The forms are whole without this: each posts to
// its own address. What is sent again carries the same key, so it can never be done twice.

import { emit, on } from "./bus.js";
import { canWrite } from "./connection.js";
import { askWhich } from "./conflict.js";
import { dropDraft } from "./drafts.js";
import { accept, commandOf, controls, field, uuid7 } from "./forms.js";
import { clearMessages, complain } from "./messages.js";
import { foresee } from "./optimism.js";
import { remember } from "./own.js";
import { may, page } from "./page.js";

const DASHED_AFTER = 300;
const ANSWER_WITHIN = 20_000;

const pending = new Map(); // element id -> requests under way

export function startCommands() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const command = commandOf(form);
    if (!command || event.defaultPrevented || !page().live || form.enctype === "multipart/form-data") return;
    event.preventDefault();
    runForm(form, event.submitter);
  });
  on("drawn", (nodes) => nodes.forEach(dress));
}

/** Sends a form as it stands. */
export function runForm(form, submitter) {
  if (form.ariaBusy === "true") return undefined;
  if (!canWrite()) return complain(form, "Not live: nothing can be sent now. Your text is kept.");
  const data = new FormData(form);
  if (submitter?.name) data.set(submitter.name, submitter.value);
  clearMessages(form);
  return send(request(commandOf(form), new URLSearchParams(data), { form }));
}

/** Sends a command that has no form of its own: an undo, a drop, a key. */
export function runCommand(command, fields, more = {}) {
  if (!may(command)) return complain(null, "You may look at this, not change it.");
  if (!canWrite()) return complain(null, "Not live: nothing can be sent now.");
  return send(request(command, new URLSearchParams({ ...fields, idempotency_key: uuid7() }), more));
}

function request(command, body, more) {
  return { command, body, action: `/i/${page().incident}/commands/${command}`, fields: Object.fromEntries(body), ...more };
}

/** Sends, shows what it will do, and takes that back when it did not happen. */
export async function send(one) {
  remember(one.body.get("idempotency_key"));
  const seen = foresee(one.command, one.fields);
  const mark = begin(one, seen.node);
  const undoable = seen.undo && !one.isUndo;
  emit("foreseen", one);
  if (undoable) emit("acting");
  const answer = await post(one);
  mark.end();
  if (answer.status === 200) succeed(one, seen, answer.data);
  else {
    seen.revert?.();
    emit("foreseen", one);
    refuse(one, answer);
  }
  if (undoable) emit("acted");
  return answer;
}

async function post({ action, body }) {
  try {
    const response = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    return { status: response.status, data: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, data: {} };
  }
}

// Under 300 ms nothing is drawn; then the dashed edge says that it is not confirmed yet.
function begin({ form }, node) {
  const marked = node ?? form;
  if (form) form.ariaBusy = "true";
  let drawn = false;
  const timer = setTimeout(() => {
    drawn = true;
    count(marked, 1);
  }, DASHED_AFTER);
  return {
    end() {
      clearTimeout(timer);
      if (drawn) count(marked, -1);
      if (form) form.ariaBusy = null;
    },
  };
}

function count(node, by) {
  if (!node) return;
  node.id ||= `sent-${uuid7()}`;
  pending.set(node.id, (pending.get(node.id) ?? 0) + by);
  dress(document.getElementById(node.id) ?? node);
}

function dress(node) {
  if (pending.has(node.id)) node.classList.toggle("pending", pending.get(node.id) > 0);
}

function succeed(one, seen, receipt) {
  const { form } = one;
  if (form) {
    dropDraft(form);
    clearMessages(form);
    settle(form, one);
    renew(form);
  }
  emit("saved", { ...one, receipt, undo: receipt.result === "applied" ? seen.undo : null });
}

// An edited field now stands on what was saved; a form that adds something is empty again.
function settle(form, { command, fields }) {
  if (command !== "edit-task") return form.reset();
  for (const [name, value] of Object.entries(fields)) {
    const base = name.startsWith("set.") && field(form, name.replace("set.", "base."));
    if (base) base.value = value;
  }
  accept(form);
}

function renew(form) {
  const key = field(form, "idempotency_key");
  if (key) key.value = uuid7();
}

function refuse(one, { status, data }) {
  if (status === 401) return emit("signed-out");
  if (status === 409 && data.conflict) return askWhich(one, data.conflict, send);
  if (status === 0 || status >= 500) return complainUnsent(one, data);
  if (one.form && data.fields) return markFields(one, data);
  return complain(one.form, data.detail ?? data.title ?? "Not saved. Your text is kept.");
}

// No answer does not mean not done. The key makes sending again safe either way.
function complainUnsent(one, { saved }) {
  const doubt = saved === "unknown" ? " It may have been saved; sending again does it once only." : "";
  const again = () => {
    if (!canWrite()) return;
    clearMessages(one.form);
    send(one);
  };
  complain(one.form, `Not saved. Your text is kept.${doubt}`, [["Send now", again]]);
}

function markFields({ form }, { fields, detail }) {
  let first = null;
  for (const [name, sentence] of Object.entries(fields)) {
    const control = field(form, name) ?? field(form, `set.${name}`) ?? controls(form)[0];
    if (!control || control.type === "hidden") complain(form, sentence);
    else first ??= complainAt(form, control, sentence);
  }
  if (!Object.keys(fields).length) complain(form, detail);
  first?.focus();
}

function complainAt(form, control, sentence) {
  const text = complain(form, sentence);
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", text.id);
  return control;
}
