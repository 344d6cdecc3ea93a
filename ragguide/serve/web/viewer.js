// A quote in, its page with the quote highlighted out: a PDF's by pdf.js, else the indexed text.

import { findQuote } from "./place.js";
import { Fault } from "./server.js";

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]; // 1: as wide as the room for it
const byId = (id) => document.getElementById(id);

let loading = null;

/** Loads pdf.js, once a page is wanted. */
function pdfjs() {
  loading ??= import("./pdf.min.mjs").then((library) => {
    const url = new URL("pdf.worker.min.mjs", import.meta.url).href;
    const policy = window.trustedTypes?.createPolicy("ragguide", {
      createScriptURL: (asked) => (asked === url ? asked : null),
    });
    library.GlobalWorkerOptions.workerPort = new Worker(policy?.createScriptURL(url) ?? url, {
      type: "module",
    });
    return library;
  });
  return loading;
}

export class Viewer {
  constructor(server, onClose) {
    this.server = server;
    this.root = byId("viewer");
    this.paper = byId("paper");
    this.zoom = 1;
    this.turn = 0; // of drawing; an older one stops
    this.file = null; // { url, pdf } of the last PDF
    this.source = null;
    byId("close").addEventListener("click", onClose);
    byId("previous").addEventListener("click", () => this.go(-1));
    byId("next").addEventListener("click", () => this.go(1));
    byId("smaller").addEventListener("click", () => this.enlarge(-1));
    byId("larger").addEventListener("click", () => this.enlarge(1));
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    let width = 0;
    new ResizeObserver(() => {
      if (this.isOpen && Math.abs(this.paper.clientWidth - width) > 1) this.draw();
      width = this.paper.clientWidth;
    }).observe(this.paper);
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /**
   * Shows a page.
   *
   * source: the document as the server lists it. quote: its `page_first`, and the lines that
   * `linesOn(page)` returns. A page without a quote has no lines.
   */
  async open(source, { page, linesOn }) {
    Object.assign(this, { source, linesOn, page });
    byId("viewer-title").textContent = source.title || source.name;
    byId("whole").hidden = this.server.hasToken; // a link sends no token
    byId("whole").title = `Open the ${source.isPdf ? "file" : "text"} in another tab`;
    byId("whole").href = `${source.url}${source.isPdf ? `#page=${page}` : ""}`;
    this.root.hidden = false;
    await this.draw();
  }

  close() {
    this.turn++;
    this.root.hidden = true;
  }

  go(step) {
    const page = this.page + step;
    if (page < 1 || page > this.source.n_pages) return;
    this.page = page;
    this.draw();
  }

  enlarge(step) {
    const zoom = ZOOMS[ZOOMS.indexOf(this.zoom) + step];
    if (!zoom) return;
    this.zoom = zoom;
    this.draw();
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isWide = this.paper.scrollWidth > this.paper.clientWidth;
    if (event.key === "ArrowLeft" && !isWide) this.go(-1);
    else if (event.key === "ArrowRight" && !isWide) this.go(1);
    else if (event.key === "+") this.enlarge(1);
    else if (event.key === "-") this.enlarge(-1);
    else return;
    event.preventDefault();
  }

  async draw() {
    const turn = ++this.turn;
    this.showTools();
    this.say("Opening the page …");
    this.paper.ariaBusy = "true";
    try {
      const drawn = await this.drawn(() => turn === this.turn);
      if (turn !== this.turn) return;
      this.say(drawn);
    } catch (error) {
      if (turn !== this.turn) return;
      this.paper.replaceChildren();
      this.say(error instanceof Fault ? error.message : "This page cannot be shown.");
      if (!(error instanceof Fault)) console.error(error);
    }
    this.paper.ariaBusy = "false";
  }

  /** Draws the page, and returns what to say about it. */
  async drawn(isWanted) {
    if (this.source.isPdf) {
      try {
        return await this.drawPdf(isWanted);
      } catch (error) {
        if (!isWanted()) return "";
        const note = await this.drawText(isWanted);
        const reason =
          error.status === 404 ? "The PDF has changed since it was indexed." : "The PDF cannot be shown.";
        return `${reason} This is its indexed text. ${note}`;
      }
    }
    return this.drawText(isWanted);
  }

  showTools() {
    const { n_pages: last, unit } = this.source;
    const noun = unit === "text" ? "" : unit[0].toUpperCase() + unit.slice(1);
    byId("page-number").textContent = noun && `${noun} ${this.page} of ${last}`;
    for (const [id, isUseful] of [
      ["previous", this.page > 1],
      ["next", this.page < last],
      ["smaller", this.zoom > ZOOMS[0]],
      ["larger", this.zoom < ZOOMS.at(-1)],
    ]) {
      byId(id).ariaDisabled = String(!isUseful); // `disabled` would drop the focus
    }
    for (const id of ["previous", "next"]) byId(id).hidden = unit === "text";
  }

  say(text) {
    byId("viewer-status").textContent = text;
  }

  // ── PDF ─────────────────────────────────────────────────────────────────────────────────────

  async drawPdf(isWanted) {
    const library = await pdfjs();
    const pdf = await this.load(library);
    const page = await pdf.getPage(this.page);
    if (!isWanted()) return "";
    const natural = page.getViewport({ scale: 1 });
    const scale = ((this.paper.clientWidth - 2) / natural.width) * this.zoom;
    const viewport = page.getViewport({ scale });
    const density = Math.min(window.devicePixelRatio || 1, 3);
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * density);
    canvas.height = Math.floor(viewport.height * density);
    canvas.setAttribute("aria-hidden", "true"); // its text lies above it
    const layer = document.createElement("div");
    layer.className = "textLayer";
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    sheet.style.width = `${viewport.width}px`;
    sheet.style.height = `${viewport.height}px`;
    sheet.style.setProperty("--total-scale-factor", scale);
    sheet.append(canvas, layer);
    await page.render({ canvas, viewport, transform: [density, 0, 0, density, 0, 0] }).promise;
    const text = new library.TextLayer({
      textContentSource: page.streamTextContent(),
      container: layer,
      viewport,
    });
    await text.render();
    if (!isWanted()) return "";
    this.paper.replaceChildren(sheet);
    return this.highlight(text.textDivs);
  }

