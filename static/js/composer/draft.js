// Keeps what is typed as a draft on the server, and never overwrites what another tab kept.
import { fieldsOf } from "./words.js";

const QUIET = 1500;
const RETRY = 8000;
/** Browsers let go of larger requests when a page closes. */
const LAST_WORDS = 60_000;

export class Draft {
  constructor(composer, form) {
    this.composer = composer;
    this.form = form;
    this.words = composer.dataset;
    this.url = composer.dataset.draftUrl;
    this.revision = form.elements.draft_revision;
    this.line = composer.querySelector(".composer__kept");
    if (!this.url || !this.revision) return;
    // Some browsers put back into a page that is loaded anew what stood in its hidden fields before.
    this.revision.value = composer.dataset.draftRevision;
    // What comes back with errors was typed and not kept yet.
    this.begun = composer.querySelector("error-summary") ? "" : this.fingerprint();
    this.onHide = () => this.saveLast();
    window.addEventListener("pagehide", this.onHide);
    document.addEventListener("visibilitychange", this.onHide);
  }

  /** When nothing is being kept any more, so that what is posted knows how the draft stands. */
  async settle() {
    clearTimeout(this.timer);
    this.again = false;
    await this.saving;
  }

  /** The page goes, or the work is posted: nothing more is kept. */
  stop() {
    clearTimeout(this.timer);
    this.isOver = true;
    window.removeEventListener("pagehide", this.onHide);
    document.removeEventListener("visibilitychange", this.onHide);
  }

  fingerprint() {
    const fields = fieldsOf(this.form);
    for (const name of ["csrf_token", "draft_revision"]) fields.delete(name);
    return fields.toString();
  }

  touch() {
    if (!this.url || this.isOver || this.isStale) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), QUIET);
  }

  get isChanged() {
    return this.fingerprint() !== this.begun;
  }

  async save({ force = false } = {}) {
    if (!this.url || this.isOver || (this.isStale && !force)) return;
    if (this.isSaving) {
      this.again = true;
      return;
    }
    if (!force && !this.isChanged) return;
    clearTimeout(this.timer);
    this.saving = this.write();
    await this.saving;
  }

  async write() {
    this.isSaving = true;
    const kept = this.fingerprint();
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: fieldsOf(this.form),
      });
      const news = await answer.json();
      if (this.isOver) return;
      if (answer.ok) {
        this.revision.value = news.revision;
        this.begun = kept;
        this.say(this.words.wordsSaved);
      } else if (answer.status === 409) this.clash(news.revision);
      else this.say(news.error?.message || this.words.wordsUnsaved);
    } catch {
      if (this.isOver) return;
      this.say(this.words.wordsUnsaved);
      this.timer = setTimeout(() => this.save(), RETRY);
    } finally {
      this.isSaving = false;
      if (this.again) {
        this.again = false;
        this.touch();
      }
    }
  }

  saveLast() {
    if (document.visibilityState !== "hidden" || this.isOver || this.isStale || this.isSaving || !this.isChanged) return;
    const body = fieldsOf(this.form);
    if (body.toString().length > LAST_WORDS) return;
    clearTimeout(this.timer);
    const kept = this.fingerprint();
    fetch(this.url, { method: "POST", headers: { Accept: "application/json" }, body, keepalive: true })
      .then((answer) => answer.json())
      .then((news) => {
        // The page may come back from where it was put.
        if (!news.revision || news.error) return;
        this.revision.value = news.revision;
        this.begun = kept;
      })
      .catch(() => {});
  }

  /** Another tab kept something else, or posted it: which of the two stays is for the person to say. */
  clash(revision) {
    this.isStale = true;
    const keep = button(this.words.wordsMine, () => {
      this.revision.value = revision;
      this.isStale = false;
      this.save({ force: true });
    });
    const parts = [revision ? this.words.wordsConflict : this.words.wordsGone, " ", keep];
    if (revision) parts.push(" ", button(this.words.wordsTheirs, () => location.reload()));
    this.line.replaceChildren(...parts);
  }

  say(words) {
    this.line.textContent = words;
  }
}

function button(words, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "link-button";
  element.textContent = words;
  element.addEventListener("click", act);
  return element;
}
