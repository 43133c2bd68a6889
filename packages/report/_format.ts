const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** A quantity for people: thousands grouped, two digits where it is small. */
export function formatNumber(value: number): string {
  return Math.abs(value) >= 10 || value === 0 ? grouped.format(value) : fine.format(value);
}

/** A rate for people, three digits of it. */
export function formatRate(value: number): string {
  return value >= 100 ? grouped.format(value) : value.toFixed(value >= 10 ? 1 : 2);
}

/** "1 thread", "2 threads". */
export function plural(count: number, noun: string): string {
  return `${grouped.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Bytes as MB of 2^20, the paper's unit, or as GB of 2^30 where a machine of today has many. */
export function formatBytes(bytes: number): string {
  return bytes < 10 * 2 ** 30 ? `${formatNumber(bytes / 2 ** 20)} MB` : `${formatNumber(bytes / 2 ** 30)} GB`;
}

/** "a, b and c". */
export function enumerate(items: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(items);
}

/**
 * Text from a machine (a console's tail, an environment's name) as one line that HTML, SVG and a terminal can carry:
 * control characters, lone surrogates and marks that turn the direction of writing are shown as U+FFFD.
 */
export function plainLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd')
    .trim();
}

/** At most `length` characters, with an ellipsis where something was left out. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length
    ? text
    : `${characters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}

/** Text broken at spaces into lines of about `width` characters; a longer word is cut. */
export function wrapLines(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').flatMap((long) => long.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [])) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
