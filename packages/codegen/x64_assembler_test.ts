import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Code, Decoder, DecoderOptions, Formatter, FormatterSyntax, MemorySizeOptions } from 'iced-x86';
import { CodeBuffer, encode, mismatch, shortest } from './_x64_encode.ts';
import { type Alternative, type Encoding, encodingOf, patternsOf, type Slot } from './_x64_encodings.ts';
import { instructionText } from './_x64_format.ts';
import { table } from './_x64_table.ts';
import { AssemblerError } from './assembler_error.ts';
import { Assembler, type Mnemonic } from './x64_assembler.ts';
import {
  eax,
  GeneralRegister,
  k,
  type Label,
  MaskRegister,
  type Memory,
  MemoryOperand,
  mem,
  type Operand,
  r8,
  r12,
  r13,
  rax,
  rbp,
  rcx,
  rdi,
  rsi,
  rsp,
  VectorRegister,
  xmm,
  ymm,
  zmm,
} from './x64_operands.ts';

// --- An independent disassembler -------------------------------------------------------------------------------------

const formatter = new Formatter(FormatterSyntax.Intel);
formatter.numberBase = 10;
formatter.usePseudoOps = false;
formatter.ripRelativeAddresses = true;
formatter.alwaysShowScale = true;
formatter.spaceAfterOperandSeparator = true;
formatter.memorySizeOptions = MemorySizeOptions.Always;
formatter.showBranchSize = false;

/** The one instruction that `bytes` are, or why they are not one. */
function disassemble(bytes: Uint8Array): string {
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  const instruction = decoder.decode();
  try {
    if (instruction.code === Code.INVALID) return 'invalid';
    if (instruction.length !== bytes.length) return `${instruction.length} bytes of ${bytes.length}`;
    return formatter.format(instruction);
  } finally {
    instruction.free();
    decoder.free();
  }
}

const canonicalConditions: Record<string, string> = {
  c: 'b',
  nae: 'b',
  nb: 'ae',
  nc: 'ae',
  z: 'e',
  nz: 'ne',
  na: 'be',
  nbe: 'a',
  pe: 'p',
  po: 'np',
  nge: 'l',
  nl: 'ge',
  ng: 'le',
  nle: 'g',
};

/** One spelling for what has several: synonyms, signs of immediates, a factor of 1. */
function normal(text: string, bits: 32 | 64 = 64): string {
  return text
    .replace(/^(j|cmov|set)(\w+)/, (whole, prefix, condition) =>
      whole === 'jmp' ? whole : prefix + (canonicalConditions[condition] ?? condition),
    )
    .replace(/^movabs/, 'mov')
    .replace(/^xchg (.*), (.*)/, (_, first, second) => `xchg ${[first, second].sort().join(', ')}`)
    .replace(/^(v(?:gather|scatter)\w+) (.*?), (k\d), /, '$1 $2{$3}, ')
    .replace(/^(vscatter\w+) (.*\]), (k\d)/, '$1 $2{$3}')
    .replace(/\*1\b/g, '')
    .replace(/\[(-?\d+)\]/, (_, address) => `[${BigInt.asUintN(64, BigInt(address))}]`)
    .replace(/(?<=, | )(-?\d+)$/, (value) => String(BigInt.asUintN(bits, BigInt(value))));
}

// --- Operands to try -------------------------------------------------------------------------------------------------

const bases = [rax, rbp, rsp, r8, r12, r13];

/** Addresses of every shape. `unit` is what a compressed displacement counts in. */
function addresses(unit: number): MemoryOperand[] {
  const displacements = [
    0,
    1,
    -1,
    8,
    127,
    128,
    -128,
    -129,
    127 * unit,
    128 * unit,
    -128 * unit,
    -129 * unit,
    127 * unit + 1,
  ];
  return [
    ...bases.map((base) => mem({ base })),
    ...bases.map((base) => mem({ base, displacement: unit })),
    ...[...displacements, 2 ** 31 - 1, -(2 ** 31)].map((displacement) => mem({ base: rsi, displacement })),
    ...([1, 2, 4, 8] as const).map((scale) => mem({ base: rdi, index: rcx, scale, displacement: 64 })),
    ...bases.map((base) => mem({ base, index: r13, scale: 8 })),
    mem({ base: rsp, index: rbp, scale: 2, displacement: 5 }),
    mem({ base: r12, index: r12, scale: 4, displacement: 4096 }),
    mem({ index: r8, scale: 8 }),
    mem({ index: rbp, scale: 4, displacement: -3 }),
    mem({ displacement: 0x1234 }),
    mem({ displacement: -4096 }),
  ];
}

function numbers(one: { readonly kind: string }, space: Encoding['space']): number[] {
  if (one.kind === 'general') return [0, 1, 4, 5, 6, 7, 8, 12, 13, 15];
  return space === 'evex' ? [0, 7, 8, 15, 16, 23, 24, 31] : [0, 1, 7, 8, 15];
}

