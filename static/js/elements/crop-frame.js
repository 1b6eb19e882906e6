// <crop-frame data-width="…" data-height="…"> around a picture and the fields x, y, width and height (in its pixels):
// the part can be held and moved, its corners too, with a pointer or with the arrow keys.
import { dragged } from "../dragging.js";

const LEAST = 16;

class CropFrame extends HTMLElement {
  connectedCallback() {
    const picture = this.querySelector(".crop-frame__picture");
    this.full = { width: Number(this.dataset.width), height: Number(this.dataset.height) };
    this.fields = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, this.querySelector(`input[name=${name}]`)]));
    if (!picture || !this.full.width || this.box || Object.values(this.fields).includes(null)) return;
    this.frame = picture.querySelector(".picture-frame") ?? picture;
    this.frame.classList.add("crop-frame__sheet");
    this.box = document.createElement("div");
    this.box.className = "crop-frame__box";
    this.add("move", this.dataset.wordsMove, (part, by) => {
      part.x += by.x;
      part.y += by.y;
    });
    this.add("start", this.dataset.wordsStart, (part, by) => {
      const x = Math.min(Math.max(-part.x, by.x), part.width - LEAST);
      const y = Math.min(Math.max(-part.y, by.y), part.height - LEAST);
      Object.assign(part, { x: part.x + x, width: part.width - x, y: part.y + y, height: part.height - y });
    });
    this.add("end", this.dataset.wordsEnd, (part, by) => {
      part.width = Math.min(part.width + by.x, this.full.width - part.x);
      part.height = Math.min(part.height + by.y, this.full.height - part.y);
    });
    this.frame.append(this.box);
    for (const field of Object.values(this.fields)) field.addEventListener("input", () => this.show());
    this.show();
  }

  add(name, words, change) {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = `crop-frame__handle crop-frame__handle-${name}`;
    handle.setAttribute("aria-label", words);
    const pixels = () => this.full.width / this.frame.getBoundingClientRect().width;
    dragged(handle, {
      begin: () => this.chosen,
      move: (from, by) => this.write(change, from, { x: by.x * pixels(), y: by.y * pixels() }),
      step: (by) => this.write(change, this.chosen, { x: by.x * Math.max(1, this.full.width / 100), y: by.y * Math.max(1, this.full.width / 100) }),
    });
    this.box.append(handle);
  }

  get chosen() {
    return Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, Number(field.value.replace(",", ".")) || 0]));
  }

  write(change, from, by) {
    const part = { ...from };
    change(part, { x: Math.round(by.x), y: Math.round(by.y) });
    for (const [side, place] of [["width", "x"], ["height", "y"]]) {
      part[side] = Math.round(Math.min(this.full[side], Math.max(LEAST, part[side])));
      part[place] = Math.round(Math.min(this.full[side] - part[side], Math.max(0, part[place])));
    }
    for (const [name, field] of Object.entries(this.fields)) field.value = part[name];
    this.show();
  }

  show() {
    const part = this.chosen;
    const { style } = this.box;
    style.left = `${(100 * part.x) / this.full.width}%`;
    style.top = `${(100 * part.y) / this.full.height}%`;
    style.width = `${(100 * part.width) / this.full.width}%`;
    style.height = `${(100 * part.height) / this.full.height}%`;
  }
}

customElements.define("crop-frame", CropFrame);
