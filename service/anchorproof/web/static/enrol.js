// Enrolling from the page: each file's result says what was taken, how good it was, and what was not and why.
import { csrf, newId, t } from "./base.js";

const form = document.getElementById("enrol");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const results = document.getElementById("enrol-results"), button = form.querySelector("button");
  button.disabled = true;
  for (const file of form.files.files) {
    const row = results.appendChild(document.createElement("div"));
    row.className = "stack";
    const heading = row.appendChild(document.createElement("h3"));
    heading.textContent = file.name;
    const says = row.appendChild(document.createElement("p"));
    says.textContent = t("enrol.looking");
    const query = new URLSearchParams({ name: file.name, session: form.session.value, override: form.override.value, request_id: newId() });
    try {
      const response = await fetch(`/api/anchors/${form.dataset.anchor}/enrolments?${query}`, { method: "POST", body: file, headers: { "X-CSRF-Token": csrf, Accept: "application/json", "Content-Type": "application/octet-stream" } });
      const made = await response.json();
      if (!response.ok) throw new Error(made.message);
      says.className = "fine";
      says.textContent = t("enrol.taken", { faces: made.faces, voices: made.voices, seconds: made.speech_s.toFixed(1) });
      show(row, made);
    } catch (error) {
      says.className = "fault";
      says.textContent = error.message || t("offline");
    }
  }
  button.disabled = false;
});

function show(row, made) {
  const list = row.appendChild(document.createElement("ul"));
  list.className = "reasons small";
  for (const sample of made.samples) {
    const line = list.appendChild(document.createElement("li"));
    const numbers = Object.entries(sample.measures).map(([name, value]) => `${name} ${Number(value).toFixed(value < 10 ? 2 : 0)}`);
    line.textContent = `${t(`modality.${sample.modality}`)} ${sample.reason ? `✕ ${sample.reason}` : "✓"} ${numbers.join(", ")}`;
  }
  for (const one of made.rejections) list.appendChild(document.createElement("li")).textContent = one.message;
}
