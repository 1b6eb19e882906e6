// <still-picker …> around a film and the field "at": a button that takes the moment that is shown, and two that move it
// by a frame or so.
import { readMoment, writeMoment } from "../moments.js";

const STEP = 1 / 25;

class StillPicker extends HTMLElement {
  connectedCallback() {
    this.film = this.querySelector("video");
    this.field = this.querySelector("input[name=at]");
    if (!this.film || !this.field || this.line) return;
    const tools = document.createElement("div");
    tools.className = "still-picker__tools";
    const button = (words, act, kind = "secondary") => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = `button button-${kind}`;
      made.textContent = words;
      made.addEventListener("click", act);
      tools.append(made);
    };
    button(this.dataset.wordsBack, () => this.move(-STEP), "quiet");
    button(this.dataset.wordsOn, () => this.move(STEP), "quiet");
    button(this.dataset.wordsTake, () => this.take());
    this.line = document.createElement("p");
    this.line.setAttribute("role", "status");
    tools.append(this.line);
    this.film.after(tools);
    this.field.addEventListener("input", () => this.show());
    const begin = () => this.show();
    if (this.film.readyState) begin();
    else this.film.addEventListener("loadedmetadata", begin, { once: true });
  }

  move(seconds) {
    this.film.pause();
    this.film.currentTime = Math.min(this.film.duration || 0, Math.max(0, this.film.currentTime + seconds));
  }

  take() {
    this.film.pause();
    this.field.value = writeMoment(this.film.currentTime);
    this.line.textContent = this.dataset.wordsTaken.replace("{time}", this.field.value);
  }

  /** The film shows what the field says. */
  show() {
    const moment = readMoment(this.field.value);
    if (moment === null || !this.film.readyState) return;
    this.film.pause();
    this.film.currentTime = Math.min(this.film.duration || 0, moment);
  }
}

customElements.define("still-picker", StillPicker);
