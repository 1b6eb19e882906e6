// <media-recorder> records a sound or a film: asks only when a button is pressed, shows how loud it is, lets one listen.
// Says "recorded" (event.detail.file) when the recording is to be used. Without what it needs it stays hidden.
const TYPES = {
  audio: ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"],
  video: ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/mp4"],
};
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg", "video/webm": "webm", "video/mp4": "mp4" };
const BEAT = 1000;

class MediaRecorderElement extends HTMLElement {
  connectedCallback() {
    if (this.isReady || !window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return;
    this.isReady = true;
    this.panel = this.querySelector(".media-recorder__panel");
    this.words = this.querySelector(".media-recorder__words");
    this.view = this.querySelector(".media-recorder__view");
    this.level = this.querySelector(".media-recorder__level");
    this.time = this.querySelector(".media-recorder__time");
    this.play = this.querySelector(".media-recorder__play");
    for (const button of this.querySelectorAll("[data-record]")) {
      button.addEventListener("click", () => this.open(button.dataset.record));
    }
    for (const button of this.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this[button.dataset.act]());
    }
    for (const choice of this.querySelectorAll("[data-device]")) {
      choice.addEventListener("change", () => this.open(this.kind));
    }
    this.hidden = false;
  }

  disconnectedCallback() {
    this.letGo();
    this.forget();
  }

