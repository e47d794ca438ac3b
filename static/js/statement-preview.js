// Refreshes the preview as one types: <form data-preview="ADDRESS"> and <div id="preview">. Without this module its button does.

const PAUSE = 250;
const form = document.querySelector("form[data-preview]");
const preview = document.getElementById("preview");
let timer;
let running;

async function refresh() {
  running?.abort();
  running = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: running.signal });
    // A redirect leads to sign-in: the session is over, and the next press of a button tells so.
    if (answer.ok && !answer.redirected) preview.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  }
}

if (form && preview) {
  form.querySelector("[data-testid=preview]").hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  });
}
