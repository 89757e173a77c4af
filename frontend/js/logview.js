// The live log: follows while its top is in sight, else says how many entries wait above.

import { $, h, setText } from "./dom.js";
import { on } from "./bus.js";
import { release, scrollerOf, waiting } from "./swap.js";

const MOST_ENTRIES = 500;

export function startLogView() {
  const list = $("#entries");
  if (!list) return;
  for (const name of ["held", "placed", "drawn"]) on(name, () => showWaiting(list));
  let timer = 0;
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(() => atTop(list) && !list.matches(":hover") && release(list), 200);
  };
  document.addEventListener("scroll", settle, { passive: true, capture: true });
  showWaiting(list);
}

function showWaiting(list) {
  trim(list);
  const count = waiting().filter(({ into }) => into === list).length;
  let button = $(".new-entries");
  if (!count) return button?.remove();
  if (!button) {
    button = h("button.new-entries", { type: "button", click: () => goUp(list) });
    list.before(button);
  }
  setText(button, `${count} new`);
}

function goUp(list) {
  const scroller = scrollerOf(list);
  release(list);
  if (scroller) scroller.scrollTop = 0;
  else list.scrollIntoView({ block: "start" });
  list.firstElementChild?.setAttribute("tabindex", "-1");
  list.firstElementChild?.focus({ preventScroll: true });
}

const atTop = (list) => (scrollerOf(list)?.scrollTop ?? 0) <= 4;

// The log page has everything; the strip beside the board keeps what was recent.
function trim(list) {
  while (document.body.classList.contains("page-board") && list.children.length > MOST_ENTRIES && !list.contains(document.activeElement)) list.lastElementChild.remove();
}
