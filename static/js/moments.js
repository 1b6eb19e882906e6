// Moments as people write them: 12.5, 12,5, 1:07 or 1:02:03.5. The server reads them the same way.
const MOMENT = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,6})?)$/;

/** Seconds, or null where it is no moment. */
export function readMoment(text) {
  const found = MOMENT.exec(text.trim());
  if (!found) return null;
  const [, hours, minutes, seconds] = found;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds.replace(",", "."));
}

/** 1:07.5; thousandths only where they matter. */
export function writeMoment(seconds) {
  const whole = Math.round(seconds * 1000);
  const rest = ((whole % 60000) / 1000).toFixed(3).replace(/\.?0+$/, "");
  return `${Math.floor(whole / 60000)}:${rest.split(".")[0].length < 2 ? "0" : ""}${rest}`;
}
