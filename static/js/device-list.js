// Keeps the buttons of a list dead until one of its rows is chosen: <form data-choice> with radio buttons and <button data-needs-choice>.
// Without this module they are live, and the server asks to choose a device first.

for (const form of document.querySelectorAll("form[data-choice]")) {
  const update = () => {
    const chosen = form.querySelector("input[type=radio]:checked") !== null;
    for (const button of form.querySelectorAll("button[data-needs-choice]")) button.disabled = !chosen;
  };
  form.addEventListener("change", update);
  // A browser that comes back to the page restores what was chosen after this module has run.
  window.addEventListener("pageshow", update);
  update();
}
