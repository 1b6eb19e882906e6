// Sends one file in pieces (tus), and does not give up: a lost connection is waited for, a page that was loaded anew goes
// on where it was as soon as the same file is chosen again, and two tabs do not disturb each other.
//
//   const upload = startUpload(file, { kind, csrfToken, onProgress, onDone, onRefused, onWaiting });
//   upload.pause(); upload.resume(); upload.cancel();
//
//   kind        "image", "audio" or "video": what the form asks for
//   onProgress  ({ sent, total, speed, secondsLeft }) in bytes and bytes a second; the last two are null at first
//   onDone      ({ file, kind, name }): `file` goes into the form's hidden field `upload`
//   onRefused   (message): in words from the server; null when it had none
//   onWaiting   (): the connection is away; onProgress says when it is back

const ENDPOINT = "/uploads";
const SMALLEST_PIECE = 1024 * 1024;
const FIRST_PIECE = 4 * 1024 * 1024;
const LARGEST_PIECE = 16 * 1024 * 1024;
/** What a piece should take: so much is lost at most where a proxy hands on whole pieces only. */
const PIECE_SECONDS = 8;
const WAITS = [1, 2, 4, 8, 15, 30];
/** Seconds of silence after which a line counts as broken, while sending and while the server looks at the file. */
const SILENCE = 90;
const PATIENCE = 300;
const WEEK = 7 * 24 * 60 * 60 * 1000;

export function startUpload(file, options) {
  const sending = new Sending(file, options);
  sending.resume();
  return {
    pause: () => sending.pause(),
    resume: () => sending.resume(),
    cancel: () => sending.cancel(),
  };
}

/** How fast it goes: an average over the last seconds, in which what is older counts less and less. */
export class Pace {
  constructor(memory = 4) {
    this.memory = memory;
    this.forget();
  }

  /** What comes next is no progress from here: it was sent another time. */
  forget() {
    this.last = null;
    this.speed = null;
    this.weight = 0;
  }

  note(sent, seconds) {
    if (this.last === null || sent < this.last.sent) {
      this.last = { sent, seconds };
      return;
    }
    const passed = seconds - this.last.seconds;
    if (passed < 0.25) return;
    const kept = Math.exp(-passed / this.memory);
    const now = (sent - this.last.sent) / passed;
    this.speed = (this.speed ?? 0) * kept + now * (1 - kept);
    this.weight = this.weight * kept + (1 - kept);
    this.last = { sent, seconds };
  }

  /** Bytes a second; null until enough was seen to say. */
  get perSecond() {
    return this.weight > 0.2 ? this.speed / this.weight : null;
  }

  secondsLeft(bytes) {
    const speed = this.perSecond;
    return speed ? bytes / speed : null;
  }
}

class Sending {
  constructor(file, { kind, csrfToken, onProgress, onDone, onRefused, onWaiting }) {
    this.file = file;
    this.kind = kind;
    this.csrfToken = csrfToken;
    this.tell = { progress: onProgress, done: onDone, refused: onRefused, waiting: onWaiting };
    this.pace = new Pace();
    this.tries = 0;
    this.isOver = false;
    this.isPaused = true;
  }

  pause() {
    this.isPaused = true;
    this.stopWaiting();
    clearTimeout(this.silence);
    this.upload?.abort();
  }

  resume() {
    if (this.isOver || !this.isPaused) return;
    this.isPaused = false;
    this.start();
  }

  /** Gives the file up, here and at the server. */
  async cancel() {
    const wasOver = this.isOver;
    this.isOver = true;
    this.pause();
    if (wasOver && !this.result) return;
    await this.forget();
    const address = this.upload?.url;
    if (!address) return;
    try {
      await fetch(address, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": this.csrfToken } });
    } catch {
      // What nobody continues is swept after a day.
    }
  }

  async start() {
    try {
      this.upload ??= await this.prepare();
    } catch (trouble) {
      console.warn(trouble);
      this.wait();
      return;
    }
    if (this.isPaused) return;
    this.pace.forget();
    this.listen();
    this.upload.start();
  }

  async prepare() {
    const tus = await import("tus-js-client");
    const upload = new tus.Upload(this.file, {
      endpoint: new URL(ENDPOINT, location.href).href,
      chunkSize: FIRST_PIECE,
      retryDelays: null,
      removeFingerprintOnSuccess: false,
      metadata: { filename: this.file.name, filetype: this.file.type, kind: this.kind },
      headers: { "X-CSRFToken": this.csrfToken, Accept: "application/json" },
      onProgress: (sent, total) => this.progress(sent, total),
      onChunkComplete: () => this.choosePiece(),
      onSuccess: () => this.ask(),
      onError: (trouble) => this.stumble(trouble),
    });
    this.store = tus.defaultOptions.urlStorage;
    const previous = await this.findPrevious(upload);
    if (previous) upload.resumeFromPreviousUpload(previous);
    return upload;
  }

  /** The newest upload of this very file that is still good for something. */
  async findPrevious(upload) {
    for (const one of await this.store.findAllUploads()) {
      if (!(Date.now() - new Date(one.creationTime) < WEEK)) await this.store.removeUpload(one.urlStorageKey);
    }
    const found = (await upload.findPreviousUploads()).filter((one) => one.uploadUrl && one.metadata?.kind === this.kind);
    found.sort((one, other) => new Date(other.creationTime) - new Date(one.creationTime));
    for (const one of found) {
      const state = await this.lookAt(one.uploadUrl);
      // One that became a file which some work uses, and one that was refused, are of no use any more.
      if (state && (state.file || state.state === "open" || state.state === "checking")) return one;
      await this.store.removeUpload(one.urlStorageKey);
    }
    return null;
  }

  async lookAt(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status >= 500 || answer.status === 429) throw new Error(`${address}: ${answer.status}`);
    return answer.ok ? answer.json() : null;
  }

