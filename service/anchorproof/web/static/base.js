// What every page does: words, theme, blurred pictures, keyboard help, talking to the server.

const words = JSON.parse(document.getElementById("words").textContent);

/** The page's words; gaps such as {n} are filled by name. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}");

/** A random id, also where the page is not served over https. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
/** Of the session; another one after signing in again in another tab (`renewCsrf`). */
export let csrf = meta("csrf");

/** Takes on the present session's token, if it is still the same person's; true when there was a new one. */
export async function renewCsrf() {
  const found = await fetch("/api/session", { headers: { Accept: "application/json" } }).then((one) => one.json()).catch(() => ({}));
  if (found.account !== meta("account") || found.csrf === csrf) return false;
  csrf = found.csrf;
  return true;
}

// ------------------------------------------------------------------------------------------------ who is there

/** After so long without a hand on the machine nobody is taken to be there: the page asks for nothing by itself. */
const UNATTENDED_S = 300;
let lastSign = Date.now(), lastAsked = Date.now();
/** Somebody is there: a key, the pointer, a clip that plays. */
export function attend() {
  lastSign = Date.now();
}
for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) addEventListener(kind, attend, { passive: true, capture: true });
export const isAttended = () => !document.hidden && Date.now() - lastSign < UNATTENDED_S * 1000;

// When the session is over, what it showed is not left in sight; a note that was begun stays.
const idleS = Number(meta("idle"));
const isWritten = () => [...document.querySelectorAll("textarea")].some((field) => field.value.trim());
if (idleS)
  setInterval(() => !isAttended() && Date.now() - lastAsked > (idleS + 60) * 1000 && !isWritten() && location.reload(), 15_000);

/** What the server refused; `status` 0: it was not reached. */
export class Refused extends Error {
  constructor(status, reason, message, retryS = 0) {
    super(message);
    Object.assign(this, { status, reason, retryS });
  }
}

/** JSON from the server, by POST where there is a body. */
export async function ask(path, body, options = {}) {
  lastAsked = Date.now();
  try {
    return await askOnce(path, body, options);
  } catch (error) {
    if (error.reason === "CSRF" && (await renewCsrf())) return askOnce(path, body, options);
    throw error;
  }
}

async function askOnce(path, body, options) {
  const post = body !== undefined;
  const headers = { Accept: "application/json", ...(post && { "Content-Type": "application/json", "X-CSRF-Token": csrf }) };
  let response;
  try {
    response = await fetch(path, { method: post ? "POST" : "GET", headers, body: post ? JSON.stringify(body) : undefined, ...options });
  } catch {
    throw new Refused(0, "OFFLINE", t("offline"));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.reason ?? "INTERNAL", answer.message ?? t("fault"), answer.retry_s);
  return answer;
}

/** A note at the bottom of the page, with at most one action. */
export function toast(text, action, seconds = 6) {
  const note = document.createElement("div");
  note.className = "toast";
  note.append(text);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(action.label, " ");
    if (action.key) {
      const key = document.createElement("kbd");
      key.textContent = action.key;
      button.append(key);
    }
    button.onclick = () => {
      note.remove();
      action.run();
    };
    note.append(button);
  }
  document.getElementById("toasts").append(note);
  const timer = setTimeout(() => note.remove(), seconds * 1000);
  return () => {
    clearTimeout(timer);
    note.remove();
  };
}

export function clock(seconds, fine = false) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const rest = fine ? `.${String(Math.floor((seconds - whole) * 100)).padStart(2, "0")}` : "";
  const two = (n) => String(n).padStart(2, "0");
  return (parts[0] ? `${parts[0]}:${two(parts[1])}:${two(parts[2])}` : `${parts[1]}:${two(parts[2])}`) + rest;
}

export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

// ------------------------------------------------------------------------------------------------ keyboard

const handlers = [];
/** `handler(key, event)` returns true when it used the key. Not called while somebody writes. */
export function onKey(handler) {
  handlers.unshift(handler);
}
const isWriting = (element) =>
  element.matches("textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=file])") || element.isContentEditable;

let isGoing = false;
const PLACES = { q: "/queue", u: "/upload", a: "/anchors", m: "/models", l: "/audit" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) {
    if (event.key === "Escape" && isWriting(event.target)) event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (isGoing && PLACES[event.key]) {
    location.href = PLACES[event.key];
    return event.preventDefault();
  }
  isGoing = event.key === "g";
  if (isGoing) return setTimeout(() => (isGoing = false), 1500);
  if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
    return event.preventDefault();
  }
  if (handlers.some((handler) => handler(event.key, event))) event.preventDefault();
});
document.getElementById("help")?.addEventListener("click", () => document.getElementById("shortcuts").showModal());

// ------------------------------------------------------------------------------------------------ preferences

function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=strict`;
}
document.getElementById("theme").addEventListener("click", () => {
  const next = { auto: "light", light: "dark", dark: "auto" }[document.documentElement.dataset.theme];
  document.documentElement.dataset.theme = next;
  keep("anchorproof_theme", next);
  document.dispatchEvent(new Event("themechange"));
  toast(t(`theme.${next}`), undefined, 2);
});
const blur = document.getElementById("blur");
export function toggleBlur() {
  const isOn = document.documentElement.toggleAttribute("data-blur");
  blur.setAttribute("aria-pressed", isOn);
  keep("anchorproof_blur", isOn ? "1" : "0");
}
blur?.addEventListener("click", toggleBlur);
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// A picture that cannot be had (the clip is gone, or is only sound) leaves its place empty.
document.addEventListener("error", (event) => event.target.matches?.("img") && event.target.classList.add("missing"), true);
for (const image of document.images) if (image.complete && !image.naturalWidth && image.src) image.classList.add("missing");

// ------------------------------------------------------------------------------------------------ undo across pages

const LAST = "anchorproof.last";
export function rememberDecision(made) {
  sessionStorage.setItem(LAST, JSON.stringify(made));
}
export function lastDecision() {
  const made = JSON.parse(sessionStorage.getItem(LAST) ?? "null");
  if (made && Date.parse(made.undo_until) > Date.now()) return made;
  sessionStorage.removeItem(LAST);
  return null;
}
let closeUndo = () => {};
/** Takes the last decision back; true when there was one. */
export async function undoLast() {
  const made = lastDecision();
  if (!made) return false;
  closeUndo();
  made.undo_id ??= newId(); // the same for every repetition
  rememberDecision(made);
  try {
    await ask(`/api/reviews/${made.review}/undo`, { decision_id: made.id, request_id: made.undo_id });
  } catch (error) {
    toast(t("undo.failed", { message: error.message }), { label: t("again"), run: undoLast }, 12);
    return true;
  }
  sessionStorage.removeItem(LAST);
  location.href = `/clips/${made.review}${made.filters ?? ""}`;
  return true;
}
/** Another decision is being made: the note about the last one would be taken for its. */
export function hideLast() {
  closeUndo();
}
const made = lastDecision();
if (made && !document.getElementById("undo"))
  closeUndo = toast(t("saved", { outcome: t(`outcome.${made.outcome}`) }), { label: t("undo"), key: "z", run: undoLast }, 20);
