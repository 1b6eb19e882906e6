// <card-preview data-src="…"> inside a card: shows a few moving seconds while somebody points at the card or is in it by
// keyboard. Nothing is asked for before; nothing moves for who wants less motion or saves data.
const PATIENCE = 150;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

class CardPreview extends HTMLElement {
  connectedCallback() {
    this.card = this.closest(".work-card");
    if (!this.card || this.isReady) return;
    this.isReady = true;
    this.card.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && this.begin());
    this.card.addEventListener("pointerleave", () => this.end());
    this.card.addEventListener("focusin", () => this.begin());
    this.card.addEventListener("focusout", () => this.end());
  }

  disconnectedCallback() {
    this.end();
  }

  begin() {
    if (STILL.matches || navigator.connection?.saveData) return;
    this.timer ??= setTimeout(() => this.show(), PATIENCE);
  }

  show() {
    const video = document.createElement("video");
    video.muted = video.loop = video.playsInline = true;
    video.disablePictureInPicture = true;
    video.tabIndex = -1;
    video.setAttribute("aria-hidden", "true");
    video.addEventListener("playing", () => video.classList.add("is-moving"), { once: true });
    video.src = this.dataset.src;
    this.replaceChildren(video);
    video.play().catch(() => this.end());
  }

  end() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const video = this.firstElementChild;
    if (!video) return;
    // Without an address it stops loading at once.
    video.removeAttribute("src");
    video.load();
    this.replaceChildren();
  }
}

customElements.define("card-preview", CardPreview);
