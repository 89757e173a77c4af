// A restore from a backup loses what was written after it. So a device keeps what was acknowledged to its
// reader in the last seven days, and when the log has begun a new epoch it sends that once more, in order and
// with the same keys: what survived is answered as repeated, what was lost happens again, and what cannot
// happen again is shown with its text. Nothing of a TLP:RED room is ever kept.

import { say } from "./announce.js";
import { on } from "./bus.js";
import { onDevice } from "./dom.js";
import { note, unnote } from "./notices.js";
import { page } from "./page.js";

const PREFIX = "kept ";
const LASTS = 7 * 24 * 3_600_000;
const MOST = 500;
const MOST_CHARACTERS = 250_000; // two bytes each
const RETRY_AFTER = 5_000;
const LOOK_AFTER = 2_000; // what others send again may be what ours was waiting for
const PASSES = 20;
const MOST_SHOWN = 5;
const ANSWER_WITHIN = 20_000;

let seen = ""; // the cursor that was looked at
let running = false;
let timer = 0;
let passes = 0;
let total = 0;

export function startOffering() {
  on("saved", keep);
  on("drawn", look);
  on("changed", () => passes < PASSES && refused().length && later(LOOK_AFTER));
  on("ended", (state) => state === "no-access" && forget(isHere));
  tidy();
  look();
}

/** Whoever signs out leaves nothing behind. */
export function forgetAtSignOut() {
  document.addEventListener("submit", ({ target }) => target.matches('[action="/signout"]') && forget(isMine));
}

/** The epoch that a cursor is of; empty for none. */
export function epochOf(cursor) {
  try {
    return JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")))[0];
  } catch {
    return "";
  }
}

function keep({ command, body, fields, receipt }) {
  if (!receipt || receipt.result === "unchanged" || !mayKeep(command, fields, receipt)) return;
  const sent = new URLSearchParams(body);
  sent.delete("next");
  write({ me: page().me, incident: page().incident, key: sent.get("idempotency_key"), command, body: String(sent), room: receipt.room, at: Date.now(), epoch: epochOf(page().cursor) });
  tidy();
}

// A room that was just opened is on no list yet.
const mayKeep = (command, { tlp }, { room }) => isStorable(room) || (command === "open-room" && Boolean(tlp) && !/red/i.test(tlp));

const isStorable = (room) => (page().storable ?? "").split(" ").includes(room);

const isMine = ({ me }) => me === page().me;

const isHere = (item) => isMine(item) && item.incident === page().incident;

const nameOf = ({ me, incident, key }) => `${PREFIX}${me} ${incident} ${key}`;

const write = (item) => onDevice(nameOf(item), JSON.stringify(item));

function all() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    return names.map((name) => JSON.parse(localStorage.getItem(name))).sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  } catch {
    return [];
  }
}

const due = () => all().filter((item) => isHere(item) && item.epoch !== epochOf(page().cursor));

const refused = () => due().filter(({ why }) => why);

function forget(which) {
  for (const item of all()) if (which(item)) onDevice(nameOf(item), null);
}

/** What is too old or too much goes, the oldest first; and what its reader may no longer see. */
function tidy() {
  const epoch = epochOf(page().cursor);
  const items = all().reverse();
  let size = 0;
  items.forEach((item, place) => {
    size += JSON.stringify(item).length;
    const hidden = isHere(item) && item.epoch === epoch && "storable" in page() && item.command !== "open-room" && !isStorable(item.room);
    if (hidden || place >= MOST || size > MOST_CHARACTERS || Date.now() - item.at > LASTS) onDevice(nameOf(item), null);
  });
}

function look() {
  if (!page().cursor || page().cursor === seen) return;
  seen = page().cursor;
  passes = 0;
  tidy();
  if (due().length) offer();
}

function later(after) {
  clearTimeout(timer);
  timer = setTimeout(offer, after);
}

// One tab at a time: each item is sent when the one before it is answered.
async function offer() {
  if (running) return;
  running = true;
  passes += 1;
  try {
    await (globalThis.navigator?.locks?.request("kept", sendDue) ?? sendDue());
  } finally {
    running = false;
  }
}

async function sendDue() {
  const epoch = epochOf(page().cursor);
  for (const item of due()) {
    const { status, data } = await post(item);
    if (status === 401) return;
    if (!status || status === 429 || status >= 500) return later(RETRY_AFTER);
    if (status === 200) {
      total += data.result === "applied" ? 1 : 0;
      write({ ...item, epoch, why: undefined });
    } else write({ ...item, why: reason(data) });
  }
  show();
}

async function post({ incident, command, body }) {
  try {
    const headers = { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" };
    const response = await fetch(`/i/${incident}/commands/${command}`, { method: "POST", body, headers, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    return { status: response.status, data: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, data: {} };
  }
}

const reason = ({ conflict, detail, title }) => (conflict ? `Somebody changed it meanwhile to “${conflict.map(({ theirs }) => theirs).join(", ")}”.` : (detail ?? title ?? "It was refused."));

function show() {
  if (total) {
    const text = `${total === 1 ? "1 change that the restored copy did not have was" : `${total} changes that the restored copy did not have were`} sent again.`;
    if (document.querySelector("#notice-offered span")?.textContent !== text) say(text);
    note("offered", "", text, [["Close", () => unnote("offered")]]);
  }
  const lost = refused();
  for (const row of document.querySelectorAll("[id^='notice-lost-']")) row.remove();
  lost.slice(0, MOST_SHOWN).forEach(showLost);
  if (lost.length > MOST_SHOWN) note("lost-more", "look", `And ${lost.length - MOST_SHOWN} more that could not be sent again.`);
}

function showLost(item) {
  const text = `Lost in the restore, and not taken again: ${item.command.replaceAll("-", " ")} “${typed(item)}”. ${item.why}`;
  const drop = () => {
    onDevice(nameOf(item), null);
    show();
  };
  note(`lost-${item.key}`, "look", text, [["Send again", offer], ["Discard", drop]]);
}

const OURS = /^(idempotency_key|base\..*)$/;
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What the person typed or chose, without what the form added. */
const typed = ({ body }) => [...new URLSearchParams(body)].filter(([name, value]) => value && !OURS.test(name) && !ID.test(value)).map(([, value]) => value).join(" · ");
