// The player: frame steps, speeds, loops; a copy where the browser cannot play the clip itself.
import { ask, attend, clock, data, t } from "./base.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];
const by = (id) => document.getElementById(id);

export class Player {
  constructor(onTime) {
    this.video = by("video");
    this.onTime = onTime;
    this.loop = null;
    this.marks = [null, null];
    this.until = null;
    this.frame_s = 1 / (data.timeline.fps || 25);
    by("play").onclick = () => this.toggle();
    by("step").onclick = () => this.step(1);
    by("step-back").onclick = () => this.step(-1);
    by("speed").onchange = (event) => this.setSpeed(Number(event.target.value));
    by("loop").onclick = () => this.toggleLoop();
    by("mute").onclick = () => this.mute();
    this.load();
    this.show();
    if (!this.video) return;
    for (const name of ["play", "pause"]) this.video.addEventListener(name, () => this.showState());
    for (const name of ["seeked", "timeupdate", "loadedmetadata"]) this.video.addEventListener(name, () => this.show());
    this.video.addEventListener("error", () => this.convert());
    const tick = () => {
      if (!this.video.paused) this.show();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  get time() {
    return this.video?.currentTime ?? this.wanted ?? 0;
  }

  async load(convert = false) {
    if (!this.video) return;
    const query = convert ? "?convert=true" : "";
    let found;
    try {
      found = await ask(`/api/clips/${data.review}/playable${query}`);
    } catch (error) {
      return this.tell(error.message, null);
    }
    if (found.fault) return this.tell(found.fault, null);
    if (!found.ready) {
      this.tell(t("player.converting"), found.progress);
      return setTimeout(() => this.load(convert), 700);
    }
    by("converting").hidden = true;
    this.isCopy = found.is_copy;
    this.video.src = `/media/${data.review}/clip${query}`;
  }

  convert() {
    if (this.isCopy || this.hasTried || !this.video.getAttribute("src")) return;
    this.hasTried = true;
    this.load(true);
  }

  tell(text, share) {
    by("converting").hidden = false;
    by("converting").querySelector("p").textContent = text;
    const bar = by("converting-bar");
    bar.hidden = share === null;
    if (share !== null) bar.value = share;
  }

  show() {
    const time = this.time;
    if (this.video && !this.video.paused) attend();
    if (this.loop && time >= this.loop[1] - 0.02) this.video.currentTime = this.loop[0];
    if (this.until !== null && time >= this.until) {
      this.video.pause();
      this.until = null;
    }
    by("clock").textContent = `${clock(time, true)} / ${clock(data.timeline.duration_s)}`;
    this.onTime(time);
  }

  showState() {
    const isPlaying = this.video && !this.video.paused;
    by("play-icon").setAttribute("href", `/static/icons.svg#${isPlaying ? "pause" : "play"}`);
    by("play").setAttribute("aria-label", t(isPlaying ? "player.pause" : "player.play"));
  }

  toggle() {
    if (!this.video) return;
    this.until = null;
    if (this.video.paused) this.video.play().catch(() => this.convert());
    else this.video.pause();
  }

  seek(time) {
    const kept = Math.min(Math.max(0, time), data.timeline.duration_s);
    this.wanted = kept;
    this.until = null;
    if (this.video) this.video.currentTime = kept;
    this.show();
  }

  step(frames) {
    this.video?.pause();
    // The middle of the frame, so that rounding does not show its neighbour.
    const frame = Math.round(this.time / this.frame_s - 0.5) + frames;
    this.seek((frame + 0.5) * this.frame_s);
  }

  setSpeed(rate) {
    if (this.video) this.video.playbackRate = rate;
    by("speed").value = String(rate);
  }

  faster(step) {
    const at = SPEEDS.indexOf(Number(by("speed").value));
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + step))]);
  }

  mute() {
    if (!this.video) return;
    this.video.muted = !this.video.muted;
    by("mute").setAttribute("aria-pressed", this.video.muted);
  }

  /** Plays a span once. */
  playSpan(start, end) {
    this.setLoop(null);
    this.seek(start);
    this.until = end;
    this.video?.play().catch(() => this.convert());
  }

  mark(which) {
    this.marks[which] = this.time;
    const [start, end] = this.marks;
    if (start !== null && end !== null && end > start) this.setLoop([start, end]);
    else if (which === 0) this.marks[1] = null;
  }

  toggleLoop() {
    if (this.loop) return this.setLoop(null);
    const around = data.timeline.driving.find(([start, end]) => this.time >= start && this.time <= end);
    this.setLoop(around ? [around[0], Math.max(around[1], around[0] + 0.5)] : [Math.max(0, this.time - 1), Math.min(data.timeline.duration_s, this.time + 1)]);
  }

  setLoop(loop) {
    this.loop = loop;
    by("loop").setAttribute("aria-pressed", Boolean(loop));
    by("loop-text").textContent = loop ? `${clock(loop[0], true)}–${clock(loop[1], true)}` : t("player.loop");
    if (loop && (this.time < loop[0] || this.time > loop[1])) this.seek(loop[0]);
    this.onLoop?.(loop);
  }

  /** True when the key was the player's. */
  key(key) {
    const keys = {
      " ": () => this.toggle(), j: () => this.seek(this.time - 5), l: () => this.seek(this.time + 5),
      ArrowLeft: () => this.seek(this.time - 1), ArrowRight: () => this.seek(this.time + 1), Home: () => this.seek(0), End: () => this.seek(data.timeline.duration_s),
      ",": () => this.step(-1), ".": () => this.step(1), "-": () => this.faster(-1), "=": () => this.faster(1),
      "[": () => this.mark(0), "]": () => this.mark(1), "\\": () => this.toggleLoop(), m: () => this.mute(), k: () => this.toggle(),
    };
    keys[key]?.();
    return key in keys;
  }
}
