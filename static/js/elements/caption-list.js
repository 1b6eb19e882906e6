// <caption-list>: what is said beside a player. A click or Enter on a line goes there; the line that is heard is marked and kept
// in view, unless one reads elsewhere; and one can search it.
const READING = 6000;

class CaptionList extends HTMLElement {
  connectedCallback() {
    const media = this.closest(".with-captions")?.querySelector("audio, video");
    if (!media || this.lines) return;
    this.list = this.querySelector("ol");
    this.lines = [...this.querySelectorAll("[data-at]")];
    for (const line of this.lines) this.enhance(line, media);
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      this.list.addEventListener(name, () => (this.readUntil = Date.now() + READING), { passive: true });
    }
    if (this.dataset.search) this.addSearch();
    media.addEventListener("timeupdate", () => this.mark(media.currentTime));
    media.addEventListener("seeked", () => this.mark(media.currentTime));
  }

  enhance(line, media) {
    const moment = line.querySelector(".caption-list__moment");
    const button = document.createElement("button");
    button.type = "button";
    button.className = moment.className;
    button.textContent = moment.textContent;
    button.setAttribute("aria-label", (this.dataset.go ?? "{}").replace("{}", moment.textContent));
    moment.replaceWith(button);
    line.addEventListener("click", () => {
      if (String(getSelection())) return; // somebody takes words along
      this.readUntil = 0;
      media.currentTime = Number(line.dataset.at);
      media.play().catch(() => {});
    });
  }

  mark(time) {
    const heard = this.lines.findLast((line) => Number(line.dataset.at) <= time + 0.05);
    if (heard === this.heard) return;
    this.heard?.classList.remove("is-heard");
    heard?.classList.add("is-heard");
    this.heard = heard;
    if (heard && !heard.hidden && !(this.readUntil > Date.now())) this.keepInView(heard);
  }

  keepInView(line) {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.list.scrollTo({ top: line.offsetTop - this.list.clientHeight / 3, behavior: isCalm ? "auto" : "smooth" });
  }

  addSearch() {
    const label = document.createElement("label");
    const field = document.createElement("input");
    const found = document.createElement("output");
    label.className = "caption-list__search";
    field.type = "search";
    label.append(this.dataset.search, field, found);
    this.list.before(label);
    const look = () => {
      const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      for (const line of this.lines) {
        const said = line.textContent.toLocaleLowerCase();
        line.hidden = !words.every((word) => said.includes(word));
      }
      const count = this.lines.filter((line) => !line.hidden).length;
      found.textContent = words.length ? this.dataset.found.replace("{}", count) : "";
    };
    field.addEventListener("input", look);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.lines.find((line) => !line.hidden)?.click();
    });
  }
}

customElements.define("caption-list", CaptionList);
