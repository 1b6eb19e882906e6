// Takes hold of a whole season: drag it, or move it by the arrow keys, and the first day in the form beside it follows.
// The form says what the new dates are before anything is saved; this only fills it in.

const DAY = 86400000;
const FARTHEST = 730;

class SeasonTimeline extends HTMLElement {
  connectedCallback() {
    this.field = document.querySelector('input[name="starts_on"]');
    if (!this.dataset.startsOn || !this.field || this.mover) return;
    this.first = Date.parse(`${this.dataset.startsOn}T00:00:00Z`);
    this.days = 0;
    this.spans = [...this.querySelectorAll(".season-timeline__span")];
    this.mover = this.makeMover();
    this.prepend(this.mover);
    this.field.addEventListener("input", () => this.readField());
    this.readField();
  }

  makeMover() {
    const mover = document.createElement("div");
    mover.className = "season-timeline__mover";
    mover.tabIndex = 0;
    mover.setAttribute("role", "slider");
    mover.setAttribute("aria-label", this.dataset.label);
    mover.setAttribute("aria-valuemin", -FARTHEST);
    mover.setAttribute("aria-valuemax", FARTHEST);
    const arrows = document.createElement("span");
    arrows.setAttribute("aria-hidden", "true");
    arrows.textContent = "↔";
    this.words = document.createElement("span");
    mover.append(arrows, this.words);
    mover.addEventListener("keydown", (event) => this.onKey(event));
    mover.addEventListener("pointerdown", (event) => this.onGrab(event));
    return mover;
  }

  onKey(event) {
    const forward = document.dir === "rtl" ? -1 : 1;
    const steps = {
      ArrowRight: forward, ArrowLeft: -forward, ArrowUp: 1, ArrowDown: -1, PageUp: 7, PageDown: -7, Home: -this.days,
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.move(this.days + steps[event.key]);
  }

  onGrab(event) {
    if (event.button !== 0) return;
    const from = event.clientX;
    const before = this.days;
    const bar = this.querySelector(".season-timeline__bar");
    const perDay = (bar ? bar.getBoundingClientRect().width : 600) / Math.max(1, Number(this.dataset.days));
    const forward = document.dir === "rtl" ? -1 : 1;
    const onMove = (moved) => this.move(before + Math.round(((moved.clientX - from) * forward) / perDay));
    const onEnd = () => {
      this.mover.removeEventListener("pointermove", onMove);
      this.mover.removeEventListener("pointerup", onEnd);
      this.mover.removeEventListener("pointercancel", onEnd);
    };
    this.mover.setPointerCapture(event.pointerId);
    this.mover.addEventListener("pointermove", onMove);
    this.mover.addEventListener("pointerup", onEnd);
    this.mover.addEventListener("pointercancel", onEnd);
  }

  readField() {
    const typed = Date.parse(`${this.field.value}T00:00:00Z`);
    if (!Number.isNaN(typed)) this.show(Math.round((typed - this.first) / DAY));
  }

  move(days) {
    const within = Math.max(-FARTHEST, Math.min(FARTHEST, days));
    this.field.value = new Date(this.first + within * DAY).toISOString().slice(0, 10);
    this.show(within);
  }

  show(days) {
    this.days = days;
    const words = days === 0 ? this.dataset.same : (days < 0 ? this.dataset.earlier : this.dataset.later).replace("{n}", Math.abs(days));
    this.words.textContent = `${this.dataset.label}: ${words}`;
    this.mover.setAttribute("aria-valuenow", days);
    this.mover.setAttribute("aria-valuetext", words);
    const bar = this.querySelector(".season-timeline__bar");
    const perDay = (bar ? bar.getBoundingClientRect().width : 0) / Math.max(1, Number(this.dataset.days));
    for (const span of this.spans) span.style.transform = days === 0 ? "" : `translateX(${Math.round(days * perDay)}px)`;
  }
}

customElements.define("season-timeline", SeasonTimeline);
