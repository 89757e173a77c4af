// Names as the screens write them.

/** "K. Baptiste" for Kezia Baptiste. */
export function shortName(name) {
  const words = name.trim().split(/\s+/);
  return words.length > 1 ? `${words[0][0]}. ${words.at(-1)}` : name;
}

const LANES = { todo: "To do", doing: "In progress", blocked: "Blocked", done: "Done" };

export const laneName = (lane) => LANES[lane] ?? lane;

export const CORE = ["CDEMA", "IMPACS", "CARPHA", "RSS"];

export const agencyClass = (code) => (CORE.includes(code) ? `agency-${code.toLowerCase()}` : "agency-partner");
