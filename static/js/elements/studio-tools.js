// What only the studio needs, loaded where one of it stands.
import "./captions-editor.js";
import "./chapter-rows.js";
import "./file-sender.js";
import "./outline-editor.js";
import "./text-preview.js";
