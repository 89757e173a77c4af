// One SVG file with every sign as a <symbol>, used by <use href="…/icons.svg#name">.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

// 16 px signs drawn on a 24 grid: 2.25 there is the 1.5 px line of the design.
const PEN = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round"';

export function drawSprite(here) {
  const symbols = iconList(here).map(([name, file]) => `<symbol id="${name}" ${PEN}>${drawing(here, file)}</symbol>`);
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

function iconList(here) {
  return readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean)
    .map((line) => line.split(/\s*=\s*/))
    .map(([name, file]) => [name, file ?? name])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function drawing(here, file) {
  const own = join(here, "icons", `${file}.svg`);
  const path = existsSync(own) ? own : join(here, "node_modules/lucide-static/icons", `${file}.svg`);
  const svg = readFileSync(path, "utf8");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return inner.replace(/\s+/g, " ").replace(/ ?(\/?>) ?/g, "$1").trim();
}
