// One timeline: a lane per detector (LLR over time, with the thresholds), per face, per voice; all on one time axis.
import uPlot from "./vendor/uplot.js";
import { clock, colour, t } from "./base.js";

const LLR_HEIGHT = 58, SPAN_HEIGHT = 26, RULER_HEIGHT = 22;
const LIMIT_LLR = 1.6; // stronger evidence is drawn at the edge; the pointer tells the number

export class Timeline {
  /** `onSeek(seconds)`, `onSpan(start, end)`: a span was clicked. */
  constructor(element, data, onSeek, onSpan) {
    Object.assign(this, { element, data, onSeek, onSpan });
    this.range = [0, Math.max(data.duration_s, 0.1)];
    this.time = 0;
    this.loop = null;
    this.lanes = [];
    this.build();
    new ResizeObserver(() => this.resize()).observe(element);
    document.addEventListener("themechange", () => this.rebuild());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  build() {
    this.colours = Object.fromEntries(
      ["text", "muted", "line", "accent", "spoof", "bona_fide", "inconclusive", "raised", "edge"].map((name) => [name, colour(name)]),
    );
    this.element.replaceChildren();
    this.ruler = this.element.appendChild(document.createElement("div"));
    this.ruler.className = "ruler";
    this.rulerCanvas = this.ruler.appendChild(document.createElement("canvas"));
    for (const lane of this.data.lanes) this.addLane(lane);
    if (this.data.splices.length)
      this.addLane({ kind: "spans", group: "splices", subject: "", label: "", spans: this.data.splices.map(([a, b]) => [a, Math.max(b, a + 0.04), "bad"]) });
    this.tip = this.element.appendChild(document.createElement("div"));
    this.tip.className = "tip";
    this.draw();
  }

  rebuild() {
    for (const lane of this.lanes) lane.plot?.destroy();
    this.lanes = [];
    this.build();
  }

  addLane(lane) {
    const row = this.element.appendChild(document.createElement("div"));
    row.className = "lane";
    const label = row.appendChild(document.createElement("div"));
    label.className = "label";
    const name = label.appendChild(document.createElement("b"));
    name.textContent = lane.label || t(`lane.${lane.group}`);
    if (lane.label) label.append(t(`lane.${lane.group}`));
    else if (lane.subject) label.append(lane.subject);
    label.title = label.textContent;
    const holder = row.appendChild(document.createElement("div"));
    holder.className = "plot";
    const item = { lane, holder };
    if (lane.kind === "llr") item.plot = this.plotLlr(lane, holder);
    else item.canvas = holder.appendChild(document.createElement("canvas"));
    this.lanes.push(item);
    this.listen(holder);
  }

  plotLlr(lane, holder) {
    const { colours } = this;
    const y = lane.y.map((value) => (value === null ? null : Math.max(-LIMIT_LLR, Math.min(LIMIT_LLR, value))));
    const hooks = {
      drawClear: [(u) => this.drawBehind(u, lane)],
      draw: [(u) => this.drawCursor(u.ctx, u.bbox.top, u.bbox.height, (time) => u.valToPos(time, "x", true))],
    };
    const fill = (u) => {
      const { ctx, bbox } = u;
      const zero = u.valToPos(0, "y", true);
      const gradient = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
      const share = Math.min(1, Math.max(0, (zero - bbox.top) / bbox.height));
      gradient.addColorStop(0, colours.spoof);
      gradient.addColorStop(share, withAlpha(colours.spoof, 0.08));
      gradient.addColorStop(share, withAlpha(colours.bona_fide, 0.08));
      gradient.addColorStop(1, colours.bona_fide);
      return gradient;
    };
    const options = {
      width: this.width(holder), height: LLR_HEIGHT, legend: { show: false }, padding: [3, 0, 3, 0],
      cursor: { show: false }, scales: { x: { time: false, range: () => this.range }, y: { range: [-LIMIT_LLR, LIMIT_LLR] } },
      axes: [{ show: false }, { show: false }],
      series: [{}, { stroke: colours.text, width: 1.2, fill, fillTo: 0, points: { show: lane.x.length < 60, size: 4, fill: colours.text }, paths: lane.x.length > 2 ? uPlot.paths.stepped({ align: 1 }) : undefined, spanGaps: false }],
      hooks,
    };
    return new uPlot(options, [lane.x, y], holder);
  }

  drawBehind(u, lane) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [start, end, source, subject, llr] of this.data.driving) {
      if (source !== lane.group || (subject && lane.subject && subject !== lane.subject)) continue;
      ctx.fillStyle = withAlpha(llr > 0 ? this.colours.spoof : this.colours.bona_fide, 0.16);
      const x = u.valToPos(start, "x", true);
      ctx.fillRect(x, bbox.top, u.valToPos(end, "x", true) - x, bbox.height);
    }
    ctx.strokeStyle = this.colours.edge;
    ctx.lineWidth = devicePixelRatio;
    const line = (value, dash) => {
      const y = Math.round(u.valToPos(value, "y", true)) + 0.5;
      ctx.setLineDash(dash.map((part) => part * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    };
    line(0, []);
    for (const value of this.data.thresholds) line(value, [4, 4]);
    ctx.restore();
  }

  drawCursor(ctx, top, height, toX) {
    ctx.save();
    if (this.loop) {
      ctx.fillStyle = withAlpha(this.colours.accent, 0.2);
      ctx.fillRect(toX(this.loop[0]), top, toX(this.loop[1]) - toX(this.loop[0]), height);
    }
    ctx.strokeStyle = this.colours.accent;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(toX(this.time), top);
    ctx.lineTo(toX(this.time), top + height);
    ctx.stroke();
    ctx.restore();
  }

  drawSpans({ lane, canvas, holder }) {
    const width = this.width(holder), ctx = sized(canvas, width, SPAN_HEIGHT);
    const toX = (time) => ((time - this.range[0]) / (this.range[1] - this.range[0])) * width;
    const fills = { on: this.colours.accent, good: this.colours.bona_fide, bad: this.colours.spoof, soft: this.colours.edge };
    for (const [start, end, state] of lane.spans) {
      if (end < this.range[0] || start > this.range[1]) continue;
      ctx.fillStyle = withAlpha(fills[state] ?? this.colours.accent, 0.75);
      const x = toX(start), w = Math.max(2, toX(end) - x);
      ctx.beginPath();
      ctx.roundRect(x, 7, w, SPAN_HEIGHT - 14, Math.min(3, w / 2));
      ctx.fill();
    }
    ctx.save();
    ctx.scale(1 / devicePixelRatio, 1 / devicePixelRatio);
    this.drawCursor(ctx, 0, SPAN_HEIGHT * devicePixelRatio, (time) => toX(time) * devicePixelRatio);
    ctx.restore();
  }

  drawRuler() {
    const width = this.width(this.ruler), ctx = sized(this.rulerCanvas, width, RULER_HEIGHT);
    const [from, to] = this.range, length = to - from;
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
    const step = steps.find((one) => (one / length) * width > 70) ?? 3600;
    ctx.fillStyle = this.colours.muted;
    ctx.strokeStyle = this.colours.line;
    ctx.font = "11px system-ui, sans-serif";
    for (let time = Math.ceil(from / step) * step; time <= to + 1e-6; time += step) {
      const x = ((time - from) / length) * width;
      ctx.beginPath();
      ctx.moveTo(x + 0.5, 14);
      ctx.lineTo(x + 0.5, RULER_HEIGHT);
      ctx.stroke();
      const text = step < 1 ? clock(time, true).slice(0, -1) : clock(time);
      const half = ctx.measureText(text).width / 2;
      ctx.fillText(text, Math.min(width - 2 * half - 2, Math.max(2, x - half)), 11);
    }
  }

  width(holder) {
    return Math.max(50, holder.clientWidth || this.element.clientWidth - 132);
  }

  draw() {
    this.drawRuler();
    for (const item of this.lanes) {
      if (item.plot) item.plot.setScale("x", { min: this.range[0], max: this.range[1] });
      else this.drawSpans(item);
    }
  }

  resize() {
    for (const { plot, holder } of this.lanes) plot?.setSize({ width: this.width(holder), height: LLR_HEIGHT });
    this.draw();
  }

  /** Where the player is; what follows it stays in sight. */
  setTime(time) {
    this.time = time;
    const [from, to] = this.range, length = to - from;
    if ((time < from || time > to) && length < this.data.duration_s) this.setRange(time - length * 0.1, length);
    else this.redraw();
    this.element.setAttribute("aria-valuenow", time.toFixed(2));
    this.element.setAttribute("aria-valuetext", `${clock(time, true)}. ${this.describe(time)}`);
  }

  setLoop(loop) {
    this.loop = loop;
    this.redraw();
  }

  redraw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      for (const item of this.lanes) item.plot ? item.plot.redraw(false, false) : this.drawSpans(item);
    });
  }

  setRange(from, length) {
    const whole = Math.max(this.data.duration_s, 0.1);
    const kept = Math.min(whole, Math.max(0.5, length));
    const start = Math.min(Math.max(0, from), whole - kept);
    this.range = [start, start + kept];
    this.draw();
  }

  zoom(factor, around = this.time) {
    const [from, to] = this.range, length = (to - from) * factor;
    const middle = around >= from && around <= to ? around : (from + to) / 2;
    this.setRange(middle - length * ((middle - from) / (to - from)), length);
  }

  all() {
    this.setRange(0, this.data.duration_s);
  }

  /** What the lanes say at a time, in words. */
  describe(time) {
    const said = [];
    for (const { lane } of this.lanes) {
      const name = lane.label || t(`lane.${lane.group}`);
      if (lane.kind === "llr") {
        const at = nearest(lane.x, time);
        const value = at >= 0 ? lane.y[at] : null;
        if (value !== null && value !== undefined) said.push(`${name} ${value > 0 ? "+" : ""}${value.toFixed(2)}`);
      } else if (lane.spans.some(([start, end]) => time >= start && time <= end)) said.push(name);
    }
    return said.join(" · ");
  }

  listen(holder) {
    const timeAt = (event) => {
      const box = holder.getBoundingClientRect();
      return this.range[0] + ((event.clientX - box.left) / box.width) * (this.range[1] - this.range[0]);
    };
    let down = null;
    holder.addEventListener("pointerdown", (event) => (down = event.clientX));
    holder.addEventListener("pointermove", (event) => (this.tip.textContent = `${clock(timeAt(event), true)}   ${this.describe(timeAt(event))}`));
    holder.addEventListener("pointerup", (event) => {
      if (down !== null && Math.abs(event.clientX - down) > 6) {
        const box = holder.getBoundingClientRect(), other = this.range[0] + ((down - box.left) / box.width) * (this.range[1] - this.range[0]);
        this.onSpan(Math.min(other, timeAt(event)), Math.max(other, timeAt(event)));
      } else if (down !== null) this.onSeek(Math.min(this.data.duration_s, Math.max(0, timeAt(event))));
      down = null;
    });
    holder.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return; // the page scrolls
      event.preventDefault();
      if (event.ctrlKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event));
      else this.setRange(this.range[0] + ((event.deltaX || event.deltaY) / 800) * (this.range[1] - this.range[0]), this.range[1] - this.range[0]);
    }, { passive: false });
  }
}

function nearest(x, time) {
  let low = 0, high = x.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= time) low = middle;
    else high = middle;
  }
  return Math.abs(x[low] - time) <= Math.abs(x[high] - time) ? low : high;
}

function sized(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  return ctx;
}

function withAlpha(value, alpha) {
  const [r, g, b] = value.match(/[\d.]+/g);
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}
