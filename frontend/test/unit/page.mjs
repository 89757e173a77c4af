// A page without a browser: happy-dom's window as the global one. Import before any module of js/.

import { Window } from "happy-dom";

const window = new Window({ url: "http://room.example/i/elena-26", width: 1440, height: 900 });

// htmx looks for attributes with it; none of the tests needs an answer.
class NoXPath {
  createExpression() {
    return { evaluate: () => ({ iterateNext: () => null }) };
  }
}

const VALUES = ["document", "location", "history", "sessionStorage", "localStorage"];
const CLASSES = ["Node", "Element", "HTMLElement", "HTMLInputElement", "HTMLTextAreaElement", "HTMLTemplateElement", "CSS", "CSSStyleSheet", "CustomEvent", "Event", "KeyboardEvent", "FormData", "DOMParser"];
const FUNCTIONS = ["getComputedStyle", "matchMedia", "addEventListener"];

const put = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
for (const name of [...VALUES, ...CLASSES]) put(name, window[name]);
for (const name of FUNCTIONS) put(name, window[name].bind(window));
put("window", window);
put("XPathEvaluator", NoXPath);

export { window };

/** Gives the page this body and these data attributes. */
export function setPage(html, data = {}) {
  document.body.innerHTML = html;
  for (const name of Object.keys(document.body.dataset)) delete document.body.dataset[name];
  Object.assign(document.body.dataset, { incident: "elena-26", me: "me", zone: "America/St_Lucia", t0: "2026-09-10T02:30:00Z", may: "move-task", ...data });
}

export const card = (id, { lane = "todo", due = "", priority = "normal", rev = 1, number = `E-${id}`, agency = "", assignee = "", inner = "" } = {}) =>
  `<li id="task-${id}" class="card" data-task="${id}" data-number="${number}" data-lane="${lane}" data-due="${due}" data-priority="${priority}" data-agency="${agency}" data-assignee="${assignee}" data-rev="${rev}" data-into="#cards-${lane}" tabindex="0" aria-label="${number}, due 18:30 UTC"><a href="/i/elena-26/t/${number}">${id}</a>${due ? `<p class="card-due"><span class="due" data-due="${due}">Due</span></p>` : ""}${inner}</li>`;

export const lanes = (cards = {}) =>
  `<div id="lanes">${["todo", "doing", "blocked", "done"].map((lane) => `<h2><span data-count="${lane}"></span></h2><ol class="cards" id="cards-${lane}">${cards[lane] ?? ""}</ol>`).join("")}</div>`;

export const ids = (selector) => [...document.querySelector(selector).children].map(({ id }) => id.replace(/^(task|entry|item)-/, ""));
