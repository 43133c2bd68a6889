import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import fc from 'fast-check';
import { paperLike } from './_fixture.ts';
import { recordsCsv } from './records_csv.ts';

/** A reader of RFC 4180, and of nothing else. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    assert.ok(match, `not RFC 4180 at ${field.lastIndex}`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
    if (field.lastIndex === 0) break;
  }
  return rows;
}

const { records } = paperLike({ environments: ['native'], dimensions: [100], runs: 1 });
const { value: _value, status: _status, ...common } = records[0] as Extract<Record, { value: number }>;

test('any text comes back, and none begins like a formula', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'a"b,c\r\nd', '\n=1'),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (reasons) => {
      const rows = parse(recordsCsv(reasons.map((reason): Record => ({ ...common, status: 'failed', reason }))));
      const column = rows[0]!.indexOf('reason');
      assert.equal(rows.length, reasons.length + 1);
      for (const [index, reason] of reasons.entries()) {
        const cell = rows[index + 1]![column]!;
        assert.equal(cell, /^[=+\-@\t\r]/.test(reason) ? `'${reason}` : reason);
        assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
      }
    }),
  );
});

test('numbers are numbers, each factor has its column, and a hostile factor cannot take one of ours', () => {
  const rows = parse(
    recordsCsv([
      { ...common, factors: { n: 100, value: '=cmd' }, status: 'measured', value: -1.5e-7 },
      { ...common, factors: { '=evil': true }, status: 'simulated', value: 2 },
    ]),
  );
  assert.deepEqual(rows[0], [
    ...['experiment', 'environment', "'=evil", 'n', 'factor value', 'metric', 'unit', 'run', 'repetition'],
    ...['status', 'value', 'reason', 'time', 'identity'],
  ]);
  assert.deepEqual(rows[1]?.slice(2, 5), ['', '100', "'=cmd"]);
  assert.deepEqual(rows[1]?.slice(9, 12), ['measured', '-1.5e-7', '']);
  assert.deepEqual(rows[2]?.slice(2, 5), ['true', '', '']);
});

test('no records give the header alone', () => {
  assert.equal(parse(recordsCsv([])).length, 1);
});
