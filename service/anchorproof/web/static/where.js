// Where the picture's detector looked, drawn over the player while it stands still.
import { colour, data, t, toast } from "./base.js";

const STRENGTH = 0.55;

export class Where {
  constructor(player) {
    this.player = player;
    this.button = document.getElementById("heat");
    this.canvas = document.getElementById("heat-map");
    this.isOn = false;
    if (!this.button) return;
    this.button.onclick = () => this.set(!this.isOn);
    for (const button of document.querySelectorAll(".look"))
      button.addEventListener("click", () => this.show(Number(button.dataset.time)));
    if (!this.canvas) return (this.button.disabled = true); // the clip is gone
    for (const name of ["pause", "play", "seeked", "loadeddata"]) player.video.addEventListener(name, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(player.video);
    document.addEventListener("themechange", () => this.draw());
  }

  /** True when there is something to switch. */
  toggle() {
    if (!this.button || this.button.disabled) return false;
    this.set(!this.isOn);
    if (this.isOn && !this.at(this.player.time).length) toast(t("where.not_here"), undefined, 4);
    return true;
  }

  set(isOn) {
    this.isOn = isOn;
    this.button.setAttribute("aria-pressed", isOn);
    this.draw();
  }

  show(time) {
    this.player.video?.pause();
    this.player.seek(time);
    if (this.canvas) this.set(true);
  }

  at(time) {
    return data.looks.filter(({ span: [start, end] }) => time >= start - 0.05 && time <= end + 0.05);
  }

  draw() {
    if (!this.canvas) return;
    const { video } = this.player, looks = this.isOn && video.paused ? this.at(this.player.time) : [];
    this.canvas.hidden = !looks.length;
    this.canvas.dataset.looks = looks.length;
    if (!looks.length || !video.clientWidth) return;
    const [wide, high] = data.size, ratio = devicePixelRatio || 1;
    const zoom = Math.min(video.clientWidth / wide, video.clientHeight / high);
    Object.assign(this.canvas, { width: Math.round(wide * zoom * ratio), height: Math.round(high * zoom * ratio) });
    Object.assign(this.canvas.style, {
      width: `${wide * zoom}px`,
      height: `${high * zoom}px`,
      left: `${video.offsetLeft + (video.clientWidth - wide * zoom) / 2}px`,
      top: `${video.offsetTop + (video.clientHeight - high * zoom) / 2}px`,
    });
    const ctx = this.canvas.getContext("2d");
    ctx.scale(zoom * ratio, zoom * ratio);
    const fills = { more: colour("more"), less: colour("less") };
    for (const look of looks) drawLook(ctx, look, boxAt(look.path, this.player.time), fills, 1 / zoom);
  }
}

function drawLook(ctx, look, [x1, y1, x2, y2], fills, pixel) {
  const wide = (x2 - x1) / look.columns, high = (y2 - y1) / look.rows;
  for (const [row, column, kind, strength] of look.cells) {
    ctx.globalAlpha = strength * STRENGTH;
    ctx.fillStyle = fills[kind];
    ctx.fillRect(x1 + column * wide, y1 + row * high, wide, high);
  }
  ctx.globalAlpha = 0.9;
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = 1.5 * pixel;
  ctx.strokeRect(x1, y1, x2 - x1, y2 - y1);
}

/** Where the square is at a time: on a straight line between two places of its path. */
export function boxAt(path, time) {
  const after = path.findIndex(([at]) => at >= time);
  if (after <= 0) return (after < 0 ? path.at(-1) : path[0]).slice(1);
  const [one, other] = [path[after - 1], path[after]], share = (time - one[0]) / (other[0] - one[0]);
  return one.slice(1).map((value, at) => value + share * (other[at + 1] - value));
}
