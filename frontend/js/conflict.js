// Two people changed the same field: both values side by side, and the person decides. Text is never
// merged silently, and the one not chosen stays readable in the log.

import { $, h } from "./dom.js";
import { emit } from "./bus.js";
import { uuid7 } from "./forms.js";
import { dropDraft } from "./drafts.js";
import { note, unnote } from "./notices.js";
import { subjectOf } from "./optimism.js";
import { say } from "./announce.js";
import { t0 } from "./page.js";
import { offset, utc } from "./time.js";
import { laneName, shortName } from "./words.js";

/** one: the refused request. conflicts: [{field, base, theirs, yours, by}]. send: tries a request again. */
export function askWhich(one, conflicts, send) {
  const said = conflicts.map((each) => sentence(one, each)).join(" ");
  say(`${said} Choose which stays.`);
  const keep = () => keepTheirs(one);
  const use = () => useMine(one, conflicts, send);
  if (one.form?.closest(".field, [data-drawer]")) one.form.append(panel(one.form, said, conflicts, keep, use));
  else note("conflict", "look", said, [["Keep theirs", closing(keep)], ["Use mine", closing(use)]]);
}

function sentence(one, { field: name, by, theirs, yours }) {
  const who = by?.name ? `${shortName(by.name)}${by.agency ? ` (${by.agency})` : ""}` : "Somebody";
  const number = subjectOf(one.fields)?.dataset.number ?? "this task";
  if (name !== "lane") return `${who} changed ${label(one.form, name)} ${one.form ? "while you were typing" : `of ${number}`}.`;
  return `${who} moved ${number} to ${laneName(theirs)}. You moved it to ${laneName(yours)}.`;
}

const label = (form, name) => (form && $(".field-name, label", form.closest("[data-field]") ?? form)?.textContent.trim()) || name;

function panel(form, said, conflicts, keep, use) {
  const sides = conflicts.flatMap(({ field: name, theirs, yours }) => {
    const choices = form.elements[`set.${name}`]?.options;
    return [side("Theirs", written(theirs, choices)), side("Yours, not sent", written(yours, choices))];
  });
  const close = (act) => ({ currentTarget }) => {
    currentTarget.closest(".conflict").remove();
    act();
  };
  return h(
    "div.conflict.notice.notice-look",
    {},
    h("p", {}, h("b", {}, said)),
    h("div.sides", {}, ...sides),
    h("p.actions", {}, h("button.button.first", { type: "button", click: close(keep) }, "Keep theirs"), h("button.button", { type: "button", click: close(use) }, "Use mine")),
  );
}

const side = (title, words) => h("div.side", {}, h("span.label", {}, title), h("p", {}, words));

/** A value as people read it: people and tasks as the field's own choices name them, not by id. */
function written(value, choices = []) {
  if (value === null || value === "" || value?.length === 0) return "nothing";
  if (Array.isArray(value)) return value.map((each) => written(each, choices)).join(", ");
  const choice = [...choices].find((one) => one.value === value);
  if (choice) return choice.text;
  const time = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) return String(value);
  return `${offset(time, t0())} · ${utc(time)}`;
}

/** The form goes back to what was drawn, and the drawer brings what they wrote. */
function keepTheirs({ form, fields }) {
  if (!form) return;
  form.reset();
  dropDraft(form);
  emit("saved", { fields });
}

/** Now it is based on what they wrote, so it replaces that knowingly. */
function useMine(one, conflicts, send) {
  for (const { field: name, theirs } of conflicts) one.body.set(`base.${name}`, asText(theirs));
  one.body.set("idempotency_key", uuid7());
  send({ ...one, fields: Object.fromEntries(one.body) });
}

const asText = (value) => (Array.isArray(value) ? value.join(" ") : (value ?? ""));

const closing = (act) => () => {
  unnote("conflict");
  act();
};