/** What an alternative takes, its whole range sampled. The first one is a plain representative. */
function samples(one: Alternative, space: Encoding['space'], unit: number | undefined): Operand[] {
  switch (one.kind) {
    case 'general':
      return one.only !== undefined
        ? [new GeneralRegister(one.bits, one.only)]
        : numbers(one, space).map((number) => new GeneralRegister(one.bits, number));
    case 'vector':
      return numbers(one, space).map((number) => new VectorRegister(one.bits, number));
    case 'mask':
      return [1, 0, 2, 7].map((number) => new MaskRegister(number));
    case 'memory':
    case 'broadcast': {
      // `bytes` picks this form where several sizes fit.
      const fixed = one.bytes === 0 ? {} : { bytes: one.bytes as 8 };
      const broadcast = one.kind === 'broadcast' ? { broadcast: one.factor as 8 } : {};
      return addresses(unit ?? (one.bytes || 1)).map(
        (address) => new MemoryOperand({ ...address, ...fixed, ...broadcast }),
      );
    }
    case 'indexed':
      return numbers({ kind: 'vector' }, space).flatMap((number) =>
        [r13, rbp, rsp, rsi, undefined].map(
          (base, i) =>
            new MemoryOperand({
              base,
              index: new VectorRegister(one.bits, number),
              scale: ([1, 2, 4, 8] as const)[(number + i) % 4]!,
              displacement: [0, 8, 127 * one.bytes, 128 * one.bytes, -4][i]!,
            }),
        ),
      );
    case 'immediate': {
      const [low, high] = [one.minimum, one.maximum];
      if (low === high) return [Number(low)];
      if (low > 5) return [low, high];
      const between = one.bytes === 8 ? [0x123456789abcdefn, 2n ** 63n, -1n, 5] : [5, 0, 1];
      return [...between, low, high];
    }
    case 'relative':
      return [];
  }
}

function masks(slot: Slot, operand: Operand): Operand[] {
  if (slot.masking === 'none' || typeof operand !== 'object' || !('mask' in operand)) return [operand];
  const maskable = operand as VectorRegister;
  const merged = [1, 7].map((number) => maskable.mask(k(number)));
  if (slot.masking === 'demanded') return merged;
  // Memory has no zeroing form.
  if (slot.masking === 'merge' || operand.kind === 'memory') return [operand, ...merged];
  return [operand, ...merged, ...merged.map((one) => one.zero())];
}

function choices(slot: Slot, encoding: Encoding): Operand[] {
  return slot.alternatives.flatMap((one) =>
    samples(one, encoding.space, encoding.unit).flatMap((operand, i) =>
      i < 3 ? masks(slot, operand) : masks(slot, operand).slice(0, 1),
    ),
  );
}

/** Whether destination, indices or mask of a gather are one register, which the processor refuses to run. */
function overlapping(mnemonic: Mnemonic, operands: readonly Operand[]): boolean {
  if (!mnemonic.startsWith('vgather')) return false;
  const used = operands.map((operand) => /mm\d+/.exec(String(operand))![0]);
  return new Set(used).size < used.length;
}

/** Operand lists of a form: each operand over its whole range while the others stay at a representative. */
function* operandLists(mnemonic: Mnemonic, encoding: Encoding): Generator<Operand[]> {
  const ranges = encoding.slots.map((slot) => choices(slot, encoding));
  // Different registers as representatives, so that a mixed-up order shows.
  const usual = ranges.map((range, i) => range[Math.min(i, range.length - 1)]!);
  if (ranges.length === 0) yield [];
  for (let i = 0; i < ranges.length; i++)
    for (const operand of ranges[i]!) {
      const operands = usual.map((other, j) => (j === i ? operand : other));
      if (!overlapping(mnemonic, operands)) yield operands;
    }
}

/** The forms of each instruction, but of jumps: those have tests of their own. */
const forms = (Object.keys(table) as Mnemonic[]).map((mnemonic) => ({
  mnemonic,
  encodings: patternsOf(mnemonic)
    .map(encodingOf)
    .filter((encoding) => encoding.distanceBytes === 0),
}));

const everyForm = forms.flatMap(({ mnemonic, encodings }) =>
  encodings.map((encoding) => ({ mnemonic, encoding, rivals: encodings })),
);

/** 32 when the operation is on 32-bit integers: its negative immediates read back modulo 2^32. */
function operationBits({ slots }: Encoding): 32 | 64 {
  return slots.some(({ alternatives }) => alternatives.some((one) => one.kind === 'general' && one.bits === 32)) ||
    (slots[0]?.alternatives[0] as { bytes?: number } | undefined)?.bytes === 4
    ? 32
    : 64;
}

