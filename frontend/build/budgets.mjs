// What a first visit to a board may cost, compressed, in bytes (kB = 1000). A build over budget fails.

const PAGE = 16_000; // the board page itself, made by the server
const LIMITS = { "core.js": 26_000, "app.css": 10_000, "icons.svg": 3_000 };
const FIRST_LOAD = 100_000;
const LOW_DATA = 55_000;
const FONT = "plex-latin.woff2";

export function checkBudgets(assets) {
  const size = Object.fromEntries(assets.map(({ name, gzip }) => [name, gzip]));
  const problems = Object.entries(LIMITS)
    .filter(([name, limit]) => size[name] > limit)
    .map(([name, limit]) => `${name} is ${size[name]} bytes compressed, the budget is ${limit}`);
  const lowData = PAGE + size["core.js"] + size["app.css"] + size["icons.svg"];
  if (lowData > LOW_DATA) problems.push(`first load in low-data mode is ${lowData} bytes, the budget is ${LOW_DATA}`);
  const full = lowData + size[FONT];
  if (full > FIRST_LOAD) problems.push(`first load is ${full} bytes, the budget is ${FIRST_LOAD}`);
  return problems;
}