  progress(sent, total) {
    if (this.isPaused) return;
    // With the last byte the server begins to look at the whole file.
    this.listen(sent < total ? SILENCE : PATIENCE);
    this.pace.note(sent, performance.now() / 1000);
    this.tell.progress?.({
      sent,
      total,
      speed: this.pace.perSecond,
      secondsLeft: this.pace.secondsLeft(total - sent),
    });
  }

  choosePiece() {
    this.tries = 0;
    const wanted = (this.pace.perSecond ?? 0) * PIECE_SECONDS;
    if (wanted) this.upload.options.chunkSize = Math.round(Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, wanted)));
  }

  /** Breaks a line off on which nothing moves, so that another one can be tried. */
  listen(seconds = SILENCE) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.upload?.abort();
      this.wait();
    }, 1000 * seconds);
  }

  stumble(trouble) {
    clearTimeout(this.silence);
    if (this.isPaused) return;
    const answer = trouble.originalResponse;
    const status = answer?.getStatus() ?? 0;
    // Ahead or behind (409), written to by another tab (423), too often (429), in trouble (5xx): later it may go on.
    const mayPass = !answer || [408, 409, 423, 425, 429].includes(status) || status >= 500 || status < 400;
    if (mayPass) this.wait(Number(answer?.getHeader("Retry-After")));
    else this.refuse(wordsOf(answer.getBody()));
  }

  wait(seconds = 0) {
    if (this.isPaused || this.isOver) return;
    this.stopWaiting();
    this.tell.waiting?.();
    const delay = Math.max(seconds || 0, WAITS[Math.min(this.tries++, WAITS.length - 1)]);
    this.again = () => {
      this.stopWaiting();
      if (!this.isPaused && !this.isOver) this.start();
    };
    this.timer = setTimeout(this.again, 1000 * delay * (0.8 + 0.4 * Math.random()));
    window.addEventListener("online", this.again, { once: true });
  }

  stopWaiting() {
    clearTimeout(this.timer);
    if (this.again) window.removeEventListener("online", this.again);
    this.again = null;
  }

  /** All is sent: what does the server make of it? */
  async ask() {
    clearTimeout(this.silence);
    let state;
    try {
      state = await this.lookAt(this.upload.url);
    } catch {
      this.wait();
      return;
    }
    if (this.isPaused || this.isOver) return;
    if (state === null) this.restart();
    else if (state.state === "finished" && state.file) this.finish(state);
    else if (state.state === "finished") this.restart();
    else if (state.state === "refused") this.refuse(state.failure);
    else if (state.state === "checking") {
      // So that nobody waits for what a worker still looks at more often than needed.
      const passed = (this.checks = (this.checks ?? 0) + 1);
      this.timer = setTimeout(() => this.ask(), Math.min(5000, 300 * passed));
    } else this.wait();
  }

  /** The server does not have it any more: from the beginning, once. */
  async restart() {
    await this.forget();
    this.upload = null;
    if (this.hasRestarted) {
      this.refuse(null);
      return;
    }
    this.hasRestarted = true;
    this.start();
  }

  finish(state) {
    this.isOver = true;
    this.isPaused = true;
    this.result = state.file;
    this.tell.done?.({ file: state.file, kind: state.kind, name: state.name });
  }

  async refuse(message) {
    this.isOver = true;
    this.isPaused = true;
    await this.forget();
    this.tell.refused?.(message || null);
  }

  /** Remembers this upload no longer. */
  async forget() {
    if (!this.upload || !this.store) return;
    for (const one of await this.upload.findPreviousUploads()) {
      if (one.uploadUrl === this.upload.url) await this.store.removeUpload(one.urlStorageKey);
    }
  }
}

function wordsOf(body) {
  try {
    return JSON.parse(body).error.message || null;
  } catch {
    return null;
  }
}
