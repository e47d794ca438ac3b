/* Follows the event log: asks the API every two seconds for what came after the newest event, and puts it on top of the list. */

const EVERY = 2000;
const ANSWERS_BACK = 3;
const ROWS_KEPT = 500;
const HIDDEN_NAME = "HIDDEN_DUE_TO_SECURITY_REASONS";

function follow(root) {
  const text = root.dataset;
  const status = root.querySelector("[data-follow-status]");
  const toggle = root.querySelector("[data-follow-toggle]");
  const table = document.querySelector("[data-follow-table]");
  const body = table.tBodies[0];
  const blank = document.querySelector("template[data-follow-row]");
  const times = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC", hourCycle: "h23" });
  const anchors = text.newest ? [text.newest] : [];
  let following = true;
  let timer = 0;

  function row(record) {
    const line = blank.content.firstElementChild.cloneNode(true);
    const cell = (name) => line.querySelector(`[data-cell="${name}"]`);
    const who = record.userIdentity;
    const name = who.userName === HIDDEN_NAME ? text.textHidden : who.userName || "";
    const succeeded = record.responseElements ? Object.values(record.responseElements)[0] === "Success" : record.additionalEventData?.success !== "false" && !record.errorMessage;
    line.id = `event-${record.eventID}`;
    cell("link").href = text.lists + record.eventID;
    cell("time").dateTime = record.eventTime;
    cell("time").textContent = times.format(new Date(record.eventTime));
    cell("name").textContent = record.eventName;
    cell("who").textContent = name;
    if (name && who.principalId) cell("who").href = `${text.lists}?principal=${encodeURIComponent(who.principalId)}`;
    cell("kind").textContent = who.type;
    const account = record.recipientAccountId;
    cell("account").textContent = account.replace(/^(\d{4})(\d{4})(\d{4})$/, "$1-$2-$3");
    if (account) cell("account").href = `${text.lists}?account=${account}`;
    cell("address").textContent = record.sourceIPAddress;
    cell("region").textContent = record.awsRegion;
    cell("result").textContent = succeeded ? text.textSuccess : text.textFailure;
    cell("result").classList.add(succeeded ? "badge--success" : "badge--danger");
    cell("error").textContent = record.errorMessage || "";
    return line;
  }

  async function ask(before) {
    const address = new URL(text.api, location.href);
    address.searchParams.set("limit", "200");
    if (anchors.length) address.searchParams.set("after", anchors[0]);
    if (before) address.searchParams.set("before", before);
    const response = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  /* An event may become visible shortly after a newer one: each question begins a few answers back, and `show` drops what is there. */
  function remember(newest) {
    anchors.push(newest);
    if (anchors.length > ANSWERS_BACK) anchors.shift();
  }

  async function arrivals() {
    const found = [];
    let next = null;
    do {
      const page = await ask(next);
      found.push(...page.events);
      next = anchors.length ? page.next : null;
    } while (next && found.length < ROWS_KEPT);
    return found;
  }

  function show(records) {
    const fresh = records.filter((record) => !document.getElementById(`event-${record.eventID}`));
    if (!fresh.length) return;
    body.prepend(...fresh.map(row));
    table.parentElement.hidden = false;
    document.querySelector("[data-follow-empty]")?.remove();
    while (body.rows.length > ROWS_KEPT) body.lastElementChild.remove();
    status.textContent = text.textNew.replace("{count}", String(fresh.length));
  }

  async function turn() {
    try {
      const records = document.hidden ? [] : await arrivals();
      if (!following) return;
      show(records);
      if (records.length) remember(records[0].eventID);
    } catch (error) {
      if (/^4\d\d$/.test(error.message)) {
        set(false);
        status.textContent = text.textLost;
        return;
      }
    }
    if (following) timer = setTimeout(turn, EVERY);
  }

  function set(on) {
    following = on;
    clearTimeout(timer);
    toggle.textContent = on ? text.textPause : text.textResume;
    status.textContent = on ? text.textFollowing : text.textPaused;
    if (on) timer = setTimeout(turn, EVERY);
  }

  toggle.addEventListener("click", () => set(!following));
  for (const time of body.querySelectorAll("time")) time.textContent = times.format(new Date(time.dateTime));
  root.hidden = false;
  set(true);
}

document.querySelectorAll("[data-follow]").forEach(follow);
