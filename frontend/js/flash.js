// Shows what has just changed by somebody else's hand: yellow for 2.5 s, then fading. Never more
// than five on the screen, never one item twice in 5 s; beyond that one line says how many came.

import { $, h, setText } from "./dom.js";
import { on } from "./bus.js";
import { whenFree } from "./hold.js";
import { note, unnote } from "./notices.js";
import { reducedMotion } from "./page.js";
import { release, scrollerOf } from "./swap.js";

const LIT = 2_500;
const FADE = 1_500;
const AGAIN = 5_000;
const MOST = 5;
const SAID_FOR = 10_000;
const BURST_SAID_FOR = 15_000;

const lit = new Map(); // id -> when it was lit
let unshown = 0;
let burstTimer = 0;

export function flash(nodes) {
  const time = performance.now();
  for (const [id, since] of lit) if (time - since > Math.max(AGAIN, SAID_FOR)) lit.delete(id);
  for (const node of nodes) {
    if (time - (lit.get(node.id) ?? -Infinity) < AGAIN) continue;
    if (active(time) >= MOST) unshown += 1;
    else light(node, time);
  }
  if (unshown) whenFree(sayBurst);
}

const active = (time) => [...lit.values()].filter((since) => time - since < LIT + FADE).length;

function light(node, time) {
  lit.set(node.id, time);
  if (reducedMotion()) return sayAge(node.id);
  dress(node);
  setTimeout(() => dress(node), LIT);
  setTimeout(() => dress(node), LIT + FADE);
}

// A swap draws the element without our classes, so they are worked out from the time each time.
function dress(node) {
  const age = performance.now() - (lit.get(node.id) ?? -Infinity);
  node.classList.toggle("flash", age < LIT - 20 && !reducedMotion());
  node.classList.toggle("flash-fade", age >= LIT - 20 && age < LIT + FADE - 20 && !reducedMotion());
}

on("drawn", (nodes) => nodes.forEach((node) => lit.has(node.id) && dress(node)));

/** Without motion: words for ten seconds. */
function sayAge(id) {
  const node = document.getElementById(id);
  const age = performance.now() - lit.get(id);
  const old = node && $(".changed-ago", node);
  if (!node || !(age < SAID_FOR)) return old?.remove();
  const text = `changed ${Math.floor(age / 1000)} s ago`;
  if (old) setText(old, text);
  else node.append(h("p.changed-ago", {}, text));
  setTimeout(sayAge, 1_000, id);
}

function sayBurst() {
  if (!unshown) return;
  note("burst", "", `${unshown} ${unshown > 1 ? "changes" : "change"} arrived.`, [["Show", showLog]]);
  clearTimeout(burstTimer);
  burstTimer = setTimeout(whenFree, BURST_SAID_FOR, forgetBurst);
}

function showLog() {
  forgetBurst();
  const list = $("#entries");
  if (!list) return;
  release(list);
  (scrollerOf(list) ?? document.scrollingElement).scrollTop = 0;
  list.closest("section")?.scrollIntoView({ block: "nearest" });
}

function forgetBurst() {
  unshown = 0;
  unnote("burst");
}
