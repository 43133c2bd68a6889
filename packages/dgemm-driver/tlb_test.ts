import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tlb } from './tlb.ts';

/** The plainest TLB: each set a list, the page used last at its end. */
function missesOf(pages: readonly number[], entries: number, ways: number): boolean[] {
  const sets = Array.from({ length: entries / ways }, (): number[] => []);
  return pages.map((page) => {
    const set = sets[page % sets.length]!;
    const at = set.indexOf(page);
    if (at !== -1) set.splice(at, 1);
    set.push(page);
    if (set.length > ways) set.shift();
    return at !== -1;
  });
}

test('it hits and misses as the plainest one does, whatever its sets', () => {
  const geometries = [1, 2, 3, 5, 8].flatMap((ways) => [1, 2, 4, 7].map((sets) => ({ entries: ways * sets, ways })));
  fc.assert(
    fc.property(
      fc.constantFrom(...geometries),
      fc.array(fc.oneof(fc.nat(12), fc.nat(5000)), { maxLength: 300 }),
      ({ entries, ways }, pages) => {
        const tlb = new Tlb({ entries, ways });
        const hits = pages.map((page) => tlb.access(page));
        const expected = missesOf(pages, entries, ways);
        assert.deepEqual(hits, expected);
        assert.equal(tlb.misses, expected.filter((hit) => !hit).length);
      },
    ),
    { numRuns: 300 },
  );
});

test('going around through one page more than it holds misses always, through as many only once', () => {
  for (const [pages, misses] of [
    [64, 64],
    [65, 650],
  ] as const) {
    const tlb = new Tlb({ entries: 64 });
    for (let turn = 0; turn < 10; turn++) for (let page = 0; page < pages; page++) tlb.access(page);
    assert.equal(tlb.misses, misses);
  }
});

test('bad geometries and pages are refused', () => {
  assert.throws(() => new Tlb({ entries: 0 }), /^RangeError: 'entries' must be a whole number from 1 /);
  assert.throws(() => new Tlb({ entries: 64, ways: 3 }), /^RangeError: 'ways' must divide the 64 entries, got 3$/);
  assert.throws(() => new Tlb({ entries: '64' as never }), TypeError);
  assert.throws(() => new Tlb({ entries: 4 }).access(2 ** 40), /^RangeError: 'page' must be below/);
});
