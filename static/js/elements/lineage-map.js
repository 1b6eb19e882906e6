// <lineage-map data-larger="…" data-smaller="…" data-whole="…"> around <div class="lineage-map__view"><svg …>: buttons
// to zoom, the drawing can be held and moved, and arrow keys walk from a work to what it was made from, what grew from it,
// and its neighbours above and below. Without JavaScript the view scrolls and the tab key goes from work to work.
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
    this.letKeysWalk();
    this.showHere();
  }

  // The work that the map is about stands in the middle of what is seen; the page itself stays where it is.
  showHere() {
    const here = this.querySelector("[aria-current] rect")?.getBoundingClientRect();
    if (!here) return;
    const { view } = this;
    const box = view.getBoundingClientRect();
    view.scrollBy(here.x + here.width / 2 - box.x - view.clientWidth / 2, here.y + here.height / 2 - box.y - view.clientHeight / 2);
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

  letKeysWalk() {
    // Works that are not shown have no link; keys still pass through them.
    for (const quiet of this.svg.querySelectorAll("g[data-node]")) quiet.setAttribute("tabindex", "-1");
    this.svg.addEventListener("keydown", (event) => {
      const from = event.target.closest?.("[data-node]");
      if (!from || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const to = this.nodeTowards(from, event.key);
      if (!to) return;
      event.preventDefault();
      to.focus({ preventScroll: true });
      to.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    this.view.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? this.scale * 1.1 : this.scale / 1.1);
      },
      { passive: false },
    );
  }

  nodeTowards(from, key) {
    const { parents = "", children = "" } = from.dataset;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const ids = (key === "ArrowLeft" ? parents : children).split(" ").filter(Boolean);
      return this.svg.querySelector(`[data-node="${ids[Math.floor((ids.length - 1) / 2)]}"]`);
    }
    if (key !== "ArrowUp" && key !== "ArrowDown") return null;
    const place = (node) => node.querySelector("g[transform]").transform.baseVal[0].matrix;
    const here = place(from);
    const step = key === "ArrowUp" ? -1 : 1;
    const column = [...this.svg.querySelectorAll("[data-node]")].filter((node) => place(node).e === here.e && (place(node).f - here.f) * step > 0);
    return column.sort((one, two) => (place(one).f - place(two).f) * step)[0];
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
