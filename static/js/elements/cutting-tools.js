// What the tools that cut are made easy with; loaded on their pages alone.
import "./crop-frame.js";
import "./cut-range.js";
import "./picture-layer.js";
import "./sound-mixer.js";
import "./still-picker.js";
