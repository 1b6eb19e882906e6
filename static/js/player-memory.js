// What players remember in this browser: speed, quality, captions, and where one was in each file.
const KEEP = 60;

export function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

export function write(key, value) {
  try {
    const places = Object.keys(localStorage).filter((name) => name.startsWith("place-"));
    if (places.length > KEEP && !places.includes(key)) localStorage.removeItem(places[0]);
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden store only means that nothing is remembered.
  }
}
