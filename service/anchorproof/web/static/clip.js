// One clip: player, timeline, comparison and decision, wired together.
import { data, onKey, toggleBlur } from "./base.js";
import { wireVoices } from "./compare.js";
import { decisionKey } from "./decision.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { Where } from "./where.js";

const by = (id) => document.getElementById(id);
let timeline;
const player = new Player((time) => timeline?.setTime(time));
timeline = new Timeline(by("timeline"), data.timeline, (time) => player.seek(time), (start, end) => player.setLoop([start, end]));
player.onLoop = (loop) => timeline.setLoop(loop);
const playOff = wireVoices(player);
const where = new Where(player);

by("zoom-in").onclick = () => timeline.zoom(0.5);
by("zoom-out").onclick = () => timeline.zoom(2);
by("zoom-all").onclick = () => timeline.all();
for (const button of document.querySelectorAll(".seek[data-start]"))
  button.addEventListener("click", () => player.seek(Number(button.dataset.start)));

/** The next span that drove the verdict, from where the player is. */
function nextDriving() {
  const starts = data.timeline.driving.map(([start]) => start).sort((one, other) => one - other);
  const start = starts.find((one) => one > player.time + 0.05) ?? starts[0];
  if (start !== undefined) player.seek(start);
}

onKey((key, event) => {
  const isRadio = event.target.matches("input[type=radio]");
  if (isRadio && (key.startsWith("Arrow") || key === " ")) return false; // moves among the choices
  if (key === " " && event.target.matches("button, summary, a")) return false;
  if (decisionKey(key, event)) return true;
  if (key === "b") return toggleBlur(), true;
  if (key === "h" && where.toggle()) return true;
  if (key === "v") return playOff(), true;
  if (key === "p") return nextDriving(), true;
  if (key === "+") return timeline.zoom(0.5), true;
  if (key === "_") return timeline.zoom(2), true;
  return player.key(key);
});
