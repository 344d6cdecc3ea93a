// A quote and the texts of a page in, the spans of the texts that contain the quote out. No DOM.
//
// A PDF splits a line into any pieces, and spaces them as it likes. So only letters and digits are
// compared; each knows its place in its piece.

const SURE = 12; // letters; a shorter run may be anywhere, so it is only taken near a longer one
const NEAR = 400; // letters

/** Returns the letters and digits of texts as one string, and the place of each. */
export function fold(texts) {
  const parts = [];
  const places = { text: [], start: [], end: [] };
  texts.forEach((text, n) => {
    let start = 0;
    for (const sign of text) {
      const end = start + sign.length;
      const letters = /^[a-z0-9]$/.test(sign) ? sign : plain(sign);
      for (let i = 0; i < letters.length; i++) {
        places.text.push(n);
        places.start.push(start);
        places.end.push(end);
      }
      parts.push(letters);
      start = end;
    }
  });
  return { letters: parts.join(""), places };
}

/** Returns the letters of a sign: "fi" for the ligature, "e" for é, none for a hyphen. */
function plain(sign) {
  return sign.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Returns the spans of a quote's lines as [text, start, end], disjoint and in order. */
export function findQuote(lines, texts) {
  const { letters, places } = fold(texts);
  return findRuns(lines, letters).flatMap(([first, last]) => {
    const [from, to] = [places.text[first], places.text[last - 1]];
    const end = places.end[last - 1];
    const spans = [];
    for (let n = from; n <= to; n++) {
      const start = n === from ? places.start[first] : 0;
      spans.push([n, start, n === to ? end + signsAfter(texts[n].slice(end)) : texts[n].length]);
    }
    return spans.filter(([n, start, stop]) => texts[n].slice(start, stop).trim());
  });
}

/** Returns how many signs, such as a full stop, follow a word without a space. */
function signsAfter(text) {
  return /^[^\s\p{L}\p{N}]{0,3}(?![\p{L}\p{N}])/u.exec(text)?.[0].length ?? 0;
}

/** Returns the runs of letters that contain the lines, as disjoint [start, end), in order. */
function findRuns(lines, letters) {
  const whole = fold(lines).letters;
  const at = whole ? letters.indexOf(whole) : -1;
  if (at >= 0) return [[at, at + whole.length]];
  const parts = lines.flatMap((line) => partsOf(line, letters));
  parts.sort((one, other) => other.length - one.length); // the surest first
  const found = [];
  for (const part of parts) {
    const run = nearest(part, letters, found);
    if (run) found.push(run);
  }
  return found.sort(([one], [other]) => one - other);
}

/** Cuts a line into the longest runs of words that the letters contain, from the left. */
function partsOf(line, letters) {
  const words = line.split(/\s+/).map((word) => fold([word]).letters).filter(Boolean);
  const parts = [];
  for (let first = 0; first < words.length; ) {
    let last = words.length;
    while (last > first && !letters.includes(words.slice(first, last).join(""))) last--;
    if (last > first) parts.push(words.slice(first, last).join(""));
    first = Math.max(last, first + 1);
  }
  return parts;
}

/** Returns the free run of a part that is nearest to those found; null if a short one is far. */
function nearest(part, letters, found) {
  let run = null;
  let least = part.length < SURE && found.length ? NEAR : Infinity;
  for (let at = letters.indexOf(part); at >= 0; at = letters.indexOf(part, at + 1)) {
    const end = at + part.length;
    if (found.some(([first, last]) => at < last && first < end)) continue;
    const gaps = found.map(([first, last]) => (at >= last ? at - last : first - end));
    const gap = Math.min(...gaps, found.length ? Infinity : 0);
    if (gap < least) [run, least] = [[at, end], gap];
  }
  return run;
}
