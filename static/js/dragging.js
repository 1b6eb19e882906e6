// Moving something with a pointer, or with the arrow keys (with shift: ten times as far).
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** `begin()` answers what it was; `move(from, {x, y})` is told how far the pointer came; `step({x, y})` by keys. */
export function dragged(handle, { begin, move, step }) {
  let held = null;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = { x: event.clientX, y: event.clientY, from: begin() };
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener("pointermove", (event) => {
    if (held) move(held.from, { x: event.clientX - held.x, y: event.clientY - held.y });
  });
  for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, () => (held = null));
  handle.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const times = event.shiftKey ? 10 : 1;
    step({ x: arrow[0] * times, y: arrow[1] * times });
  });
}
