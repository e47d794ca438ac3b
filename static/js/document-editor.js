// A policy document in a form: counts its characters as the server does, and leads from a problem to its place.
// <textarea data-document data-limit="5120">, <span data-count>, <a data-line data-column>. Without this module the server counts, and the
// links lead to the list of lines.

for (const document_ of document.querySelectorAll("textarea[data-document]")) {
  const count = document_.form.querySelector("[data-count]");
  const limit = Number(document_.dataset.limit);
  const update = () => {
    const length = [...document_.value].length;
    count.textContent = String(length);
    count.parentElement.classList.toggle("field__help--over", length > limit);
  };
  document_.addEventListener("input", update);
  window.addEventListener("pageshow", update);
  update();

  for (const link of document.querySelectorAll("a[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const lines = document_.value.split("\n");
      const line = Math.min(Number(link.dataset.line), lines.length) - 1;
      const start = lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
      const at = start + Math.min(Number(link.dataset.column) - 1, lines[line].length);
      document_.focus();
      document_.setSelectionRange(at, start + lines[line].length);
      document_.scrollTop = Math.max(0, (line - 3) * Number.parseFloat(getComputedStyle(document_).lineHeight));
    });
  }
}
