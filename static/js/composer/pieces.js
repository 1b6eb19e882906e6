// The composer's files: chosen, dropped, pasted or recorded; sent at once; put in order; taken away.
import { bytes, duration } from "./words.js";

const TEXTS = /\.(txt|md|markdown|pdf)$/i;
const BY_ENDING = { heic: "image", heif: "image", avif: "image", m4a: "audio", flac: "audio", opus: "audio", mkv: "video", mov: "video" };

export class Pieces {
  constructor(composer, form, { onChange }) {
    this.composer = composer;
    this.form = form;
    this.words = composer.dataset;
    this.onChange = onChange;
    this.list = composer.querySelector(".pieces");
    this.input = form.querySelector("input[type=file][name=file]");
    this.template = composer.querySelector("template.composer__piece");
    this.line = composer.querySelector(".drop-zone__words");
    this.sending = new Map();
    if (!this.list || !this.input) return;
    this.composer.querySelector(".drop-zone__hint")?.removeAttribute("hidden");
    this.composer.querySelector(".drop-zone__plain")?.setAttribute("hidden", "");
    this.input.addEventListener("change", () => this.takeInput());
    this.list.addEventListener("click", (event) => this.press(event));
    this.takeInput();
    this.arrange();
  }

  get media() {
    return [...this.form.querySelectorAll("input[name=medium]")].map((one) => one.value);
  }

  get items() {
    return [...this.list.children];
  }

  takeInput() {
    const files = [...this.input.files];
    if (!files.length) return;
    // Each is sent from here on; the field itself sends nothing more.
    this.input.value = "";
    this.add(files);
  }

  /** Takes files in, in order; texts are read in by the server. */
  add(files) {
    this.line.textContent = "";
    for (const file of files) {
      const kind = kindOf(file);
      if (kind === "text") this.readText(file);
      else this.addOne(file, kind);
    }
    this.arrange();
    this.onChange();
  }

  addOne(file, kind) {
    const limit = Number(this.words.maxBytes);
    const trouble = this.troubleWith(file, kind, limit);
    if (trouble) {
      this.line.textContent = trouble.replace("{name}", file.name).replace("{size}", bytes(limit)).replace("{most}", this.words.mostPictures);
      return;
    }
    this.choose(kind);
    if (kind !== "image") for (const item of this.items) if (item.dataset.kind === kind) this.remove(item);
    const item = this.template.content.firstElementChild.cloneNode(true);
    item.dataset.kind = item.dataset.for = kind;
    item.querySelector(".piece__name").textContent = `${file.name} · ${bytes(file.size)}`;
    this.preview(item, file, kind);
    this.describe(item, kind);
    this.list.hidden = false;
    this.list.append(item);
    this.send(item, file, kind);
  }

  troubleWith(file, kind, limit) {
    if (!kind) return this.words.wordsOdd;
    if (!this.media.includes(kind)) return this.words.wordsKind;
    if (limit && file.size > limit) return this.words.wordsLarge;
    const pictures = this.items.filter((item) => item.dataset.kind === "image").length;
    return kind === "image" && pictures >= Number(this.words.mostPictures) ? this.words.wordsMany : null;
  }

  choose(medium) {
    const choice = this.form.querySelector(`input[name=medium][value="${medium}"]`);
    if (!choice || choice.checked) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }

