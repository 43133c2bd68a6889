import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { runChild } from './_child_process.ts';
import { attributeOf } from './_perf_event.ts';
import { allocate } from './allocate.ts';
import { counters } from './counters.ts';
import { free } from './free.ts';
import { SystemError } from './system_error.ts';
import { UnsupportedError } from './unsupported_error.ts';

/** Touches so many new pages, from the thread that counts. */
function touch(pages: number): void {
  const array = allocate(Float64Array, pages * 512, { huge: false });
  for (let page = 0; page < pages; page++) array[page * 512] = 1;
  free(array);
}

const open = () => readdirSync('/proc/self/fd').length;

test('page faults are those of the pages that were touched, from zero at each start, and nothing after stop', () => {
  using faults = counters(['pageFaults', 'minorFaults', 'majorFaults']);
  touch(8);
  for (const pages of [1000, 300]) {
    faults.start();
    touch(pages);
    const { counts, coverage } = faults.stop();
    touch(5000);
    assert.equal(coverage, 1);
    assert.deepEqual(Object.keys(counts), ['pageFaults', 'minorFaults', 'majorFaults']);
    // Those of the engine beside them are few.
    assert.ok(counts.pageFaults! >= pages && counts.pageFaults! < pages + 250, `${counts.pageFaults} of ${pages}`);
    assert.equal(counts.minorFaults! + counts.majorFaults!, counts.pageFaults);
  }
});

test('closed they are gone, once and for all', () => {
  const before = open();
  const faults = counters(['pageFaults', 'majorFaults']);
  assert.equal(open(), before + 2);
  faults.close();
  faults.close();
  assert.equal(open(), before);
  for (const use of [() => faults.start(), () => faults.stop()]) {
    assert.throws(use, (error) => error instanceof SystemError && error.code === 'EBADF');
  }
});

test('counters of the hardware count, or say why they cannot, and leave nothing open', () => {
  const before = open();
  for (const event of ['instructions', 'dataTlbLoadMisses', 'dataTlbStoreMisses', 'instructionTlbMisses'] as const) {
    try {
      using counter = counters(['pageFaults', event]);
      counter.start();
      touch(5000);
      assert.ok(counter.stop().counts[event]! > 0, event);
    } catch (error) {
      assert.ok(error instanceof UnsupportedError, String(error));
      assert.match(error.feature, new RegExp(event));
      assert.match(error.reason, /no such counter|forbids|no perf_event_open/);
      assert.ok(error.cause instanceof SystemError && error.cause.syscall === 'perf_event_open');
    }
    assert.equal(open(), before);
  }
});

test('where no second file can be opened, the first counter is closed again', () => {
  const { stdout, stderr } = runChild(`
    const { closeSync, openSync } = await import('node:fs');
    const { counters } = await importNative();
    try { counters(['cycles', 'pageFaults']).close(); } catch {} // all modules are there
    const files = [];
    try { for (;;) files.push(openSync('/dev/null')); } catch {}
    closeSync(files.pop());
    try { counters(['pageFaults', 'minorFaults']); } catch (error) { print([error.name, error.code, error.syscall]); }
    closeSync(openSync('/dev/null'));`);
  assert.equal(stdout, JSON.stringify(['SystemError', 'EMFILE', 'perf_event_open']), stderr);
});

test('the attribute is the kernel’s: type, size, number, format of the reading, flags', () => {
  const words = (event: Parameters<typeof attributeOf>[0]) => new BigUint64Array(attributeOf(event).buffer);
  const [DTLB, ITLB, STORE, MISS] = [3n, 4n, 1n << 8n, 1n << 16n];
  const size = 64n << 32n;
  assert.deepEqual([...words('dataTlbStoreMisses')], [3n | size, DTLB | STORE | MISS, 0n, 0n, 3n, 0b1100001n, 0n, 0n]);
  assert.deepEqual([...words('instructionTlbMisses').slice(0, 2)], [3n | size, ITLB | MISS]);
  assert.deepEqual([...words('majorFaults').slice(0, 2)], [1n | size, 6n]);
  assert.equal(words('contextSwitches')[5], 1n);
});

test('bad arguments', () => {
  assert.throws(() => counters('pageFaults' as never), /^TypeError: 'events' must be an array, got 'pageFaults'/);
  assert.throws(() => counters([]), /^RangeError: 'events' must name at least one event, got none/);
  assert.throws(() => counters(['toString'] as never), /^TypeError: 'events\[0\]' must be one of cycles, .*'toString'/);
  assert.throws(() => counters(['cycles', 'cycles']), /^RangeError: 'events' must be distinct, got 'cycles' twice/);
});