function encoded(encoding: Encoding, operands: readonly Operand[]): Uint8Array {
  const buffer = new CodeBuffer();
  encode(buffer, encoding, operands);
  return buffer.bytes.subarray(0, buffer.length);
}

function compare(mnemonic: Mnemonic, encoding: Encoding, operands: Operand[]): string | undefined {
  const text = instructionText(mnemonic, encoding, operands);
  const failing = mismatch(encoding, operands);
  if (failing >= 0) return `${text}: does not match its own form at operand ${failing + 1}`;
  const bytes = encoded(encoding, operands);
  const bits = operationBits(encoding);
  const read = normal(disassemble(bytes), bits);
  return read === normal(text, bits) ? undefined : `${text}: ${Buffer.from(bytes).toString('hex')} is ${read}`;
}

describe('every form of every instruction, read by a disassembler', () => {
  for (const space of ['legacy', 'vex', 'evex'] as const) {
    test(space, () => {
      let tried = 0;
      const wrong: string[] = [];
      for (const { mnemonic, encoding } of everyForm) {
        if (encoding.space !== space) continue;
        for (const operands of operandLists(mnemonic, encoding)) {
          tried++;
          const problem = compare(mnemonic, encoding, operands);
          if (problem !== undefined) wrong.push(problem);
        }
      }
      assert.deepEqual(wrong.slice(0, 40), []);
      assert.ok(tried > 5000, `only ${tried} instructions`);
    });
  }
});

// --- The encoding chosen ---------------------------------------------------------------------------------------------

function assemble(build: (a: Assembler) => void): Uint8Array {
  const a = new Assembler();
  build(a);
  return a.finish().bytes;
}

/** An instruction assembled by itself. */
function one(mnemonic: Mnemonic, operands: readonly Operand[]): { bytes: Uint8Array; text: string } {
  const a = new Assembler();
  a.emit(mnemonic, ...operands);
  const { bytes, listing } = a.finish();
  return { bytes, text: listing.slice(33, -1) };
}

let everything: {
  mnemonic: Mnemonic;
  rivals: readonly Encoding[];
  operands: Operand[];
  bytes: Uint8Array;
  text: string;
}[] = [];

/** What the assembler makes of the operands of every form, whichever form it chooses. */
function everyInstruction(): typeof everything {
  if (everything.length === 0)
    everything = everyForm.flatMap(({ mnemonic, encoding, rivals }) =>
      [...operandLists(mnemonic, encoding)].map((operands) => ({
        mnemonic,
        rivals,
        operands,
        ...one(mnemonic, operands),
      })),
    );
  return everything;
}

test('of several forms the shortest is taken, and EVEX only where nothing else will do', () => {
  const wrong: string[] = [];
  for (const { rivals, operands, bytes, text } of everyInstruction()) {
    const fitting = rivals.filter((rival) => mismatch(rival, operands) < 0);
    const older = fitting.filter(({ space }) => space !== 'evex');
    const eligible = older.length > 0 ? older : fitting;
    const encodings = eligible.map((rival) => Buffer.from(encoded(rival, operands)));
    const shortest = Math.min(...encodings.map(({ length }) => length));
    if (bytes.length !== shortest || !encodings.some((other) => other.equals(bytes)))
      wrong.push(`${text}: ${Buffer.from(bytes).toString('hex')}, where ${shortest} bytes would do`);
  }
  assert.deepEqual(wrong.slice(0, 40), []);
});

test('known encodings', () => {
  const cases: [string, (a: Assembler) => void][] = [
    // The manual's own: two-byte VEX, three-byte VEX, compressed displacement, 8 against 32 bits of displacement.
    ['c5f558c2', (a) => a.vaddpd(ymm(0), ymm(1), ymm(2))],
    ['c4c17558c0', (a) => a.vaddpd(ymm(0), ymm(1), ymm(8))],
    ['c5fd11442440', (a) => a.vmovupd(mem({ base: rsp, displacement: 64 }), ymm(0))],
    ['62f1fd48104601', (a) => a.vmovupd(zmm(0), mem({ base: rsi, displacement: 64 }))],
    ['62f1fd48108641000000', (a) => a.vmovupd(zmm(0), mem({ base: rsi, displacement: 65 }))],
    // A move between registers swaps its operands' fields where that saves the third byte of VEX.
    ['c57d29c1', (a) => a.vmovapd(ymm(1), ymm(8))],
    // Zero-extended, sign-extended and full 64-bit immediates.
    ['b805000000', (a) => a.mov(rax, 5)],
    ['b8ffffffff', (a) => a.mov(rax, 0xffffffff)],
    ['48c7c0ffffffff', (a) => a.mov(rax, -1)],
    ['48b80000000001000000', (a) => a.mov(rax, 2 ** 32)],
    ['48b80500000000000000', (a) => a.movabs(rax, 5)],
    ['4883c07f', (a) => a.add(rax, 127)],
    ['480580000000', (a) => a.add(rax, 128)],
    ['4881c180000000', (a) => a.add(rcx, 128)],
    ['48d1e1', (a) => a.shl(rcx, 1)],
    ['48c1e103', (a) => a.shl(rcx, 3)],
    ['400f94c6', (a) => a.sete(rsi.as(8))],
    ['c3', (a) => a.ret()],
  ];
  for (const [expected, build] of cases) assert.equal(Buffer.from(assemble(build)).toString('hex'), expected);
});

