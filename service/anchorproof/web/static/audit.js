// The log's chain of hashes, recomputed by the service.
import { ask, t } from "./base.js";

const line = document.getElementById("verified");
document.getElementById("verify").addEventListener("click", async (event) => {
  event.target.disabled = true;
  line.className = "saving";
  line.textContent = t("audit.checking");
  try {
    const found = await ask("/api/audit/verify", {});
    line.className = `saving ${found.sound ? "ok" : "bad"}`;
    line.textContent = found.sound
      ? t("audit.sound", { n: found.entries, head: found.head })
      : t("audit.broken", { faults: found.faults.map((one) => `${one.number}: ${one.message}`).join("; ") });
  } catch (error) {
    line.className = "saving bad";
    line.textContent = error.message;
  }
  event.target.disabled = false;
  event.target.focus(); // it was lost while the button was off
});
