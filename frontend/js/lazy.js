// Reading a board needs less than working on it. What handles keys, forms and the drawer comes with the
// first touch; what was pressed meanwhile is kept and done then. Should it not come, links and forms
// do what they do without script.

import { $ } from "./dom.js";
import { COMMAND_FORM } from "./forms.js";
import { page } from "./page.js";

const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "wheel", "keydown", "focusin"];
const OURS = ".card[data-task], a[href*='/t/'], [data-close], .page-board .filters :is(a, button)";

let state = ""; // "", loading, ready
let kept = [];
let tries = 0;

export function loadToolsWhenNeeded(send) {
  const load = async () => {
    if (state) return;
    state = "loading";
    try {
      const tools = await import(address());
      tools.start(send);
      state = "ready";
    } catch {
      state = "";
      tries += 1;
    }
    replay();
  };
  for (const name of SIGNS_OF_LIFE) document.addEventListener(name, load, { passive: true, capture: true });
  for (const name of ["click", "submit", "keydown"]) document.addEventListener(name, keep, true);
  if ($("#drawer:not([hidden]), [type=range], [data-setting]") || hasKept()) load();
}

// A browser may remember that an address failed.
const address = (tools = __TOOLS__) => (tries ? `${tools}?${tries}` : tools);

function keep(event) {
  if (state !== "loading" || !event.isTrusted || !isOurs(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  kept.push(event);
}

function isOurs({ type, target, button, ctrlKey, metaKey, altKey, key }) {
  if (ctrlKey || metaKey || altKey) return false;
  if (type === "submit") return Boolean(page().live) && target.matches(COMMAND_FORM);
  if (type === "click") return !button && Boolean($("#drawer")) && Boolean(target.closest(OURS)) && !target.closest("summary, form:not(.filters), input, label, select");
  return (key.length === 1 || ("replay" in page() && key.startsWith("Arrow"))) && !target.matches("input, textarea, select, button, summary, a");
}

function replay() {
  const events = kept;
  kept = [];
  for (const { type, target, submitter, key, shiftKey } of events) {
    if (!target.isConnected) continue;
    if (type === "submit") target.requestSubmit(submitter);
    else if (type === "click") target.click();
    else press(target, key, shiftKey);
  }
}

// After a key that led into a field, the next ones are text.
function press(target, key, shiftKey) {
  const field = document.activeElement;
  if (!field.matches("input, textarea")) return target.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
  field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { data: key, bubbles: true }));
}

// Drafts, and what may have to be sent again after a restore.
function hasKept() {
  try {
    return Object.keys({ ...sessionStorage, ...localStorage }).some((name) => /^(draft|kept) /.test(name));
  } catch {
    return false;
  }
}
