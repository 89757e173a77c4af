// The quick-add line says in plain words what it will make. The server reads the same line again
// and decides; here it is only shown.

import { $, $$, setText } from "./dom.js";
import { on } from "./bus.js";
import { page, t0 } from "./page.js";
import { HOUR, MINUTE, local, nextAt, now, utc } from "./time.js";

const TOKENS = {
  agency: /(?:^|\s)@([A-Za-z][\w+-]*)/g,
  priority: /(?:^|\s)!([A-Za-z]+)/g,
  tlp: /(?:^|\s)#(tlp:[A-Za-z]+(?:\+strict)?)/gi,
  holdsUp: /(?:^|\s)for ([A-Za-z]-?\d+)(?=\s|$)/gi,
  due: /(?:^|\s)due (T[+−-](?:\d+d )?\d+:\d\d|T?[+−-]\d+(?:min|[mhd])|(?:\d{4}-\d\d-\d\d )?\d{1,2}:\d\d ?(?:UTC|Z)|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))(?=\s|$)/gi,
};
// A deadline in words, or one without a zone: whoever wrote it meant one.
const NO_TIME = /(?:^|\s)(due (?:yesterday|today|tonight|tomorrow|now|noon|midnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[T+−-]*\d\S*))(?=\s|$)/i;
const PRIORITIES = ["critical", "high", "normal", "low"];
const MARKS = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"];
const UNITS = { m: MINUTE, min: MINUTE, h: HOUR, d: 24 * HOUR };

/** Reads a line. known: {t0, now, agencies?, numbers?}. Gives {title, agency, priority, due, tlp, holdsUp, errors}. */
export function readQuick(text, known) {
  const found = {};
  let rest = text;
  for (const [name, pattern] of Object.entries(TOKENS)) {
    found[name] = [...text.matchAll(pattern)].map((match) => match[1]);
    rest = rest.replace(pattern, " ");
  }
  const last = (name) => found[name].at(-1);
  const fields = {
    title: rest.split(/\s+/).filter(Boolean).join(" "),
    agency: last("agency")?.toUpperCase(),
    priority: last("priority")?.toLowerCase(),
    tlp: last("tlp")?.toUpperCase(),
    holdsUp: found.holdsUp.map((number) => number.toUpperCase().replace(/^([A-Z])(\d)/, "$1-$2")),
    due: last("due") && readDue(last("due"), known),
  };
  return { ...fields, errors: errorsOf(fields, rest, known) };
}

function errorsOf({ title, agency, priority, tlp, holdsUp, due }, rest, { agencies, numbers }) {
  const errors = [];
  if (agency && agencies && !agencies.includes(agency)) errors.push(`@${agency}: there is no such agency in this room`);
  if (priority && !PRIORITIES.includes(priority)) errors.push(`!${priority} is no priority: use !critical, !high, !normal or !low`);
  if (tlp && !MARKS.includes(tlp)) errors.push(`#${tlp.toLowerCase()} is no mark`);
  for (const number of holdsUp) if (numbers && !numbers.includes(number)) errors.push(`for ${number}: there is no such task in this room`);
  const noTime = NO_TIME.exec(rest)?.[1];
  if (noTime) errors.push(`${noTime}: write a time, as in due T+14:15, due 18:30 UTC or due +2h`);
  const odd = /(?:^|\s)([@!#]\S*)/.exec(rest)?.[1];
  if (odd) errors.push(`“${odd}” is not understood`);
  if (Number.isNaN(due)) errors.push("that due time does not exist");
  if (!title && rest !== "") errors.push("the task has no title yet");
  return errors;
}

/** The instant meant by `T+14:15`, `18:30 UTC`, `+2h` or a full time; NaN when there is none. */
export function readDue(text, { t0: zero, now: present }) {
  const given = text.replaceAll("−", "-");
  const day = /^(?:(\d{4}-\d\d-\d\d) )?(\d{1,2}):(\d\d) ?(?:UTC|Z)$/i.exec(given);
  if (day) {
    if (Number(day[2]) > 23 || Number(day[3]) > 59) return NaN;
    return day[1] ? Date.parse(`${day[1]}T${day[2].padStart(2, "0")}:${day[3]}Z`) : nextAt(Number(day[2]), Number(day[3]), present);
  }
  if (!/^[T+-]/i.test(given)) return Date.parse(given);
  const from = /^T/i.test(given) ? zero : Math.floor(present / MINUTE) * MINUTE;
  return from + readOffset(given.replace(/^T/i, ""));
}

function readOffset(text) {
  const sign = text[0] === "-" ? -1 : 1;
  const clock = /^[+-](?:(\d+)d )?(\d+):([0-5]\d)$/.exec(text);
  if (clock) return sign * ((Number(clock[1] ?? 0) * 24 + Number(clock[2])) * HOUR + Number(clock[3]) * MINUTE);
  const units = /^[+-](\d+)(min|[mhd])$/i.exec(text);
  return units ? sign * Number(units[1]) * UNITS[units[2].toLowerCase()] : NaN;
}

/** "Task · CDEMA · critical · due 16:45 UTC, 12:45 AST · for E-136"; a due time before `present` is said to be past. */
export function inWords({ agency, priority, due, tlp, holdsUp, errors }, zone, present) {
  if (errors.length) return `${errors[0]}.`;
  const parts = ["Task", agency, priority, due && `due ${utc(due)}${zone ? `, ${local(due, zone)}` : ""}${due < present ? ", already past" : ""}`, holdsUp.length && `for ${holdsUp.join(", ")}`, tlp];
  return parts.filter(Boolean).join(" · ");
}

export function startQuickAdd() {
  const input = $("#quick-add-text");
  const reading = $("#quick-add-reading");
  if (!input || !reading) return;
  const show = () => {
    const read = readQuick(input.value, knownHere(input.form));
    reading.classList.toggle("error", input.value !== "" && read.errors.length > 0);
    setText(reading, input.value.trim() ? inWords(read, page().zone, now()) : "");
  };
  input.addEventListener("input", show);
  input.form.addEventListener("reset", () => setTimeout(show));
  on("saved", ({ form }) => form === input.form && input.focus());
  show();
}

function knownHere(form) {
  return {
    t0: t0(),
    now: now(),
    agencies: form.dataset.agencies?.split(" "),
    numbers: $$(".card[data-number]").map(({ dataset }) => dataset.number),
  };
}
