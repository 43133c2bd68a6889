import { defaultForm, formsOf } from './_c_vectors.ts';
import type { GeneratedCode } from './_generated_code.ts';
import { checkChoice, givenOf } from './_spec_checks.ts';
import { targets } from './_targets.ts';
import { vectorClasses } from './_vector_class.ts';
import type { CForm } from './c_form.ts';
import { cGemm } from './c_gemm.ts';
import { cGemv } from './c_gemv.ts';
import { cGer } from './c_ger.ts';
import { elfObject } from './elf_object.ts';
import { type GemmJsAbi, type GemmWasmAbi, type GemmX64Abi, gemmJsAbi, gemmWasmAbi, gemmX64Abi } from './gemm_abi.ts';
import { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';
import { type GemvJsAbi, type GemvWasmAbi, type GemvX64Abi, gemvJsAbi, gemvWasmAbi, gemvX64Abi } from './gemv_abi.ts';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import { type GerJsAbi, type GerWasmAbi, type GerX64Abi, gerJsAbi, gerWasmAbi, gerX64Abi } from './ger_abi.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';
import { jsGemm } from './js_gemm.ts';
import { jsGemv } from './js_gemv.ts';
import { jsGer } from './js_ger.ts';
import type { MicroKernel } from './micro_kernel.ts';
import { wasmGemm } from './wasm_gemm.ts';
import { wasmGemv } from './wasm_gemv.ts';
import { wasmGer } from './wasm_ger.ts';
import { defaultWasmMemory, type WasmMemory } from './wasm_memory.ts';
import { x64Gemm } from './x64_gemm.ts';
import { x64Gemv } from './x64_gemv.ts';
import { x64Ger } from './x64_ger.ts';

/** The specification of a kernel of any routine: told apart by `routine`. */
export type KernelSpec = GemmSpec | GemvSpec | GerSpec;

/** The routines that kernels are generated for. */
export type Routine = KernelSpec['routine'];

interface X64Abis {
  gemm: GemmX64Abi;
  gemv: GemvX64Abi;
  ger: GerX64Abi;
}

interface WasmAbis {
  gemm: GemmWasmAbi;
  gemv: GemvWasmAbi;
  ger: GerWasmAbi;
}

interface JsAbis {
  gemm: GemmJsAbi;
  gemv: GemvJsAbi;
  ger: GerJsAbi;
}

/** A kernel as machine code. */
export interface X64Kernel<Name extends Routine = Routine> {
  target: 'x64';
  /** Position-independent code; the entry is its first byte. */
  bytes: Uint8Array;
  /** How it is called. */
  abi: X64Abis[Name];
  /** The code in Intel syntax. */
  listing(): string;
}

/** A kernel as a WebAssembly module. */
export interface WasmKernel<Name extends Routine = Routine> {
  target: 'wasm';
  /** The module, which imports its memory as `env.memory`. */
  bytes: Uint8Array;
  /** How it is called. */
  abi: WasmAbis[Name];
  /** The module in the text format. */
  listing(): string;
}

/** A kernel as JavaScript. */
export interface JsKernel<Name extends Routine = Routine> {
  target: 'js';
  /** An expression whose value is the function. */
  text: string;
  /** How it is called. */
  abi: JsAbis[Name];
  /** The text. */
  listing(): string;
}

/** A kernel as machine code in an ELF relocatable object file, for a linker. */
export interface ObjectKernel<Name extends Routine = Routine> {
  target: 'object';
  /** The file. */
  bytes: Uint8Array;
  /** What the function is called. */
  symbol: string;
  /** How it is called: as that of target `'x64'`, `void symbol(double *block)`. */
  abi: X64Abis[Name];
  /** The code in Intel syntax. */
  listing(): string;
}

/** A kernel as a file of C11. */
export interface CKernel<Name extends Routine = Routine> {
  target: 'c';
  /** The file. */
  text: string;
  /** What the function is called. */
  symbol: string;
  /** How it is called: as that of target `'x64'`, `void symbol(const double *block)`. */
  abi: X64Abis[Name];
  /** The text. */
  listing(): string;
}

/** A kernel in the form of its target. */
export type Kernel<Name extends Routine = Routine> =
  | X64Kernel<Name>
  | ObjectKernel<Name>
  | WasmKernel<Name>
  | CKernel<Name>
  | JsKernel<Name>;

/** What {@linkcode generate} is to make. */
export interface GenerateOptions<Target extends Kernel['target'] = Kernel['target']> {
  /** `'x64'` for machine code, `'object'` for machine code in an object file, `'wasm'` for WebAssembly, `'c'` for C11, `'js'` for JavaScript. */
  target: Target;
  /** What the function is called, target `'object'` or `'c'`; by default after its routine and precision: `dgemm_kernel`. */
  symbol?: string | undefined;
  /** The innermost loop of a specification whose `kernel` is `'hand-written'`, target `'x64'` or `'object'`; its register block must be the specification's. */
  microKernel?: MicroKernel | undefined;
  /** How C is written, with target `'c'`; by default in intrinsics where the instruction set has vectors. */
  form?: CForm | undefined;
  /** What memory a module is for, with target `'wasm'`; {@linkcode defaultWasmMemory} where it is left out. */
  memory?: Partial<WasmMemory> | undefined;
}

/** The generators of a routine; its specification is checked before any of them sees it. */
interface Generators<Name extends Routine> {
  check: (spec: Extract<KernelSpec, { routine: Name }>) => Extract<KernelSpec, { routine: Name }>;
  x64: (spec: Extract<KernelSpec, { routine: Name }>, microKernel: MicroKernel | undefined) => GeneratedCode;
  wasm: (
    spec: Extract<KernelSpec, { routine: Name }>,
    memory: WasmMemory,
  ) => { bytes: Uint8Array; listing: () => string };
  js: (spec: Extract<KernelSpec, { routine: Name }>) => string;
  c: (spec: Extract<KernelSpec, { routine: Name }>, symbol: string, form: CForm) => string;
  x64Abi: X64Abis[Name];
  wasmAbi: WasmAbis[Name];
  jsAbi: JsAbis[Name];
}

const generators: { readonly [Name in Routine]: Generators<Name> } = {
  gemm: {
    check: gemmSpec,
    x64: x64Gemm,
    wasm: wasmGemm,
    js: jsGemm,
    c: cGemm,
    x64Abi: gemmX64Abi,
    wasmAbi: gemmWasmAbi,
    jsAbi: gemmJsAbi,
  },
  gemv: {
    check: gemvSpec,
    x64: x64Gemv,
    wasm: wasmGemv,
    js: jsGemv,
    c: cGemv,
    x64Abi: gemvX64Abi,
    wasmAbi: gemvWasmAbi,
    jsAbi: gemvJsAbi,
  },
  ger: {
    check: gerSpec,
    x64: x64Ger,
    wasm: wasmGer,
    js: jsGer,
    c: cGer,
    x64Abi: gerX64Abi,
    wasmAbi: gerWasmAbi,
    jsAbi: gerJsAbi,
  },
};

/** Checks that there is a micro-kernel just where the specification asks for one, and that it is of that kind. */
function checkMicroKernel(spec: KernelSpec, { target, microKernel }: GenerateOptions): void {
  const native = target === 'x64' || target === 'object';
  const wanted = native && spec.routine === 'gemm' && spec.kernel === 'hand-written' ? spec : undefined;
  if (wanted === undefined) {
    if (microKernel === undefined) return;
    throw new RangeError(
      `'microKernel' must be left out but for target 'x64' or 'object' and a 'kernel' that is 'hand-written', got ${microKernel.name}`,
    );
  }
  if (microKernel === undefined)
    throw new TypeError("'microKernel' must be given, since the 'kernel' of 'spec' is 'hand-written'");
  for (const property of ['isa', 'precision', 'mu', 'nu'] as const) {
    if (microKernel[property] !== wanted[property]) {
      throw new RangeError(
        `'microKernel.${property}' must be that of 'spec', ${wanted[property]}, got ${microKernel[property]}`,
      );
    }
  }
}

/** A name that a linker and a C compiler take. */
function checkSymbol(symbol: unknown): asserts symbol is string {
  if (typeof symbol !== 'string' || !/^[A-Za-z_]\w*$/.test(symbol)) {
    throw new RangeError(`'symbol' must be a name as C has them, got '${String(symbol)}'`);
  }
}

/** Checks that an instruction set can be written in a form. */
function checkForm({ isa }: KernelSpec, form: unknown): void {
  const forms: readonly unknown[] = formsOf(isa);
  if (forms.includes(form)) return;
  const names = forms.map((name) => `'${name}'`).join(' or ');
  throw new RangeError(`'form' must be ${names} with isa '${isa}', got '${String(form)}'`);
}

/** The vectors of WebAssembly. */
const WASM_VECTOR_BYTES = 16;

/** Checks that a target has the instructions of a specification. JavaScript has no choice of them. */
function checkInstructionSet({ isa }: KernelSpec, target: Kernel['target']): void {
  const sets = Object.keys(vectorClasses) as InstructionSet[];
  const ofX64 = sets.filter((set) => set !== 'simd128' && set !== 'neon');
  const usable: readonly InstructionSet[] = {
    x64: ofX64,
    object: ofX64,
    // Kernels for narrow vectors of x86-64 are kernels for any vectors of that width.
    wasm: sets.filter((set) => {
      const { bytes } = vectorClasses[set];
      return set !== 'neon' && (bytes === 'element' || bytes <= WASM_VECTOR_BYTES);
    }),
    c: sets,
    js: sets,
  }[target];
  if (!usable.includes(isa)) {
    const names = usable.map((set) => `'${set}'`).join(' or ');
    throw new RangeError(`'isa' must be ${names} with target '${target}', got '${isa}'`);
  }
}

/** Fills in what memory a module is for. @throws {TypeError | RangeError} When it is none that there is. */
function memoryOf(memory: unknown): WasmMemory {
  const given = givenOf<WasmMemory>(
    'WebAssembly',
    (memory ?? {}) as Partial<WasmMemory>,
    Object.keys(defaultWasmMemory),
  );
  const complete = { ...defaultWasmMemory, ...given };
  checkChoice('addressBits', complete.addressBits, [32, 64]);
  checkChoice('shared', complete.shared, [false, true]);
  return complete;
}

/**
 * Generates the code of a kernel for a target. Pure: the same specification gives the same code, everywhere.
 *
 * @param spec The kernel; checked as by {@linkcode gemmSpec}, {@linkcode gemvSpec} or {@linkcode gerSpec}, as its `routine` says.
 * @param options The target, and the innermost loop where it is written by hand.
 * @throws {TypeError} When `spec` or `options` is no object, or a parameter has the wrong type.
 * @throws {RangeError} When a parameter or the target has a value that cannot be generated.
 * @example
 * ```ts
 * import { generate, gemmSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const spec = gemmSpec({ isa: 'avx2' });
 * const native = generate(spec, { target: 'x64' });
 * assert.equal(native.abi.fields.alpha, 3);
 * assert.match(native.listing(), /vfmadd231pd ymm/);
 * const portable = generate(spec, { target: 'js' });
 * assert.equal(typeof new Function(`return ${portable.text}`)(), 'function');
 * ```
 */
export function generate<Name extends Routine, Target extends Kernel['target']>(
  spec: Extract<KernelSpec, { routine: Name }>,
  options: GenerateOptions<Target>,
): Extract<Kernel<Name>, { target: Target }>;
export function generate(spec: KernelSpec, options: GenerateOptions): Kernel {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`'options' must be an object with a target, got ${String(options)}`);
  }
  const routine = spec?.routine ?? 'gemm';
  checkChoice('routine', routine, Object.keys(generators));
  // The entry of a routine takes the specifications of just that routine, which the compiler cannot follow.
  const { check, x64, wasm, js, c, x64Abi, wasmAbi, jsAbi } = generators[routine] as unknown as Generators<'gemm'>;
  const checked = check(spec as GemmSpec);
  checkChoice('target', options.target, targets);
  checkInstructionSet(checked, options.target);
  checkMicroKernel(checked, options);
  if (options.target === 'js') {
    const text = js(checked);
    return { target: 'js', text, abi: jsAbi, listing: () => text };
  }
  if (options.target === 'wasm') {
    return { target: 'wasm', ...wasm(checked, memoryOf(options.memory)), abi: wasmAbi };
  }
  const { symbol = `${checked.precision === 'double' ? 'd' : 's'}${routine}_kernel` } = options;
  if (options.target === 'c') {
    const { form = defaultForm(checked.isa) } = options;
    checkSymbol(symbol);
    checkForm(checked, form);
    const text = c(checked, symbol, form);
    return { target: 'c', text, symbol, abi: x64Abi, listing: () => text };
  }
  if (options.target === 'object') {
    checkSymbol(symbol);
    const code = x64(checked, options.microKernel);
    const bytes = elfObject({ functions: [{ name: symbol, isGlobal: true, code }] });
    return { target: 'object', bytes, symbol, abi: x64Abi, listing: code.listing };
  }
  const { bytes, listing } = x64(checked, options.microKernel);
  return { target: 'x64', bytes, abi: x64Abi, listing };
}
