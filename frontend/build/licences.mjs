// The licence texts of everything whose work is inside static/.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const SHIPPED = [
  ["htmx.org", "in core.js"],
  ["@fontsource-variable/ibm-plex-sans", "plex-latin.woff2 and plex-latin-ext.woff2"],
  ["lucide-static", "most signs of icons.svg"],
];

export function licences(here) {
  const parts = SHIPPED.map(([name, where]) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, "LICENSE"), "utf8").replace(/\r/g, "").trim();
    return `${name} ${version} (${license}), ${where}\n\n${text}\n`;
  });
  const rule = `\n${"=".repeat(80)}\n\n`;
  return `Everything else in this folder is Crisis Room's own, under Apache-2.0.\n${rule}${parts.join(rule)}`;
}
