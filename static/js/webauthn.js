// Passkeys in the browser (WebAuthn): options from JSON, answers to JSON, and the page's own words for what went wrong.

export const isSupported = () => typeof window.PublicKeyCredential === "function" && Boolean(navigator.credentials);

function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (character) => character.charCodeAt(0));
}

function text(buffer) {
  const characters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const descriptors = (listed = []) => listed.map((one) => ({ ...one, id: bytes(one.id) }));

// Returns the JSON of the passkey that was shown. Rejects with the browser's DOMException.
export async function show(options, rest = {}) {
  const { allowCredentials, challenge, ...plain } = options;
  const publicKey = { ...plain, challenge: bytes(challenge), allowCredentials: descriptors(allowCredentials) };
  const { response, ...credential } = answer(await navigator.credentials.get({ publicKey, ...rest }));
  return JSON.stringify({
    ...credential,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle?.byteLength ? text(response.userHandle) : null,
    },
  });
}

// Returns the JSON of a new passkey. Rejects with the browser's DOMException.
export async function make(options) {
  const { excludeCredentials, challenge, user, ...plain } = options;
  const publicKey = { ...plain, challenge: bytes(challenge), user: { ...user, id: bytes(user.id) }, excludeCredentials: descriptors(excludeCredentials) };
  const { response, ...credential } = answer(await navigator.credentials.create({ publicKey }));
  return JSON.stringify({
    ...credential,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  });
}

function answer(credential) {
  if (!credential) throw new DOMException("no credential", "NotAllowedError");
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: credential.response,
  };
}

const WORDS = {
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  TimeoutError: "cancelled",
  InvalidStateError: "registered",
  NotSupportedError: "unusable",
  ConstraintError: "unusable",
  SecurityError: "wrongSite",
};

// Makes the button of an element `data-passkey` fill the hidden field `credential` by `ask`, and then send the form.
export function bind(element, ask) {
  const form = element.closest("form");
  const field = element.querySelector("[name=credential]");
  const button = element.querySelector("button");
  const problem = element.querySelector("[data-passkey-problem]");

  function say(words) {
    problem.replaceChildren();
    if (!words) return;
    const alert = document.createElement("div");
    alert.className = "alert alert--error";
    alert.setAttribute("role", "alert");
    alert.append(Object.assign(document.createElement("p"), { textContent: words }));
    problem.append(alert);
  }

  if (!isSupported()) {
    say(window.isSecureContext ? element.dataset.unsupported : element.dataset.insecure);
    button.disabled = true;
    return;
  }
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    if (button.disabled) return;
    say("");
    button.disabled = true;
    try {
      field.value = await ask(JSON.parse(element.dataset.options));
      form.submit();
    } catch (error) {
      say(element.dataset[WORDS[error.name]] ?? element.dataset.failed);
      button.disabled = false;
      button.focus();
    }
  });
  // A page that comes back from the browser's history is not to send what it has sent before.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    field.value = "";
    button.disabled = false;
  });
}
