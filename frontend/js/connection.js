// Says in words how the line is, and makes the page read-only while it is not live.

import { $, $$, setIcon, setText } from "./dom.js";
import { emit } from "./bus.js";
import { COMMAND_FORM } from "./forms.js";
import { note, unnote } from "./notices.js";
import { page } from "./page.js";
import { now, utc } from "./time.js";
import { alertNow, say } from "./announce.js";

const SIGNS = { live: "wifi", slow: "wifi", connecting: "refresh", reconnecting: "refresh", offline: "wifi-off" };
const WORDS = { connecting: "Connecting", reconnecting: "Reconnecting", offline: "Offline" };
const GRACE = 2_000; // a blink of the line takes no button away

let writable = true;
let blocked = false;
let since = 0;
let timer = 0;

export const canWrite = () => writable;

export function showConnection({ state, delay, every }) {
  const live = state === "live" || state === "slow";
  if (state === "signed-out" || state === "no-access") return showEnd(state);
  showWord(state, every ? `Every ${every / 1000} s` : word(state, delay));
  if (live) backToLife();
  else if (state !== "connecting") {
    since ||= now();
    timer ||= setTimeout(goDown, GRACE);
  }
  if (state === "offline") showOffline();
}

/** What the server says of itself: while it can store nothing, the page only reads. */
export function showCondition({ state, words }) {
  const stuck = state === "read-only" || state === "stopped";
  words ? note("condition", stuck ? "danger" : "look", words) : unnote("condition");
  if (stuck !== blocked) alertNow(words || "Live again.");
  blocked = stuck;
  setWritable(!stuck && !since);
}

/** Forms that came onto the page while it is read-only are closed too. */
export function holdForms(root = document) {
  if (writable) return;
  for (const button of $$(`${COMMAND_FORM} button`, root)) {
    if (button.disabled || button === document.activeElement) continue;
    button.disabled = true;
    button.dataset.heldBack = "";
  }
}

function word(state, delay) {
  return WORDS[state] ?? `${state === "slow" ? "Slow" : "Live"} · ${(delay / 1000).toFixed(1)} s`;
}

function showWord(state, text) {
  const sign = $("#connection");
  if (!sign) return;
  sign.dataset.state = state;
  setIcon(sign, SIGNS[state] ?? "wifi-off");
  setText($(".connection-word", sign), text);
}

function backToLife() {
  clearTimeout(timer);
  timer = 0;
  since = 0;
  if ($("#notice-connection")) say("Live again.");
  unnote("connection");
  setWritable(!blocked);
  emit("line", true);
}

// What only a living line can know is not claimed any longer.
function goDown() {
  setWritable(false);
  emit("line", false);
}

function showOffline() {
  const text = `Not live since ${utc(since)}. You can read; what you type is kept.`;
  if (!$("#notice-connection")) say(text);
  note("connection", "look", text);
}

function showEnd(state) {
  showWord("offline", state === "signed-out" ? "Signed out" : "No access");
  goDown();
  emit("ended", state);
  if (state === "signed-out") {
    const back = encodeURIComponent(location.pathname + location.search);
    note("connection", "look", "Sign in again to continue. The board below is as it was; your drafts are kept.", [["Sign in, come back here", `/signin?next=${back}`]]);
    return;
  }
  // What the reader may no longer see leaves the page; what they typed stays in the drafts.
  for (const part of $$("#main, #header, #drawer, #presence, .clocks, .filters")) part.replaceChildren();
  const text = "You no longer have access to this incident. Its board was closed on this page.";
  note("connection", "danger", text, [["Go to Situation", "/situation"]]);
  alertNow(text);
}

function setWritable(on) {
  writable = on;
  timer = 0;
  page().writable = on ? "yes" : "no";
  if (!on) return holdForms();
  for (const button of $$("[data-held-back]")) {
    button.disabled = false;
    delete button.dataset.heldBack;
  }
}
