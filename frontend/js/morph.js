// Changes a part of the page into its new form without disturbing who works in it:
// htmx's morph, with four rules of our own.

import "./htmx-config.js";
import htmx from "htmx.org/dist/htmx.esm.min.js";
import { isTyping, isWorkedIn } from "./forms.js";

let morphNodes;
let whole = false;

htmx.registerExtension("crisis-room", {
  init(api) {
    morphNodes = api.morph;
  },
  htmx_before_morph_node: (_, { oldNode, newNode }) => !keepsItself(oldNode) && renewOptions(oldNode, newNode),
  htmx_before_morph_attr: (node, { attrName }) => !keepsAttribute(node, attrName),
});

/** Turns `node` into `fresh` (same id), keeping focus, caret, typed text and open details. */
export function morph(node, fresh) {
  // A question that the script put there goes along: somebody is answering it.
  const asked = node.querySelector(".ask");
  if (asked) fresh.append(asked.cloneNode(true));
  const fragment = document.createDocumentFragment();
  fragment.append(fresh);
  morphNodes(node, fragment, false);
}

/** The same for a part of the page that was asked for whole: what the page keeps is renewed as well. */
export function morphWhole(node, fresh) {
  whole = true;
  try {
    morph(node, fresh);
  } finally {
    whole = false;
  }
}

// A form someone is or has been typing in also keeps what its values were drawn from (`base.*`): only so
// can the server tell that somebody else changed the field meanwhile.
function keepsItself(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  return isTyping(node) || (node.localName === "form" && isWorkedIn(node)) || (!whole && node.hasAttribute("data-keep"));
}

// An option once chosen by hand no longer follows its attribute.
function renewOptions(node, fresh) {
  if (node.localName === "select") {
    node.replaceChildren(...fresh.cloneNode(true).childNodes);
    for (const option of node.options) option.selected = option.hasAttribute("selected");
    if (!node.multiple && node.selectedIndex < 0) node.selectedIndex = 0;
  }
  return true;
}

function keepsAttribute(node, name) {
  return name === "open" && node.localName === "details";
}
