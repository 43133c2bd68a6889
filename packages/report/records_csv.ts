import type { Record } from '@paratune/record';

/**
 * Records as a table for other programs: CSV as RFC 4180 has it (CRLF, quotes doubled), a header, one column a factor.
 *
 * A text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage return) gets an
 * apostrophe before it; numbers are left as they are.
 *
 * @param records records of any experiments
 * @returns the header alone when there are none
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { recordsCsv } from '@paratune/report';
 *
 * const csv = recordsCsv([
 *   {
 *     version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n: 100 }, metric: 'mflops', unit: 'Mflops',
 *     run: 0, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'failed', reason: '=1, "2"',
 *   },
 * ]);
 * assert.equal(csv.split('\r\n')[1], `dgemm-driver,native,100,mflops,Mflops,0,0,failed,,"'=1, ""2""",2026-01-31T12:00:00.000Z,0123456789abcdef`);
 * ```
 */
export function recordsCsv(records: readonly Record[]): string {
  const factors = [...new Set(records.flatMap((record) => Object.keys(record.factors)))].sort();
  const own = ['metric', 'unit', 'run', 'repetition', 'status', 'value', 'reason', 'time', 'identity'] as const;
  // A factor may be called like a column of ours.
  const taken = new Set<string>(['experiment', 'environment', ...own]);
  const header = [
    'experiment',
    'environment',
    ...factors.map((name) => (taken.has(name) ? `factor ${name}` : name)),
    ...own,
  ];
  const rows = records.map((record) => [
    record.experiment,
    record.environment,
    ...factors.map((name) => (Object.hasOwn(record.factors, name) ? record.factors[name] : undefined)),
    ...own.map((name) =>
      name in record ? (record as { [field: string]: string | number | object })[name] : undefined,
    ),
  ]);
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: unknown): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
