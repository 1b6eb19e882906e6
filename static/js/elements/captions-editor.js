// <captions-editor>: lines beside their player. What is heard is marked, a line's number plays it, moments are taken from
// the player; parting, joining, adding and taking away bring the server's answer into the page without leaving it.
import { readMoment, writeMoment } from "../moments.js";

class CaptionsEditor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector(".captions-editor__form");
    if (!this.form || this.isReady) return;
    this.isReady = true;
    this.media = this.querySelector("media-player video, media-player audio");
    this.form.addEventListener("submit", (event) => {
      const act = event.submitter?.value ?? "save";
      if (act === "save" || act === "shift") return;
      event.preventDefault();
      this.work(event.submitter);
    });
    this.media?.addEventListener("timeupdate", () => this.mark());
    this.media?.addEventListener("timeupdate", () => this.stopAtEnd());
    this.prepare();
  }

  get rows() {
    return [...this.form.querySelectorAll(".cue-row")];
  }

  prepare() {
    if (!this.media) return;
    for (const row of this.rows) {
      const number = row.querySelector(".cue-row__number");
      const play = this.button(number.textContent, this.dataset.wordsPlay.replace("{number}", number.textContent), () => this.play(row));
      play.className = "cue-row__number";
      number.replaceWith(play);
      const times = row.querySelector(".cue-row__times");
      for (const [name, words] of [["start", this.dataset.wordsStart], ["end", this.dataset.wordsEnd]]) {
        const field = row.querySelector(`input[name=${name}]`);
        const take = this.button(this.dataset.wordsNow, `${this.dataset.wordsNow}: ${words}`, () => {
          field.value = writeMoment(Math.round(this.media.currentTime * 1000) / 1000);
          field.focus();
        });
        take.className = "cue-row__take";
        field.after(take);
      }
      times.classList.add("has-player");
    }
  }

  button(text, label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  }

  moment(row, name) {
    return readMoment(row.querySelector(`input[name=${name}]`).value);
  }

  play(row) {
    const start = this.moment(row, "start");
    if (start === null) return;
    this.until = this.moment(row, "end");
    this.media.currentTime = start;
    this.media.play().catch(() => {});
  }

  stopAtEnd() {
    if (this.until == null || this.media.currentTime < this.until) return;
    this.until = null;
    this.media.pause();
  }

  mark() {
    const now = this.media.currentTime;
    for (const row of this.rows) {
      const start = this.moment(row, "start");
      const end = this.moment(row, "end");
      row.classList.toggle("is-heard", start !== null && end !== null && start <= now && now < end);
    }
  }

  async work(button) {
    if (this.isBusy) return;
    this.isBusy = true;
    const act = button.value;
    const news = this.form.querySelector(".captions-editor__news");
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: new URLSearchParams(new FormData(this.form, button)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const form = page.querySelector(".captions-editor__form");
      if (!form || (!answer.ok && answer.status !== 422)) throw new Error(`${answer.status}`);
      this.form.querySelector(".cue-rows").replaceWith(form.querySelector(".cue-rows"));
      this.form.querySelector(".error-summary")?.remove();
      const summary = form.querySelector(".error-summary");
      if (summary) this.form.prepend(summary);
      this.form.querySelector("button[name=do][value^=add]:not(.outline-editor__act)")?.setAttribute("value", `add-${this.rows.length}`);
      this.prepare();
      this.aim(act, Boolean(summary));
      news.textContent = summary ? "" : this.dataset.wordsDone;
    } catch {
      news.textContent = this.dataset.wordsFailed;
    } finally {
      this.isBusy = false;
    }
  }

  /** Focus goes to the line that came of it. */
  aim(act, isWrong) {
    if (isWrong) {
      this.form.querySelector(".error-summary").focus();
      return;
    }
    const [name, number] = act.split("-");
    const place = Number(number);
    const row = this.rows[Math.min(this.rows.length, name === "add" || name === "split" ? place + 1 : place) - 1];
    row?.querySelector("textarea")?.focus();
  }
}

customElements.define("captions-editor", CaptionsEditor);
