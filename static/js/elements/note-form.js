// <note-form>: the form for a note to oneself. Beside a player it fills in the moment at which one begins to write; a note is
// kept without leaving the page, so that the film goes on.
class NoteForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form || this.area) return;
    this.area = this.form.elements.body;
    this.area.addEventListener("input", () => this.noteMoment(), { once: true });
    this.form.addEventListener("submit", (event) => this.keep(event));
  }

  noteMoment() {
    const media = document.querySelector(".lesson-player media-player")?.media;
    const { at } = this.form.elements;
    if (!at || at.value || !media || media.currentTime < 1) return;
    const seconds = Math.floor(media.currentTime);
    at.value = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  async keep(event) {
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: new FormData(this.form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = answer.ok && page.getElementById("notes");
      if (!fresh) throw new Error("not kept");
      this.closest("#notes").replaceWith(fresh);
      fresh.querySelector("textarea").focus();
    } catch {
      this.form.submit(); // the page itself says what is wrong
    }
  }
}

customElements.define("note-form", NoteForm);
