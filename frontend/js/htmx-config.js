// htmx reads its settings once, while it loads, so this is imported before it.
// No style of its own (app.css has it), no history of its own (the drawer keeps it).

const meta = document.createElement("meta");
meta.name = "htmx-config";
meta.content = "includeIndicatorCSS:false history:false mode:same-origin";
document.head.append(meta);
