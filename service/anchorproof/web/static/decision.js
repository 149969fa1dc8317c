// Deciding: lease, choice by keyboard, saving exactly once over connections that break.
import { ask, csrf, data, hideLast, isAttended, newId, rememberDecision, t, toast, undoLast } from "./base.js";

const by = (id) => document.getElementById(id);
const form = by("decision");
const PENDING = `anchorproof.pending.${data.review}`;
const PAUSES_S = [1, 2, 4, 8, 15];
let etag = data.etag;
let isSaving = false;
let isDone = false;

function say(text, kind = "") {
  const line = by("saving");
  if (!line) return;
  line.textContent = text;
  line.className = `saving ${kind}`;
}

// ------------------------------------------------------------------------------------------------ lease

async function lease() {
  try {
    const review = await ask(`/api/reviews/${data.review}/lease`, {});
    etag = review.etag;
    by("lease").hidden = true;
    setEnabled(true);
    return true;
  } catch (error) {
    if (error.status === 0 || error.status === 503) return false; // tried again with the next renewal
    if (!isSaving && !isDone) {
      by("lease").textContent = error.message;
      by("lease").hidden = false;
      setEnabled(false);
    }
    return false;
  }
}

function setEnabled(isOn) {
  if (form) for (const control of form.elements) if (control.id !== "skip" && control.tagName !== "FIELDSET") control.disabled = !isOn;
}

function release() {
  if (isDone || isSaving || !data.may_decide) return;
  const body = new FormData();
  body.append("csrf", csrf);
  navigator.sendBeacon(`/api/reviews/${data.review}/release`, body);
}

// ------------------------------------------------------------------------------------------------ choosing

function chooseOutcome(value, isByKey) {
  const radio = form.querySelector(`input[name=outcome][value="${value}"]`);
  if (!radio || radio.disabled) return;
  radio.checked = true;
  for (const group of form.querySelectorAll(".why")) {
    const isOn = group.dataset.outcome === value;
    group.hidden = group.disabled = !isOn;
    if (!isOn) for (const one of group.querySelectorAll("input")) one.checked = false;
  }
  say("");
  if (isByKey) form.querySelector(".why:not([hidden]) input")?.focus({ preventScroll: false });
}

const chosen = (name) => form.querySelector(`fieldset:not([disabled]) input[name=${name}]:checked`)?.value;

// ------------------------------------------------------------------------------------------------ saving

async function save() {
  if (isSaving || isDone) return;
  const outcome = chosen("outcome"), reason = chosen("reason"), note = form.note.value.trim();
  if (!outcome) return say(t("decide.choose_outcome"), "bad");
  if (!reason) return say(t("decide.choose_reason"), "bad");
  if (reason === "other" && !note) {
    form.note.focus();
    return say(t("decide.note_needed"), "bad");
  }
  const wish = { etag, request_id: newId(), outcome, reason, note };
  sessionStorage.setItem(PENDING, JSON.stringify(wish)); // survives a reload: repeated with the same request_id
  await send(wish);
}

async function send(wish) {
  isSaving = true;
  hideLast();
  setEnabled(false);
  for (let attempt = 0; ; attempt += 1) {
    say(attempt ? t("decide.trying", { n: attempt + 1 }) : t("decide.saving"), attempt ? "wait" : "");
    try {
      const answer = await ask(`/api/reviews/${data.review}/decision`, wish, { signal: AbortSignal.timeout(20000) });
      return saved(answer.decision);
    } catch (error) {
      if (error.reason === "LEASE_LOST" && attempt < 2 && (await lease())) continue;
      if (error.status === 0 || error.status === 503 || error.status === 429) {
        const pause = error.retryS || PAUSES_S[Math.min(attempt, PAUSES_S.length - 1)];
        say(t("decide.not_yet", { seconds: pause }), "wait");
        await Promise.race([new Promise((go) => setTimeout(go, pause * 1000)), new Promise((go) => addEventListener("online", go, { once: true }))]);
        continue;
      }
      isSaving = false;
      if (error.status === 401) {
        say(t("decide.signed_out"), "bad"); // kept: saved after signing in again
        setEnabled(true);
        return;
      }
      sessionStorage.removeItem(PENDING);
      setEnabled(true);
      return say(t("decide.not_saved", { message: error.message }), "bad");
    }
  }
}

async function saved(made) {
  isDone = true;
  isSaving = false;
  sessionStorage.removeItem(PENDING);
  say(t("saved", { outcome: t(`outcome.${made.outcome}`) }), "ok");
  rememberDecision({ id: made.id, review: data.review, outcome: made.outcome, undo_until: made.undo_until, filters: data.filters });
  await next([]);
}

async function next(but) {
  const filters = Object.fromEntries(new URLSearchParams(data.filters));
  try {
    const { review } = await ask("/api/next", { filters, but });
    location.href = review ? `/clips/${review}${data.filters}` : `/queue${data.filters}`;
  } catch (error) {
    toast(error.message, { label: t("again"), run: () => next(but) }, 30);
  }
}

function skip() {
  const skipped = JSON.parse(sessionStorage.getItem("anchorproof.skipped") ?? "[]").filter((id) => id !== data.review);
  const but = [...skipped, data.review].slice(-50);
  sessionStorage.setItem("anchorproof.skipped", JSON.stringify(but));
  next(but);
}

// ------------------------------------------------------------------------------------------------ wiring

export function decisionKey(key, event) {
  if (key === "z") return undo(), true;
  if (key === "s" && by("skip")) return skip(), true;
  if (!form || by("save").disabled) return false;
  if (/^[1-5]$/.test(key)) {
    const radio = form.querySelectorAll("input[name=outcome]")[Number(key) - 1];
    return chooseOutcome(radio.value, true), true;
  }
  const at = "qwertyuiop".indexOf(key);
  const reasons = form.querySelectorAll(".why:not([hidden]) input");
  if (at >= 0 && reasons[at]) {
    reasons[at].checked = true;
    reasons[at].focus();
    if (reasons[at].value === "other") form.note.focus();
    return true;
  }
  if (key === "n") return form.note.focus(), true;
  if (key === "Enter" && !event.target.matches("button, a, summary")) return save(), true;
  return false;
}

function undo() {
  const button = by("undo");
  if (button && Date.parse(button.dataset.until) > Date.now())
    rememberDecision({ id: button.dataset.decision, review: data.review, outcome: "", undo_until: button.dataset.until, filters: data.filters });
  undoLast();
}

by("skip")?.addEventListener("click", skip);
by("undo")?.addEventListener("click", undo);
if (form) {
  form.addEventListener("change", (event) => event.target.name === "outcome" && chooseOutcome(event.target.value, false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  form.note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    }
  });
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  if (pending) {
    chooseOutcome(pending.outcome, false);
    form.note.value = pending.note;
    send(pending);
  } else if (data.may_decide) {
    lease();
  }
  setInterval(() => !isSaving && !isDone && isAttended() && lease(), Math.max(5, data.lease_s / 3) * 1000);
  addEventListener("pagehide", release);
  addEventListener("beforeunload", (event) => isSaving && event.preventDefault());
} else sessionStorage.removeItem(PENDING);
