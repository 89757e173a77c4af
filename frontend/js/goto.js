// "Go to": one field on every page that leads to an incident, a task, a person, a page or a command.
// `/` goes into it, arrows choose, Enter goes there. It finds only what the reader may see.

import { $, $$, h } from "./dom.js";
import { addressOf, openDrawer } from "./drawer.js";
import { page } from "./page.js";

const MOST = 8;
const COMMANDS = [["New task", "#quick-add"], ["Log entry", "#write-entry"], ["Decision", "#record-decision"]];

let elsewhere = null; // what is not on the page, once asked for

/** Choices that have every word of the question; those that begin with it come first. choices: [{text, kind}]. */
export function match(question, choices) {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = choices.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
  const begins = ({ text }) => text.toLowerCase().startsWith(words[0]);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))].slice(0, MOST);
}

export function startGoTo() {
  const input = $("#go-to-text");
  if (!input) return;
  const list = $("#go-to-found");
  let found = [];
  let at = 0;
  const show = () => {
    found = match(input.value, choices());
    at = 0;
    draw();
  };
  const draw = () => {
    const rows = found.map((one, index) => row(one, index === at, () => follow(one)));
    const none = input.value.trim() && !rows.length && h("li.quiet", { role: "option", "aria-disabled": "true" }, "Nothing found that you may see.");
    list.replaceChildren(...(none ? [none] : rows));
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", rows.length > 0);
    if (rows.length) input.setAttribute("aria-activedescendant", rows[at].id);
    else input.removeAttribute("aria-activedescendant");
  };
  const follow = (one) => {
    input.value = "";
    show();
    input.blur();
    one.go();
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", async () => {
    elsewhere ??= await askElsewhere();
    if (input.value) show();
  });
  input.addEventListener("blur", () => (list.hidden = true));
  input.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !found.length) return;
    event.preventDefault();
    at = (at + by + found.length) % found.length;
    draw();
  });
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (found[at]) follow(found[at]);
  });
}

// The pointer goes down before the field loses focus and the list with it.
function row({ text, kind }, chosen, choose) {
  const here = h("li", { role: "option", "aria-selected": String(chosen), pointerdown: (event) => event.preventDefault(), click: choose }, h("span", {}, text), h("span.label", {}, kind));
  here.id = `go-to-${kind}-${text}`.replace(/\W+/g, "-");
  return here;
}

function choices() {
  const cards = $$(".card[data-task]").map((card) => ({ text: `${card.dataset.number} ${$(".card-title", card).textContent}`, kind: "task", go: () => openDrawer(addressOf(card)) }));
  const forms = COMMANDS.filter(([, form]) => $(form)).map(([text, form]) => ({ text, kind: "command", go: () => toForm(form) }));
  const places = $$(".tabs a, .places a, .me a").map((link) => ({ text: link.textContent.trim(), kind: "page", go: () => link.click() }));
  return [...cards, ...places, ...forms, ...(elsewhere ?? [])];
}

function toForm(form) {
  location.hash = form;
  $("#quick-add-text, textarea", $(form)).focus();
}

/** Incidents and, inside one, its people and the tasks of a page that shows none. */
async function askElsewhere() {
  const { incident } = page();
  const [all, board] = await Promise.all([ask("/api/v1/incidents"), incident && ask(`/api/v1/incidents/${incident}`)]);
  const incidents = (all?.incidents ?? []).map(({ title, key }) => leads(title, "incident", `/i/${key}`));
  const people = (board?.people ?? []).map(({ name, agency, id }) => leads(`${name}, ${agency}`, "person", `/i/${incident}/people#person-${id}`));
  const tasks = $("#lanes") ? [] : (board?.tasks ?? []).map(({ number, title, id }) => leads(`${number} ${title}`, "task", `/i/${incident}/t/${id}`));
  return [...incidents, ...tasks, ...people];
}

const leads = (text, kind, address) => ({ text, kind, go: () => location.assign(address) });

async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // Not live: what is on the page can still be found.
  }
}
