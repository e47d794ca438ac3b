// Makes a passkey when the button of `data-passkey="register"` is pressed, and sends the form with it.

import { bind, make } from "./webauthn.js";

for (const element of document.querySelectorAll("[data-passkey=register]")) bind(element, (options) => make(options));
