// <file-sender> around a file field and the hidden field that names what was sent: sends the file at once, in pieces,
// says how far it is, and lets the form wait for it. What the server takes is checked there; here only what is plainly odd.
import { bytes, duration } from "../composer/words.js";
import { startUpload } from "../uploading.js";

class FileSender extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input[type=file]");
    this.kept = this.querySelector("input[type=hidden]");
    this.frame = this.querySelector(".file-sender__progress");
    if (!this.field || !this.kept || !this.frame || this.form) return;
    this.form = this.closest("form");
    this.bar = this.frame.querySelector("progress");
    this.words = this.frame.querySelector("[role=status]");
    this.kinds = this.dataset.kinds.split(" ");
    this.field.addEventListener("change", () => this.take(this.field.files[0]));
    // Before other listeners of the form: nothing is sent twice.
    this.form.addEventListener("submit", (event) => this.hold(event), { capture: true });
  }

  kindOf(file) {
    if (this.kinds.includes("document")) return "document";
    const kind = file.type.split("/")[0];
    return this.kinds.includes(kind) ? kind : null;
  }

  take(file) {
    this.sending?.cancel();
    this.sending = null;
    this.kept.value = "";
    this.frame.hidden = !file;
    if (!file) return;
    const kind = this.kindOf(file);
    const isLarge = file.size > Number(this.dataset.maxBytes || Infinity);
    if (isLarge || (!kind && file.type)) {
      this.field.value = "";
      this.end(isLarge ? this.dataset.wordsLarge : this.dataset.wordsOdd);
      return;
    }
    if (!kind) {
      // The browser does not know it: it goes with the form, and the server finds out.
      this.frame.hidden = true;
      return;
    }
    this.bar.hidden = false;
    this.bar.value = 0;
    this.say("");
    this.sending = startUpload(file, {
      kind,
      csrfToken: this.form.querySelector("input[name=csrf_token]").value,
      onProgress: (news) => this.progress(news),
      onWaiting: () => this.say(this.dataset.wordsWaiting),
      onRefused: (message) => {
        this.sending = null;
        this.field.value = "";
        this.waiting = null;
        this.end(message ?? this.dataset.wordsRefused);
      },
      onDone: ({ file: named }) => {
        this.sending = null;
        this.kept.value = named;
        // It is there already: the form need not carry it once more.
        this.field.value = "";
        this.end(`${file.name}: ${this.dataset.wordsHere}`);
        const { waiting } = this;
        this.waiting = null;
        if (waiting) this.form.requestSubmit(waiting === true ? undefined : waiting);
      },
    });
  }

  progress({ sent, total, secondsLeft }) {
    this.bar.value = (100 * sent) / total;
    if (sent >= total) {
      this.say(this.dataset.wordsChecking);
      return;
    }
    const far = this.dataset.wordsSent.replace("{sent}", bytes(sent)).replace("{size}", bytes(total));
    const left = secondsLeft === null ? "" : `, ${this.dataset.wordsLeft.replace("{time}", duration(secondsLeft))}`;
    this.say(far + left);
  }

  hold(event) {
    if (!this.sending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.waiting = event.submitter ?? true;
    this.say(this.dataset.wordsHolding);
  }

  say(words) {
    this.words.textContent = words;
  }

  end(words) {
    this.frame.hidden = false;
    this.bar.hidden = true;
    this.say(words);
  }
}

customElements.define("file-sender", FileSender);
