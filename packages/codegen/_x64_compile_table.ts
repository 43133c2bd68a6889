import type { Form } from './_x64_forms.ts';
import {
  characters,
  operandListCharacters,
  prefixes,
  roleLists,
  type Space,
  spaces,
  units,
  widths,
} from './_x64_record.ts';

const maps: Readonly<Record<string, number>> = { '0F': 1, '0F38': 2, '0F3A': 3 };

/** The vector lengths of a form, a bit for each: those written, or all that its operands scale with. */
function widthBits(operands: string, space: Space, written: readonly string[]): number {
  const bits = widths.reduce((sum, width, i) => sum + (written.includes(String(width)) ? 1 << i : 0), 0);
  if (bits > 0) return bits;
  if (!/(^|[ /])(v|h|mv|mh|i[vh]\d+)\b/.test(operands)) return 0b001;
  return space === 'evex' ? 0b111 : 0b011;
}

/** A place in a list, where what is missing is a mistake in the table. */
function indexIn<Item>(list: readonly Item[], item: Item, row: Form): number {
  const index = list.indexOf(item);
  if (index < 0) throw new RangeError(`'${row.operands}', '${row.encoding}': ${String(item)} is not in the notation`);
  return index;
}

function compileRow(row: Form, operandLists: readonly string[]): string {
  const [roles, ...words] = row.encoding.split(' ') as [string, ...string[]];
  const vector = /^E?VEX/.test(words[0] ?? '') ? words.shift()!.split('.') : [];
  const space = (vector[0]?.toLowerCase() ?? 'legacy') as Space;
  let [prefix, map, w, digit] = [0, 0, 0, 0];
  let unit: number | undefined;
  let opcode = '';
  for (const part of vector.slice(1)) {
    if (part in maps) map = maps[part]!;
    else if (part === 'W1') w = 1;
    else if (/^(66|F[23])$/.test(part)) prefix = Number.parseInt(part, 16);
  }
  for (const word of words) {
    if (word === 'W') w = 1;
    else if (word.startsWith('/')) digit = Number(word.slice(1));
    else if (word.startsWith('N')) unit = Number(word.slice(1));
    else if (space === 'legacy' && prefix === 0 && opcode === '' && /^(66|F[023])$/.test(word))
      prefix = Number.parseInt(word, 16);
    else opcode += word;
  }
  return (
    characters(indexIn(spaces, space, row), widthBits(row.operands, space, vector)) +
    operandListCharacters(indexIn(operandLists, row.operands, row)) +
    characters(
      indexIn(roleLists, roles, row),
      indexIn(prefixes, prefix, row),
      map,
      w,
      digit,
      indexIn(units, unit, row),
    ) +
    opcode
  );
}

/**
 * The instruction table as one string: a line with all lists of operands, separated by semicolons, then a line for each
 * instruction, its name and a record for each of its forms.
 */
export function compileTable(table: Readonly<Record<string, readonly Form[]>>): string {
  const operandLists = [...new Set(Object.values(table).flatMap((rows) => rows.map(({ operands }) => operands)))];
  const lines = Object.entries(table).map(([mnemonic, rows]) =>
    [mnemonic, ...rows.map((row) => compileRow(row, operandLists))].join(' '),
  );
  return [operandLists.join(';'), ...lines].join('\n');
}
