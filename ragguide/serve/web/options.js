// The documents of an index in, the filter that the user chose out.

import { make } from "./answer.js";

const MANY = 8; // documents; with more, a box finds them by name
const byId = (id) => document.getElementById(id);

export class Options {
  constructor() {
    byId("options").addEventListener("input", () => this.describe());
    byId("find-document").addEventListener("input", () => this.find());
    byId("clear-options").addEventListener("click", () => this.clear());
  }

  /** Lists the documents of another index. */
  show(documents) {
    byId("document-list").replaceChildren(
      ...documents.map(({ name, title }) =>
        make(
          "label",
          {},
          make("input", { type: "checkbox", value: name }),
          ` ${title && title !== name ? `${title} (${name})` : name}`,
        ),
      ),
    );
    byId("documents").hidden = documents.length < 2;
    byId("find-document").hidden = documents.length <= MANY;
    this.describe();
  }

  get chosen() {
    return [...byId("document-list").querySelectorAll("input:checked")].map(({ value }) => value);
  }

  get isQuotesOnly() {
    return byId("quotes-only").checked;
  }

  /** Returns the filter of a request; null for none. */
  get filter() {
    const documents = this.chosen;
    const [first, last] = ["page-first", "page-last"].map((id) => byId(id).valueAsNumber);
    if (!documents.length && !first && !last) return null;
    return { documents, page_first: first || 1, page_last: last || null };
  }

  describe() {
    const { filter } = this;
    const parts = [];
    if (filter?.documents.length) {
      const n = filter.documents.length;
      parts.push(n === 1 ? filter.documents[0] : `${n} documents`);
    }
    if (filter && (filter.page_first > 1 || filter.page_last)) {
      parts.push(`pages ${filter.page_first}–${filter.page_last ?? "end"}`);
    }
    if (this.isQuotesOnly) parts.push("quotes only");
    byId("options-line").textContent = parts.length ? `: ${parts.join(", ")}` : "";
  }

  find() {
    const wanted = byId("find-document").value.trim().toLowerCase();
    for (const label of byId("document-list").children) {
      label.hidden = !label.textContent.toLowerCase().includes(wanted);
    }
  }

  clear() {
    for (const box of byId("options").querySelectorAll("input")) {
      box.checked = false;
      if (box.type !== "checkbox") box.value = "";
    }
    this.find();
    this.describe();
  }
}
