// <media-player>: native controls, and besides: the place where you were, speed, quality, even loudness, a waveform to
// click on. With data-src (on a work's card) the play link plays the sound in its place.
import { EvenLoudness } from "../even-loudness.js";
import { read, write } from "../player-memory.js";

const SVG = "http://www.w3.org/2000/svg";
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

class MediaPlayer extends HTMLElement {
  connectedCallback() {
    if (this.media) return;
    const media = this.querySelector("audio, video");
    if (media) this.enhance(media);
    else if (this.dataset.src) this.prepareCard();
  }

  disconnectedCallback() {
    if (this.dataset.src) this.media?.pause();
  }

  enhance(media) {
    this.media = media;
    this.chooseQuality();
    this.addTools();
    this.followWave(this.querySelector(".media-player__wave"));
    this.rememberPlace();
    media.addEventListener("play", () => pauseOthers(media));
    import("../player-tools.js").then(({ equip }) => equip(this)).catch(() => {});
  }

  addTools() {
    const tools = document.createElement("div");
    tools.className = "media-player__tools";
    tools.append(...[this.evenTool(), this.qualityTool(), this.speedTool()].filter(Boolean));
    this.media.after(tools);
  }

  speedTool() {
    const select = document.createElement("select");
    for (const speed of SPEEDS) select.add(new Option(`${speed}×`, speed, speed === 1, speed === 1));
    const kept = read("player-speed");
    if (SPEEDS.includes(kept)) select.value = kept;
    const apply = () => (this.media.playbackRate = this.media.defaultPlaybackRate = Number(select.value));
    select.addEventListener("change", () => {
      apply();
      write("player-speed", Number(select.value));
    });
    apply();
    this.changeSpeed = (by) => {
      select.selectedIndex = Math.min(Math.max(select.selectedIndex + by, 0), SPEEDS.length - 1);
      select.dispatchEvent(new Event("change"));
    };
    return labelled(this.dataset.speed ?? "Speed", select);
  }

  /** The sizes that there are, and which of them was chosen last time: the largest that is not larger than that. */
  chooseQuality() {
    const { media } = this;
    const of = (source) => Number(source.dataset.height);
    this.qualities = [...media.querySelectorAll("source[data-height]")].sort((a, b) => of(b) - of(a));
    const kept = read("player-quality");
    if (this.qualities.length < 2 || !kept) return;
    const chosen = this.qualities.find((source) => of(source) <= kept) ?? this.qualities.at(-1);
    if (chosen.src !== media.currentSrc) media.src = chosen.src;
  }

  qualityTool() {
    const { media, qualities } = this;
    if (qualities.length < 2) return null;
    const select = document.createElement("select");
    for (const source of qualities) select.add(new Option(`${source.dataset.height}p`, source.src));
    const follow = () => qualities.some((source) => source.src === media.currentSrc) && (select.value = media.currentSrc);
    media.addEventListener("loadedmetadata", follow);
    if (media.currentSrc) follow();
    select.addEventListener("change", () => {
      write("player-quality", Number(qualities[select.selectedIndex].dataset.height));
      const { currentTime, paused } = media;
      media.addEventListener(
        "loadedmetadata",
        () => {
          media.currentTime = currentTime;
          if (!paused) media.play().catch(() => {});
        },
        { once: true },
      );
      media.src = select.value;
    });
    return labelled(this.dataset.quality ?? "Quality", select);
  }

  evenTool() {
    this.even = EvenLoudness.of(this.media, this.dataset, read("player-even") !== false);
    if (!this.even || !this.dataset.even) return null;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = this.even.isWanted;
    box.addEventListener("change", () => {
      write("player-even", box.checked);
      this.even.want(box.checked);
    });
    return labelled(this.dataset.even, box);
  }

  rememberPlace() {
    const { media } = this;
    const key = this.dataset.key && `place-${this.dataset.key}`;
    if (!key) return;
    const restore = () => {
      // An address that names a moment has said already where to begin.
      const place = this.dataset.begin ? 0 : Number(this.dataset.place) || read(key);
      if (place && place < media.duration - Math.min(3, media.duration / 4)) media.currentTime = place;
    };
    if (media.readyState >= 1) restore();
    else media.addEventListener("loadedmetadata", restore, { once: true });
    let last = 0;
    media.addEventListener("timeupdate", () => {
      if (Math.abs(media.currentTime - last) < 2) return;
      last = media.currentTime;
      write(key, Math.floor(last));
    });
    media.addEventListener("ended", () => localStorage.removeItem(key));
  }

  /** Paints what has been played over the waveform, and seeks where it is clicked. */
  followWave(frame) {
    const svg = frame?.querySelector("svg");
    const bars = svg?.querySelector(".waveform__bars");
    if (!bars) return;
    const { width } = svg.viewBox.baseVal;
    const clip = document.createElementNS(SVG, "clipPath");
    const rect = document.createElementNS(SVG, "rect");
    clip.id = `wave-${Math.random().toString(36).slice(2)}`;
    rect.setAttribute("height", "100");
    rect.setAttribute("width", "0");
    clip.append(rect);
    const done = bars.cloneNode();
    done.setAttribute("class", "waveform__done");
    done.setAttribute("clip-path", `url(#${clip.id})`);
    svg.append(clip, done);
    const { media } = this;
    const paint = () => rect.setAttribute("width", media.duration ? (width * media.currentTime) / media.duration : 0);
    const tick = () => {
      paint();
      if (!media.paused) requestAnimationFrame(tick);
    };
    media.addEventListener("play", tick);
    for (const name of ["seeked", "timeupdate", "loadedmetadata"]) media.addEventListener(name, paint);
    if (frame === this) return;
    frame.classList.add("is-live");
    frame.addEventListener("click", (event) => {
      if (!media.duration || event.target.closest("a, button")) return;
      const box = svg.getBoundingClientRect();
      media.currentTime = media.duration * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    });
  }

  prepareCard() {
    const link = this.querySelector(".work-card__play");
    if (!link) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = link.className;
    const names = { play: link.getAttribute("aria-label"), pause: this.dataset.pause };
    button.setAttribute("aria-label", names.play);
    button.append(...link.childNodes);
    link.replaceWith(button);
    const show = (name) => {
      this.classList.toggle("is-playing", name === "pause");
      button.setAttribute("aria-label", names[name]);
    };
    button.addEventListener("click", () => {
      if (!this.media) {
        this.media = new Audio(this.dataset.src);
        EvenLoudness.of(this.media, this.dataset, read("player-even") !== false);
        this.followWave(this);
        this.media.addEventListener("play", () => {
          pauseOthers(this.media);
          show("pause");
        });
        for (const name of ["pause", "ended", "error"]) this.media.addEventListener(name, () => show("play"));
      }
      if (this.media.paused) this.media.play().catch(() => show("play"));
      else this.media.pause();
    });
  }
}

function labelled(words, control) {
  const label = document.createElement("label");
  label.append(words, control);
  return label;
}

/** One thing sounds at a time. */
function pauseOthers(playing) {
  for (const player of document.querySelectorAll("media-player")) {
    if (player.media && player.media !== playing) player.media.pause();
  }
}

customElements.define("media-player", MediaPlayer);