  readText(file) {
    const input = this.form.querySelector("input[name=text_file]");
    if (!input) {
      this.line.textContent = this.words.wordsKind;
      return;
    }
    this.choose("text");
    const one = new DataTransfer();
    one.items.add(file);
    input.files = one.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  preview(item, file, kind) {
    const element = document.createElement({ image: "img", audio: "audio", video: "video" }[kind]);
    item.previewUrl = element.src = URL.createObjectURL(file);
    if (kind === "image") element.alt = "";
    else element.controls = true;
    // What this browser cannot show (HEIC, say) is shown once it is posted.
    element.addEventListener("error", () => element.remove());
    item.querySelector(".piece__face").append(element);
  }

  /** A picture is described in words of its own. The plain field goes, with what was written in it. */
  describe(item, kind) {
    const field = item.querySelector(".piece__alt");
    if (kind !== "image") {
      const none = document.createElement("input");
      none.type = "hidden";
      none.name = "alt_text";
      field.replaceWith(none);
      return;
    }
    const plain = this.composer.querySelector(".composer__alt");
    if (!plain) return;
    field.querySelector("textarea").value = plain.querySelector("textarea").value;
    plain.remove();
  }

  async send(item, file, kind) {
    const state = item.querySelector(".piece__state");
    const box = item.querySelector(".piece__progress");
    const sending = { file, kind };
    this.sending.set(item, sending);
    sending.done = new Promise((resolve) => {
      sending.finish = resolve;
    });
    let startUpload;
    try {
      ({ startUpload } = await import("../uploading.js"));
    } catch {
      // It goes with the form then.
      sending.isPlain = true;
      sending.finish();
      return;
    }
    if (!this.sending.has(item)) return;
    box.hidden = false;
    this.showActs(item, "pause");
    let said = 0;
    sending.upload = startUpload(file, {
      kind,
      csrfToken: this.form.elements.csrf_token.value,
      onProgress: (news) => {
        box.firstElementChild.value = news.total ? (100 * news.sent) / news.total : 0;
        const now = performance.now();
        if (now - said < 500 && news.sent < news.total) return;
        said = now;
        state.textContent = this.tell(news);
      },
      onWaiting: () => {
        state.textContent = this.words.wordsWaiting;
      },
      onDone: ({ file: name }) => this.arrived(item, name),
      onRefused: (message) => this.refused(item, message),
    });
  }

  tell({ sent, total, speed, secondsLeft }) {
    if (total && sent >= total) return this.words.wordsChecking;
    const parts = [this.words.wordsSent.replace("{sent}", bytes(sent)).replace("{size}", bytes(total))];
    if (speed) parts.push(this.words.wordsSpeed.replace("{speed}", bytes(speed)));
    if (secondsLeft) parts.push(this.words.wordsLeft.replace("{time}", duration(secondsLeft)));
    return parts.join(", ");
  }

  arrived(item, name) {
    const sending = this.sending.get(item);
    if (!sending) return;
    this.sending.delete(item);
    const field = item.querySelector("input[name=upload]");
    field.value = name;
    field.disabled = false;
    item.dataset.id = name;
    item.querySelector(".piece__progress").hidden = true;
    item.querySelector(".piece__state").textContent = this.words.wordsHere;
    for (const act of item.querySelectorAll("[name=move]")) act.value = act.value.split(":")[0] + ":" + name;
    item.querySelector("[name=drop]").value = name;
    this.showActs(item, null);
    sending.finish();
    this.onChange();
  }

  refused(item, message) {
    const sending = this.sending.get(item);
    if (!sending) return;
    sending.isRefused = true;
    item.classList.add("is-refused");
    item.querySelector(".piece__progress").hidden = true;
    item.querySelector(".piece__state").textContent = message || this.words.wordsRefused;
    this.showActs(item, null);
    sending.finish();
  }

  showActs(item, shown) {
    for (const act of item.querySelectorAll("[data-act]")) act.hidden = act.dataset.act !== shown;
  }

  press(event) {
    const act = event.target.closest("button");
    const item = act?.closest(".piece");
    if (!item) return;
    event.preventDefault();
    if (act.dataset.act) this.pause(item, act.dataset.act);
    else if (act.name === "move") this.move(item, act);
    else if (act.name === "drop") this.takeAway(item);
  }

  pause(item, act) {
    const upload = this.sending.get(item)?.upload;
    if (!upload) return;
    if (act === "pause") {
      upload.pause();
      item.querySelector(".piece__state").textContent = this.words.wordsPaused;
    } else upload.resume();
    const next = act === "pause" ? "resume" : "pause";
    this.showActs(item, next);
    item.querySelector(`[data-act=${next}]`).focus();
  }

  move(item, act) {
    const other = act.value.startsWith("up") ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (act.value.startsWith("up")) other.before(item);
    else other.after(item);
    act.focus();
    this.arrange();
    const place = this.items.filter((one) => one.dataset.kind === "image").indexOf(item) + 1;
    item.querySelector(".piece__state").textContent = this.words.wordsMoved.replace("{number}", place);
    this.onChange();
  }

  takeAway(item) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    this.remove(item);
    (next?.querySelector("[name=drop]") ?? this.input).focus();
    this.arrange();
    this.onChange();
  }

  remove(item) {
    const sending = this.sending.get(item);
    this.sending.delete(item);
    sending?.upload?.cancel();
    sending?.finish();
    if (item.previewUrl) URL.revokeObjectURL(item.previewUrl);
    item.remove();
  }

  /** Pictures know their places in the series. */
  arrange() {
    this.list.hidden = !this.items.length;
    const pictures = this.items.filter((item) => item.dataset.kind === "image");
    this.list.classList.toggle("is-series", pictures.length > 1);
    for (const [place, item] of pictures.entries()) {
      const label = item.querySelector(".field__label");
      const words = pictures.length > 1 ? this.words.wordsDescribeNth.replace("{number}", place + 1) : this.words.wordsDescribe;
      if (label) (label.querySelector("span") ?? label).textContent = words;
    }
  }

  /** Whether files of this medium are still on their way. */
  isBusy(medium) {
    return [...this.sending].some(([item, one]) => item.dataset.kind === medium && !one.isPlain && !one.isRefused);
  }

  /** When every file of this medium is here; false where one was refused. */
  async settle(medium) {
    const those = [...this.sending].filter(([item]) => item.dataset.kind === medium);
    for (const [, one] of those) one.upload?.resume();
    await Promise.all(those.map(([, one]) => one.done));
    const refused = those.find(([item, one]) => one.isRefused && item.isConnected);
    refused?.[0].querySelector("[name=drop]").focus();
    return !refused;
  }

  /** Files that go with the form itself, since they could not be sent before. */
  get plain() {
    return [...this.sending.values()].filter((one) => one.isPlain).map((one) => one.file);
  }

  stop() {
    for (const item of this.list ? this.items : []) if (item.previewUrl) URL.revokeObjectURL(item.previewUrl);
    for (const one of this.sending.values()) one.upload?.pause();
  }
}

function kindOf(file) {
  const [kind, rest] = file.type.split("/");
  if (kind === "text" || rest === "pdf" || (!kind && TEXTS.test(file.name))) return "text";
  if (["image", "audio", "video"].includes(kind)) return kind;
  return BY_ENDING[file.name.split(".").pop().toLowerCase()] ?? null;
}