  /** Asks for the devices; what was recorded before is kept until something new is recorded. */
  async open(kind) {
    this.letGo();
    this.kind = kind;
    this.panel.hidden = false;
    this.show("asking");
    this.say(this.dataset.wordsAsking);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(this.wish());
    } catch (trouble) {
      this.show("trouble");
      this.say(this.explain(trouble), true);
      return;
    }
    if (!this.isConnected || this.panel.hidden) {
      this.letGo(); // closed while the browser was asking
      return;
    }
    for (const track of this.stream.getTracks()) track.addEventListener("ended", () => this.breakOff());
    this.listen();
    this.showView();
    await this.offerDevices();
    this.show("ready");
    this.say(this.dataset.wordsReady);
    this.button("start").focus();
  }

  wish() {
    const chosen = (kind) => {
      const id = this.querySelector(`[data-device="${kind}"]`).value;
      return id ? { deviceId: { exact: id } } : {};
    };
    // What helps a telephone call spoils music and the sounds of a place.
    const sound = { ...chosen("audioinput"), echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const picture = { ...chosen("videoinput"), width: { ideal: 1280 }, height: { ideal: 720 } };
    return this.kind === "video" ? { audio: sound, video: picture } : { audio: sound };
  }

  explain(trouble) {
    if (["NotAllowedError", "SecurityError"].includes(trouble.name)) return this.dataset.wordsDenied;
    if (["NotFoundError", "OverconstrainedError"].includes(trouble.name)) return this.dataset.wordsMissing;
    return this.dataset.wordsBusy;
  }

  /** Names of devices are known once the browser has let us in; a choice is shown where there is one. */
  async offerDevices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    let several = false;
    for (const choice of this.querySelectorAll("[data-device]")) {
      const kind = choice.dataset.device;
      const found = devices.filter((device) => device.kind === kind && device.deviceId);
      const used = this.stream.getTracks().map((track) => track.getSettings().deviceId);
      const options = found.map((device, place) => {
        const words = device.label || this.dataset.wordsDevice.replace("{number}", place + 1);
        return new Option(words, device.deviceId, false, used.includes(device.deviceId));
      });
      choice.replaceChildren(...options);
      const isNeeded = found.length > 1 && (kind === "audioinput" || this.kind === "video");
      choice.closest("label").hidden = !isNeeded;
      several ||= isNeeded;
    }
    this.querySelector(".media-recorder__devices").hidden = !several;
  }

  /** Shows how loud it is, many times a second, in what people hear as loudness (decibels below full scale). */
  listen() {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const look = () => {
      if (!this.context) return;
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
      const now = Math.min(1, Math.max(0, (decibels + 60) / 60));
      this.level.value = Math.max(now, this.level.value * 0.92);
      this.frame = requestAnimationFrame(look);
    };
    look();
  }

  showView() {
    const isFilm = this.kind === "video";
    this.view.hidden = !isFilm;
    if (!isFilm) return;
    this.view.srcObject = this.stream;
    this.view.play().catch(() => {});
  }

  start() {
    if (!this.stream) return;
    this.forget();
    this.isThrownAway = false;
    const type = TYPES[this.kind].find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    this.recorder = new MediaRecorder(this.stream, type ? { mimeType: type } : {});
    const pieces = [];
    this.recorder.addEventListener("dataavailable", (event) => {
      if (event.data.size) pieces.push(event.data);
    });
    this.recorder.addEventListener("stop", () => this.finish(pieces), { once: true });
    this.recorder.start(BEAT);
    this.elapsed = 0;
    this.since = performance.now();
    this.clock = setInterval(() => this.tick(), 200);
    this.tick();
    this.show("recording");
    this.say(this.dataset.wordsRecording);
    this.button("stop").focus();
  }

  pause() {
    if (this.recorder?.state !== "recording") return;
    this.recorder.pause();
    this.elapsed += performance.now() - this.since;
    this.since = null;
    this.show("paused");
    this.say(this.dataset.wordsPaused);
    this.button("resume").focus();
  }

  resume() {
    if (this.recorder?.state !== "paused") return;
    this.recorder.resume();
    this.since = performance.now();
    this.show("recording");
    this.say(this.dataset.wordsRecording);
    this.button("pause").focus();
  }

  stop() {
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
  }

  get milliseconds() {
    return (this.elapsed ?? 0) + (this.since ? performance.now() - this.since : 0);
  }

  tick() {
    const seconds = this.milliseconds / 1000;
    this.time.textContent = clock(seconds);
    const longest = Number(this.dataset[this.kind === "video" ? "longestVideo" : "longestAudio"]);
    if (seconds < longest) return;
    this.isCutShort = this.dataset.wordsLongest.replace("{time}", clock(longest));
    this.stop();
  }

  finish(pieces) {
    clearInterval(this.clock);
    if (this.since) this.elapsed += performance.now() - this.since;
    this.since = null;
    const type = this.recorder.mimeType.split(";")[0] || `${this.kind}/webm`;
    this.recorder = null;
    this.letGo();
    if (this.isThrownAway || !this.isConnected || !pieces.length) return;
    const name = `${this.dataset.wordsName} ${stamp(new Date())}.${ENDINGS[type] ?? "webm"}`;
    this.file = new File(pieces, name, { type });
    this.url = URL.createObjectURL(this.file);
    const player = document.createElement(this.kind);
    player.controls = true;
    player.src = this.url;
    this.play.replaceChildren(player);
    this.show("recorded");
    this.say(this.isCutShort ?? this.dataset.wordsRecorded);
    this.isCutShort = null;
    this.button("use").focus();
  }

  breakOff() {
    if (!this.recorder) return;
    this.isCutShort = this.dataset.wordsBroken;
    this.stop();
  }

  retake() {
    this.forget();
    this.open(this.kind);
  }

  use() {
    if (!this.file) return;
    this.dispatchEvent(new CustomEvent("recorded", { bubbles: true, detail: { file: this.file, kind: this.kind } }));
    this.close();
  }

  close() {
    const kind = this.kind;
    this.isThrownAway = Boolean(this.recorder);
    this.stop();
    this.letGo();
    this.forget();
    this.show("asking");
    this.panel.hidden = true;
    this.querySelector(`[data-record="${kind}"]`)?.focus();
  }

  /** Lets the devices go: their lamp goes out. */
  letGo() {
    cancelAnimationFrame(this.frame);
    clearInterval(this.clock);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.context?.close();
    this.context = null;
    if (this.level) this.level.value = 0;
    if (this.view) {
      this.view.srcObject = null;
      this.view.hidden = true;
    }
  }

  forget() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = this.file = null;
    this.play?.replaceChildren();
    if (this.time) this.time.textContent = clock(0);
  }

  button(act) {
    return this.querySelector(`[data-act="${act}"]`);
  }

  /** Which buttons there are in which state. */
  show(state) {
    const shown = {
      asking: [],
      trouble: [],
      ready: ["start"],
      recording: ["pause", "stop"],
      paused: ["resume", "stop"],
      recorded: ["use", "retake"],
    }[state];
    for (const button of this.querySelectorAll("[data-act]")) {
      button.hidden = button.dataset.act !== "close" && !shown.includes(button.dataset.act);
    }
    this.play.hidden = state !== "recorded";
    this.querySelector(".media-recorder__gauge").hidden = state === "trouble" || state === "asking";
    this.classList.toggle("is-recording", state === "recording");
    if (state !== "ready") return;
    this.time.textContent = clock(0);
  }

  say(words, isTrouble = false) {
    this.words.textContent = words;
    this.classList.toggle("has-trouble", isTrouble);
  }
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function stamp(moment) {
  const two = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}.${two(moment.getMinutes())}`;
}

customElements.define("media-recorder", MediaRecorderElement);
