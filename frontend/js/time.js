// Times as the product writes them. The server's clock counts, not the device's.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const HOURS_UP_TO = 48 * HOUR;

let atServer = Date.now();
let atPage = performance.now();

/** Takes the server's time; `roundTrip` is how long the question took. */
export function setNow(iso, roundTrip = 0) {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return;
  atServer = time + roundTrip / 2;
  atPage = performance.now();
}

// performance.now() never jumps, so a device whose clock is set meanwhile does no harm.
export const now = () => atServer + performance.now() - atPage;

const two = (number) => String(number).padStart(2, "0");

/** 1:42, and beyond 48 hours 4d 00:10. */
export function duration(milliseconds) {
  const length = Math.abs(milliseconds);
  const minutes = Math.floor(length / MINUTE);
  const hours = Math.floor(minutes / 60);
  if (length <= HOURS_UP_TO) return `${hours}:${two(minutes % 60)}`;
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}:${two(minutes % 60)}`;
}

/** T+13:42; before zero with a true minus. */
export function offset(at, t0) {
  return `T${at < t0 ? "−" : "+"}${duration(at - t0)}`;
}

const formats = new Map();

function parts(time, zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...options }));
  return Object.fromEntries(formats.get(key).formatToParts(time).map(({ type, value }) => [type, value]));
}

/** "16:12", with `seconds` "16:12:07". */
export function clock(time, zone = "UTC", seconds = false) {
  const { hour, minute, second } = parts(time, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return `${hour}:${minute}${seconds ? `:${second}` : ""}`;
}

/** "AST"; where a zone has no letters of its own, "UTC-03". */
export function zoneName(time, zone) {
  const name = parts(time, zone, { hour: "2-digit", timeZoneName: "short" }).timeZoneName;
  return name.replace(/^GMT([+-])(\d)\b/, "UTC$10$2").replace(/^GMT(?=[+-])/, "UTC");
}

export const utc = (time) => `${clock(time)} UTC`;

export const local = (time, zone) => `${clock(time, zone)} ${zoneName(time, zone)}`;

/** The instant of "18:30" on the day of `reference` in UTC; the next day when that is past. */
export function nextAt(hours, minutes, reference) {
  const day = new Date(reference);
  const time = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hours, minutes);
  return time < reference ? time + 24 * HOUR : time;
}

/** "10 Sep 2026 18:30 UTC". */
export function utcDate(time) {
  const { day, month, year } = parts(time, "UTC", { day: "numeric", month: "short", year: "numeric" });
  return `${day} ${month} ${year} ${utc(time)}`;
}
