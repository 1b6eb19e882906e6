// <text-preview> around a text's field: beside it, how the server will set it, shortly after one stops typing.
const PAUSE = 450;

class TextPreview extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    if (!this.area || this.pane) return;
    this.pane = document.createElement("section");
    this.pane.className = "text-preview__pane";
    this.pane.setAttribute("aria-label", this.dataset.wordsTitle);
    const title = document.createElement("p");
    title.className = "text-preview__title";
    title.textContent = this.dataset.wordsTitle;
    this.sheet = document.createElement("div");
    this.sheet.className = "prose text-preview__sheet";
    this.sheet.dir = "auto";
    // A sheet that scrolls can be reached by keys.
    this.sheet.tabIndex = 0;
    this.pane.append(title, this.sheet);
    this.append(this.pane);
    this.area.addEventListener("input", () => this.soon());
    this.render();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.render(), PAUSE);
  }

  async render() {
    const body = this.area.value;
    if (!body.trim()) {
      this.say(this.dataset.wordsEmpty);
      return;
    }
    this.asked?.abort();
    this.asked = new AbortController();
    const token = this.closest("form").querySelector("input[name=csrf_token]").value;
    try {
      const answer = await fetch(this.dataset.url, {
        method: "POST",
        body: new URLSearchParams({ body, csrf_token: token }),
        headers: { Accept: "application/json" },
        signal: this.asked.signal,
      });
      if (answer.status === 429) {
        setTimeout(() => this.soon(), 2000);
        return;
      }
      const said = await answer.json();
      // Cleaned by the very function that cleans what is saved.
      if (answer.ok) this.sheet.innerHTML = said.html;
      else this.say(said.error?.message ?? this.dataset.wordsFailed);
    } catch (trouble) {
      if (trouble.name !== "AbortError") this.say(this.dataset.wordsFailed);
    }
  }

  say(words) {
    const line = document.createElement("p");
    line.className = "soft";
    line.textContent = words;
    this.sheet.replaceChildren(line);
  }
}

customElements.define("text-preview", TextPreview);
