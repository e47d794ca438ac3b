// Copies the text of `data-copy` and says so: <span class="copy"><button data-copy="…" data-copied="Copied">Copy</button><span role="status"></span></span>

async function write(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const status = button.parentElement.querySelector("[role=status]");
  try {
    await write(button.dataset.copy);
  } catch {
    return;
  }
  if (!status) return;
  status.textContent = button.dataset.copied ?? "";
  setTimeout(() => { status.textContent = ""; }, 2500);
});
