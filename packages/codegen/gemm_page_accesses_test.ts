import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emulate } from './_x64_emulator.ts';
import { gemmX64Abi } from './gemm_abi.ts';
import { gemmPageAccesses, type PlacedGemm } from './gemm_page_accesses.ts';
import { type GemmSpec, gemmSpec } from './gemm_spec.ts';
import { x64Gemm } from './x64_gemm.ts';

/** Misses of a fully associative TLB that gives up the entry used longest ago, in the plainest way. */
class Misses {
  count = 0;
  readonly #entries = new Set<number>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  access(page: number): void {
    if (!this.#entries.delete(page)) this.count++;
    this.#entries.add(page);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.values().next().value!);
  }
}

const megabyte = 2 ** 20;

interface Case {
  spec: Parameters<typeof gemmSpec>[0];
  size: [m: number, n: number, k: number];
  blocking: [mc: number, kc: number, nc: number];
  /** How operands lie; column-major when absent. */
  rowMajor?: { a?: boolean; b?: boolean };
}

function placed({ spec: given, size: [m, n, k], blocking: [mc, kc, nc], rowMajor = {} }: Case): {
  call: PlacedGemm;
  listing: string;
} {
  const layout = (isRowMajor: boolean | undefined) => (isRowMajor ? 'row-major' : 'column-major');
  const edge = (size: number, unit: number) => (size < unit ? size : unit + (size % unit));
  const anyEdges = gemmSpec({
    ...{ layoutA: layout(rowMajor.a), layoutB: layout(rowMajor.b), layoutC: 'column-major', ...given },
  });
  const spec: GemmSpec = { ...anyEdges, m: edge(m, anyEdges.mu), n: edge(n, anyEdges.nu) };
  const { bytes, listing } = x64Gemm(spec);
  const place = (at: number, rows: number, columns: number, isRowMajor = false) => ({
    address: at * megabyte,
    ...(isRowMajor ? { rowStride: columns, columnStride: 1 } : { rowStride: 1, columnStride: rows }),
  });
  const call = {
    ...{ spec, m, n, k, mc, kc, nc },
    ...{ a: place(16, m, k, rowMajor.a), b: place(32, k, n, rowMajor.b), c: place(48, m, n) },
    ...{ packedA: 64 * megabyte, packedB: 80 * megabyte, stack: 96 * megabyte, code: 112 * megabyte },
    codeBytes: bytes.length,
  };
  return { call, listing: listing() };
}

/** Runs the code itself, as far as its addresses go, and tells the pages in its order. */
function runCode({ call, listing }: ReturnType<typeof placed>, pageBytes: number, data: (page: number) => void) {
  const { fields, blockLength } = gemmX64Abi;
  const block = new Float64Array(blockLength);
  const { m, n, k, mc, kc, nc, a, b, c, packedA, packedB } = call;
  const values = {
    ...{ m, n, k, mc, kc, nc, packedA, packedB, alpha: 1, beta: 1, batch: 1, a: a.address, b: b.address, c: c.address },
    ...{ aRowStride: a.rowStride, aColumnStride: a.columnStride, bRowStride: b.rowStride },
    ...{ bColumnStride: b.columnStride, cRowStride: c.rowStride, cColumnStride: c.columnStride },
  };
  for (const [name, value] of Object.entries(values)) block[fields[name as keyof typeof fields]] = value;
  const codePages = new Set<number>();
  let accesses = 0;
  const page = (address: number) => Math.floor(address / pageBytes);
  emulate(
    listing,
    block,
    { block: call.stack + 64, stack: call.stack + 4096 - 256 },
    {
      data(address, bytes) {
        accesses++;
        data(page(address));
        if (page(address + bytes - 1) !== page(address)) data(page(address + bytes - 1));
      },
      prefetch() {},
      code: (offset) => codePages.add(Math.floor((call.code + offset) / 4096)),
    },
  );
  return { accesses, codePages };
}

