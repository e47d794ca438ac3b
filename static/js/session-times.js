// Shows every time of the page in the reader's own zone and language; without this module pages show UTC.

const format = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });

for (const element of document.querySelectorAll("time[datetime]")) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  element.title = element.textContent;
  element.textContent = format.format(at);
}
