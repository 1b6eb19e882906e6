// Everything here makes better what already works without it.
import "htmx.org/dist/htmx.esm.js";
import "./elements/autosize.js";
import "./elements/before-after.js";
import "./elements/caption-list.js";
import "./elements/card-preview.js";
import "./elements/copy-button.js";
import "./elements/error-summary.js";
import "./elements/lineage-map.js";
import "./elements/live-status.js";
import "./elements/media-player.js";
import "./elements/person-menu.js";

// Only pages with a composer pay for it, and only those that cut for the tools.
if (document.querySelector("composer-form")) import("./elements/composer-form.js");
if (document.querySelector("season-timeline[data-starts-on]")) import("./elements/season-timeline.js");
if (document.querySelector("note-form")) import("./elements/note-form.js");
if (document.querySelector(".cut-page")) import("./elements/cutting-tools.js");
if (document.querySelector("outline-editor, text-preview, file-sender, captions-editor")) import("./elements/studio-tools.js");
if (document.querySelector("feedback-form, remark-list, queue-keys")) import("./elements/feedback-tools.js");
