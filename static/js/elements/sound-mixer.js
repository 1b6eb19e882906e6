// <sound-mixer …> around the sounds of a mix: shows when each sounds, lets loudness and beginning be set by sliders,
// mutes one while listening, and plays the whole as it will be. What counts is in the fields.
import { readMoment, writeMoment } from "../moments.js";

/** Seconds: longer sounds are played as they arrive; shorter ones are kept whole, which keeps them in step. */
const WHOLE = 180;

class SoundMixer extends HTMLElement {
  connectedCallback() {
    if (this.tracks) return;
    this.tracks = [...this.querySelectorAll(".sound-track")].map((element) => new Track(element, this));
    if (!this.tracks.length || !window.AudioContext) return;
    const tools = document.createElement("div");
    tools.className = "sound-mixer__tools";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button button-secondary";
    this.button.textContent = this.dataset.wordsPlay;
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    this.line = document.createElement("p");
    this.line.setAttribute("role", "status");
    tools.append(this.button, this.line);
    this.append(tools);
    this.show();
  }

  disconnectedCallback() {
    this.stop();
    this.context?.close();
    this.context = null;
  }

  show() {
    const end = Math.max(0.1, ...this.tracks.map((track) => track.offset + track.lasts));
    for (const track of this.tracks) track.draw(end);
    if (this.line && !this.playing) this.line.textContent = this.dataset.wordsLength.replace("{time}", writeMoment(end));
    this.end = end;
  }

  async play() {
    const turn = (this.playing = {});
    this.button.textContent = this.dataset.wordsStop;
    this.line.textContent = this.dataset.wordsLoading;
    this.context ??= new AudioContext();
    await this.context.resume();
    const all = await Promise.allSettled(this.tracks.map((track) => track.load(this.context)));
    if (this.playing !== turn) return;
    const begin = this.context.currentTime + 0.1;
    for (const track of this.tracks) track.start(this.context, begin);
    const isWhole = all.every((one) => one.status === "fulfilled");
    const tell = () => {
      if (this.playing !== turn) return;
      const now = this.context.currentTime - begin;
      if (now > this.end) return this.stop();
      this.line.textContent = isWhole ? `${writeMoment(Math.max(0, Math.floor(now)))} / ${writeMoment(this.end)}` : this.dataset.wordsFailed;
      this.timer = setTimeout(tell, 500);
    };
    tell();
  }

  stop() {
    this.playing = null;
    clearTimeout(this.timer);
    for (const track of this.tracks ?? []) track.stop();
    if (!this.button) return;
    this.button.textContent = this.dataset.wordsPlay;
    this.show();
  }
}

class Track {
  constructor(element, mixer) {
    const { number } = element.dataset;
    this.length = Number(element.dataset.length);
    this.url = element.dataset.url;
    this.bar = element.querySelector(".sound-track__bar");
    this.fields = {};
    for (const name of ["start", "end", "offset", "gain", "fade_in", "fade_out"]) {
      this.fields[name] = element.querySelector(`input[name=${name}_${number}]`);
      this.fields[name].addEventListener("input", () => mixer.show());
    }
    this.slider("offset", 0, Math.max(30, 2 * this.length), 0.1, mixer);
    this.slider("gain", -30, 12, 0.5, mixer);
    const label = document.createElement("label");
    label.className = "sound-track__mute";
    this.mute = document.createElement("input");
    this.mute.type = "checkbox";
    this.mute.addEventListener("change", () => this.output && (this.output.gain.value = this.loudness));
    label.append(this.mute, ` ${mixer.dataset.wordsMute}`);
    element.querySelector(".sound-track__fields").append(label);
  }

  /** A slider under a field, which it fills. */
  slider(name, min, max, step, mixer) {
    const field = this.fields[name];
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min, max, step, className: "sound-track__slider" });
    slider.setAttribute("aria-label", field.labels[0].textContent);
    const follow = () => (slider.value = name === "gain" ? this.gain : this[name]);
    slider.addEventListener("input", () => {
      field.value = name === "gain" ? slider.value : writeMoment(Number(slider.value));
      if (this.output) this.output.gain.value = this.loudness;
      mixer.show();
    });
    field.addEventListener("input", follow);
    follow();
    field.after(slider);
  }

  moment(name, otherwise = 0) {
    return readMoment(this.fields[name].value) ?? otherwise;
  }

  get from() {
    return Math.min(this.length, this.moment("start"));
  }

  get lasts() {
    return Math.max(0, Math.min(this.length, this.moment("end", this.length)) - this.from);
  }

  get offset() {
    return this.moment("offset");
  }

  get gain() {
    return Number(this.fields.gain.value.replace(",", ".").replace("\u2212", "-")) || 0;
  }

  get loudness() {
    return this.mute.checked ? 0 : 10 ** (this.gain / 20);
  }

  draw(end) {
    this.bar.style.insetInlineStart = `${(100 * this.offset) / end}%`;
    this.bar.style.inlineSize = `${(100 * this.lasts) / end}%`;
  }

  async load(context) {
    if (this.buffer || this.length > WHOLE) return;
    const answer = await fetch(this.url);
    if (!answer.ok) throw new Error(String(answer.status));
    this.buffer = await context.decodeAudioData(await answer.arrayBuffer());
  }

  start(context, begin) {
    const fade = context.createGain();
    this.output = context.createGain();
    this.output.gain.value = this.loudness;
    fade.connect(this.output).connect(context.destination);
    const [first, last] = [begin + this.offset, begin + this.offset + this.lasts];
    if (this.moment("fade_in")) fade.gain.setValueAtTime(0, first).linearRampToValueAtTime(1, first + this.moment("fade_in"));
    if (this.moment("fade_out")) fade.gain.setValueAtTime(1, last - this.moment("fade_out")).linearRampToValueAtTime(0, last);
    if (this.buffer) {
      this.source = context.createBufferSource();
      this.source.buffer = this.buffer;
      this.source.connect(fade);
      this.source.start(first, this.from, this.lasts);
    } else if (this.length > WHOLE) {
      this.media = new Audio(this.url);
      this.media.currentTime = this.from;
      context.createMediaElementSource(this.media).connect(fade);
      const wait = (moment, act) => setTimeout(act, 1000 * Math.max(0, moment - context.currentTime));
      this.timers = [wait(first, () => this.media?.play().catch(() => {})), wait(last, () => this.media?.pause())];
    }
  }

  stop() {
    for (const timer of this.timers ?? []) clearTimeout(timer);
    this.source?.stop();
    this.media?.pause();
    this.source = this.media = this.output = null;
  }
}

customElements.define("sound-mixer", SoundMixer);
