// Who is here, by agency, and who is editing what. It changes in place and never flashes.

import { $, $$, h, icon } from "./dom.js";
import { emit, on } from "./bus.js";
import { morph } from "./morph.js";
import { page } from "./page.js";
import { CORE, agencyClass, shortName } from "./words.js";

const IDLE_AFTER = 5 * 60_000;

let known = true; // false while the line is down
const rooms = new Map(); // room id -> people, as the last frame had them

export function takePresence({ room, people }) {
  rooms.set(room, people);
  drawPeople();
  emit("presence");
}

/** Everybody in any of the reader's rooms, once each. */
export function everybody() {
  return [...new Map([...rooms.values()].flat().map((person) => [person.id, person])).values()];
}

export const personBy = (id) => everybody().find((person) => person.id === id);

/** Others who are editing this task: [{name, agency, editing: {task, field}}]. */
export function editorsOf(task) {
  const all = [...rooms.values()].flat().filter(({ id, editing }) => id !== page().me && editing?.task === task);
  return [...new Map(all.map((person) => [person.id + person.editing.field, person])).values()];
}

function drawPeople() {
  const place = $("#presence");
  if (!place) return;
  const people = known ? everybody() : [];
  const fresh = h("div", { id: "presence", class: known ? null : "quiet" }, icon("users"), ...(known ? [h("b", {}, `${people.length}`), " here now "] : ["presence unknown"]), ...groups(people).map(drawGroup), partners(people));
  morph(place, fresh);
}

function groups(people) {
  return CORE.map((agency) => [agency, people.filter((person) => person.agency === agency).sort(meFirst)]).filter(([, some]) => some.length);
}

const meFirst = (a, b) => (b.id === page().me) - (a.id === page().me) || a.name.localeCompare(b.name);

function drawGroup([agency, people]) {
  return h("span.present", {}, h(`span.agency.${agencyClass(agency)}`, {}, agency), " ", ...people.map(drawPerson));
}

function drawPerson({ name, initials, agency, state }) {
  const words = `${shortName(name)}, ${agency}${state === "idle" ? ", idle" : ""}`;
  return h(`span.initials.${agencyClass(agency)}`, { title: words, "data-state": state }, initials, h("span.visually-hidden", {}, ` ${words}`));
}

// Partners share one hue and stand by name with a number: "IOM 2 · CTU 1".
function partners(people) {
  const counts = new Map();
  for (const { agency } of people) if (!CORE.includes(agency)) counts.set(agency || "Others", (counts.get(agency || "Others") ?? 0) + 1);
  if (!counts.size) return null;
  const text = [...counts].sort().map(([agency, number]) => `${agency} ${number}`).join(" · ");
  return h("span.present", {}, h("span.agency.agency-partner", {}, "Partners"), ` ${text}`);
}

/** Cards say who is editing them. */
function showEditors(cards) {
  for (const card of cards) {
    const place = $(".editing", card);
    if (!place) continue;
    const names = [...new Set(editorsOf(card.dataset.task).map(({ name }) => shortName(name)))];
    place.hidden = !names.length;
    if (names.length) place.replaceChildren(icon("pencil"), ` ${names.join(" and ")} ${names.length > 1 ? "are" : "is"} editing`);
  }
}

/** Tells the room when this reader has not touched anything for five minutes. */
export function startPresence(send) {
  on("line", (up) => {
    if (known === up) return;
    known = up;
    drawPeople();
  });
  on("presence", () => showEditors($$(".card[data-task]")));
  on("drawn", (nodes) => showEditors(nodes.filter((node) => node.matches?.(".card[data-task]"))));
  let idle = false;
  let timer = 0;
  const tell = (now) => {
    idle = now;
    send({ type: "idle", idle });
  };
  const awake = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, IDLE_AFTER, true);
    if (idle) tell(false);
  };
  for (const name of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(name, awake, { passive: true });
  awake();
}
