// Shows a passkey when the button of `data-passkey="get"` is pressed, and sends the form with it.

import { bind, show } from "./webauthn.js";

for (const element of document.querySelectorAll("[data-passkey=get]")) bind(element, (options) => show(options));
