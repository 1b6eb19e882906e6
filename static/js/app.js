// Everything here makes better what already works without it.
import "htmx.org/dist/htmx.esm.js";
import "./elements/autosize.js";
import "./elements/before-after.js";
import "./elements/caption-list.js";
import "./elements/card-preview.js";
import "./elements/copy-button.js";
import "./elements/crop-frame.js";
import "./elements/cut-range.js";
import "./elements/error-summary.js";
import "./elements/lineage-map.js";
import "./elements/live-status.js";
import "./elements/media-player.js";
import "./elements/person-menu.js";
import "./elements/picture-layer.js";
import "./elements/sound-mixer.js";
import "./elements/still-picker.js";

// Only pages with a composer pay for it.
if (document.querySelector("composer-form")) import("./elements/composer-form.js");
