// Sending clips in parts: a connection that breaks off, or a page that is loaded again, goes on where it was.
import { Refused, ask, csrf, data, newId, renewCsrf, t } from "./base.js";

const jobs = document.getElementById("jobs"), drop = document.getElementById("drop"), input = drop.querySelector("input");
const KEPT = `anchorproof.uploads.${data.account}`;
const PAUSES_S = [1, 2, 4, 8, 15];
/** What goes away by itself, beside connections that break. */
const PASSING = ["OFFSET_WRONG", "CHUNK_CORRUPT", "UPLOAD_TAKEN", "UPLOAD_CORRUPT", "OVERLOADED"];
const SHARE_OF_SENDING = 0.25;
const waiting = [];
let sending = null;

// ------------------------------------------------------------------------------------------------ what survives a reload

const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
function keep(job) {
  const others = kept().filter((one) => one.id !== job.id);
  const { id, name, size, modified, stage } = job;
  sessionStorage.setItem(KEPT, JSON.stringify(stage === "over" ? others : [...others, { id, name, size, modified, stage }].slice(-50)));
}

// ------------------------------------------------------------------------------------------------ rows

function show(job) {
  job.row = jobs.appendChild(document.createElement("li"));
  job.line = job.row.appendChild(document.createElement("div"));
  job.line.className = "line";
  job.line.appendChild(document.createElement("strong")).textContent = job.name;
  job.says = job.line.appendChild(document.createElement("span"));
  job.says.className = "small muted";
  job.bar = job.row.appendChild(document.createElement("progress"));
  job.bar.max = 1;
  job.bar.value = 0;
  job.bar.setAttribute("aria-label", job.name);
  return job;
}

function say(job, text, share) {
  job.says.className = "small muted";
  job.says.textContent = text;
  if (share !== undefined) job.bar.value = share;
}

function fail(job, message) {
  job.stage = "over";
  keep(job);
  job.bar.hidden = true;
  job.says.textContent = message;
  job.says.className = "fault small";
}

function finish(job, report) {
  job.stage = "over";
  keep(job);
  say(job, t("upload.done"), 1);
  const link = job.line.appendChild(document.createElement("a"));
  link.className = "button";
  link.href = `/clips/${report}`;
  link.textContent = t("upload.open");
  link.focus();
}

// ------------------------------------------------------------------------------------------------ sending

function add(files) {
  for (const file of files) {
    const same = (one) => one.name === file.name && one.size === file.size && one.modified === file.lastModified;
    const job = listed.find((one) => one.stage === "sending" && !one.file && same(one)) ?? listing(file);
    job.file = file;
    say(job, t("upload.waits"));
    keep(job);
    waiting.push(job);
  }
  work();
}

function listing(file) {
  const job = show({ id: newId(), name: file.name, size: file.size, modified: file.lastModified, stage: "sending" });
  listed.push(job);
  return job;
}

async function work() {
  if (sending) return;
  while ((sending = waiting.shift())) {
    if (await send(sending)) watch(sending); // while the next one is sent
  }
}

const address = (job, more = {}) => new URLSearchParams({ id: job.id, name: job.name, size: job.size, ...more });

/** True when all of it is there. */
async function send(job) {
  const tries = { failed: 0, offset: -1 };
  for (;;) {
    try {
      let { offset, done } = await ask(`/api/uploads?${address(job)}`, {});
      if (tries.offset >= 0 && offset) say(job, t("upload.resumed", { share: Math.floor((100 * offset) / job.size) }));
      while (!done && offset < job.size) {
        if (offset > tries.offset) Object.assign(tries, { failed: 0, offset });
        ({ offset, done } = await sendPart(job, offset));
      }
      return true;
    } catch (error) {
      if (!(await another(job, error, tries))) return false;
    }
  }
}

function sendPart(job, offset) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far it is
    request.open("PUT", `/api/uploads?${address(job, { offset })}`);
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("Accept", "application/json");
    request.timeout = 120_000;
    request.upload.onprogress = (event) => {
      const share = Math.min(1, (offset + event.loaded) / job.size);
      say(job, t("upload.sending", { share: Math.floor(100 * share) }), share * SHARE_OF_SENDING);
    };
    request.onloadend = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // cut off
      }
      if (request.status === 200) done(answer);
      else fail(new Refused(request.status, answer.reason ?? "OFFLINE", answer.message ?? t("offline"), answer.retry_s));
    };
    request.send(job.file.slice(offset, offset + data.part_bytes));
  });
}

/** Whether to try again, after a pause; what does not go away by itself is said. */
async function another(job, error, tries) {
  if (error.reason === "CSRF" && (await renewCsrf())) return true; // signed in again in another tab
  if (error.status === 401) {
    say(job, t("upload.signed_out"));
    await pressed(job);
    return true;
  }
  if (![0, 429, 503].includes(error.status) && !PASSING.includes(error.reason)) {
    fail(job, error.message);
    return false;
  }
  const pause = error.retryS || PAUSES_S[Math.min(tries.failed, PAUSES_S.length - 1)];
  tries.failed += 1;
  say(job, error.reason === "OVERLOADED" ? error.message : t("upload.again"));
  await Promise.race([new Promise((go) => setTimeout(go, pause * 1000)), new Promise((go) => addEventListener("online", go, { once: true }))]);
  return true;
}

function pressed(job) {
  return new Promise((go) => {
    const button = job.line.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = t("upload.on");
    button.onclick = () => (button.remove(), go());
  });
}

// ------------------------------------------------------------------------------------------------ watching

async function watch(job) {
  job.stage = "analysing";
  keep(job);
  const tries = { failed: 0 };
  for (;;) {
    try {
      for await (const event of events(job)) {
        tries.failed = 0;
        if (event.report) return finish(job, event.report);
        if (event.reason && event.again) throw new Refused(503, event.reason, event.message, event.retry_s);
        if (event.reason) return fail(job, event.message);
        tell(job, event);
      }
      throw new Refused(0, "OFFLINE", t("offline")); // cut off before the end
    } catch (error) {
      if (error.reason === "UPLOAD_INCOMPLETE" && job.file) {
        job.stage = "sending"; // its bytes were at a machine that is gone
        waiting.push(job);
        return work();
      }
      if (!(await another(job, error, tries))) return;
    }
  }
}

async function* events(job) {
  let response;
  try {
    response = await fetch(`/api/analyses?${address(job)}`, { method: "POST", headers: { Accept: "application/json", "X-CSRF-Token": csrf } });
  } catch {
    throw new Refused(0, "OFFLINE", t("offline"));
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Refused(response.status, answer.reason ?? "INTERNAL", answer.message ?? t("fault"), answer.retry_s);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

function tell(job, { step, fraction, before }) {
  const share = SHARE_OF_SENDING + fraction * (1 - SHARE_OF_SENDING);
  if (before) return say(job, t("upload.before", { n: before }), share);
  const named = t(`step.${step}`);
  say(job, t("upload.step", { step: named === `step.${step}` ? step : named, share: Math.round(fraction * 100) }), share);
}

// ------------------------------------------------------------------------------------------------ wiring

const listed = kept().map(show);
for (const job of listed) {
  if (job.stage === "analysing") watch(job);
  else say(job, t("upload.choose_again"));
}
input.addEventListener("change", () => {
  add(input.files);
  input.value = "";
});
for (const name of ["dragover", "dragleave", "drop"])
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") add(event.dataTransfer.files);
  });
document.getElementById("upload").addEventListener("submit", (event) => event.preventDefault());
addEventListener("beforeunload", (event) => sending && event.preventDefault());
