// Going to another phase is for everybody, so it is asked first: under the tabs, with what stays open.

import { $, $$ } from "./dom.js";
import { on } from "./bus.js";
import { runForm } from "./commands.js";
import { note, unnote } from "./notices.js";

const here = () => $(".phase-steps [aria-current]")?.textContent;

let asked = ""; // the phase that the question would leave

export function startPhases() {
  document.addEventListener("click", (event) => {
    const step = event.target.closest(".phase-ask > summary");
    if (!step) return;
    event.preventDefault();
    ask($("form", step.parentElement));
  });
  on("drawn", () => asked && asked !== here() && stay());
  on("saved", ({ command, fields }) => command === "advance-phase" && showPhase(fields.phase));
}

/** Takes the question back. False when none was asked. */
export function stay() {
  const notice = $("#notice-phase");
  if (notice?.contains(document.activeElement)) $(".phase-ask > summary")?.focus();
  asked = "";
  unnote("phase");
  return Boolean(notice);
}

function ask(form) {
  const phase = form.elements.phase.value;
  asked = here();
  note("phase", "look", `Leave ${asked}? ${whatStays()}`, [[$("button", form).textContent, () => go(phase)], ["Stay", stay]]);
  $("#notice-phase button").focus();
}

function whatStays() {
  const open = $$(".run:first-child .phase.now .item[data-state='open']");
  const late = open.filter((item) => $(".due.late", item)).length;
  if (late) return `${late} late ${late > 1 ? "items stay" : "item stays"} open.`;
  return open.length ? `${open.length} ${open.length > 1 ? "items stay" : "item stays"} open.` : "Nothing in it is open.";
}

// The header may have been drawn anew since.
function go(phase) {
  stay();
  const form = $$(".phase-ask form").find((one) => one.elements.phase.value === phase);
  if (form) runForm(form);
}

function showPhase(id) {
  const phase = $(`.run:first-child .phase[data-phase="${CSS.escape(id)}"]`);
  if (!phase) return;
  phase.open = true;
  phase.scrollIntoView({ block: "nearest" });
}
