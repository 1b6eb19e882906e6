// The summary of what is wrong takes the focus; its links put the cursor into the field.
class ErrorSummary extends HTMLElement {
  connectedCallback() {
    this.focus();
    this.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const place = link && document.getElementById(link.hash.slice(1));
      if (!place) return;
      const control = place.matches("input, select, textarea") ? place : place.querySelector("input, select, textarea");
      if (!control) return;
      event.preventDefault();
      control.focus();
      control.scrollIntoView({ block: "center" });
    });
  }
}

customElements.define("error-summary", ErrorSummary);
