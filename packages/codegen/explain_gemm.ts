import { checkChoice, givenOf, refuse } from './_spec_checks.ts';
import { vectorClass } from './_vector_class.ts';
import { type GemmSpec, gemmSpec } from './gemm_spec.ts';
import { x64Gemm } from './x64_gemm.ts';

/** What a processor does in a cycle, as far as {@linkcode explainGemm} counts with it. */
export interface PortModel {
  /** Vector multiplications, additions and fused multiply-adds that begin in a cycle. */
  readonly arithmeticPerCycle: number;
  /** Accesses to memory that begin in a cycle: loads and prefetches. */
  readonly loadsPerCycle: number;
  /** Cycles from the beginning of an addition, or fused multiply-add, to that of one that needs its sum. */
  readonly latencyCycles: number;
}

/** What may keep a turn of the innermost loop from being faster. */
export type GemmBound = 'arithmetic' | 'loads' | 'latency';

/** What {@linkcode explainGemm} tells of a kernel. */
export interface GemmExplanation {
  /** Version of this format. */
  readonly version: 1;
  readonly spec: GemmSpec;
  /** Bytes of the whole kernel: blocks, packing, micro-kernels of all tiles. */
  readonly codeBytes: number;
  /** Vector registers of the innermost loop, by name. */
  readonly registers: {
    /** The sums: mu x nu elements. */
    readonly accumulators: readonly string[];
    /** A column of A, mu elements. */
    readonly a: readonly string[];
    /** Elements of B, each in all places of a register. */
    readonly b: readonly string[];
    /** Products on their way to their sum, in registers of their own, where multiply and add are two instructions. */
    readonly products: readonly string[];
    /** How many the loop leaves unused. */
    readonly free: number;
  };
  /** A turn of the innermost loop, for a whole register block: `ku` steps of k. */
  readonly turn: {
    readonly bytes: number;
    readonly instructions: number;
    readonly fusedMultiplyAdds: number;
    readonly multiplications: number;
    readonly additions: number;
    /** Vector loads and broadcasts of A and B. */
    readonly loads: number;
    readonly prefetches: number;
    /** All that access memory: loads, prefetches, and the counters of what is prefetched. */
    readonly memoryAccesses: number;
    /** Floating-point operations, a multiply-add being two. */
    readonly flops: number;
    readonly flopsPerLoad: number;
  };
  readonly model: PortModel;
  /** Cycles that a turn takes at least, by each of the model's limits, and by all of them. Computed, not measured. */
  readonly predicted: Readonly<Record<GemmBound, number>> & {
    readonly cycles: number;
    /** The limit that decides. */
    readonly bound: GemmBound;
    readonly flopsPerCycle: number;
  };
}

/**
 * Two vector pipes and two load ports, as Intel's cores since Haswell and AMD's since Zen 2 have for vectors of 256 bits, and four cycles
 * of latency (Fog, "Instruction tables", 2022). For AVX-512 it holds where a processor has two pipes of 512 bits; Zen 4 begins one
 * such multiply-add and one such load a cycle.
 */
const defaultModel: PortModel = { arithmeticPerCycle: 2, loadsPerCycle: 2, latencyCycles: 4 };

interface Instruction {
  readonly mnemonic: string;
  readonly operands: readonly string[];
  readonly bytes: number;
}

/**
 * The instructions of a turn of the innermost loop, as the listing has them. The loop is the one of the whole register block: without
 * prefetches of C where there is one such (`earlyDepth`), else the last one over k with the most instructions that multiply, edges
 * having as many at most and coming before.
 */
function innermostLoop(listing: string): Instruction[] {
  const loops: { name: string; instructions: Instruction[] }[] = [];
  let open: (typeof loops)[number] | undefined;
  for (const line of listing.split('\n')) {
    const label = /^ +(\w+):$/.exec(line)?.[1];
    if (label !== undefined && /^(earlyDepth|depth)(_\d+)?$/.test(label)) open = { name: label, instructions: [] };
    const code = /^[0-9a-f]+ {2}[0-9a-f]+ +([a-z]\w*)(?: (.*))?$/.exec(line);
    if (open === undefined || code === null) continue;
    const [mnemonic, operands = ''] = [code[1]!, code[2]];
    const bytes = /^[0-9a-f]+ {2}([0-9a-f]+)/.exec(line)![1]!.length / 2;
    open.instructions.push({ mnemonic, operands: operands.split(', '), bytes });
    if (mnemonic.startsWith('j') && operands === open.name) {
      loops.push(open);
      open = undefined;
    }
  }
  const early = loops.find(({ name }) => name.startsWith('earlyDepth'));
  if (early !== undefined) return early.instructions;
  const products = ({ instructions }: (typeof loops)[number]) => instructions.filter(multiplies).length;
  const most = Math.max(...loops.map(products));
  return loops.findLast((loop) => products(loop) === most)!.instructions;
}

const isFused = ({ mnemonic }: Instruction) => mnemonic.startsWith('vfmadd');
const isMultiplication = ({ mnemonic }: Instruction) => /^v?mul[ps][sd]$/.test(mnemonic);
const isAddition = ({ mnemonic }: Instruction) => /^v?add[ps][sd]$/.test(mnemonic);
const multiplies = (instruction: Instruction) => isFused(instruction) || isMultiplication(instruction);
const isPrefetch = ({ mnemonic }: Instruction) => mnemonic.startsWith('prefetch');
const writesVector = ({ operands }: Instruction) => /^[xyz]mm\d+/.test(operands[0]!);
const accesses = ({ mnemonic, operands }: Instruction) =>
  mnemonic !== 'lea' && operands.some((operand) => operand.includes('['));