// --- GNU as ----------------------------------------------------------------------------------------------------------

const gnu = spawnSync('as', ['--version'], { encoding: 'utf8' });
const withoutGnu =
  gnu.status === 0 && spawnSync('objcopy', ['--version']).status === 0 ? false : 'GNU as is not installed';

/** What GNU as makes of the lines: each line's bytes, before distances to labels are known, and the whole. */
function gnuAssemble(lines: readonly string[]): { lines: string[]; whole: string } {
  const folder = mkdtempSync(join(tmpdir(), 'paratune-as-'));
  const file = (name: string) => join(folder, name);
  const run = (command: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr.slice(0, 2000));
  };
  try {
    writeFileSync(file('source.s'), `.intel_syntax noprefix\n${lines.join('\n')}\n`);
    run('as', '-o', file('object.o'), `-aln=${file('listing')}`, '--listing-lhs-width=8', file('source.s'));
    run('objcopy', '-O', 'binary', '-j', '.text', file('object.o'), file('code'));
    const found = lines.map(() => '');
    for (const line of readFileSync(file('listing'), 'utf8').split('\n')) {
      const match = /^ *(\d+) (?:[0-9a-f]{4,} )?([0-9A-F ]+?)(?:\t|$)/.exec(line);
      if (match) found[Number(match[1]) - 2] += match[2]!.replaceAll(' ', '').toLowerCase();
    }
    return { lines: found, whole: readFileSync(file('code')).toString('hex') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('GNU as makes the same bytes of every form', { skip: withoutGnu }, () => {
  const ours = new Map<string, string>();
  // GNU as takes the one-byte forms of xchg, which the table leaves out.
  for (const { mnemonic, bytes, text } of everyInstruction())
    if (mnemonic !== 'xchg') ours.set(text, Buffer.from(bytes).toString('hex'));
  const texts = [...ours.keys()];
  // GNU as takes a broadcast from a bare number for one from an immediate.
  const theirs = gnuAssemble(texts.map((text) => text.replace(/ \[(-?\d+)\]/, ' ds:[$1]'))).lines;
  const wrong = texts.flatMap((text, i) =>
    theirs[i] === ours.get(text) ? [] : [`${text}: ${ours.get(text)} against ${theirs[i]}`],
  );
  assert.deepEqual(wrong.slice(0, 40), []);
  assert.ok(texts.length > 20_000, `only ${texts.length} instructions`);
});

test('GNU as makes the same bytes of a whole listing: labels, jumps of both sizes, constants', {
  skip: withoutGnu,
}, () => {
  const a = new Assembler();
  const [outer, inner, distant, end] = [a.label('outer'), a.label('inner'), a.label('distant'), a.label('end')];
  const doubles = a.constant(new Float64Array([1.5, -2, 1e300, 0.1]));
  const bytes = a.constant(
    Uint8Array.from({ length: 64 }, (_, i) => i),
    64,
  );
  a.bind(outer);
  a.comment('every way to name a constant');
  a.vmovupd(ymm(1), doubles);
  a.vmovsd(xmm(2), doubles.at(8));
  a.vaddpd(zmm(3), zmm(4), doubles.at(24).broadcastTo(8));
  a.vmovdqu64(zmm(5), bytes);
  a.vshufpd(ymm(1), ymm(2), doubles, 5);
  a.cmp(doubles, 3);
  a.cmp(bytes, 300);
  a.mov(bytes.at(8), -1);
  a.lea(rax, mem({ base: inner, displacement: -3 }));
  a.lea(rax, doubles);
  a.jz(distant);
  a.bind(inner);
  for (let i = 0; i < 12; i++) a.vfmadd231pd(zmm(i), zmm(30), mem({ base: rsi, displacement: 64 * i }));
  a.jnz(inner);
  a.jmp(end);
  for (let i = 0; i < 20; i++) a.vmovupd(mem({ base: rdi, displacement: 64 * i }), zmm(i));
  a.bind(distant);
  a.jmp(outer);
  a.call(inner);
  a.call(rax);
  a.jmp(rcx);
  a.nop(13);
  a.align(64);
  a.bind(end);
  a.jl(distant);
  a.ret();
  const code = a.finish();
  // What pads is ours to choose: a listing shows it as a directive beside the bytes.
  let offset = 0;
  const source = code.listing.split('\n').map((line) => {
    const [, start, rest] = /^([0-9a-f]{6}) (.*)$/.exec(line) ?? [];
    if (start !== undefined) offset = Number.parseInt(start, 16);
    const text = line.slice(33).replace(/^ *;.*/, '');
    if (rest === undefined) return line.trim().replace(/^;.*/, '');
    if (!/^\.(balign|nops)/.test(text)) return text;
    const length = text.startsWith('.nops') ? Number(text.slice(6)) : -offset & (Number(text.slice(8)) - 1);
    return length === 0 ? '' : `.byte ${[...code.bytes.subarray(offset, offset + length)].join(', ')}`;
  });
  assert.equal(gnuAssemble(source).whole, Buffer.from(code.bytes).toString('hex'));
});

// --- Random instructions ---------------------------------------------------------------------------------------------

test('random operands in random forms', () => {
  const general = fc.constantFrom(...Array.from({ length: 16 }, (_, number) => new GeneralRegister(64, number)));
  const address = fc.record({
    base: fc.option(general, { nil: undefined }),
    index: fc.option(
      general.filter(({ number }) => number !== 4),
      { nil: undefined },
    ),
    scale: fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8),
    displacement: fc.oneof(
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: -150, max: 150 }).map((n) => n * 64),
      fc.integer(),
    ),
  });
  const arbitrary = (one: Alternative, space: Encoding['space']): fc.Arbitrary<Operand> => {
    const vector = (bits: 128 | 256 | 512) =>
      fc.nat(space === 'evex' ? 31 : 15).map((number) => new VectorRegister(bits, number));
    switch (one.kind) {
      case 'general':
        return fc.nat(15).map((number) => new GeneralRegister(one.bits, one.only ?? number));
      case 'vector':
        return vector(one.bits);
      case 'mask':
        return fc.nat(7).map((number) => new MaskRegister(number));
      case 'immediate':
        return one.bytes === 8
          ? fc.bigInt({ min: BigInt(one.minimum), max: BigInt(one.maximum) })
          : fc
              .bigInt({ min: BigInt(one.minimum), max: BigInt(one.maximum) })
              .map((n) => (n >= 2n ** 53n ? n : Number(n)));
      case 'indexed':
        return fc.tuple(address, vector(one.bits)).map(([where, index]) => new MemoryOperand({ ...where, index }));
      case 'memory':
      case 'broadcast':
        return address.map(
          (where) =>
            new MemoryOperand({
              ...where,
              ...(one.bytes === 0 ? {} : { bytes: one.bytes as 8 }),
              ...(one.kind === 'broadcast' ? { broadcast: one.factor as 8 } : {}),
            }),
        );
      case 'relative':
        throw new Error('branches have tests of their own');
    }
  };
  const instruction = fc.constantFrom(...everyForm).chain(({ mnemonic, encoding }) =>
    fc
      .tuple(
        ...encoding.slots.map((slot) =>
          fc
            .oneof(...slot.alternatives.map((alternative) => arbitrary(alternative, encoding.space)))
            .chain((operand) => fc.constantFrom(...masks(slot, operand))),
        ),
      )
      .filter((operands) => !overlapping(mnemonic, operands))
      .map((operands) => ({ mnemonic, encoding, operands })),
  );
  fc.assert(
    fc.property(instruction, ({ mnemonic, encoding, operands }) => {
      assert.equal(compare(mnemonic, encoding, operands), undefined);
      const { bytes, text } = one(mnemonic, operands);
      const bits = operationBits(encoding);
      assert.equal(normal(disassemble(bytes), bits), normal(text, bits));
      // The assembler knows the form from operands of the same classes.
      const chosen = shortest(patternsOf(mnemonic), operands)!;
      assert.equal(Buffer.from(bytes).toString('hex'), Buffer.from(encoded(chosen, operands)).toString('hex'));
    }),
    { numRuns: 5000 },
  );
});

