// Small helpers over the DOM.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** h("p.note", {title: "…"}, "text", child): an element. Text stays text. */
export function h(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A sign from the sprite the page already uses. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${spriteAddress()}#${name}`);
  svg.append(use);
  return svg;
}

export function setIcon(root, name) {
  $("use", root)?.setAttribute("href", `${spriteAddress()}#${name}`);
}

const spriteAddress = () => $("svg use[href*='icons']")?.getAttribute("href").split("#")[0] ?? "";

/** Elements of a piece of HTML that came from our own server. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

/** Writes only what differs, so that a selection or a screen reader is left alone. */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** The browser's store, reading with one argument, writing with two, forgetting with null. */
const keeper = (area) => (name, value) => {
  try {
    if (value === undefined) return window[area].getItem(name);
    if (value === null) window[area].removeItem(name);
    else window[area].setItem(name, value);
  } catch {
    // Storage is off or full: the page works, it only forgets.
  }
  return null;
};

export const inTab = keeper("sessionStorage");
export const onDevice = keeper("localStorage");
