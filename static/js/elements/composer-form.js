// <composer-form data-draft="…"> around a composer's form: keeps what is written until it is posted, takes files by drag
// and drop, shows them, and sends with a progress that is real.
import { growAll } from "./autosize.js";

const NEVER_KEPT = new Set(["csrf_token", "once", "file"]);

class ComposerForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form || this.isReady) return;
    this.isReady = true;
    this.file = this.form.querySelector("input[type=file]");
    this.key = `draft-${this.dataset.draft}`;
    // A page that shows errors already holds what was typed.
    if (!this.form.querySelector("error-summary")) this.restore();
    this.form.addEventListener("input", () => this.keepSoon());
    this.form.addEventListener("change", () => this.keepSoon());
    this.form.addEventListener("submit", (event) => this.send(event));
    if (this.file) this.takeFiles();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.forgetPreview();
  }

  keepSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 400);
  }

  keep() {
    const kept = {};
    for (const control of this.form.elements) {
      if (!control.name || NEVER_KEPT.has(control.name) || control.type === "hidden" || control.type === "submit") continue;
      if (control.type === "radio" || control.type === "checkbox") {
        if (control.checked) (kept[control.name] ??= []).push(control.value);
      } else if (control.value && control.value !== control.defaultValue) kept[control.name] = control.value;
    }
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
    } catch {
      // Without a store there is no draft; the form itself still works.
    }
  }

  restore() {
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(this.key));
    } catch {
      kept = null;
    }
    if (!kept) return;
    let wroteSomething = false;
    for (const control of this.form.elements) {
      const value = kept[control.name];
      if (value === undefined || control.type === "hidden") continue;
      if (control.type === "radio" || control.type === "checkbox") control.checked = value.includes(control.value);
      else if (typeof value === "string" && control.value !== value) {
        control.value = value;
        if (control.localName !== "select") wroteSomething = true;
      }
    }
    growAll(this.form);
    if (wroteSomething) this.sayRestored();
  }

  sayRestored() {
    const line = document.createElement("p");
    line.className = "composer__restored";
    line.setAttribute("role", "status");
    const afresh = document.createElement("button");
    afresh.type = "button";
    afresh.className = "link-button";
    afresh.textContent = this.dataset.wordsDiscard;
    afresh.addEventListener("click", () => {
      localStorage.removeItem(this.key);
      this.form.reset();
      this.showFile();
      line.remove();
    });
    line.append(this.dataset.wordsRestored, " ", afresh);
    this.form.prepend(line);
  }

  takeFiles() {
    const zone = this.file.closest(".drop-zone");
    if (!zone) return;
    const hint = zone.querySelector(".drop-zone__hint");
    if (hint) hint.hidden = false;
    for (const name of ["dragenter", "dragover"]) {
      this.form.addEventListener(name, (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        zone.classList.add("is-over");
      });
    }
    this.form.addEventListener("dragleave", (event) => {
      if (!this.form.contains(event.relatedTarget)) zone.classList.remove("is-over");
    });
    this.form.addEventListener("drop", (event) => {
      zone.classList.remove("is-over");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      this.file.files = one.files;
      this.file.dispatchEvent(new Event("change", { bubbles: true }));
    });
    this.file.addEventListener("change", () => this.showFile());
    this.showFile();
  }

  /** Shows the chosen file, chooses the medium it belongs to, and refuses what is too large before it is sent. */
  showFile() {
    const preview = this.form.querySelector(".drop-zone__preview");
    if (!preview) return;
    this.forgetPreview();
    preview.replaceChildren();
    const file = this.file.files[0];
    preview.hidden = !file;
    this.file.setCustomValidity("");
    if (!file) return;
    const limit = Number(this.dataset.maxBytes);
    if (limit && file.size > limit) {
      const words = this.dataset.wordsLarge.replace("{size}", size(limit));
      this.file.setCustomValidity(words);
      this.file.reportValidity();
    }
    const medium = file.type.split("/")[0];
    const choice = this.form.querySelector(`input[name=medium][value="${CSS.escape(medium)}"]`);
    if (choice && !choice.checked) choice.checked = true;
    const element = document.createElement({ image: "img", audio: "audio", video: "video" }[medium] ?? "span");
    if (element.localName !== "span") {
      this.previewUrl = URL.createObjectURL(file);
      element.src = this.previewUrl;
      if (element.localName === "img") element.alt = "";
      else element.controls = true;
      element.addEventListener("error", () => element.remove());
      preview.append(element);
    }
    const name = document.createElement("p");
    name.textContent = `${file.name} · ${size(file.size)} `;
    const away = document.createElement("button");
    away.type = "button";
    away.className = "link-button";
    away.textContent = this.dataset.wordsRemove;
    away.addEventListener("click", () => {
      this.file.value = "";
      this.showFile();
      this.file.focus();
    });
    name.append(away);
    preview.append(name);
  }

  forgetPreview() {
    if (this.previewUrl) URL.revokeObjectURL(this.previewUrl);
    this.previewUrl = null;
  }

  send(event) {
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    this.keep();
    const button = event.submitter ?? this.form.querySelector("button[type=submit]");
    const data = new FormData(this.form, event.submitter);
    // A medium that is posted as text sends no file that was chosen before for another medium.
    if (data.get("medium") === "text" && this.file) data.delete(this.file.name);
    const progress = new Progress(this);
    button.disabled = true;
    const request = new XMLHttpRequest();
    request.open("POST", this.form.action);
    request.upload.addEventListener("progress", (news) => progress.show(news));
    request.addEventListener("load", () => this.arrive(request));
    for (const name of ["error", "abort", "timeout"]) {
      request.addEventListener(name, () => {
        this.isSending = false;
        button.disabled = false;
        progress.fail(this.dataset.wordsFailed);
      });
    }
    request.send(data);
  }

  /** The answer is a page: the new work's after a redirect, or this one with its errors. It takes this page's place. */
  arrive(request) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const moved = request.status < 300 && request.responseURL && request.responseURL !== this.form.action;
    if (moved) {
      localStorage.removeItem(this.key);
      history.pushState({ fromComposer: true }, "", request.responseURL);
      window.addEventListener("popstate", () => location.reload(), { once: true });
    }
    document.title = page.title || document.title;
    document.body.replaceWith(page.body);
    window.htmx?.process(document.body);
    growAll();
    if (moved || !document.querySelector("error-summary")) {
      window.scrollTo(0, 0);
      document.getElementById("main")?.focus();
    }
  }
}

class Progress {
  constructor(composer) {
    this.words = composer.dataset;
    this.box = composer.querySelector(".composer__progress");
    this.bar = this.box.querySelector("progress");
    this.line = this.box.querySelector("p");
    this.start = performance.now();
    this.box.hidden = !composer.file?.files.length;
    this.bar.hidden = false;
    this.bar.value = 0;
  }

  show({ loaded, total }) {
    if (!total) return;
    this.bar.value = (100 * loaded) / total;
    if (loaded >= total) {
      this.line.textContent = this.words.wordsFinishing;
      return;
    }
    const seconds = (performance.now() - this.start) / 1000;
    const left = (seconds / loaded) * (total - loaded);
    const parts = [this.words.wordsSent.replace("{percent}", Math.floor((100 * loaded) / total))];
    if (seconds > 2) parts.push(this.words.wordsLeft.replace("{time}", time(left)));
    this.line.textContent = parts.join(", ");
  }

  fail(words) {
    this.box.hidden = false;
    this.bar.hidden = true;
    this.line.textContent = words;
  }
}

function time(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.ceil(whole / 60)} min`;
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

customElements.define("composer-form", ComposerForm);
