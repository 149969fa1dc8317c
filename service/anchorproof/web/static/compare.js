// Clip beside reference: faces, voices, our own footage with the difference.
import { ask, clock, data, t } from "./base.js";

const references = new Map();
function referencesOf(anchor) {
  if (!references.has(anchor)) references.set(anchor, ask(`/api/anchors/${anchor}/references`).catch(() => ({ faces: [], voices: [] })));
  return references.get(anchor);
}

for (const figure of document.querySelectorAll(".reference")) {
  referencesOf(figure.dataset.anchor).then(({ faces }) => {
    const place = figure.querySelector(".crop");
    if (!faces.length) return (place.textContent = t("compare.not_kept"));
    let at = 0;
    const image = document.createElement("img");
    image.className = "crop";
    image.alt = t("compare.reference");
    image.src = faces[0];
    place.replaceWith(image);
    if (faces.length > 1) {
      const more = document.createElement("button");
      more.type = "button";
      more.className = "seek";
      more.textContent = t("compare.another", { n: 1, of: faces.length });
      more.onclick = () => {
        at = (at + 1) % faces.length;
        image.src = faces[at];
        more.textContent = t("compare.another", { n: at + 1, of: faces.length });
      };
      figure.append(more);
    }
  });
}

/** Voice play-off: the clip's voice, then the reference's, by the same key. */
export function wireVoices(player) {
  const playOffs = [];
  for (const place of document.querySelectorAll(".play-off")) {
    const clip = place.querySelector(".hear"), reference = place.querySelector(".reference-voice");
    const audio = new Audio();
    const parts = [];
    if (clip) {
      const hear = () => (audio.pause(), player.playSpan(Number(clip.dataset.start), Math.min(Number(clip.dataset.end), Number(clip.dataset.start) + 8)));
      clip.onclick = hear;
      parts.push(hear);
    }
    if (reference)
      referencesOf(reference.dataset.anchor).then(({ voices }) => {
        if (!voices.length) return (reference.textContent = t("compare.no_voice"));
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = t("compare.hear_reference", { name: reference.dataset.name });
        const hear = () => {
          player.video?.pause();
          audio.src = voices[0];
          audio.play();
        };
        button.onclick = hear;
        reference.replaceWith(button);
        parts.push(hear);
      });
    playOffs.push({ parts, at: 0 });
  }
  return () => {
    const one = playOffs[0];
    if (one?.parts.length) one.parts[one.at++ % one.parts.length]();
  };
}

document.getElementById("side-by-side")?.addEventListener("click", async (event) => {
  const place = document.getElementById("footage-pairs");
  event.target.disabled = true;
  place.textContent = t("footage.looking");
  try {
    const { pairs } = await ask(`/api/clips/${data.review}/pairs`);
    place.replaceChildren();
    if (!pairs.length) place.textContent = t("footage.no_pairs");
    for (const pair of pairs) place.append(await three(pair));
  } catch (error) {
    place.textContent = error.message;
  }
  event.target.disabled = false;
  event.target.focus(); // it was lost while the button was off
});

async function three(pair) {
  const image = new Image();
  image.src = `/media/pairs/${pair.key}.jpg`;
  await image.decode();
  const half = Math.floor(image.naturalWidth / 2), height = image.naturalHeight;
  const figure = document.createElement("figure"), row = figure.appendChild(document.createElement("div"));
  row.className = "three";
  const draw = (paint, label) => {
    const canvas = row.appendChild(document.createElement("canvas"));
    Object.assign(canvas, { width: half, height });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    paint(canvas.getContext("2d"));
  };
  const left = (ctx) => ctx.drawImage(image, 0, 0, half, height, 0, 0, half, height);
  const right = (ctx) => ctx.drawImage(image, image.naturalWidth - half, 0, half, height, 0, 0, half, height);
  draw(left, t("footage.original"));
  draw(right, t("footage.clip"));
  draw((ctx) => {
    left(ctx);
    ctx.globalCompositeOperation = "difference";
    right(ctx);
    ctx.globalCompositeOperation = "color-dodge"; // small differences are brought out
    ctx.fillStyle = "#888";
    ctx.fillRect(0, 0, half, height);
  }, t("footage.difference"));
  const caption = figure.appendChild(document.createElement("figcaption"));
  caption.textContent = t("footage.caption", { original: clock(pair.programme_s, true), clip: clock(pair.clip_s, true) });
  return figure;
}
