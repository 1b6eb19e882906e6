// <feedback-form data-attempt="attempt-2" data-medium="audio"> around the form for feedback: takes the moment that is
// playing, the words that are selected or a part of the picture; records an answer; puts saved replies in at the cursor;
// Ctrl+Enter sends. Without script every button brings the form back as it was typed.
import { dragged } from "../dragging.js";
import { writeMoment } from "../moments.js";
import { growAll } from "./autosize.js";

const MOST = 20;
/** Percent of a picture's side below which a part cannot be seen. */
const LEAST = 2;

class FeedbackForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.rows = this.querySelector(".feedback-form__rows");
    if (!this.form || !this.rows || this.isReady) return;
    this.isReady = true;
    this.template = this.querySelector("template.feedback-form__row");
    this.attempt = document.getElementById(this.dataset.attempt);
    this.words = this.querySelector(".feedback-form__words");
    this.preparePointing();
    this.prepareRows();
    this.prepareReplies();
    this.prepareRecorder();
    this.keepDraft();
    this.form.addEventListener("keydown", (event) => this.hear(event));
    growAll(this.form);
  }

  disconnectedCallback() {
    this.letGo?.abort();
    this.picker?.remove();
  }

  get parts() {
    return [...this.rows.children];
  }

  preparePointing() {
    const button = this.querySelector(".feedback-form__point");
    button.hidden = !this.attempt;
    // What is selected stays selected while the button is pressed.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => this.point());
    if (this.dataset.medium !== "text") return;
    this.letGo = new AbortController();
    document.addEventListener("selectionchange", () => this.noteSelection(), { signal: this.letGo.signal });
  }

  prepareRows() {
    for (const row of this.parts) if (isBlank(row)) row.remove();
    this.rows.addEventListener("input", (event) => this.follow(event.target));
    this.rows.addEventListener("focusin", (event) => {
      if (this.dataset.medium === "image") this.pick(event.target.closest("li"));
    });
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest?.("button[name=add_remark], button[name=drop_remark]");
      if (!button) return;
      event.preventDefault();
      if (button.name === "add_remark") this.add()?.querySelector("input:not([type=hidden]), textarea, select").focus();
      else this.drop(button.closest("li"));
    });
  }

  add() {
    if (this.parts.length >= MOST) {
      this.say(this.dataset.wordsMost);
      return null;
    }
    const row = this.template.content.firstElementChild.cloneNode(true);
    this.rows.append(row);
    return row;
  }

  drop(row) {
    if (this.picker?.row === row) this.unpick();
    row.remove();
    this.querySelector(".feedback-form__point").focus();
  }

  say(words) {
    this.words.textContent = words ?? "";
  }

  /** One more remark on the place that is meant at this moment. */
  point() {
    this.say("");
    const medium = this.dataset.medium;
    const values = medium === "text" ? this.selected : medium === "image" ? { x: 30, y: 30, width: 40, height: 40 } : this.moment;
    if (!values) {
      this.say(medium === "text" ? this.dataset.wordsSelect : this.dataset.wordsPlay);
      return;
    }
    const row = this.add();
    if (!row) return;
    for (const [name, value] of Object.entries(values)) part(row, name).value = value;
    this.say(this.dataset.wordsAdded);
    growAll(row);
    if (medium === "image") {
      this.pick(row);
      this.picker.box.scrollIntoView({ block: "center" });
      this.picker.box.querySelector("button").focus();
    } else part(row, "text").focus();
  }

  get moment() {
    const media = this.attempt?.querySelector("audio, video");
    return media && { at: writeMoment(Math.floor(media.currentTime)) };
  }

  /** Remembers the last words of the attempt that were selected: a tap on a button may take the selection away. */
  noteSelection() {
    const text = this.attempt?.querySelector(".attempt__text");
    const selection = document.getSelection();
    if (!text || !selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.commonAncestorContainer)) return;
    const before = document.createRange();
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    const words = range.toString();
    const quote = words.trim();
    if (!quote) return;
    // The server counts characters, not the halves that some of them are made of.
    const start = count(before.toString()) + count(words.slice(0, words.indexOf(quote[0])));
    this.selected = { quote, start, end: start + count(quote) };
  }

  /** Words that are changed by hand stand where they are found. */
  follow(field) {
    if (field.name === "remark_quote") part(field.closest("li"), "start").value = part(field.closest("li"), "end").value = "";
    if (this.picker?.row === field.closest("li")) this.picker.show();
  }

  pick(row) {
    if (!row || this.picker?.row === row) return;
    this.unpick();
    const number = part(row, "picture").value || "1";
    const frame = this.attempt?.querySelector(`[data-picture="${number}"] .region-frame`);
    if (!frame) return;
    this.picker = new RegionPicker(frame, row, this.dataset);
    part(row, "picture").addEventListener("change", () => {
      this.unpick();
      this.pick(row);
    }, { once: true });
  }

  unpick() {
    this.picker?.remove();
    this.picker = null;
  }

  prepareReplies() {
    const choice = this.form.elements.saved_reply;
    const button = this.form.querySelector("button[name=insert_reply]");
    if (!choice || !button) return;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const { worksWell, tryNext } = choice.selectedOptions[0].dataset;
      put(this.form.elements.works_well, worksWell);
      put(this.form.elements.try_next, tryNext);
      growAll(this.form);
    });
  }

  prepareRecorder() {
    if (!this.querySelector("media-recorder")) return;
    import("./media-recorder.js");
    const input = this.form.elements.file;
    this.addEventListener("recorded", (event) => {
      const held = new DataTransfer();
      held.items.add(event.detail.file);
      input.files = held.files;
      this.querySelector(".feedback-form__recorded").textContent = this.dataset.wordsHere;
    });
  }

  /** What is written is kept in this tab until it is sent. */
  keepDraft() {
    const key = `feedback ${new URL(this.form.action).pathname}`;
    const fields = ["works_well", "try_next"].map((name) => this.form.elements[name]);
    try {
      const kept = JSON.parse(sessionStorage.getItem(key));
      if (kept && fields.every((field) => !field.value)) fields.forEach((field, place) => (field.value = kept[place] ?? ""));
      this.form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(fields.map((field) => field.value))));
      this.form.addEventListener("submit", () => sessionStorage.removeItem(key));
    } catch {
      // A forbidden store only means that nothing is kept.
    }
  }

  hear(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const { then } = this.form.elements;
    if (then) then.checked = true;
    const verdict = event.shiftKey ? "reviewed" : "returned";
    const buttons = [...this.form.querySelectorAll("button.button[type=submit]")];
    this.form.requestSubmit(buttons.find((one) => one.value === verdict) ?? buttons.find((one) => !one.name));
  }
}

