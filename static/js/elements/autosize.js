// A <textarea data-autosize> grows with what is written in it.
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("textarea[data-autosize]")) grow(event.target);
});

export function growAll(root = document) {
  for (const area of root.querySelectorAll("textarea[data-autosize]")) if (area.value) grow(area);
}

growAll();
