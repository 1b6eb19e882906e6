// <composer-form> around a composer's form: keeps what is written on the server, takes files from anywhere and sends them
// at once, finds sources while one types, and posts when all of it is there.
import { Draft } from "../composer/draft.js";
import { Pieces } from "../composer/pieces.js";
import { Sources } from "../composer/sources.js";
import { growAll } from "./autosize.js";

class ComposerForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form.composer__form");
    if (!this.form || this.isReady) return;
    this.isReady = true;
    if (this.querySelector("media-recorder")) import("./media-recorder.js");
    this.draft = new Draft(this, this.form);
    const onChange = () => this.draft.touch();
    this.pieces = new Pieces(this, this.form, { onChange });
    this.sources = new Sources(this, this.form, { onChange });
    this.form.addEventListener("input", onChange);
    this.form.addEventListener("change", onChange);
    this.form.addEventListener("submit", (event) => this.send(event));
    this.addEventListener("recorded", (event) => this.pieces.add([event.detail.file]));
    this.readTexts();
    this.takeDrops();
    growAll(this.form);
  }

  disconnectedCallback() {
    this.draft?.stop();
    this.pieces?.stop();
    this.letGo?.abort();
  }

  /** A text file is read in as soon as it is chosen. */
  readTexts() {
    const input = this.form.querySelector("input[name=text_file]");
    const button = this.form.querySelector("button[name=read_text]");
    if (!input || !button) return;
    button.hidden = true;
    input.addEventListener("change", () => {
      if (input.files.length) this.form.requestSubmit(button);
    });
  }

  /** Files may be dropped and pasted anywhere on the page. */
  takeDrops() {
    this.letGo = new AbortController();
    const { signal } = this.letGo;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    for (const name of ["dragenter", "dragover"]) {
      document.addEventListener(name, (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        this.classList.add("is-over");
      }, { signal });
    }
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.classList.remove("is-over");
    }, { signal });
    document.addEventListener("drop", (event) => {
      this.classList.remove("is-over");
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    }, { signal });
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      // Programs put a picture of a text beside the text: who pastes into a field means the text.
      if (!files.length || event.clipboardData.types.includes("text/plain")) return;
      event.preventDefault();
      this.take(files);
    }, { signal });
  }

  take(files) {
    if (files.length && this.pieces.list) this.pieces.add(files);
  }

  async send(event) {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name === "save" && button.value === "draft") {
      this.draft.save({ force: true });
      return;
    }
    if (this.isSending) return;
    this.isSending = true;
    const pressed = button?.hidden === false || !button ? button : null;
    const progress = new Progress(this);
    if (pressed) pressed.disabled = true;
    const medium = this.form.querySelector("input[name=medium]:checked")?.value;
    if (this.pieces.list && this.pieces.isBusy(medium)) progress.say(this.dataset.wordsPosting);
    const isWhole = !this.pieces.list || (await this.pieces.settle(medium));
    await this.draft.settle();
    if (pressed) pressed.disabled = false;
    if (!isWhole || !this.isConnected) {
      progress.end();
      this.isSending = false;
      return;
    }
    this.post(button, pressed, progress, medium);
  }

  post(button, pressed, progress, medium) {
    const data = new FormData(this.form, button);
    if (button?.name !== "find") data.delete("find_source");
    data.delete("file");
    // A medium that is posted as text sends no file that was chosen before for another medium.
    if (medium !== "text" && this.pieces.list) for (const file of this.pieces.plain) data.append("file", file);
    if (pressed) pressed.disabled = true;
    const request = new XMLHttpRequest();
    request.open("POST", this.form.action);
    if (data.has("file")) request.upload.addEventListener("progress", (news) => progress.show(news));
    request.addEventListener("load", () => {
      if (request.status < 500 && request.status !== 413 && request.status !== 429) {
        this.arrive(request);
        return;
      }
      // Nothing that was typed is lost to a server that cannot take it now.
      this.isSending = false;
      if (pressed) pressed.disabled = false;
      progress.fail(wordsOf(request.responseText) || this.dataset.wordsFailed);
    });
    for (const name of ["error", "abort", "timeout"]) {
      request.addEventListener(name, () => {
        this.isSending = false;
        if (pressed) pressed.disabled = false;
        progress.fail(this.dataset.wordsFailed);
      });
    }
    request.send(data);
  }

  /** The answer is a page: the new work's after a redirect, or this one with its errors. It takes this page's place. */
  arrive(request) {
    this.draft.stop();
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const here = new URL(this.form.action, location.href);
    const there = new URL(request.responseURL || here, location.href);
    const moved = request.status < 300 && there.pathname !== here.pathname;
    if (moved) {
      history.pushState({ fromComposer: true }, "", there);
      window.addEventListener("popstate", () => location.reload(), { once: true });
    }
    document.title = page.title || document.title;
    document.body.replaceWith(page.body);
    window.htmx?.process(document.body);
    growAll();
    const anchor = !moved && there.hash ? document.getElementById(there.hash.slice(1)) : null;
    if (anchor) anchor.scrollIntoView();
    else if (moved || !document.querySelector("error-summary")) {
      window.scrollTo(0, 0);
      document.getElementById("main")?.focus();
    }
  }
}

/** What an error page says, in one line. */
function wordsOf(html) {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  return [...(main?.querySelectorAll("h1, .error-page__words") ?? [])].map((one) => one.textContent.trim()).join(". ");
}

class Progress {
  constructor(composer) {
    this.words = composer.dataset;
    this.box = composer.querySelector(".composer__progress");
    this.bar = this.box.querySelector("progress");
    this.line = this.box.querySelector("p");
    this.end();
  }

  say(words) {
    this.box.hidden = false;
    this.bar.hidden = true;
    this.line.textContent = words;
  }

  show({ loaded, total }) {
    if (!total) return;
    this.box.hidden = false;
    this.bar.hidden = false;
    this.bar.value = (100 * loaded) / total;
    this.line.textContent = loaded >= total ? this.words.wordsFinishing : "";
  }

  fail(words) {
    this.say(words);
  }

  end() {
    this.box.hidden = true;
    this.bar.value = 0;
    this.line.textContent = "";
  }
}

customElements.define("composer-form", ComposerForm);
