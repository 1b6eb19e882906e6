// What a large player has besides its native controls: keys, chapters, the place kept on the server, what is to be seen said in
// step with the film, captions as they were left. Loaded only where there is such a player.
import { read, write } from "./player-memory.js";

const SEND_EVERY = 15_000;
const MOST_DRIFT = 0.3;

export function equip(player) {
  const { media } = player;
  if (!media) return;
  const root = player.closest(".lesson-player") ?? player;
  const described = describe(player, media);
  listenToKeys(root, player, media, described);
  followChapters(root, media);
  keepCaptions(media);
  keepPlace(player, media);
  for (const hidden of player.querySelectorAll(".media-player__keys")) hidden.hidden = false;
}

/** Keys count while the focus is in the player or beside it, never on the whole page; fields and buttons keep their own. */
function listenToKeys(root, player, media, described) {
  const seek = (by) => () => (media.currentTime = Math.min(Math.max(media.currentTime + by, 0), media.duration || 0));
  const toggle = () => (media.paused ? media.play().catch(() => {}) : media.pause());
  const acts = {
    " ": toggle,
    k: toggle,
    ArrowLeft: seek(-5),
    ArrowRight: seek(5),
    j: seek(-10),
    l: seek(10),
    m: () => described.mute() || (media.muted = !media.muted),
    c: () => toggleCaptions(media),
    "<": () => player.changeSpeed?.(-1),
    ">": () => player.changeSpeed?.(1),
  };
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = event.target;
    if (at.closest("input, select, textarea")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    // The native controls know the space themselves; and a button, a link or a list that scrolls has its own use for it.
    if (key === " " && (at === media || at.closest("a, button, summary, audio, [tabindex]"))) return;
    if (!Object.hasOwn(acts, key)) return;
    event.preventDefault();
    acts[key]();
  });
}

/** Chapters and notes are links that work by themselves; here they go there without leaving the page. */
function followChapters(root, media) {
  const links = [...root.querySelectorAll(".media-player__chapters a, .media-player__marks a")];
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".media-player__chapters a, .media-player__marks a, a[data-seek]");
    const at = Number(link?.dataset.at ?? link?.dataset.seek);
    if (!link || Number.isNaN(at) || event.ctrlKey || event.metaKey) return;
    if (!root.contains(link) && !(link.dataset.seek && root.matches(".lesson-player"))) return;
    event.preventDefault();
    media.currentTime = at;
    media.play().catch(() => {});
    if (!root.contains(link)) media.focus();
  });
  if (!links.length) return;
  const mark = () => {
    const here = links.filter((link) => Number(link.dataset.at) <= media.currentTime + 0.05).at(-1)?.dataset.at;
    for (const link of links) {
      if (link.dataset.at === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) media.addEventListener(name, mark);
}

function toggleCaptions(media) {
  for (const track of media.textTracks) {
    if (track.kind === "captions") track.mode = track.mode === "showing" ? "hidden" : "showing";
  }
}

/** Captions are on where there are any, until somebody switches them off. */
function keepCaptions(media) {
  const captions = () => [...media.textTracks].filter((track) => track.kind === "captions");
  if (read("player-captions") === false) for (const track of captions()) track.mode = "hidden";
  media.textTracks.addEventListener("change", () => {
    if (captions().length) write("player-captions", captions().some((track) => track.mode === "showing"));
  });
}

/** Tells the server now and then where one is: the class room and other devices go on from there. */
function keepPlace(player, media) {
  const address = player.dataset.placeUrl;
  const token = document.querySelector("input[name=csrf_token]")?.value;
  if (!address || !token) return;
  let sentAt = Date.now();
  let sent = Number(player.dataset.place ?? 0);
  const send = (at) => {
    if (Math.abs(at - sent) < 2) return;
    [sent, sentAt] = [at, Date.now()];
    const body = new URLSearchParams({ csrf_token: token, at: String(at) });
    fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true }).catch(() => {});
  };
  const here = () => (media.ended ? 0 : Math.floor(media.currentTime));
  media.addEventListener("timeupdate", () => {
    if (!media.paused && Date.now() - sentAt >= SEND_EVERY) send(here());
  });
  media.addEventListener("pause", () => send(here()));
  media.addEventListener("ended", () => send(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && media.played.length) send(here());
  });
}

/** A sound that says what is to be seen plays in place of the film's own, in step with it. */
function describe(player, media) {
  const details = player.querySelector(".media-player__described");
  const sound = details?.querySelector("audio");
  if (!sound) return { mute: () => false };
  const button = document.createElement("button");
  button.type = "button";
  button.className = "media-player__describe";
  button.textContent = player.dataset.describe;
  player.querySelector(".media-player__tools").prepend(button);
  details.hidden = true;
  sound.preload = "none";
  let isOn = false;
  const follow = () => {
    if (!isOn) return;
    sound.playbackRate = media.playbackRate;
    if (Math.abs(sound.currentTime - media.currentTime) > MOST_DRIFT) sound.currentTime = media.currentTime;
    if (media.paused || media.seeking) sound.pause();
    else if (sound.paused && !sound.ended) sound.play().catch(() => {});
  };
  const turn = (on) => {
    isOn = on;
    button.setAttribute("aria-pressed", String(on));
    media.muted = on;
    sound.volume = media.volume;
    if (!on) sound.pause();
    write("player-described", on);
    follow();
  };
  for (const name of ["play", "pause", "seeked", "ratechange", "timeupdate", "waiting"]) media.addEventListener(name, follow);
  media.addEventListener("volumechange", () => (sound.volume = media.volume));
  button.addEventListener("click", () => turn(!isOn));
  button.setAttribute("aria-pressed", "false");
  if (read("player-described")) turn(true);
  return { mute: () => isOn && ((sound.muted = !sound.muted), true) };
}
