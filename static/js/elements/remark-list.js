// <remark-list data-attempt="attempt-2"> around remarks on one place each: a place plays from there (and stops where the
// stretch ends), shows the part of the picture or the words in the text.
class RemarkList extends HTMLElement {
  connectedCallback() {
    if (this.isReady) return;
    this.isReady = true;
    this.addEventListener("click", (event) => {
      const link = event.target.closest?.("a.remark-list__place");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (this.show(link)) event.preventDefault();
    });
  }

  show(link) {
    const attempt = document.getElementById(this.dataset.attempt);
    if (!attempt) return false;
    for (const shown of document.querySelectorAll(".is-pointed-at")) shown.classList.remove("is-pointed-at");
    link.classList.add("is-pointed-at");
    const { at, until, region, passage } = link.dataset;
    if (at !== undefined) return playFrom(attempt, Number(at), until ? Number(until) : null);
    const places = region
      ? [document.getElementById(region)].filter(Boolean)
      : [...attempt.querySelectorAll("mark.passage")].filter((mark) => mark.dataset.passages.split(" ").includes(passage));
    for (const place of places) place.classList.add("is-pointed-at");
    bringIntoView(region ? places[0]?.closest(".region-frame") : places[0]);
    return places.length > 0;
  }
}

function playFrom(attempt, at, until) {
  const media = attempt.querySelector("audio, video");
  if (!media) return false;
  bringIntoView(media.closest("media-player") ?? media);
  const begin = () => {
    media.currentTime = at;
    media.play().catch(() => {});
    media.stopWatching?.();
    if (until === null) return;
    const watch = () => {
      if (media.currentTime < until) return;
      media.pause();
      media.stopWatching();
    };
    media.stopWatching = () => media.removeEventListener("timeupdate", watch);
    media.addEventListener("timeupdate", watch);
  };
  if (media.readyState >= 1) begin();
  else {
    media.addEventListener("loadedmetadata", begin, { once: true });
    media.load();
  }
  return true;
}

function bringIntoView(element) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}

customElements.define("remark-list", RemarkList);
