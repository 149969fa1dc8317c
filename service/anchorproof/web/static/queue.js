// The queue: moving by keyboard, counts that stay true, the next clip.
import { ask, isAttended, onKey, t, toast, toggleBlur, undoLast } from "./base.js";

const rows = [...document.querySelectorAll(".clip")];
let at = -1;

function go(step) {
  if (!rows.length) return;
  at = Math.min(rows.length - 1, Math.max(0, at + step));
  rows.forEach((row, number) => row.classList.toggle("on", number === at));
  rows[at].querySelector(".cover").focus();
}

async function next() {
  try {
    const filters = Object.fromEntries(new URLSearchParams(location.search));
    const { review } = await ask("/api/next", { filters });
    if (review) location.href = `/clips/${review}${location.search}`;
    else toast(t("queue.nothing"));
  } catch (error) {
    toast(error.message);
  }
}

const button = document.getElementById("next");
button?.addEventListener("click", next);
onKey((key, event) => {
  if (key === "j" || key === "ArrowDown") return go(1), true;
  if (key === "k" || key === "ArrowUp") return go(-1), true;
  if (key === "b") return toggleBlur(), true;
  if (key === "z") return undoLast(), true;
  if (key === "/") return document.querySelector("#filters select").focus(), true;
  if (key === "Enter" && button && (event.target === document.body || event.target.id === "main")) return next(), true;
  return false;
});
// A choice by pointer applies at once; by keyboard, where each arrow is a change, with Enter.
let isByPointer = false;
for (const select of document.querySelectorAll("#filters select")) {
  select.addEventListener("pointerdown", () => (isByPointer = true));
  select.addEventListener("keydown", (event) => {
    isByPointer = false;
    if (event.key !== "Enter") return;
    event.preventDefault();
    select.form.requestSubmit();
  });
  select.addEventListener("change", () => isByPointer && select.form.requestSubmit());
}
document.getElementById("filters").addEventListener("submit", (event) => {
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true; // short addresses
});

// Live counts: asked for while the page is looked at.
const total = document.getElementById("total");
const fresh = document.getElementById("fresh");
fresh.addEventListener("click", () => location.reload());
async function refresh() {
  if (!isAttended()) return;
  const found = await ask(`/api/queue/counts${location.search}`).catch((error) => error);
  if (found.status === 401) return location.reload(); // the session is over: to the sign-in page, and back
  if (found.total === undefined) return;
  total.textContent = found.total.toLocaleString("en");
  for (const link of document.querySelectorAll(".buckets a"))
    link.querySelector(".number").textContent = (found.buckets[link.dataset.age] ?? 0).toLocaleString("en");
  const more = found.total - Number(total.dataset.total);
  fresh.hidden = more <= 0;
  fresh.textContent = t("queue.fresh", { n: more });
}
setInterval(refresh, 4000);
