// <cut-range data-length="12.5" …> around a player, its waveform and the fields "start" and "end": two handles on the
// waveform to hold or to move by keys, and a button that plays the part. What counts is in the fields.
import { readMoment, writeMoment } from "../moments.js";

class CutRange extends HTMLElement {
  connectedCallback() {
    this.length = Number(this.dataset.length);
    this.wave = this.querySelector(".cut-range__wave");
    this.player = this.querySelector(".cut-range__player");
    this.fields = ["start", "end"].map((name) => this.querySelector(`input[name=${name}]`));
    if (!this.wave || !this.length || this.sliders || this.fields.includes(null)) return;
    this.shade = document.createElement("div");
    this.shade.className = "cut-range__part";
    this.sliders = ["wordsStart", "wordsEnd"].map((words, number) => {
      const slider = document.createElement("input");
      slider.type = "range";
      slider.min = 0;
      slider.max = this.length;
      slider.step = this.length > 20 ? 0.1 : 0.01;
      slider.className = "cut-range__handle";
      slider.setAttribute("aria-label", this.dataset[words]);
      slider.addEventListener("input", () => this.slide(number));
      return slider;
    });
    this.wave.append(this.shade, ...this.sliders);
    for (const field of this.fields) field.addEventListener("input", () => this.show());
    if (this.player) this.addTools();
    this.show();
  }

  addTools() {
    const tools = document.createElement("div");
    tools.className = "cut-range__tools";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button button-secondary";
    this.button.textContent = this.dataset.wordsPlay;
    this.button.addEventListener("click", () => this.play());
    this.line = document.createElement("p");
    this.line.setAttribute("role", "status");
    tools.append(this.button, this.line);
    this.wave.after(tools);
    this.player.addEventListener("pause", () => this.stop());
    this.player.addEventListener("timeupdate", () => {
      if (this.isPlaying && this.player.currentTime >= this.range[1]) this.player.pause();
    });
  }

  get range() {
    return this.fields.map((field, number) => {
      const moment = readMoment(field.value);
      return Math.min(this.length, Math.max(0, moment ?? (number ? this.length : 0)));
    });
  }

  slide(moved) {
    const [start, end] = this.sliders.map((slider) => Number(slider.value));
    // A handle pushes no other one: it stops beside it.
    const least = Math.min(0.1, this.length);
    const value = moved ? Math.max(end, start + least) : Math.min(start, end - least);
    this.fields[moved].value = writeMoment(Math.min(this.length, Math.max(0, value)));
    this.fields[moved].dispatchEvent(new Event("change", { bubbles: true }));
    this.show();
  }

  show() {
    const [start, end] = this.range;
    this.sliders.forEach((slider, number) => {
      slider.value = number ? end : start;
      slider.setAttribute("aria-valuetext", writeMoment(Number(slider.value)));
    });
    this.shade.style.insetInlineStart = `${(100 * start) / this.length}%`;
    this.shade.style.inlineSize = `${(100 * Math.max(0, end - start)) / this.length}%`;
    if (this.line) this.line.textContent = end > start ? this.dataset.wordsLength.replace("{time}", writeMoment(end - start)) : "";
  }

  play() {
    if (this.isPlaying) return this.player.pause();
    this.player.currentTime = this.range[0];
    this.isPlaying = true;
    this.button.textContent = this.dataset.wordsStop;
    this.player.play().catch(() => this.stop());
  }

  stop() {
    this.isPlaying = false;
    this.button.textContent = this.dataset.wordsPlay;
  }
}

customElements.define("cut-range", CutRange);
