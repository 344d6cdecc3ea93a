// The user's questions in, answers and the pages that they quote out: wires the page together.

import { kept, make, partsOf, quoteList, textOf } from "./answer.js";
import { Options } from "./options.js";
import { Fault, Server } from "./server.js";
import { Viewer } from "./viewer.js";

const KEPT = "ragguide-conversation"; // in the tab's storage: { index, turns: [{ question, answer }] }
const MOST_KEPT = 50; // turns
const DARK = matchMedia("(prefers-color-scheme: dark)");
const NARROW = matchMedia("(max-width: 899px)"); // as in page.css: the viewer covers the talk

const byId = (id) => document.getElementById(id);
const server = new Server(askForToken);
const viewer = new Viewer(server, closeViewer);
const options = new Options();
const question = byId("question");

let index = ""; // the model's name
let turns = [];
let documents = []; // of the index
let starting = null; // the promise of `start`
let running = null; // the AbortController of the answer that is awaited
let opener = null; // the mark whose page is open

// ── start ───────────────────────────────────────────────────────────────────────────────────────

/** Reads what the server has, once at a time; a question waits for it. */
function start() {
  starting ??= readServer().finally(() => (starting = null));
  return starting;
}

async function readServer() {
  try {
    const { data } = await server.json("v1/models");
    const stored = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    const names = data.map(({ id }) => id);
    byId("index").replaceChildren(...names.map((name) => make("option", {}, name)));
    byId("index").hidden = names.length < 2;
    const isKnown = names.includes(stored.index);
    await useIndex(isKnown ? stored.index : names[0]);
    for (const turn of isKnown ? stored.turns : []) {
      turns.push(turn);
      showAnswer(addTurn(turn.question), turn.answer);
    }
    showTurns();
    status("");
  } catch (error) {
    status(messageOf(error));
  }
}

async function useIndex(name) {
  index = name;
  byId("index").value = name;
  await readDocuments();
  const n = documents.length;
  byId("documents-line").textContent =
    n === 1
      ? `This server answers from “${documents[0].title || documents[0].name}”.`
      : `This server answers from ${n} documents.`;
  options.show(documents);
}

async function readDocuments() {
  const listed = await server.json(`documents?index=${encodeURIComponent(index)}`);
  documents = listed.documents.map((each) => ({
    ...each,
    url: each.url.slice(each.url.indexOf("/documents/") + 1).replace(/#.*/, ""), // behind any proxy
    isPdf: each.media_type === "application/pdf",
  }));
}

// ── ask ─────────────────────────────────────────────────────────────────────────────────────────

async function ask(text) {
  const { filter, isQuotesOnly } = options;
  const box = addTurn(text);
  question.value = "";
  fit();
  running = new AbortController();
  showRunning();
  status("Searching …");
  box.parentElement.scrollIntoView({ block: "start" });
  try {
    const answer = kept(await answered(text, box, { filter, quotes_only: isQuotesOnly }));
    showAnswer(box, answer);
    turns.push({ question: text, answer });
    keep();
    status("");
  } catch (error) {
    const message = error.name === "AbortError" ? "Stopped." : messageOf(error);
    if (!box.querySelector(".text, .quotes")) question.value ||= text;
    box.append(make("p", { class: "fault", role: "alert" }, message));
    box.ariaBusy = "false";
    status("");
  }
  running = null;
  showRunning();
  showTurns();
}

/** Shows an answer as it comes, and returns its fields. */
async function answered(text, box, extras) {
  const messages = [...turns.map((turn) => turn.question), text].map((content) => ({
    role: "user",
    content,
  }));
  const body = { model: index, messages, stream: true, ragguide: extras };
  const signal = running.signal;
  let written = "";
  let quotes = [];
  let fields = null;
  for await (const chunk of server.events("v1/chat/completions", { body, signal })) {
    if (chunk.ragguide?.found) {
      quotes = chunk.ragguide.found.quotes;
      if (quotes.length) status(extras.quotes_only ? "" : "Quotes found. Writing the answer …");
    } else if (chunk.ragguide) fields = chunk.ragguide;
    written += chunk.choices[0]?.delta.content ?? "";
    if (fields) continue;
    box.replaceChildren(
      ...(written ? [textOf(written, quotes, openQuote)] : []),
      ...(quotes.length ? [quoteList(quotes, openQuote)] : []),
    );
  }
  if (!fields) throw new Fault("The server stopped before the answer was complete.");
  return fields;
}

function addTurn(text) {
  const box = make("div", { class: "answer", "aria-live": "polite", "aria-busy": "true" });
  byId("exchanges").append(make("li", {}, make("h2", { class: "question" }, text), box));
  byId("welcome").hidden = true;
  return box;
}

function showAnswer(box, answer) {
  box.replaceChildren(...partsOf(answer, openQuote));
  box.ariaBusy = "false";
}

function showTurns() {
  byId("new").hidden = byId("exchanges").children.length === 0;
  byId("welcome").hidden = byId("exchanges").children.length > 0;
}

function showRunning() {
  byId("send").textContent = running ? "Stop" : "Ask";
}

function keep() {
  turns = turns.slice(-MOST_KEPT);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ index, turns }));
  } catch {
    sessionStorage.removeItem(KEPT); // full: a reload begins anew
  }
}

