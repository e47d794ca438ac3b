// Lets the browser offer passkeys in the sign-in form's field for the name, where it can (conditional mediation), and signs in with the chosen one.

import { isSupported, show } from "./webauthn.js";

const place = document.querySelector("[data-passkey=autofill]");
const page = document.querySelector("main form[method=post]");
const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
let waiting = null;

async function ask() {
  const answer = await fetch(place.dataset.options, { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token }) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function send(credential) {
  const form = document.createElement("form");
  form.method = "post";
  // Region and destination stand in the query of the page's own form, and go with this one too.
  form.action = place.dataset.signIn + new URL(page.action).search;
  const values = { csrfmiddlewaretoken: token, credential, ...(page.elements.remember?.checked ? { remember: "on" } : {}) };
  for (const [name, value] of Object.entries(values)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}

// Offers passkeys until one is chosen. A challenge lives for some minutes only, so a page that stays open takes a new one in time.
async function offer() {
  waiting?.abort();
  const mine = new AbortController();
  waiting = mine;
  let renewal = 0;
  try {
    const options = await ask();
    renewal = setTimeout(again, options.timeout * 0.8);
    const credential = await show(options, { mediation: "conditional", signal: mine.signal });
    send(credential);
  } catch {
    // Without passkeys, or without an answer from the portal, the form is there as ever.
  } finally {
    clearTimeout(renewal);
  }
}

function again() {
  if (!document.hidden) offer();
  else document.addEventListener("visibilitychange", again, { once: true });
}

if (isSupported() && await window.PublicKeyCredential.isConditionalMediationAvailable?.()) {
  offer();
  window.addEventListener("pageshow", (event) => { if (event.persisted) offer(); });
}