  /** Opens a PDF, whose pages are loaded as they are needed. The last one stays open. */
  async load(library) {
    if (this.file?.url !== this.source.url) {
      this.file?.pdf.then((pdf) => pdf.loadingTask.destroy()).catch(() => {});
      const task = library.getDocument({
        url: new URL(this.source.url, document.baseURI).href,
        httpHeaders: this.server.headers(),
        cMapUrl: new URL("cmaps/", import.meta.url).href,
        standardFontDataUrl: new URL("standard_fonts/", import.meta.url).href,
        wasmUrl: new URL("wasm/", import.meta.url).href,
        disableAutoFetch: true,
        disableStream: true,
        isEvalSupported: false,
        enableXfa: false,
      });
      this.file = { url: this.source.url, pdf: task.promise };
      task.promise.catch(() => (this.file = null));
    }
    return this.file.pdf;
  }

  // ── text ────────────────────────────────────────────────────────────────────────────────────

  async drawText(isWanted) {
    const mark = this.source.url.includes("?") ? "&" : "?";
    const response = await this.server.request(`${this.source.url}${mark}page=${this.page}`);
    const text = await response.text();
    if (!isWanted()) return "";
    const block = document.createElement("div");
    block.className = "text";
    block.style.fontSize = `${this.zoom}rem`;
    block.append(text);
    this.paper.replaceChildren(block);
    return this.highlight([block]);
  }

  /** Marks the quote's words in elements of plain text, and shows the first of them. */
  highlight(elements) {
    const lines = this.linesOn(this.page);
    if (!lines.length) {
      this.paper.scrollTop = 0;
      return "";
    }
    const spans = findQuote(lines, elements.map((element) => element.textContent));
    for (const n of new Set(spans.map(([n]) => n))) {
      markSpans(elements[n], spans.filter(([other]) => other === n));
    }
    const first = this.paper.querySelector("mark");
    if (!first) return "The quote is on this page, but its words cannot be highlighted.";
    first.scrollIntoView({ block: "center", inline: "nearest" });
    return "The quote is highlighted.";
  }
}

/** Wraps spans of an element's text in `mark`. */
function markSpans(element, spans) {
  const text = element.textContent;
  const parts = [];
  let done = 0;
  for (const [, start, end] of spans) {
    if (end <= done) continue;
    const mark = document.createElement("mark");
    mark.append(text.slice(Math.max(start, done), end));
    parts.push(text.slice(done, Math.max(start, done)), mark);
    done = end;
  }
  element.replaceChildren(...parts, text.slice(done));
}
