// <chapter-rows>: the moment of a chapter taken from the player above, and always one more empty row to write into.
import { writeMoment } from "../moments.js";

class ChapterRows extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".chapter-rows__list");
    if (!this.list || this.isReady) return;
    this.isReady = true;
    this.media = this.closest(".with-captions")?.querySelector("media-player video, media-player audio");
    for (const row of this.list.children) this.enhance(row);
    this.addEventListener("input", () => this.keepRoom());
  }

  enhance(row) {
    const [at] = row.querySelectorAll("input");
    if (!this.media || row.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet button-s chapter-rows__now";
    button.textContent = this.dataset.wordsNow;
    const number = [...this.list.children].indexOf(row) + 1;
    button.setAttribute("aria-label", `${this.dataset.wordsNow}: ${this.dataset.wordsNowLabel.replace("{number}", number)}`);
    button.addEventListener("click", () => {
      at.value = writeMoment(Math.round(this.media.currentTime * 10) / 10);
      this.keepRoom();
      row.querySelectorAll("input")[1].focus();
    });
    row.append(button);
  }

  keepRoom() {
    const last = this.list.lastElementChild;
    if (this.list.children.length >= 100 || [...last.querySelectorAll("input")].every((one) => !one.value)) return;
    const row = last.cloneNode(true);
    const number = this.list.children.length + 1;
    row.querySelector("button")?.remove();
    for (const one of row.querySelectorAll("input")) {
      one.value = "";
      one.id = one.id.replace(/\d+/, number);
    }
    for (const label of row.querySelectorAll("label")) {
      label.htmlFor = label.htmlFor.replace(/\d+/, number);
      const hint = label.querySelector(".visually-hidden");
      hint.textContent = hint.textContent.replace(/\d+/, number);
    }
    this.list.append(row);
    this.enhance(row);
  }
}

customElements.define("chapter-rows", ChapterRows);
