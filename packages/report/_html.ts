import { plainLine } from './_format.ts';

/** Markup that is safe to put into a page as it is. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = Markup | string | number | undefined | readonly Content[];

/** Markup from a template: whatever is put in is escaped, unless it is markup itself. Lists are joined. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Markup {
  return new Markup(strings.map((part, index) => (index ? markupOf(contents[index - 1]) : '') + part).join(''));
}

function markupOf(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(markupOf).join('');
  if (content === undefined) return '';
  return plainText(String(content)).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Keeps the spaces at the ends, which in a sentence put together count. */
function plainText(text: string): string {
  const [, before = '', inner = '', after = ''] = /^(\s?)(.*?)(\s?)$/s.exec(text) ?? [];
  return before + plainLine(inner) + after;
}
