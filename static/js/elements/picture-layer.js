// <picture-layer> around a picture, the one that lies over it and the fields x, y, width and opacity (in hundredths):
// shows how it comes out, and lets the upper one be moved.
import { dragged } from "../dragging.js";

class PictureLayer extends HTMLElement {
  connectedCallback() {
    const sheet = this.querySelector(".picture-layer__sheet");
    const over = this.querySelector(".picture-layer__over");
    if (!sheet || !over || this.handle) return;
    this.fields = Object.fromEntries(["x", "y", "width", "opacity"].map((name) => [name, this.querySelector(`input[name=${name}]`)]));
    this.frame = sheet.querySelector(".picture-frame") ?? sheet;
    this.frame.classList.add("crop-frame__sheet");
    this.handle = document.createElement("button");
    this.handle.type = "button";
    this.handle.className = "picture-layer__handle";
    this.handle.setAttribute("aria-label", this.dataset.wordsMove);
    over.hidden = false;
    this.over = over;
    this.handle.append(over);
    this.frame.append(this.handle);
    dragged(this.handle, {
      begin: () => ({ x: this.value("x"), y: this.value("y") }),
      move: (from, by) => {
        const box = this.frame.getBoundingClientRect();
        this.place(from.x + (100 * by.x) / box.width, from.y + (100 * by.y) / box.height);
      },
      step: (by) => this.place(this.value("x") + by.x, this.value("y") + by.y),
    });
    for (const field of Object.values(this.fields)) field.addEventListener("input", () => this.show());
    this.show();
  }

  value(name) {
    return Number(this.fields[name].value.replace(",", ".")) || 0;
  }

  place(x, y) {
    const within = (value, low) => Math.round(10 * Math.min(99, Math.max(low, value))) / 10;
    this.fields.x.value = within(x, 1 - this.value("width"));
    this.fields.y.value = within(y, -99);
    this.show();
  }

  show() {
    const { style } = this.handle;
    style.left = `${this.value("x")}%`;
    style.top = `${this.value("y")}%`;
    style.width = `${Math.min(200, Math.max(1, this.value("width")))}%`;
    this.over.style.opacity = Math.min(100, Math.max(1, this.value("opacity"))) / 100;
  }
}

customElements.define("picture-layer", PictureLayer);
