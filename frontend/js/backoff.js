// How long to wait before the next try: doubling from 1 s to 30 s with full jitter, so that
// a thousand browsers do not come back in the same second.

const FIRST = 1_000;
const LONGEST = 30_000;
const LEAST = 200;

export function wait(failures, random = Math.random) {
  return Math.max(LEAST, random() * Math.min(LONGEST, FIRST * 2 ** failures));
}