const inPlaceB = { packB: false, mu: 24, nu: 8 } as const;
const cases: { [name: string]: Case } = {
  'AVX-512, A packed, B in place: large products of the driver': {
    ...{ spec: { isa: 'avx512', ...inPlaceB }, size: [150, 100, 130], blocking: [72, 64, 4096] },
  },
  'AVX-512, nothing packed: middle-sized products of the driver': {
    ...{ spec: { isa: 'avx512', packA: false, ...inPlaceB, ku: 1, prefetchC: false } },
    ...{ size: [128, 96, 100], blocking: [4800, 4096, 4096] },
  },
  'AVX2, both packed, operands by rows': {
    ...{ spec: { isa: 'avx2' }, size: [100, 60, 90], blocking: [48, 40, 32], rowMajor: { a: true, b: true } },
  },
  'SSE2, both packed': { spec: { isa: 'sse2' }, size: [60, 50, 70], blocking: [16, 40, 24] },
};

for (const [name, one] of Object.entries(cases)) {
  test(`the walk misses as the code itself does: ${name}`, () => {
    const prepared = placed(one);
    // Small pages: a small product then has as many as a large one, and they are left and reached as often.
    const pageBytes = 512;
    const entries = [24, 64, 256, 2048];
    const [real, every, merged] = [0, 0, 0].map(() => entries.map((count) => new Misses(count))) as [
      Misses[],
      Misses[],
      Misses[],
    ];
    // All of the frame is one page, as it is with pages of 4096 bytes.
    const into = (tlbs: Misses[]) => (page: number) => {
      const first = prepared.call.stack / pageBytes;
      const frame = page >= first && page < first + 8;
      for (const tlb of tlbs) tlb.access(frame ? first : page);
    };
    const { accesses, codePages } = runCode(prepared, pageBytes, into(real));
    const told: number[] = [0, 0];
    const instructions = new Set<number>();
    for (const [index, tlbs] of [every, merged].entries()) {
      const visit = into(tlbs);
      const visitor = {
        data: (page: number) => {
          told[index]!++;
          visit(page);
        },
        instruction: (page: number) => instructions.add(Math.floor((page * pageBytes) / 4096)),
      };
      gemmPageAccesses(prepared.call, visitor, { pageBytes, everyStep: index === 0 });
    }
    const off = (walk: Misses[]) => walk.map(({ count }, index) => Math.abs(count / real[index]!.count - 1));
    // With room for more than a tile nothing depends on the order within its steps.
    for (const [index, error] of off(every).entries()) assert.ok(error < (index === 0 ? 0.02 : 0.005), `${error}`);
    for (const [index, error] of off(merged).entries()) assert.ok(error < (index === 0 ? 0.03 : 0.01), `${error}`);
    assert.ok(real[0]!.count > 5 * real[3]!.count, 'a small TLB misses again and again');
    if (prepared.call.spec.packA) assert.ok(accesses > told[0]! && told[0]! > 3 * told[1]!, `${accesses}, ${told}`);
    // What is told are all pages of the code; the code of a batch and of C = beta C was not run.
    assert.ok([...codePages].every((page) => instructions.has(page)));
    assert.ok(instructions.size <= codePages.size + 1);
  });
}

test('bad sizes are refused by name', () => {
  const { call } = placed(cases['SSE2, both packed']!);
  const visitor = { data() {}, instruction() {} };
  assert.throws(
    () => gemmPageAccesses({ ...call, k: 0 }, visitor),
    /^RangeError: 'k' must be an integer from 1 .*, got 0$/,
  );
  assert.throws(() => gemmPageAccesses({ ...call, mc: '8' as never }, visitor), /^TypeError: 'mc' must be a number/);
  assert.throws(() => gemmPageAccesses(call, visitor, { pageBytes: 0.5 }), /^RangeError: 'pageBytes'/);
});
