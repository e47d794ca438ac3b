// Keeps the codes of the trainee's phone current, and reloads the page when a call or a mail has arrived or an app has come or gone.

const EVERY = 3000;

const root = document.querySelector("[data-phone]");
const countdown = root.querySelector("[data-seconds]");
let leaving = false;
let until = Date.now() + Number(countdown?.textContent ?? 30) * 1000;

function show(phone) {
  if (phone.shown !== root.dataset.shown) {
    // Without the query, which tells what was done last. A link or button that was just chosen goes first.
    if (!leaving) location.replace(location.pathname);
    return;
  }
  until = Date.now() + phone.seconds_left * 1000;
  for (const app of phone.codes) {
    const line = root.querySelector(`[data-app="${app.id}"]`);
    const copy = line.querySelector("[data-copy]");
    line.querySelector("[data-code]").textContent = app.code;
    line.querySelector("[data-next]").textContent = app.next_code;
    copy.setAttribute("aria-label", copy.getAttribute("aria-label").replace(copy.dataset.copy, app.code));
    copy.dataset.copy = app.code;
  }
}

async function ask() {
  if (document.hidden) return;
  const response = await fetch(root.dataset.phone, { headers: { Accept: "application/json", "X-Training": "1" }, cache: "no-store" });
  if (response.ok) show(await response.json());
}

let asked = 0;

function turn() {
  const left = Math.ceil((until - Date.now()) / 1000);
  if (countdown) countdown.textContent = String(Math.max(0, left));
  if (left > 0 && Date.now() - asked < EVERY) return;
  asked = Date.now();
  ask().catch(() => {});
}

root.querySelector("[data-refresh]")?.setAttribute("hidden", "");
window.addEventListener("beforeunload", () => { leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });
document.addEventListener("visibilitychange", () => { asked = 0; });
setInterval(turn, 500);
