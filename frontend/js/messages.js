// What went wrong is said where it was tried: in the form, or in a row under the tabs when
// the form has no place for words. Never in a box that floats.

import { $, $$, h } from "./dom.js";
import { note, unnote } from "./notices.js";
import { say } from "./announce.js";

let count = 0;

/** Says it at the form, or under the tabs. actions as for a notice. Gives the element. */
export function complain(form, text, actions = []) {
  say(text);
  const reading = form && $("output", form);
  if (reading && !actions.length) return inReading(reading, text);
  if (!form?.isConnected || !hasRoom(form)) {
    note("command", "look", text, [...actions, ["Close", () => unnote("command")]].slice(0, 2));
    return $("#notice-command");
  }
  const buttons = actions.map(([label, act]) => h("button.button", { type: "button", click: act }, label));
  const message = h("p.notice.notice-look.form-message", { id: `message-${(count += 1)}` }, h("span", {}, text), buttons.length ? h("span.actions", {}, ...buttons) : null);
  form.append(message);
  return message;
}

/** A line that reads back what is typed also says what is wrong with it. */
function inReading(reading, text) {
  reading.classList.add("error");
  reading.textContent = text;
  return reading;
}

export function clearMessages(form) {
  unnote("command");
  if (!form) return;
  for (const old of $$(".form-message, .conflict", form)) old.remove();
  for (const control of $$("[aria-invalid]", form)) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

// A tick box or a folded menu shows no sentence.
const hasRoom = (form) => !form.matches(".tick, .card .move, .quick-add") && form.getClientRects().length > 0;
