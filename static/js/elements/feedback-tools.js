// What makes saying something about a work easier: loaded only on pages that need it.
import "./feedback-form.js";
import "./queue-keys.js";
import "./remark-list.js";