// --- Labels ----------------------------------------------------------------------------------------------------------

describe('jumps', () => {
  const conditions = (Object.keys(table) as Mnemonic[]).filter((name) => name !== 'jmp' && /^j/.test(name));

  test('reach 127 bytes on and 128 bytes back with one byte of distance, and no further', () => {
    for (const name of ['jmp', ...conditions] as const) {
      const emit = (a: Assembler, target: ReturnType<Assembler['label']>) => a.emit(name as Mnemonic, target);
      const long = name === 'jmp' ? 5 : 6;
      for (const [gap, size] of [
        [0, 2],
        [126, 2],
        [127, 2],
        [128, long],
        [1000, long],
      ] as const) {
        const bytes = assemble((a) => {
          const target = a.label();
          emit(a, target);
          if (gap > 0) a.nop(gap);
          a.bind(target);
        });
        assert.equal(bytes.length, size + gap, `${name} over ${gap}`);
        assert.equal(normal(disassemble(bytes.subarray(0, size))), normal(`${name} ${bytes.length}`));
      }
      for (const [gap, size] of [
        [0, 2],
        [126, 2],
        [127, long],
        [1000, long],
      ] as const) {
        const bytes = assemble((a) => {
          const target = a.label();
          a.bind(target);
          if (gap > 0) a.nop(gap);
          emit(a, target);
        });
        assert.equal(bytes.length, gap + size, `${name} back over ${gap}`);
        const back = BigInt.asUintN(64, BigInt(-gap));
        assert.equal(normal(disassemble(bytes.subarray(gap))), normal(`${name} ${back}`));
      }
    }
  });

  test('that become long push others past their reach', () => {
    const a = new Assembler();
    const [first, second] = [a.label('first'), a.label('second')];
    a.jmp(first);
    a.nop(120);
    a.jmp(second);
    a.nop(3);
    a.bind(first);
    a.nop(200);
    a.bind(second);
    // 2 + 120 + 2 + 3 would leave the first in reach; the second's five bytes take it out.
    const code = a.finish();
    assert.deepEqual([code.offsetOf(first), code.offsetOf(second)], [5 + 120 + 5 + 3, 5 + 120 + 5 + 3 + 200]);
    assert.equal(disassemble(code.bytes.subarray(0, 5)), `jmp ${code.offsetOf(first)}`);
    assert.equal(disassemble(code.bytes.subarray(125, 130)), `jmp ${code.offsetOf(second) - 125}`);
  });

  test('over padding stay right', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ gap: fc.integer({ min: 1, max: 150 }), align: fc.constantFrom(1, 16, 64), to: fc.nat(20) }),
          {
            minLength: 1,
            maxLength: 20,
          },
        ),
        (parts) => {
          const a = new Assembler();
          const labels = parts.map(() => a.label());
          for (const [i, { gap, align, to }] of parts.entries()) {
            a.align(align);
            a.bind(labels[i]!);
            a.jnz(labels[to % labels.length]!);
            a.nop(gap);
          }
          const code = a.finish();
          for (const [i, { align, to }] of parts.entries()) {
            const offset = code.offsetOf(labels[i]!);
            assert.equal(offset % align, 0);
            const decoder = new Decoder(64, code.bytes, DecoderOptions.None);
            decoder.position = offset;
            decoder.ip = BigInt(offset);
            const instruction = decoder.decode();
            assert.equal(instruction.nearBranchTarget, BigInt(code.offsetOf(labels[to % labels.length]!)));
            instruction.free();
            decoder.free();
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('nop takes any length, in as few instructions as it takes', () => {
  for (let length = 1; length <= 40; length++) {
    const bytes = assemble((a) => a.nop(length));
    assert.equal(bytes.length, length);
    const decoder = new Decoder(64, bytes, DecoderOptions.None);
    let count = 0;
    for (; decoder.canDecode; count++) {
      const instruction = decoder.decode();
      assert.match(formatter.format(instruction), /nop|xchg ax, ax/);
      instruction.free();
    }
    decoder.free();
    assert.equal(count, Math.ceil(length / 9));
  }
});

test('align pads with nop to a multiple of the boundary, and adds nothing at one', () => {
  const code = assemble((a) => {
    a.ret();
    a.align(16);
    a.align(16);
    a.ret();
  });
  assert.equal(code.length, 17);
  assert.equal(code[16], 0xc3);
});

test('constants come after the code, aligned, each once', () => {
  const a = new Assembler();
  const pi = a.constant(new Float64Array([Math.PI]));
  const same = a.constant(new Float64Array([Math.PI]));
  const line = a.constant(new Uint8Array(64).fill(7), 64);
  const other = a.constant(new Float32Array([1, 2]));
  a.movsd(xmm(0), pi);
  a.addsd(xmm(0), same);
  a.movups(xmm(1), line);
  a.movss(xmm(2), other.at(4));
  a.ret();
  const { bytes, listing } = a.finish();
  assert.equal(bytes.length, 64 + 64 + 8 + 8);
  assert.equal(new DataView(bytes.buffer).getFloat64(128, true), Math.PI);
  assert.equal(disassemble(bytes.subarray(0, 8)), `movsd xmm0, qword ptr [rip+${128 - 8}]`);
  assert.match(listing, /\.double 3\.14159/);
  assert.match(listing, /movsd xmm0, qword ptr \[rip\+constant\]/);
});

test('labels of one name are told apart in the listing', () => {
  const a = new Assembler();
  const [first, second] = [a.label('k'), a.label('k')];
  a.bind(first);
  a.jmp(second);
  a.bind(second);
  a.jmp(first);
  assert.match(a.finish().listing, /jmp k_2\n +k_2:\n.*jmp k\n/);
});

test('the code so far can be finished, and gone on with', () => {
  const a = new Assembler();
  a.ret();
  const first = a.finish();
  a.inc(rax);
  const second = a.finish();
  assert.deepEqual([first.bytes.length, second.bytes.length], [1, 4]);
  assert.deepEqual(
    [first.listing, second.listing].map((listing) => listing.split('\n').length - 1),
    [1, 2],
  );
});

// --- Refusals --------------------------------------------------------------------------------------------------------

describe('errors name the instruction, the operand and what would be right', () => {
  const far = 2 ** 31;
  const refused: [string, number | undefined, RegExp, (a: Assembler) => void][] = [
    [
      'vperm2f128',
      1,
      /ymm register \(registers from 16 on exist in AVX-512 forms only\), got ymm16/,
      (a) => a.vperm2f128(ymm(16), ymm(1), ymm(2), 1),
    ],
    ['vmaskmovpd', 3, /memory of 32 bytes/, (a) => a.emit('vmaskmovpd', ymm(1), ymm(2), ymm(3))],
    ['vaddpd', 2, /must be an xmm register, got ymm2/, (a) => a.emit('vaddpd', xmm(1), ymm(2), ymm(3))],
    ['addpd', 1, /registers from 16 on/, (a) => a.addpd(xmm(16), xmm(1))],
    ['mov', 2, /rsp cannot be an index/, (a) => a.mov(rax, mem({ base: rax, index: rsp, scale: 2 }))],
    [
      'mov',
      2,
      /displacement must be a signed 32-bit integer, got 2147483648/,
      (a) => a.mov(rax, mem({ base: rax, displacement: far })),
    ],
    ['lea', 2, /displacement .* got 0\.5/, (a) => a.lea(rax, mem({ base: rax, displacement: 0.5 }))],
    ['lea', 2, /displacement .* got NaN/, (a) => a.lea(rax, mem({ base: rax, displacement: Number.NaN }))],
    ['lea', 2, /scale must be 1, 2, 4 or 8, got 3/, (a) => a.lea(rax, mem({ base: rax, index: rcx, scale: 3 as 4 }))],
    [
      'lea',
      2,
      /base must be a 64-bit register or a label, got eax/,
      (a) => a.lea(rax, mem({ base: eax as unknown as typeof rax })),
    ],
    [
      'vaddpd',
      3,
      /broadcast \{1to4\}, got \[rax\]\{1to8\}/,
      (a) => a.vaddpd(ymm(1), ymm(2), mem({ base: rax, broadcast: 8 })),
    ],
    ['vmovupd', 2, /got \[rax\]\{1to8\}/, (a) => a.emit('vmovupd', zmm(1), mem({ base: rax, broadcast: 8 }))],
    ['vaddpd', 1, /k0 cannot be a mask/, (a) => a.vaddpd(zmm(1).mask(k(0)), zmm(1), zmm(2))],
    ['vhaddpd', 1, /takes no mask here/, (a) => a.emit('vhaddpd', ymm(1).mask(k(1)), ymm(1), ymm(2))],
    [
      'vcmppd',
      1,
      /cannot zero under a mask/,
      (a) => a.emit('vcmppd', (k(1).mask(k(2)) as unknown as { zero(): Operand }).zero(), zmm(1), zmm(2), 1),
    ],
    [
      'vscatterqpd',
      1,
      /needs a mask/,
      (a) => a.emit('vscatterqpd', mem({ base: rax, index: zmm(1), scale: 8 }), zmm(2)),
    ],
    ['shl', 2, /integer from 0 to 255.*got 256/, (a) => a.shl(rax, 256)],
    ['add', 2, /integer from .* got 4294967296/, (a) => a.add(rax, 2 ** 32)],
    ['add', 2, /got 1\.5/, (a) => a.add(rax, 1.5)],
    ['add', undefined, /takes 2 operands, got 1/, (a) => a.emit('add', rax)],
    ['ret', undefined, /takes 0 operands, got 1/, (a) => a.emit('ret', rax)],
    ['mov', 2, /got undefined/, (a) => a.emit('mov', rax, undefined as unknown as Operand)],
    ['mov', 1, /got null/, (a) => a.emit('mov', null as unknown as Operand, rax)],
    ['vfmadd999pd', undefined, /is not an instruction/, (a) => a.emit('vfmadd999pd' as Mnemonic, rax)],
    ['toString', undefined, /is not an instruction/, (a) => a.emit('toString' as Mnemonic)],
    ['inc', 1, /memory of 8 bytes or .* memory of 4 bytes/, (a) => a.inc(mem({ base: rax, bytes: 2 }))],
    ['jmp', 1, /belongs to another assembler/, (a) => a.jmp(new Assembler().label('there'))],
    [
      'jnz',
      1,
      /label 'there' is never bound/,
      (a) => {
        a.jnz(a.label('there'));
        a.finish();
      },
    ],
    [
      'lea',
      2,
      /label 'there' is never bound/,
      (a) => {
        a.lea(rax, mem({ base: a.label('there') }));
        a.finish();
      },
    ],
    ['lea', 2, /relative to a label takes no index/, (a) => a.lea(rax, mem({ base: a.label(), index: rcx }))],
    ['mov', 2, /belongs to another assembler/, (a) => a.mov(rax, new Assembler().constant(new Float64Array(1)))],
    [
      'bind',
      1,
      /bound already/,
      (a) => {
        const label = a.label();
        a.bind(label);
        a.bind(label);
      },
    ],
    ['bind', 1, /must be a label/, (a) => a.bind('loop' as never)],
    ['offsetOf', 1, /never bound/, (a) => a.finish().offsetOf(a.label())],
  ];
  for (const [instruction, operand, problem, build] of refused) {
    test(`${instruction}: ${problem.source}`, () => {
      assert.throws(
        () => build(new Assembler()),
        (error: unknown) => {
          assert.ok(error instanceof AssemblerError, String(error));
          assert.equal(error.instruction, instruction);
          assert.equal(error.operand, operand);
          assert.match(error.message, problem);
          return true;
        },
      );
    });
  }

  test('arguments of the assembler itself', () => {
    const a = new Assembler();
    assert.throws(() => a.align(3), RangeError);
    assert.throws(() => a.align(8192), RangeError);
    assert.throws(() => a.nop(0), RangeError);
    assert.throws(() => a.nop(1.5), RangeError);
    assert.throws(() => a.constant([1] as unknown as Float64Array), TypeError);
    assert.throws(() => a.constant(new Float64Array(0)), RangeError);
    assert.throws(() => a.constant(new Float64Array(1), 5), RangeError);
    assert.throws(() => zmm(32), RangeError);
    assert.throws(() => k(-1), RangeError);
    assert.throws(() => xmm(1.5), RangeError);
  });
});

test('wrong operands do not compile', () => {
  const a = new Assembler();
  const attempts: (() => void)[] = [
    // @ts-expect-error general-purpose for vector
    () => a.vaddpd(xmm(1), rax, xmm(2)),
    // @ts-expect-error vector for general-purpose
    () => a.mov(xmm(1), rax),
    // @ts-expect-error two widths
    () => a.vaddpd(ymm(1), xmm(1), ymm(2)),
    // @ts-expect-error two widths under a mask
    () => a.vaddpd(ymm(1).mask(k(1)), zmm(1), zmm(2)),
    // @ts-expect-error a broadcast where there is none
    () => a.vmovupd(zmm(1), mem({ base: rax, broadcast: 8 })),
    // @ts-expect-error a vector as index of an ordinary address
    () => a.vmovupd(zmm(1), mem({ base: rax, index: zmm(2) })),
    // @ts-expect-error two addresses
    () => a.mov(mem({ base: rax }), mem({ base: rcx })),
    // @ts-expect-error too few
    () => a.vaddpd(ymm(1), ymm(2)),
    // @ts-expect-error a mask where there is none
    () => a.vhaddpd(ymm(1).mask(k(1)), ymm(1), ymm(2)),
    // @ts-expect-error memory has no zeroing form
    () => a.vmovupd(mem({ base: rax }).mask(k(1)).zero(), zmm(1)),
  ];
  for (const attempt of attempts) assert.throws(attempt, AssemblerError);
  // A generator for several widths holds registers of any of them.
  for (const vector of [xmm, ymm, zmm] as const) {
    const memory: Memory = mem({ base: rax });
    a.vaddpd(vector(1), vector(2), vector(3));
    a.vmovupd(vector(1).mask(k(1)).zero(), memory);
    a.vmovupd(memory.mask(k(1)), vector(1));
  }
});

test('what is outside of the code is left to be filled in, before an immediate too', () => {
  const a = new Assembler();
  a.nop(3);
  const counter = a.external('counter');
  a.mov(rax, counter);
  a.mov(mem({ base: counter.base, displacement: 16, bytes: 4 } as { base: Label }), 7);
  a.ret();
  const { bytes, relocations } = a.finish();
  // The distance counts from the end of the instruction: 4 bytes on, and 4 more for the immediate.
  assert.deepEqual(relocations, [
    { offset: 6, name: 'counter', addend: -4 },
    { offset: 12, name: 'counter', addend: 8 },
  ]);
  assert.equal(new DataView(bytes.buffer).getInt32(6, true), 0);
});

test('unwind rows hold from where they were said', () => {
  const a = new Assembler();
  a.push(rbp);
  const pushed = { kind: 'frame', register: rbp, bytes: 16 } as const;
  a.unwind(pushed);
  a.align(16);
  a.unwind({ kind: 'restored', register: rbp });
  a.ret();
  assert.deepEqual(a.finish().unwind, [
    { offset: 1, rule: pushed },
    { offset: 16, rule: { kind: 'restored', register: rbp } },
  ]);
});
