// What a form holds, and whether a person has put something into it.

const TYPED = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea, select";

export const COMMAND_FORM = 'form[action*="/commands/"]';

/** The command a form sends ("move-task"), or undefined. */
export const commandOf = (form) => /^\/i\/[^/]+\/commands\/([\w-]+)$/.exec(form.getAttribute("action") ?? "")?.[1];

export const controls = (form) => [...form.elements].filter((one) => one.matches(TYPED));

export const isTyping = (node) => node === document.activeElement && node.matches(TYPED);

export const isDirty = (form) => controls(form).some(changed);

/** True while somebody's caret is in it, and as long as what they typed is not sent. */
export const isWorkedIn = (form) => controls(form).some((control) => isTyping(control) || changed(control));

/** True when the control no longer says what the server drew. */
export function changed(control) {
  if (control.localName !== "select") return control.value !== control.defaultValue;
  const options = [...control.options];
  if (!control.multiple && !options.some(isDrawnSelected)) return control.selectedIndex > 0;
  return options.some((option) => option.selected !== isDrawnSelected(option));
}

const isDrawnSelected = (option) => option.hasAttribute("selected");

/** What the controls say now becomes what they were drawn with. */
export function accept(form) {
  for (const control of controls(form)) {
    if (control.localName === "select") for (const option of control.options) option.toggleAttribute("selected", option.selected);
    else control.defaultValue = control.value;
  }
}

export const field = (form, name) => form.elements.namedItem(name);

/** Ids that sort by time, as the server makes them. */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 5, rest = now; i >= 0; i -= 1, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
