// Security check without a reload: "New one" fetches the page again and puts the new image and audio in place.

const form = document.querySelector("form[data-new-check]");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of ["img", "audio"]) {
      const before = document.querySelector(`.check ${name}`);
      const after = page.querySelector(`.check ${name}`);
      if (!before || !after) throw new Error(name);
      before.src = after.getAttribute("src");
    }
    const token = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (token) for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token.value;
    const typed = document.querySelector("input[name=captcha]");
    typed.value = "";
    typed.focus();
  } catch {
    form.submit();
  } finally {
    button.disabled = false;
  }
});
