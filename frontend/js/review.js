// The replay bar of a review: drag to a minute and the board is as it was. Without script the
// same form loads the page at that minute.

import { $, setText } from "./dom.js";
import { derive } from "./derive.js";
import { morphWhole } from "./morph.js";
import { fetchPart } from "./refresh.js";
import { t0 } from "./page.js";
import { HOUR, MINUTE, offset, utcDate } from "./time.js";

const STEP = 15 * MINUTE;
const LOAD_AFTER = 120;
const FRAME_EVERY = 1_000;

export function startReplay() {
  const slider = $("#replay-bar input[type=range], input[type=range][data-replay-at]");
  const board = $("#replay-board");
  if (!slider || !board) return;
  let playing = 0;
  let timer = 0;
  let asked = null;

  const load = async () => {
    asked?.abort();
    asked = new AbortController();
    const at = new Date(timeOf(slider)).toISOString();
    try {
      const { elements } = await fetchPart(`${location.pathname}?at=${encodeURIComponent(at)}`, "board", asked.signal);
      const fresh = elements?.find(({ id }) => id === "replay-board");
      if (!fresh) return;
      morphWhole($("#replay-board"), fresh);
      history.replaceState(null, "", `?at=${encodeURIComponent(at)}`);
      derive();
    } catch {
      // A newer question replaced this one, or the line is down: the board stays as it is, with its time.
    }
  };
  const showTime = () => {
    setText($("#replay-time"), `${offset(timeOf(slider), t0())} · ${utcDate(timeOf(slider))}`);
    clearTimeout(timer);
    timer = setTimeout(load, LOAD_AFTER);
  };
  const go = (by) => {
    slider.value = Number(slider.value) + by / unitOf(slider);
    showTime();
  };
  const play = () => {
    clearInterval(playing);
    playing = playing ? 0 : setInterval(() => (Number(slider.value) >= Number(slider.max) ? play() : go(STEP)), FRAME_EVERY);
    $("#replay-play")?.setAttribute("aria-pressed", Boolean(playing));
  };

  slider.addEventListener("input", showTime);
  slider.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  $("#replay-play")?.addEventListener("click", (event) => {
    event.preventDefault();
    play();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=range]), textarea, select")) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) go(by * (event.shiftKey ? HOUR : STEP));
    else if (event.key === " " && !event.target.closest("a, button, summary")) play();
    else return;
    event.preventDefault();
  });
}

// The slider counts seconds or milliseconds since 1970, or minutes from data-from.
const unitOf = ({ dataset, max }) => Number(dataset.unit ?? (Number(max) > 1e11 ? 1 : 1_000));
const timeOf = (slider) => Number(slider.value) * unitOf(slider) + (slider.dataset.from ? Date.parse(slider.dataset.from) : 0);
