// What grows above the item under the pointer is scrolled away, so that the item stays where it is. A list too
// short to scroll gets room below for as long as a hand is on it.

import { $ } from "./dom.js";
import { on } from "./bus.js";
import { listOf } from "./hold.js";
import { scrollerOf } from "./swap.js";

export function startPinning() {
  let node = null;
  let top = 0;
  let padded = null;
  on("taking", () => {
    node = $(":is(.card, .item, .entry):hover");
    top = node?.getBoundingClientRect().top;
  });
  on("taken", () => {
    const moved = node?.isConnected ? node.getBoundingClientRect().top - top : 0;
    if (!moved) return;
    padded = scrollerOf(node) ?? listOf(node);
    giveRoom(padded, padded.scrollTop + moved);
    padded.scrollTop += moved;
  });
  on("quiet", () => {
    padded?.style.removeProperty("padding-bottom");
    padded = null;
  });
}

/** Makes the list long enough to be scrolled to `to`. */
function giveRoom(list, to) {
  const missing = to + list.clientHeight - list.scrollHeight;
  if (missing <= 0) return;
  const content = list.lastElementChild.getBoundingClientRect().bottom - list.getBoundingClientRect().top + list.scrollTop;
  list.style.paddingBottom = `${to + list.clientHeight - content}px`;
}
