// Everything a page does beyond plain HTML starts here.

import htmx from "htmx.org";

htmx.config.includeIndicatorCSS = false;
