import { setPage } from "./page.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { digest } from "../../js/announce.js";
import { dropDraft, keepDrafts, restoreDrafts } from "../../js/drafts.js";
import { accept, commandOf, isDirty, uuid7 } from "../../js/forms.js";

const EDIT = '<form action="/i/elena-26/commands/edit-task"><input type="hidden" name="task" value="t1"><input type="hidden" name="base.notes" value="was"><textarea name="set.notes">was</textarea><select name="set.lane"><option>a</option><option selected>b</option></select></form>';
const form = () => document.querySelector("form");

test("a form knows its command and whether it was touched", () => {
  setPage(EDIT);
  assert.equal(commandOf(form()), "edit-task");
  assert.equal(isDirty(form()), false);
  form().querySelector("select").selectedIndex = 0;
  assert.equal(isDirty(form()), true);
  accept(form());
  assert.equal(isDirty(form()), false);
});

test("a draft survives a reload with what it was based on, and is the person's own", () => {
  setPage(EDIT);
  keepDrafts();
  const text = form().querySelector("textarea");
  text.value = "typed";
  text.dispatchEvent(new Event("input", { bubbles: true }));
  setPage(EDIT.replaceAll("was", "theirs"));
  restoreDrafts();
  assert.equal(form().querySelector("textarea").value, "typed");
  assert.equal(form().querySelector("[name='base.notes']").value, "was");
  setPage(EDIT, { me: "somebody else" });
  restoreDrafts();
  assert.equal(form().querySelector("textarea").value, "was");
  setPage(EDIT);
  dropDraft(form());
  restoreDrafts();
  assert.equal(form().querySelector("textarea").value, "was");
});

test("ids are UUIDv7 and sort by time", () => {
  assert.match(uuid7(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(uuid7(1_700_000_000_000) < uuid7(1_700_000_000_001));
  assert.ok(uuid7(1_700_000_000_000).startsWith("018bcfe5-6800-7"));
});

test("the digest for screen readers", () => {
  const changes = [{ agency: "RSS" }, { agency: "CDEMA" }, { agency: "RSS", mine: "E-131" }, { agency: "CDEMA" }];
  assert.equal(digest(changes), "Your task E-131 changed. 4 changes: 2 by RSS, 2 by CDEMA. 1 about your tasks.");
  assert.equal(digest([{ agency: "RSS" }]), "1 change: 1 by RSS.");
});
