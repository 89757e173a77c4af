// Settings of this device: any control with data-setting keeps its value here.

import { $$, onDevice } from "./dom.js";

export function startSettings() {
  for (const control of $$("[data-setting]")) {
    const name = `crisisroom.${control.dataset.setting}`;
    const kept = onDevice(name);
    if (kept !== null) {
      if (control.type === "checkbox" || control.type === "radio") control.checked = control.value === kept;
      else control.value = kept;
    }
    control.addEventListener("change", () => onDevice(name, control.type === "checkbox" && !control.checked ? null : control.value));
  }
}
