// What working on a page needs, loaded at the first touch.

import { closeMenus, watchMoveMenus } from "./ask.js";
import { on } from "./bus.js";
import { startChips } from "./chips.js";
import { startCommands } from "./commands.js";
import { startDrag } from "./drag.js";
import { keepDrafts } from "./drafts.js";
import { startDrawer } from "./drawer.js";
import { startGoTo } from "./goto.js";
import { closeForm, startKeys } from "./keys.js";
import { startLogView } from "./logview.js";
import { startNotes } from "./notes.js";
import { page } from "./page.js";
import { startPhases } from "./phases.js";
import { startPinning } from "./pin.js";
import { startQuickAdd } from "./quickadd.js";
import { forgetAtSignOut, startOffering } from "./reoffer.js";
import { startReplay } from "./review.js";
import { startSettings } from "./settings.js";
import { startUndo } from "./undo.js";

export function start(send) {
  startKeys();
  startGoTo();
  startSettings();
  startReplay();
  forgetAtSignOut();
  if (!page().live) return;
  startNotes();
  startPinning();
  startLogView();
  startUndo();
  startDrawer(send);
  watchMoveMenus();
  startCommands();
  startQuickAdd();
  startPhases();
  startDrag();
  startChips();
  keepDrafts();
  startOffering();
  on("saved", afterSaved);
}

function afterSaved({ form }) {
  if (form?.matches(".over-bar")) closeForm();
  closeMenus();
}
