// What the server says about this page and its reader: attributes of <body>.

import { $ } from "./dom.js";

export const page = () => document.body.dataset;

export const may = (command) => !("readonly" in page()) && !("replay" in page()) && (page().may ?? "").split(" ").includes(command);

/** T0 can move while the page is open; the live header then has the new one. */
export const t0 = () => Date.parse($("#header[data-t0], #header [data-t0]")?.dataset.t0 ?? page().t0 ?? "");

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
