// The person's menu closes on Escape and on a click elsewhere, as menus do.
function close(returnFocus) {
  for (const menu of document.querySelectorAll(".person-menu[open]")) {
    menu.open = false;
    if (returnFocus) menu.querySelector("summary").focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close(true);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest(".person-menu")) close(false);
});