/** The registers that instructions write, each once, in the order of their numbers. */
function written(instructions: readonly Instruction[]): string[] {
  const number = (name: string) => Number(name.replace(/\D+/, ''));
  return [...new Set(instructions.map(({ operands }) => operands[0]!))].sort(
    (one, other) => number(one) - number(other),
  );
}

/** The register plan: a column of A is loaded from where rax points, elements of B from where rdx does. */
function registersOf(instructions: readonly Instruction[], available: number): GemmExplanation['registers'] {
  const vectors = instructions.filter(writesVector);
  const loadedFrom = (base: string) =>
    written(vectors.filter(({ operands }) => operands.some((operand) => operand.includes(`[${base}`))));
  const accumulators = written(vectors.filter((each) => isFused(each) || isAddition(each)));
  const [a, b] = [loadedFrom('rax'), loadedFrom('rdx')];
  const known = new Set([...accumulators, ...a, ...b]);
  const all = written(vectors);
  return { accumulators, a, b, products: all.filter((name) => !known.has(name)), free: available - all.length };
}

function modelOf(given: Partial<PortModel>): PortModel {
  const model = { ...defaultModel, ...givenOf<PortModel>('GEMM', given, Object.keys(defaultModel)) };
  for (const [name, value] of Object.entries(model)) {
    if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${String(value)}`);
    if (!(value > 0 && Number.isFinite(value))) refuse(name, 'a finite number above 0', value);
  }
  return model;
}

/**
 * Explains the innermost loop of a GEMM kernel in machine code: which registers hold what, how large the code is, what a turn does,
 * and how many cycles that takes at least on a processor of a model.
 *
 * What a turn does is counted in the code that {@linkcode x64Gemm} makes, for a register block that is whole. The prediction is the
 * largest of three bounds: arithmetic instructions over those of a cycle, accesses to memory over those of a cycle, and the chain of
 * additions to one sum times the latency. It knows nothing of caches, of decoding, nor of what moves between registers: a kernel may be slower,
 * and none is faster. Nothing is measured; `@paratune/kernel-bench` measures.
 *
 * @param spec The kernel, as {@linkcode gemmSpec} makes it, of which the innermost loop is generated.
 * @param model What the processor does in a cycle; what is left out is 2 arithmetic instructions, 2 loads, and 4 cycles of latency.
 * @throws {TypeError} When `spec` or `model` is no object, has an unknown property, or a number is none.
 * @throws {RangeError} When a parameter has a value that cannot be, the instruction set is not one of x86-64, the innermost loop is written by hand, or
 * no register block can be whole (`m` below `mu`, `n` below `nu`).
 * @example
 * ```ts
 * import { explainGemm, gemmSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { turn, registers, predicted } = explainGemm(gemmSpec({ isa: 'avx2', mu: 12, nu: 4, ku: 4 }));
 * assert.equal(turn.flops, 2 * 12 * 4 * 4);
 * assert.equal(registers.accumulators.length, (12 / 4) * 4);
 * assert.deepEqual([predicted.cycles, predicted.bound, predicted.flopsPerCycle], [24, 'arithmetic', 16]);
 * // One vector of sums waits for itself.
 * assert.equal(explainGemm(gemmSpec({ isa: 'avx2', mu: 4, nu: 1, ku: 4 })).predicted.bound, 'latency');
 * ```
 */
export function explainGemm(spec: GemmSpec, model: Partial<PortModel> = {}): GemmExplanation {
  const checked = gemmSpec(spec);
  const { isa, precision, kernel, m, n, mu, nu } = checked;
  checkChoice('isa', isa, ['avx512', 'avx2', 'sse2', 'scalar']);
  checkChoice('kernel', kernel, ['generated']);
  if (m !== 'any' && m < mu) refuse('m', `'any' or at least mu, ${mu}, to fill the register block`, m);
  if (n !== 'any' && n < nu) refuse('n', `'any' or at least nu, ${nu}, to fill the register block`, n);
  const ports = modelOf(model);
  const { lanes, registers: available } = vectorClass(isa, precision);
  const { bytes, listing } = x64Gemm(checked);
  const loop = innermostLoop(listing());
  const count = (is: (instruction: Instruction) => boolean) => loop.filter(is).length;
  const registers = registersOf(loop, available);
  const [fusedMultiplyAdds, multiplications, additions] = [isFused, isMultiplication, isAddition].map(count) as [
    number,
    number,
    number,
  ];
  const flops = lanes * (2 * fusedMultiplyAdds + multiplications + additions);
  const loads = count((each) => accesses(each) && writesVector(each));
  const memoryAccesses = count(accesses);
  const bounds: Record<GemmBound, number> = {
    arithmetic: (fusedMultiplyAdds + multiplications + additions) / ports.arithmeticPerCycle,
    loads: memoryAccesses / ports.loadsPerCycle,
    latency: ((fusedMultiplyAdds + additions) / registers.accumulators.length) * ports.latencyCycles,
  };
  const cycles = Math.max(...Object.values(bounds));
  const bound = (Object.keys(bounds) as GemmBound[]).find((name) => bounds[name] === cycles)!;
  return {
    version: 1,
    spec: checked,
    codeBytes: bytes.length,
    registers,
    turn: {
      bytes: loop.reduce((sum, each) => sum + each.bytes, 0),
      instructions: loop.length,
      fusedMultiplyAdds,
      multiplications,
      additions,
      loads,
      prefetches: count(isPrefetch),
      memoryAccesses,
      flops,
      flopsPerLoad: flops / loads,
    },
    model: ports,
    predicted: { ...bounds, cycles, bound, flopsPerCycle: flops / cycles },
  };
}
