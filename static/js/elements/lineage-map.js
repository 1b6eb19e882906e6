// <lineage-map data-larger="…" data-smaller="…" data-whole="…"> around <div class="lineage-map__view"><svg …>: buttons
// to zoom, and the drawing can be held and moved. Without JavaScript the view scrolls.
const STEP = 1.3;

class LineageMap extends HTMLElement {
  connectedCallback() {
    this.view = this.querySelector(".lineage-map__view");
    this.svg = this.view?.querySelector("svg");
    if (!this.svg || this.querySelector(".lineage-map__tools")) return;
    this.width = this.svg.viewBox.baseVal.width || this.svg.clientWidth;
    this.height = this.svg.viewBox.baseVal.height || this.svg.clientHeight;
    this.scale = 1;
    this.addTools();
    this.letItBeHeld();
    this.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  addTools() {
    const tools = document.createElement("div");
    tools.className = "lineage-map__tools";
    const whole = () => Math.min(1, this.view.clientWidth / this.width);
    for (const [words, act] of [
      [this.dataset.smaller, () => this.zoom(this.scale / STEP)],
      [this.dataset.larger, () => this.zoom(this.scale * STEP)],
      [this.dataset.whole, () => this.zoom(whole())],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-secondary button-s";
      button.textContent = words;
      button.addEventListener("click", act);
      tools.append(button);
    }
    this.prepend(tools);
  }

  zoom(scale) {
    const { view } = this;
    const before = this.scale;
    this.scale = Math.min(3, Math.max(0.15, scale));
    const middle = [view.scrollLeft + view.clientWidth / 2, view.scrollTop + view.clientHeight / 2];
    this.svg.setAttribute("width", this.width * this.scale);
    this.svg.setAttribute("height", this.height * this.scale);
    const ratio = this.scale / before;
    view.scrollTo(middle[0] * ratio - view.clientWidth / 2, middle[1] * ratio - view.clientHeight / 2);
  }

  letItBeHeld() {
    const { view } = this;
    let from = null;
    view.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      from = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, moved: false };
    });
    view.addEventListener("pointermove", (event) => {
      if (!from) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (!from.moved && Math.hypot(x, y) < 5) return;
      if (!from.moved) view.setPointerCapture(event.pointerId);
      from.moved = true;
      view.classList.add("is-held");
      view.scrollTo(from.left - x, from.top - y);
    });
    const release = () => {
      view.classList.remove("is-held");
      setTimeout(() => (from = null));
    };
    view.addEventListener("pointerup", release);
    view.addEventListener("pointercancel", release);
    view.addEventListener("dragstart", (event) => event.preventDefault());
    view.addEventListener("click", (event) => from?.moved && event.preventDefault(), true);
  }
}

customElements.define("lineage-map", LineageMap);
