// How often what a model's calibration says comes true.
import uPlot from "./vendor/uplot.js";
import { colour, data, t } from "./base.js";

const place = document.getElementById("reliability");
function draw() {
  place.replaceChildren();
  const points = [...data.reliability].sort((one, other) => one.said - other.said);
  const x = points.map((one) => one.said), y = points.map((one) => one.true);
  const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") }, font: "12px system-ui", labelFont: "12px system-ui" };
  const size = Math.min(380, place.clientWidth || 320);
  new uPlot(
    {
      width: size, height: size * 0.85, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
      axes: [{ ...axis, label: t("models.said") }, { ...axis, label: t("models.true") }],
      series: [{}, { stroke: colour("accent"), width: 2, points: { show: true, size: 8, fill: colour("accent") } }],
      hooks: {
        drawAxes: [(u) => {
          u.ctx.save();
          u.ctx.strokeStyle = colour("edge");
          u.ctx.setLineDash([6, 5]);
          u.ctx.beginPath();
          u.ctx.moveTo(u.valToPos(0, "x", true), u.valToPos(0, "y", true));
          u.ctx.lineTo(u.valToPos(1, "x", true), u.valToPos(1, "y", true));
          u.ctx.stroke();
          u.ctx.restore();
        }],
      },
    },
    [x, y],
    place,
  );
}
draw();
document.addEventListener("themechange", draw);
