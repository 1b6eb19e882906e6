// <caption-list>: what is said beside a player. Its moments become buttons that go there; the line that is heard is marked.
class CaptionList extends HTMLElement {
  connectedCallback() {
    const media = this.closest(".with-captions")?.querySelector("audio, video");
    if (!media || this.lines) return;
    this.lines = [...this.querySelectorAll("[data-at]")];
    for (const line of this.lines) this.enhance(line, media);
    media.addEventListener("timeupdate", () => this.mark(media.currentTime));
  }

  enhance(line, media) {
    const moment = line.querySelector(".caption-list__moment");
    const button = document.createElement("button");
    button.type = "button";
    button.className = moment.className;
    button.textContent = moment.textContent;
    button.setAttribute("aria-label", (this.dataset.go ?? "{}").replace("{}", moment.textContent));
    button.addEventListener("click", () => {
      media.currentTime = Number(line.dataset.at);
      media.play().catch(() => {});
    });
    moment.replaceWith(button);
  }

  mark(time) {
    const heard = this.lines.findLast((line) => Number(line.dataset.at) <= time + 0.05);
    for (const line of this.lines) line.classList.toggle("is-heard", line === heard);
  }
}

customElements.define("caption-list", CaptionList);
