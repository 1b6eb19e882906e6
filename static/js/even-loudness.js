// Plays what is quiet louder and what is loud quieter, so that one work after the other sounds alike (EBU R 128; -16 LUFS,
// as most players on the web). What is too loud is turned down by the player's own volume. What is too quiet needs an
// amplifier, which is only put in where the browser lets it run, and never so strong that it would distort.
const TARGET = -16;
const HIGHEST_PEAK = -1;
const MOST = 12;
const NOT_WORTH_IT = 1;
const PATIENCE = 1000;

let context;

/** How many decibels louder (or, below nought, quieter) something of this loudness (LUFS) and true peak (dBTP) is played. */
export function gainFor(loudness, peak) {
  const wanted = TARGET - loudness;
  if (wanted <= 0) return wanted;
  return Math.max(0, Math.min(wanted, MOST, HIGHEST_PEAK - peak));
}

export class EvenLoudness {
  /** For a media element whose data say how loud it is; null where nothing is known or nothing is to be done. */
  static of(media, data, isWanted) {
    const loudness = Number.parseFloat(data.loudness);
    const peak = Number.parseFloat(data.peak);
    if (!Number.isFinite(loudness) || !Number.isFinite(peak)) return null;
    const gain = gainFor(loudness, peak);
    return Math.abs(gain) < NOT_WORTH_IT ? null : new EvenLoudness(media, gain, isWanted);
  }

  constructor(media, gain, isWanted) {
    Object.assign(this, { media, gain, isWanted, isOn: false });
    // Not before it plays: an amplifier may only begin with a gesture.
    media.addEventListener("play", () => this.apply());
  }

  want(isWanted) {
    this.isWanted = isWanted;
    this.apply();
  }

  apply() {
    const factor = 10 ** (this.gain / 20);
    if (this.gain > 0) {
      if (this.amplifier) this.amplifier.gain.value = this.isWanted ? factor : 1;
      else if (this.isWanted && !this.media.paused) this.amplify(factor);
      return;
    }
    if (this.isOn === this.isWanted) return;
    this.isOn = this.isWanted;
    const { media } = this;
    media.volume = Math.min(1, this.isOn ? media.volume * factor : media.volume / factor);
  }

  async amplify(factor) {
    if (this.isTried) return;
    this.isTried = true;
    const { media } = this;
    if (!(await isOurs(media.currentSrc)) || !(await isRunning())) return;
    try {
      const source = context.createMediaElementSource(media);
      this.amplifier = new GainNode(context, { gain: this.isWanted ? factor : 1 });
      source.connect(this.amplifier).connect(context.destination);
    } catch {
      // It plays as it is.
    }
  }
}

/** Whether the bytes come from here: what comes from another address through an amplifier is silence. */
async function isOurs(address) {
  try {
    return (await fetch(address, { method: "HEAD", redirect: "manual" })).ok;
  } catch {
    return false;
  }
}

/** Whether an amplifier runs: one that is not allowed to would swallow the sound. */
async function isRunning() {
  try {
    context ??= new AudioContext();
    if (context.state !== "running") {
      await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    }
    return context.state === "running";
  } catch {
    return false;
  }
}
