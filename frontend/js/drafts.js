// What is typed into a form is kept in this tab until it is sent: over a reload, a restart of the
// server, a sign-out. It belongs to one person; nobody who signs in after them sees it.

import { $$, inTab } from "./dom.js";
import { COMMAND_FORM, changed, commandOf, controls, field, isDirty } from "./forms.js";
import { page } from "./page.js";

const SUBJECTS = ["task", "item", "run", "decision"];

export function keepDrafts() {
  const keep = ({ target }) => target.form?.matches(COMMAND_FORM) && keepDraft(target.form);
  document.addEventListener("input", keep);
  document.addEventListener("change", keep);
  restoreDrafts();
}

function keepDraft(form) {
  const typed = controls(form).filter((control) => control.name && !control.multiple && changed(control));
  const values = Object.fromEntries(typed.map(({ name, value }) => [name, value]));
  const bases = Object.fromEntries(typed.map(({ name }) => baseOf(form, name)).filter(Boolean).map(({ name, value }) => [name, value]));
  form.classList.toggle("dirty", isDirty(form));
  inTab(draftName(form), typed.length ? JSON.stringify({ values, bases }) : null);
}

export function dropDraft(form) {
  form.classList.remove("dirty");
  inTab(draftName(form), null);
}

/** Gives the forms under `root` what was typed into them before. */
export function restoreDrafts(root = document) {
  for (const form of $$(COMMAND_FORM, root)) {
    const draft = inTab(draftName(form));
    if (draft) refill(form, JSON.parse(draft));
  }
}

// What the text was based on comes back with it, so that a change made meanwhile is still seen as one.
function refill(form, { values, bases }) {
  for (const [name, value] of Object.entries({ ...bases, ...values })) {
    const control = field(form, name);
    if (control && "value" in control && control !== document.activeElement) control.value = value;
  }
  form.classList.add("dirty");
}

const baseOf = (form, name) => (name.startsWith("set.") ? field(form, name.replace("set.", "base.")) : null);

function draftName(form) {
  const subject = SUBJECTS.map((name) => field(form, name)?.value ?? "").join(".");
  const names = controls(form).map(({ name }) => name).join(",");
  return `draft ${page().me} ${page().incident} ${commandOf(form)} ${subject} ${names}`;
}
