// What the work is built on: a search that answers while one types, and chosen works. `sources` stays what is sent.
const PAUSE = 300;

export class Sources {
  constructor(composer, form, { onChange }) {
    this.form = form;
    this.onChange = onChange;
    this.box = composer.querySelector(".composer__sources");
    if (!this.box) return;
    this.lines = form.elements.namedItem("sources");
    this.search = this.box.querySelector("[name=find_source]");
    this.found = this.box.querySelector("#found-sources");
    this.chosen = this.box.querySelector(".chosen-sources");
    this.search.addEventListener("input", () => this.lookSoon());
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.look();
    });
    this.box.addEventListener("click", (event) => this.press(event));
    this.lines.addEventListener("change", () => this.readLines());
    form.addEventListener("change", (event) => {
      if (event.target.name === "space") this.lookAgain();
    });
  }

  press(event) {
    const act = event.target.closest("button");
    if (!act) return;
    const acts = { find: () => this.look(), use_source: () => this.use(act.value, act), drop_source: () => this.drop(act), add_source: () => this.addRow() };
    if (!acts[act.name]) return;
    event.preventDefault();
    acts[act.name]();
  }

  address(name, value) {
    const query = new URLSearchParams({ [name]: value });
    const space = this.form.querySelector("input[name=space]:checked, input[name=space][type=hidden]");
    if (space) query.set("space", space.value);
    return `${this.found.dataset.url}?${query}`;
  }

  lookSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  async look() {
    clearTimeout(this.timer);
    const words = this.search.value.trim();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    if (!words) {
      this.found.replaceChildren();
      return;
    }
    try {
      const answer = await fetch(this.address("q", words), { headers: { "HX-Request": "true" } });
      if (turn === this.turn && answer.ok) this.found.innerHTML = await answer.text();
    } catch {
      // The button finds it when the connection is back.
    }
  }

  async use(id, act) {
    const isThere = this.chosen.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (!isThere && !(await this.choose(id))) return;
    act.closest("li")?.remove();
    this.search.focus();
    this.onChange();
  }

  /** Shows a work as chosen, and adds its line; what is in its way is said in place of the results. */
  async choose(line, { addLine = true } = {}) {
    let answer;
    try {
      answer = await fetch(this.address("use", line), { headers: { Accept: "text/html, application/json" } });
    } catch {
      return false;
    }
    if (answer.status === 422) {
      this.complain((await answer.json()).error.message);
      return false;
    }
    if (!answer.ok) return false;
    this.chosen.insertAdjacentHTML("beforeend", (await answer.text()).trim());
    const address = this.chosen.lastElementChild.dataset.address;
    if (addLine) this.lines.value = [...this.allLines(), address].join("\n");
    return true;
  }

  complain(words) {
    const line = document.createElement("p");
    line.className = "field__error";
    line.textContent = words;
    this.found.replaceChildren(line);
  }

  allLines() {
    return this.lines.value.split("\n").map((line) => line.trim()).filter(Boolean);
  }

  drop(act) {
    const item = act.closest("li");
    const next = item.nextElementSibling?.querySelector("button") ?? this.search;
    this.lines.value = this.allLines().filter((line) => idIn(line) !== item.dataset.id).join("\n");
    item.remove();
    next.focus();
    this.onChange();
  }

  /** Lines that were written by hand are shown as chosen works too. */
  async readLines() {
    const ids = new Set(this.allLines().map(idIn).filter(Boolean));
    for (const item of [...this.chosen.children]) if (!ids.has(item.dataset.id)) item.remove();
    for (const id of ids) {
      if (!this.chosen.querySelector(`[data-id="${id}"]`)) await this.choose(id, { addLine: false });
    }
  }

  /** Another place: what belongs to a class may be in the way there, or no longer. */
  async lookAgain() {
    for (const item of [...this.chosen.querySelectorAll("[data-class-only]")]) {
      const answer = await fetch(this.address("show", item.dataset.id));
      if (answer.ok) item.outerHTML = (await answer.text()).trim();
    }
    if (this.search.value) this.look();
  }

  addRow() {
    const rows = this.box.querySelector(".external-rows");
    const row = rows.lastElementChild.cloneNode(true);
    const number = rows.children.length + 1;
    for (const element of row.querySelectorAll("[id]")) element.id = `${element.id.split("-")[0]}-${number}`;
    for (const label of row.querySelectorAll("label")) label.htmlFor = `${label.htmlFor.split("-")[0]}-${number}`;
    for (const control of row.querySelectorAll("input, select")) {
      control.removeAttribute("aria-describedby");
      control.value = "";
    }
    row.querySelector(".field__help")?.remove();
    rows.append(row);
    row.querySelector("input").focus();
  }
}

function idIn(line) {
  return line.match(/^#?(\d+)$/)?.[1] ?? line.match(/\/works\/(\d+)(?:[/?#]|$)/)?.[1] ?? null;
}
