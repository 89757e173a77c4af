// The server checks the chain; when it breaks, every "Verified" on the page is withdrawn at once.

import { $, $$, setIcon, setText } from "./dom.js";
import { alertNow } from "./announce.js";
import { on } from "./bus.js";
import { note, unnote } from "./notices.js";
import { page } from "./page.js";
import { refresh } from "./refresh.js";

let last = "";

// Without a line nobody can say that the log is whole; that it is broken stays said.
on("line", (up) => {
  const sign = $("#proof[data-state='whole']");
  if (!sign) return;
  sign.classList.toggle("proven", up);
  setText($("span", sign), up ? "Verified" : "Cannot check (offline)");
});

export function takeProof({ state, seq, what }) {
  const changed = last !== state;
  last = state;
  const broken = state === "broken";
  for (const sign of $$("#proof, [data-proof]")) show(sign, broken);
  if (document.body.classList.contains("page-log")) refresh().catch(() => {});
  else if (broken) note("proof", "danger", `The log does not add up at entry ${seq}${what && `: ${what}`}. Work goes on; nothing here counts as verified.`, [["Open the log", `/i/${page().incident}/log`]]);
  else unnote("proof");
  if (changed && broken) alertNow(`The log was changed from outside, at entry ${seq}. Nothing counts as verified until it is proven again.`);
  if (changed && !broken && $("#proof")?.dataset.was) alertNow("The log is proven again.");
}

function show(sign, broken) {
  if (sign.dataset.state !== (broken ? "broken" : "whole")) sign.dataset.was = sign.dataset.state ?? "";
  sign.dataset.state = broken ? "broken" : "whole";
  sign.classList.toggle("late", broken);
  sign.classList.toggle("proven", !broken);
  setIcon(sign, broken ? "shield-alert" : "shield");
  setText($("span", sign), broken ? "Not proven" : "Verified");
}
