// Sending clips: how far the upload is, then how far the analysis is.
import { csrf, newId, t } from "./base.js";

const jobs = document.getElementById("jobs"), drop = document.getElementById("drop"), input = drop.querySelector("input");
const waiting = [];
let isBusy = false;

function add(files) {
  for (const file of files) {
    const row = jobs.appendChild(document.createElement("li"));
    const line = row.appendChild(document.createElement("div"));
    line.className = "line";
    const name = line.appendChild(document.createElement("strong"));
    name.textContent = file.name;
    const says = line.appendChild(document.createElement("span"));
    says.className = "small muted";
    says.textContent = t("upload.waits");
    const bar = row.appendChild(document.createElement("progress"));
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    waiting.push({ file, row, line, says, bar, id: newId() });
  }
  work();
}

async function work() {
  if (isBusy) return;
  isBusy = true;
  while (waiting.length) await send(waiting.shift());
  isBusy = false;
}

function send(job, attempt = 1) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    let seen = 0, isOver = false;
    request.open("POST", `/api/analyses?${new URLSearchParams({ name: job.file.name, request_id: job.id })}`);
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => {
      job.bar.value = (event.loaded / event.total) * 0.25;
      job.says.textContent = t("upload.sending", { share: Math.round((event.loaded / event.total) * 100) });
    };
    request.onprogress = () => {
      const lines = request.responseText.slice(seen).split("\n");
      seen += request.responseText.length - seen - lines.pop().length;
      if (request.status === 200) for (const line of lines) if (line) isOver = tell(job, JSON.parse(line)) || isOver;
    };
    request.onloadend = async () => {
      request.onprogress();
      if (isOver) return done();
      if ((request.status === 0 || request.status === 200 || request.status === 503) && attempt < 5) {
        job.says.textContent = t("upload.again");
        await new Promise((go) => setTimeout(go, 2000 * attempt));
        return done(send(job, attempt + 1)); // the same request_id: joins the analysis that was begun
      }
      let message = t("offline");
      try {
        message = JSON.parse(request.responseText).message ?? message;
      } catch {
        // no words from the server
      }
      tell(job, { reason: "REFUSED", message });
      done();
    };
    request.send(job.file);
  });
}

/** True when nothing more will come. */
function tell(job, event) {
  if (event.report) {
    job.bar.value = 1;
    job.says.textContent = t("upload.done");
    const link = job.line.appendChild(document.createElement("a"));
    link.className = "button";
    link.href = `/clips/${event.report}`;
    link.textContent = t("upload.open");
    link.focus();
    return true;
  }
  if (event.reason) {
    job.bar.hidden = true;
    job.says.textContent = event.message;
    job.says.className = "fault small";
    return true;
  }
  job.bar.value = 0.25 + event.fraction * 0.75;
  job.says.textContent = t("upload.step", { step: t(`step.${event.step}`).replace(/^step\./, ""), share: Math.round(event.fraction * 100) });
  return false;
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
addEventListener("beforeunload", (event) => isBusy && event.preventDefault());
