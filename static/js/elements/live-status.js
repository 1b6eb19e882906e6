// <live-status id="…" src="…"> asks the address again and again, ever more slowly, until the answer no longer holds a
// <live-status> of its id. The answer may be a fragment or a whole page with an element of the same id.
const FIRST_WAIT = 1500;
const LONGEST_WAIT = 15000;
// As long as the answers change, they are worth asking for again soon
const LONGEST_WAIT_FOR_NEWS = 4000;

class LiveStatus extends HTMLElement {
  connectedCallback() {
    this.wait = Number(this.dataset.wait) || FIRST_WAIT;
    this.timer = setTimeout(() => this.look(), this.wait);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  async look() {
    if (document.hidden) return this.later();
    let page;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { "X-Requested-With": "live-status" } });
      if (answer.status === 404 || answer.status === 403) return;
      if (!answer.ok) return this.later();
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return this.later();
    }
    const found = (this.id && page.getElementById(this.id)) || page.body;
    const isSame = found.localName === "live-status" && found.innerHTML.trim() === this.innerHTML.trim();
    if (isSame) return this.later();
    const news = found === page.body ? [...page.body.childNodes] : [found];
    for (const node of news) {
      if (node.localName === "live-status") node.dataset.wait = Math.min(this.nextWait(), LONGEST_WAIT_FOR_NEWS);
    }
    const parent = this.parentElement;
    this.replaceWith(...news);
    window.htmx?.process(parent);
  }

  later() {
    this.wait = this.nextWait();
    this.timer = setTimeout(() => this.look(), this.wait);
  }

  nextWait() {
    return Math.min(this.wait * 1.4, LONGEST_WAIT);
  }
}

customElements.define("live-status", LiveStatus);
