// <before-after>: two pictures of the same shape, one over the other on demand, with a slider between them.
class BeforeAfter extends HTMLElement {
  connectedCallback() {
    if (this.range) return;
    const [old, fresh] = this.querySelectorAll("img");
    if (!old || !fresh) return;
    const shape = (image) => image.width / image.height || image.getAttribute("width") / image.getAttribute("height");
    if (Math.abs(shape(old) / shape(fresh) - 1) > 0.02) return; // they would not lie on one another
    const tools = document.createElement("div");
    tools.className = "before-after__tools";
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    label.append(box, this.dataset.over);
    this.range = document.createElement("input");
    this.range.type = "range";
    this.range.value = 50;
    this.range.hidden = true;
    this.range.setAttribute("aria-label", this.dataset.label);
    this.range.addEventListener("input", () => this.style.setProperty("--shown", `${this.range.value}%`));
    box.addEventListener("change", () => {
      this.classList.toggle("is-over", box.checked);
      this.range.hidden = !box.checked;
    });
    tools.append(label, this.range);
    this.prepend(tools);
  }
}

customElements.define("before-after", BeforeAfter);