function forget() {
  running?.abort();
  turns = [];
  sessionStorage.removeItem(KEPT);
  byId("exchanges").replaceChildren();
  closeViewer();
  showTurns();
  status("");
  question.focus();
}

// ── read ────────────────────────────────────────────────────────────────────────────────────────

/** Opens the page of a quote from the index that is in use now. */
async function openQuote(citation) {
  opener = document.activeElement;
  try {
    const named = ({ name }) => name === citation.document;
    if (!documents.some(named)) await readDocuments(); // a new generation has more
    const source = documents.find(named);
    if (!source) throw new Fault(`The index has no document “${citation.document}” any more.`);
    viewerIsOpen(true);
    opener.scrollIntoView({ block: "nearest" }); // the talk has become narrower
    byId("viewer-title").focus({ preventScroll: true });
    await viewer.open(source, { page: citation.page_first, linesOn: linesOf(citation) });
  } catch (error) {
    status(messageOf(error));
  }
}

/** Returns page → lines of a quote there: as printed, so that a PDF's text has them. */
function linesOf(citation) {
  return (page) => {
    if (citation.printed?.length) {
      return citation.printed.filter((line) => line.page === page).map((line) => line.text);
    }
    const isThere = citation.quote && citation.page_first <= page && page <= citation.page_last;
    return isThere ? citation.quote.split("\n") : [];
  };
}

function viewerIsOpen(isOpen) {
  byId("viewer").hidden = !isOpen;
  document.body.classList.toggle("with-viewer", isOpen);
  coverTalk();
}

/** On a narrow screen the viewer covers the rest, which the keyboard must not reach then. */
function coverTalk() {
  const isCovered = !byId("viewer").hidden && NARROW.matches;
  byId("talk").inert = isCovered;
  document.querySelector("header").inert = isCovered;
}

function closeViewer() {
  if (!viewer.isOpen) return;
  viewer.close();
  viewerIsOpen(false);
  (opener?.isConnected ? opener : question).focus();
}

// ── token ───────────────────────────────────────────────────────────────────────────────────────

function askForToken(wasWrong) {
  const dialog = byId("token-dialog");
  byId("token-line").textContent = wasWrong
    ? "The server does not accept this token."
    : "The person who runs it can give you one.";
  byId("token").value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const finish = (token) => {
      byId("token-form").onsubmit = byId("token-cancel").onclick = dialog.oncancel = null;
      dialog.close();
      resolve(token);
    };
    byId("token-form").onsubmit = () => finish(byId("token").value.trim());
    byId("token-cancel").onclick = () => finish(null);
    dialog.oncancel = () => finish(null);
  });
}

// ── the rest ────────────────────────────────────────────────────────────────────────────────────

function status(text) {
  byId("status").textContent = text;
}

function messageOf(error) {
  if (error instanceof Fault) return error.message;
  console.error(error);
  return "This page failed. Reload it.";
}

/** Lets the question's box grow with its text. */
function fit() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight + 2}px`;
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : DARK.matches;
}

function showTheme() {
  byId("theme").textContent = isDark() ? "Light" : "Dark";
}

function onKey(event) {
  const isTyping = event.target.matches("input, textarea, select");
  if (event.key === "Escape" && !byId("token-dialog").open) {
    if (running) running.abort();
    else closeViewer();
  } else if (event.key === "/" && !isTyping && !byId("talk").inert) {
    event.preventDefault();
    question.focus();
  }
}

function onQuestionKey(event) {
  if (event.isComposing) return; // Enter chooses a word of an input method
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    byId("ask").requestSubmit();
  } else if (event.key === "ArrowUp" && !question.value && turns.length) {
    event.preventDefault();
    question.value = turns.at(-1).question;
    fit();
  }
}

byId("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running) return running.abort();
  if (!index) await start(); // again, if it was not reached or had no token
  const text = question.value.trim();
  if (text && index && !running) ask(text);
});
byId("index").addEventListener("change", async () => {
  forget();
  await useIndex(byId("index").value).catch((error) => status(messageOf(error)));
});
byId("new").addEventListener("click", forget);
byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("ragguide-theme", theme);
  showTheme();
});
DARK.addEventListener("change", showTheme);
showTheme();
question.addEventListener("keydown", onQuestionKey);
question.addEventListener("input", fit);
document.addEventListener("keydown", onKey);
NARROW.addEventListener("change", coverTalk);
start();
