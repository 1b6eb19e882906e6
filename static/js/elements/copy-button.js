// <copy-button data-text="…" data-done="Copied"> around a hidden button: shows it and copies the text.
class CopyButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    const label = button.querySelector("span") ?? button;
    const words = label.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.dataset.text);
      } catch {
        return;
      }
      label.textContent = this.dataset.done;
      label.setAttribute("role", "status");
      setTimeout(() => (label.textContent = words), 2500);
    });
  }
}

customElements.define("copy-button", CopyButton);
