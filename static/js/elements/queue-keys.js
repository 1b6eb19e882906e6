// <queue-keys data-where="list" | "answer"> around the queue, or the bar on an answer's page: j and k go to the next and
// the previous, r to the answer, ? shows the keys. Letters do nothing while one writes, and can be switched off.
const STORE = "queue-keys";

class QueueKeys extends HTMLElement {
  connectedCallback() {
    if (this.letGo) return;
    this.letGo = new AbortController();
    this.help = this.querySelector(".queue-keys__help");
    this.prepareSwitch();
    const ways = this.querySelector(".queue-list__ways");
    if (ways) ways.hidden = false;
    for (const way of this.querySelectorAll("button[data-queue]")) {
      way.addEventListener("click", () => this.go(way.dataset.queue));
    }
    document.addEventListener("keydown", (event) => this.hear(event), { signal: this.letGo.signal });
  }

  disconnectedCallback() {
    this.letGo?.abort();
    this.letGo = null;
  }

  prepareSwitch() {
    const box = this.querySelector(".queue-keys__switch");
    if (!box) return;
    try {
      box.checked = localStorage.getItem(STORE) !== "off";
    } catch {
      // A forbidden store only means that nothing is remembered.
    }
    this.box = box;
    box.addEventListener("change", () => {
      try {
        localStorage.setItem(STORE, box.checked ? "on" : "off");
      } catch {
        // As above.
      }
    });
  }

  hear(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !this.box?.checked) return;
    if (event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    const act = { j: () => this.go("next"), k: () => this.go("previous"), r: () => this.answer(), "?": () => this.explain() }[event.key];
    if (act?.()) event.preventDefault();
  }

  go(way) {
    if (this.dataset.where === "answer") {
      const link = this.querySelector(`a[data-queue="${way}"]`);
      link?.click();
      return Boolean(link);
    }
    const ones = [...this.querySelectorAll('a[data-queue="one"]')];
    const here = ones.findIndex((one) => one.closest("li").contains(document.activeElement));
    const there = here < 0 ? 0 : Math.min(ones.length - 1, Math.max(0, here + (way === "next" ? 1 : -1)));
    ones[there]?.focus();
    ones[there]?.closest("li").scrollIntoView({ block: "nearest" });
    return ones.length > 0;
  }

  answer() {
    const field = document.getElementById("works_well");
    field?.focus();
    return Boolean(field);
  }

  explain() {
    this.help.open = !this.help.open;
    this.help.querySelector("summary").focus();
    return true;
  }
}

customElements.define("queue-keys", QueueKeys);
