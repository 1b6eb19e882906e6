// <outline-editor> around the list of lessons and assignments: drag by pointer or finger, and the buttons without a new
// page. The server says how the outline stands afterwards, and in which words; focus stays where it was.
const EDGE = 72;

class OutlineEditor extends HTMLElement {
  connectedCallback() {
    if (this.news) return;
    this.news = document.createElement("p");
    this.news.className = "outline-editor__news";
    this.news.setAttribute("role", "status");
    this.append(this.news);
    this.addEventListener("submit", (event) => {
      if (event.target.action !== new URL(this.dataset.orderUrl, location.href).href) return;
      event.preventDefault();
      this.press(event.target, event.submitter);
    });
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.held) this.drop(false);
    });
    this.prepare();
  }

  get list() {
    return this.querySelector(".outline-editor__list");
  }

  get items() {
    return [...this.list.children];
  }

  prepare() {
    this.seen = this.items.map((item) => item.id);
    for (const item of this.items) {
      if (!item.querySelector(".outline-editor__acts")) continue;
      const grip = document.createElement("span");
      grip.className = "outline-editor__grip";
      // The buttons beside it do the same for those who use no pointer.
      grip.setAttribute("aria-hidden", "true");
      grip.title = this.dataset.wordsDrag.replace("{title}", item.dataset.title);
      grip.addEventListener("pointerdown", (event) => this.grasp(event, item, grip));
      grip.addEventListener("pointermove", (event) => this.carry(event));
      grip.addEventListener("pointerup", () => this.drop(true));
      grip.addEventListener("pointercancel", () => this.drop(false));
      item.prepend(grip);
    }
  }

  async press(form, button) {
    const item = form.closest(".outline-editor__item");
    const data = new FormData(form, button);
    await this.send(data);
    const buttons = [...this.querySelectorAll(`#${CSS.escape(item.id)} button[name=direction]`)];
    const same = buttons.find((one) => one.value === button.value && !one.disabled);
    (same ?? buttons.find((one) => !one.disabled))?.focus();
  }

  grasp(event, item, grip) {
    if (event.button !== 0 || this.isBusy) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    this.held = { item, y: event.pageY, others: this.items.filter((one) => one !== item), at: null };
    this.held.middles = this.held.others.map((one) => {
      const box = one.getBoundingClientRect();
      return box.top + scrollY + box.height / 2;
    });
    item.classList.add("is-held");
    this.pointerY = event.clientY;
    this.rolling = requestAnimationFrame(() => this.roll());
  }

  carry(event) {
    if (!this.held) return;
    this.pointerY = event.clientY;
    this.show();
  }

  /** Near the edge of the window the page goes on under the pointer. */
  roll() {
    if (!this.held) return;
    const over = this.pointerY < EDGE ? this.pointerY - EDGE : Math.max(0, this.pointerY - (innerHeight - EDGE));
    if (over) {
      scrollBy(0, Math.max(-24, Math.min(24, over / 3)));
      this.show();
    }
    this.rolling = requestAnimationFrame(() => this.roll());
  }

  show() {
    const { item, y, others, middles } = this.held;
    const here = this.pointerY + scrollY;
    item.style.transform = `translateY(${here - y}px)`;
    this.held.at = middles.filter((middle) => middle < here).length;
    this.unmark();
    const { at } = this.held;
    if (at < others.length) others[at].classList.add("is-before");
    else others.at(-1)?.classList.add("is-after");
  }

  unmark() {
    for (const one of this.items) one.classList.remove("is-before", "is-after");
  }

  async drop(isMeant) {
    const held = this.held;
    if (!held) return;
    this.held = null;
    cancelAnimationFrame(this.rolling);
    held.item.classList.remove("is-held");
    held.item.style.transform = "";
    this.unmark();
    if (!isMeant || held.at === null) return;
    const order = [...held.others];
    order.splice(held.at, 0, held.item);
    if (order.every((one, place) => one.id === this.seen[place])) return;
    const data = new FormData(held.item.querySelector("form"));
    data.delete("direction");
    for (const one of order) data.append("order", one.id);
    for (const id of this.seen) data.append("seen", id);
    // Already where it was let go, while the server writes it down.
    this.list.append(...order);
    await this.send(data);
  }

  async send(data) {
    this.isBusy = true;
    this.querySelector(".outline-editor__refusal")?.remove();
    try {
      const answer = await fetch(this.dataset.orderUrl, { method: "POST", body: new URLSearchParams(data) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const list = page.querySelector(".outline-editor__list");
      if (!list || (!answer.ok && answer.status !== 422)) throw new Error(`${answer.status}`);
      this.list.replaceWith(list);
      this.prepare();
      if (answer.ok) this.news.textContent = page.querySelector(".flashes")?.textContent.trim() ?? "";
      else this.refuse(page.querySelector("[role=alert]")?.textContent.trim() ?? "");
    } catch {
      const places = new Map(this.items.map((item) => [item.id, item]));
      this.list.append(...this.seen.map((id) => places.get(id)));
      this.refuse(this.dataset.wordsFailed);
    } finally {
      this.isBusy = false;
    }
  }

  refuse(words) {
    this.news.textContent = "";
    const refusal = document.createElement("p");
    refusal.className = "outline-editor__refusal";
    refusal.setAttribute("role", "alert");
    refusal.textContent = words;
    this.prepend(refusal);
  }
}

customElements.define("outline-editor", OutlineEditor);