/** A box on the picture that the row's four fields say: moved, sized and drawn anew with a pointer or the arrow keys. */
class RegionPicker {
  constructor(frame, row, words) {
    this.frame = frame;
    this.row = row;
    this.fields = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, part(row, name)]));
    this.box = document.createElement("div");
    this.box.className = "region-box";
    this.handle("move", words.wordsMove, (one, by) => {
      one.x += by.x;
      one.y += by.y;
    });
    this.handle("start", words.wordsStart, (one, by) => {
      const x = Math.min(Math.max(-one.x, by.x), one.width - LEAST);
      const y = Math.min(Math.max(-one.y, by.y), one.height - LEAST);
      Object.assign(one, { x: one.x + x, width: one.width - x, y: one.y + y, height: one.height - y });
    });
    this.handle("end", words.wordsEnd, (one, by) => {
      one.width = Math.min(one.width + by.x, 100 - one.x);
      one.height = Math.min(one.height + by.y, 100 - one.y);
    });
    frame.classList.add("is-picking");
    frame.append(this.box);
    this.letGo = new AbortController();
    frame.addEventListener("pointerdown", (event) => this.draw(event), { signal: this.letGo.signal });
    this.show();
  }

  remove() {
    this.letGo.abort();
    this.frame.classList.remove("is-picking");
    this.box.remove();
  }

  handle(name, words, change) {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = `region-box__handle region-box__handle-${name}`;
    handle.setAttribute("aria-label", words);
    dragged(handle, {
      begin: () => this.chosen,
      move: (from, by) => this.write(change, from, this.inPercent(by)),
      step: (by) => this.write(change, this.chosen, by),
    });
    // A picture has its left on the left, whichever way the page is read.
    if (name === "start") Object.assign(handle.style, { left: "-0.5rem", top: "-0.5rem" });
    if (name === "end") Object.assign(handle.style, { right: "-0.5rem", bottom: "-0.5rem" });
    this.box.append(handle);
  }

  inPercent({ x, y }) {
    const { width, height } = this.frame.getBoundingClientRect();
    return { x: (100 * x) / width, y: (100 * y) / height };
  }

  get chosen() {
    return Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, Number(field.value.replace(",", ".")) || 0]));
  }

  write(change, from, by) {
    const one = { ...from };
    change(one, by);
    for (const [side, place] of [["width", "x"], ["height", "y"]]) {
      one[side] = round(Math.min(100, Math.max(LEAST, one[side])));
      one[place] = round(Math.min(100 - one[side], Math.max(0, one[place])));
    }
    for (const [name, field] of Object.entries(this.fields)) field.value = one[name];
    this.show();
  }

  /** A new part, from where the pointer goes down to where it goes up. */
  draw(event) {
    if (event.button !== 0 || event.target.closest(".region-box")) return;
    event.preventDefault();
    const { left, top, width, height } = this.frame.getBoundingClientRect();
    const place = (at) => ({
      x: Math.min(100, Math.max(0, (100 * (at.clientX - left)) / width)),
      y: Math.min(100, Math.max(0, (100 * (at.clientY - top)) / height)),
    });
    const from = place(event);
    const move = (next) => {
      const to = place(next);
      const drawn = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
      this.write(() => {}, drawn, null);
    };
    const stop = new AbortController();
    window.addEventListener("pointermove", move, { signal: stop.signal });
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, () => {
        stop.abort();
        part(this.row, "text").focus({ preventScroll: true });
      }, { signal: stop.signal });
    }
  }

  show() {
    const { x, y, width, height } = this.chosen;
    this.box.hidden = !width || !height;
    Object.assign(this.box.style, { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` });
  }
}

function part(row, name) {
  return row.querySelector(`[name="remark_${name}"]`);
}

function isBlank(row) {
  return [...row.querySelectorAll("input:not([type=hidden]), textarea")].every((field) => !field.value);
}

function count(text) {
  return [...text].length;
}

function round(percent) {
  return Math.round(percent * 10) / 10;
}

/** Puts words in at the cursor, with white space between them and what stands before. */
function put(field, words) {
  if (!words) return;
  const before = field.value.slice(0, field.selectionStart);
  const gap = !before.trim() || /\s$/.test(before) ? "" : field.selectionStart === field.value.length ? "\n\n" : " ";
  field.focus();
  field.setRangeText(gap + words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

customElements.define("feedback-form", FeedbackForm);
