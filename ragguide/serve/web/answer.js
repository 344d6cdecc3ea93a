// The fields of an answer in, elements of the page out. All text is set as text, never as HTML.

import { MOST_NEAREST, MOST_STATEMENTS } from "./limits.js";

const MARK = /\[(\d{1,4})\]/;
const ITEM = /^\s*(?:[-*•]|\d{1,2}[.)])\s+/;

/** Makes an element; children are elements or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** The document and the place in it. */
export function placeOf(citation) {
  return [citation.document, citation.locator].filter(Boolean).join(", ");
}

/** A quote on one line; a slash follows a line that no punctuation ends. */
export function oneLine(quote) {
  const lines = quote.split("\n").map((line) => line.split(/\s+/).filter(Boolean).join(" "));
  return lines
    .filter(Boolean)
    .reduce((text, line) => text + (text && (/[.:;,?!…]$/.test(text) ? " " : " / ")) + line, "");
}

/** Returns the parts of an answer: its text with marks, its quotes, and what it lacks. */
export function partsOf(answer, onOpen) {
  const parts = answer.warnings.map((text) => make("p", { class: "note" }, text));
  if (answer.refused) parts.push(...refusalOf(answer, onOpen));
  else if (answer.answer) {
    const cited = new Set(answer.citations.map((each) => each.mark));
    const others = answer.quotes.filter((each) => !cited.has(each.mark));
    parts.push(textOf(answer.answer, [...answer.citations, ...others], onOpen));
    if (answer.citations.length) parts.push(quoteList(answer.citations, onOpen));
    if (others.length) {
      const count = others.length === 1 ? "1 more quote" : `${others.length} more quotes`;
      parts.push(make("details", {}, make("summary", {}, count), quoteList(others, onOpen)));
    }
  } else parts.push(quoteList(answer.quotes, onOpen));
  parts.push(...answer.degraded.map((text) => make("p", { class: "note" }, text)));
  return parts;
}

/** An answer's text; each mark with a quote is a button. */
export function textOf(text, citations, onOpen) {
  const byMark = new Map(citations.map((each) => [String(each.mark), each]));
  const box = make("div", { class: "text" });
  for (const line of text.split("\n")) {
    if (!line.trim()) continue;
    const paragraph = make("p", ITEM.test(line) ? { class: "item" } : {});
    line.split(MARK).forEach((part, n) => {
      if (n % 2 === 0) paragraph.append(part);
      else paragraph.append(byMark.has(part) ? markOf(byMark.get(part), onOpen) : `[${part}]`);
    });
    box.append(paragraph);
  }
  return box;
}

function markOf(citation, onOpen) {
  const label = `Quote ${citation.mark}: ${placeOf(citation)}`;
  const attributes = { class: "mark", type: "button", title: placeOf(citation), "aria-label": label };
  return make("button", { ...attributes, onclick: () => onOpen(citation) }, String(citation.mark));
}

export function quoteList(quotes, onOpen) {
  return make("ul", { class: "quotes" }, ...quotes.map((each) => quoteOf(each, onOpen)));
}

function quoteOf(citation, onOpen) {
  const mark = make("span", { class: "mark", "aria-hidden": "true" }, String(citation.mark));
  const place = placeButton(citation, onOpen, mark);
  return make("li", {}, place, make("blockquote", {}, oneLine(citation.quote)));
}

/** A button with a place and its section; it opens the page. */
function placeButton(citation, onOpen, ...before) {
  return make(
    "button",
    { class: "place", type: "button", onclick: () => onOpen(citation) },
    ...before,
    make("strong", {}, placeOf(citation)),
    ...(citation.section ? [` · ${citation.section}`] : []),
  );
}

function refusalOf(answer, onOpen) {
  const parts = [make("p", { class: "refusal" }, answer.refusal)];
  if (answer.quotes.length) {
    const statements = answer.quotes.slice(0, MOST_STATEMENTS);
    parts.push(make("p", {}, "Nearest statements:"), quoteList(statements, onOpen));
  } else if (answer.nearest.length) {
    const items = answer.nearest.map((each) => make("li", {}, placeButton(each, onOpen)));
    parts.push(make("p", {}, "Nearest sections:"), make("ul", { class: "quotes" }, ...items));
  }
  return parts;
}

/** Returns what the page keeps of an answer: without passages, but with the nearest sections. */
export function kept(fields) {
  const { answer, refused, refusal, quotes, citations, warnings, degraded } = fields;
  const nearest = [];
  const seen = new Set();
  for (const { document, page_first, locator, section } of refused ? fields.hits : []) {
    const key = JSON.stringify([document, section]);
    if (!seen.has(key) && nearest.length < MOST_NEAREST) {
      nearest.push({ document, page_first, locator, section });
    }
    seen.add(key);
  }
  return { answer, refused, refusal, quotes, citations, warnings, degraded, nearest };
}
