/**
 * The notation of the instruction table, as types and as a parser.
 *
 * A form is two strings, close to how the processor manuals write an instruction.
 *
 * Operands, separated by commas; alternatives by slashes; `{k}` and `{kz}` let a destination be masked, `{k!}` demands it:
 *
 * | token | operand |
 * | --- | --- |
 * | `r8 r32 r64` | general-purpose register; `al eax rax cl` only that one |
 * | `d64` | 64-bit register that the instruction writes through its 32-bit half |
 * | `x y z` | xmm, ymm, zmm |
 * | `v`, `h` | vector as wide as the instruction, half as wide (at least xmm) |
 * | `k` | mask register |
 * | `m m8 .. m512` | memory of no particular size, of so many bits |
 * | `mv mh` | memory as wide as the instruction's vector, half as wide |
 * | `b32 b64` | one element in memory, broadcast to the size of the memory beside it |
 * | `iv32 iv64`, `ih32` | memory indexed by a vector (as wide as the instruction's, half as wide), of so many bits an element |
 * | `i8 i32` | immediate, sign-extended; `u8 u32 i64` exactly so wide; `1` the number |
 * | `n32` | 32-bit immediate that sign-extends to one of the last numbers of 64 unsigned bits |
 * | `rel8 rel32` | label, by its distance |
 *
 * Encoding: which field of the encoding takes each operand, then prefixes and opcode. `R` ModRM.reg, `M` ModRM.rm, `V`
 * VEX.vvvv, `O` the opcode's low bits, `I` immediate, `S` the immediate's high half, `D` displacement, `X` none; `ZO` says
 * there are no operands. Then `66 F2 F3 F0` prefixes, `W` for REX.W, or one `VEX.`/`EVEX.` word with vector lengths
 * (128, 256, 512), prefix, opcode map and W; then the opcode's bytes, `50+` with a register in its low bits, `/4` for
 * ModRM.reg, `N8` for the unit of the compressed displacement where it is not the memory operand's size.
 */

import type {
  Broadcast,
  Gpr8,
  Gpr32,
  Gpr64,
  IndexedMemory,
  Label,
  Masked,
  MaskRegister,
  Memory,
  Vector,
  Xmm,
  Ymm,
  Zmm,
} from './x64_operands.ts';

/** A row of the instruction table. */
export interface Form<Operands extends string = string> {
  readonly operands: Operands;
  readonly encoding: string;
}

/** Writes a row. */
export function form<Operands extends string>(operands: Operands, encoding: string): Form<Operands> {
  return { operands, encoding };
}

// The types of the tokens. `V` stands for the one vector width of the instruction.
interface Kinds<V extends Vector> {
  r8: Gpr8;
  r32: Gpr32;
  r64: Gpr64;
  d64: Gpr64;
  al: Gpr8;
  cl: Gpr8;
  eax: Gpr32;
  rax: Gpr64;
  x: Xmm;
  y: Ymm;
  z: Zmm;
  v: V;
  h: Xmm | Ymm;
  k: MaskRegister;
  'x{kz}': Xmm | Masked<Xmm>;
  'y{kz}': Ymm | Masked<Ymm>;
  'z{kz}': Zmm | Masked<Zmm>;
  'v{kz}': V | Masked<V>;
  'h{kz}': Xmm | Ymm | Masked<Xmm | Ymm>;
  'v{k!}': Masked<V>;
  'h{k!}': Masked<Xmm | Ymm>;
  'k{k}': MaskRegister | Masked<MaskRegister>;
  m: Memory;
  m8: Memory;
  m16: Memory;
  m32: Memory;
  m64: Memory;
  m128: Memory;
  m256: Memory;
  m512: Memory;
  mv: Memory;
  mh: Memory;
  'm32{k}': Memory | Masked<Memory>;
  'm64{k}': Memory | Masked<Memory>;
  'm128{k}': Memory | Masked<Memory>;
  'm256{k}': Memory | Masked<Memory>;
  'mv{k}': Memory | Masked<Memory>;
  'mh{k}': Memory | Masked<Memory>;
  b32: Broadcast;
  b64: Broadcast;
  iv32: IndexedMemory;
  iv64: IndexedMemory;
  ih32: IndexedMemory;
  ih64: IndexedMemory;
  'iv32{k!}': Masked<IndexedMemory>;
  'iv64{k!}': Masked<IndexedMemory>;
  'ih32{k!}': Masked<IndexedMemory>;
  'ih64{k!}': Masked<IndexedMemory>;
  i8: number;
  u8: number;
  i32: number;
  u32: number;
  n32: bigint;
  i64: number | bigint;
  '1': 1;
  rel8: Label;
  rel32: Label;
}

type Kind<Token extends string, V extends Vector> = Token extends `${infer First}/${infer Rest}`
  ? Kind<First, V> | Kind<Rest, V>
  : Token extends keyof Kinds<V>
    ? Kinds<V>[Token]
    : never;

/** The tuple of operand types that a pattern such as `'v{kz}, v, v/mv/b64'` allows. */
export type OperandTypes<Pattern extends string, V extends Vector> = Pattern extends ''
  ? []
  : Pattern extends `${infer First}, ${infer Rest}`
    ? [Kind<First, V>, ...OperandTypes<Rest, V>]
    : [Kind<Pattern, V>];

type Tokens<Operand extends string> = Operand extends `${infer First}/${infer Rest}` ? First | Tokens<Rest> : Operand;
type Unmasked<Operand extends string> = Operand extends `${infer Bare}{${string}}` ? Bare : Operand;
type Covered<Pattern extends string, By extends string> = Pattern extends `${infer First}, ${infer Rest}`
  ? By extends `${infer ByFirst}, ${infer ByRest}`
    ? [Tokens<First>] extends [Tokens<Unmasked<ByFirst>>]
      ? Covered<Rest, ByRest>
      : false
    : false
  : By extends `${string}, ${string}`
    ? false
    : [Tokens<Pattern>] extends [Tokens<Unmasked<By>>]
      ? true
      : false;

/**
 * The patterns that another one does not cover: EVEX forms mostly cover their VEX forms. TypeScript infers the vector
 * width of an instruction only when masked and unmasked destinations meet in one pattern.
 */
export type Essential<Pattern extends string, All extends string = Pattern> = Pattern extends string
  ? true extends (All extends Pattern ? false : Covered<Pattern, All>)
    ? never
    : Pattern
  : never;

/** One thing that an operand may be. */
export type Alternative =
  | { readonly kind: 'general'; readonly bits: 8 | 32 | 64; readonly only?: number; readonly writes32?: true }
  | { readonly kind: 'vector'; readonly bits: 128 | 256 | 512 }
  | { readonly kind: 'mask' }
  | { readonly kind: 'memory'; readonly bytes: number }
  | { readonly kind: 'broadcast'; readonly bytes: number; readonly factor: number }
  | { readonly kind: 'indexed'; readonly bytes: number; readonly bits: 128 | 256 | 512 }
  | {
      readonly kind: 'immediate';
      readonly bytes: 0 | 1 | 4 | 8;
      readonly minimum: number | bigint;
      readonly maximum: number | bigint;
    }
  | { readonly kind: 'relative'; readonly bytes: 1 | 4 };

/** One operand of a form of one vector length. */
export interface Slot {
  readonly alternatives: readonly Alternative[];
  /** Field of the encoding: a letter of the notation above. */
  readonly role: string;
  readonly masking: 'none' | 'merge' | 'zero' | 'demanded';
}

/** A form for one vector length, ready to match and encode. */
export interface Encoding {
  readonly space: 'legacy' | 'vex' | 'evex';
  readonly slots: readonly Slot[];
  /** Mandatory and lock prefixes, in the order written. */
  readonly prefixes: readonly number[];
  /** Legacy: every opcode byte. VEX and EVEX: the one after the prefix. */
  readonly opcode: readonly number[];
  readonly map: number;
  readonly w: 0 | 1;
  readonly length: 0 | 1 | 2;
  /** Opcode extension in ModRM.reg. */
  readonly digit: number;
  /** Unit of the compressed displacement, where it is not the size of the access. */
  readonly unit: number | undefined;
}

const only: Record<string, Alternative> = {
  al: { kind: 'general', bits: 8, only: 0 },
  cl: { kind: 'general', bits: 8, only: 1 },
  eax: { kind: 'general', bits: 32, only: 0 },
  rax: { kind: 'general', bits: 64, only: 0 },
  r8: { kind: 'general', bits: 8 },
  r32: { kind: 'general', bits: 32 },
  r64: { kind: 'general', bits: 64 },
  d64: { kind: 'general', bits: 64, writes32: true },
  x: { kind: 'vector', bits: 128 },
  y: { kind: 'vector', bits: 256 },
  z: { kind: 'vector', bits: 512 },
  k: { kind: 'mask' },
  m: { kind: 'memory', bytes: 0 },
  i8: { kind: 'immediate', bytes: 1, minimum: -128, maximum: 127 },
  u8: { kind: 'immediate', bytes: 1, minimum: 0, maximum: 255 },
  i32: { kind: 'immediate', bytes: 4, minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  u32: { kind: 'immediate', bytes: 4, minimum: 0, maximum: 2 ** 32 - 1 },
  n32: { kind: 'immediate', bytes: 4, minimum: 2n ** 64n - 2n ** 31n, maximum: 2n ** 64n - 1n },
  i64: { kind: 'immediate', bytes: 8, minimum: -(2n ** 63n), maximum: 2n ** 64n - 1n },
  '1': { kind: 'immediate', bytes: 0, minimum: 1, maximum: 1 },
  rel8: { kind: 'relative', bytes: 1 },
  rel32: { kind: 'relative', bytes: 4 },
};

type Width = 128 | 256 | 512;

function alternative(token: string, width: Width, beside: number): Alternative {
  const fixed = only[token];
  if (fixed !== undefined) return fixed;
  const half = Math.max(128, width / 2) as Width;
  if (token === 'v') return { kind: 'vector', bits: width };
  if (token === 'h') return { kind: 'vector', bits: half };
  if (token === 'mv') return { kind: 'memory', bytes: width / 8 };
  if (token === 'mh') return { kind: 'memory', bytes: width / 16 };
  const [, letters, digits] = /^(m|b|iv|ih)(\d+)$/.exec(token)!;
  const bytes = Number(digits) / 8;
  if (letters === 'm') return { kind: 'memory', bytes };
  if (letters === 'b') return { kind: 'broadcast', bytes, factor: beside / bytes };
  return { kind: 'indexed', bytes, bits: letters === 'iv' ? width : half };
}

const maskings = { '{k}': 'merge', '{kz}': 'zero', '{k!}': 'demanded' } as const;

function slots(pattern: string, roles: string, width: Width): Slot[] {
  if (pattern === '') return [];
  return pattern.split(', ').map((operand, position) => {
    const decoration = /\{.*\}$/.exec(operand)?.[0] as keyof typeof maskings | undefined;
    let beside = 0;
    const alternatives = operand
      .replace(/\{.*\}$/, '')
      .split('/')
      .map((token) => {
        const one = alternative(token, width, beside);
        if (one.kind === 'memory') beside = one.bytes;
        return one;
      });
    return { alternatives, role: roles[position]!, masking: decoration ? maskings[decoration] : 'none' };
  });
}

const maps: Record<string, number> = { '0F': 1, '0F38': 2, '0F3A': 3 };
const lengths: Record<string, 0 | 1 | 2> = { 128: 0, 256: 1, 512: 2 };

/** The encodings a row stands for: one for each vector length. */
export function parse(row: Form): Encoding[] {
  const [roles, ...words] = row.encoding.split(' ') as [string, ...string[]];
  const vector = /^E?VEX/.test(words[0] ?? '') ? words.shift()!.split('.') : undefined;
  const prefixes: number[] = [];
  const opcode: number[] = [];
  let w: 0 | 1 = 0;
  let map = 0;
  let digit = 0;
  let unit: number | undefined;
  const widths: Width[] = [];
  for (const part of vector?.slice(1) ?? []) {
    if (part in lengths) widths.push(Number(part) as Width);
    else if (part in maps) map = maps[part]!;
    else if (part === 'W1') w = 1;
    else if (part !== 'W0' && part !== 'WIG') prefixes.push(Number.parseInt(part, 16));
  }
  for (const word of words) {
    if (word === 'W') w = 1;
    else if (word.startsWith('/')) digit = Number(word.slice(1));
    else if (word.startsWith('N')) unit = Number(word.slice(1));
    else if (!vector && opcode.length === 0 && /^(66|F[023])$/.test(word)) prefixes.push(Number.parseInt(word, 16));
    else opcode.push(Number.parseInt(word, 16));
  }
  const space = vector === undefined ? 'legacy' : vector[0] === 'VEX' ? 'vex' : 'evex';
  const scalable = /(^|[ /])(v|h|mv|mh|i[vh]\d+)\b/.test(row.operands);
  if (widths.length === 0)
    widths.push(...((scalable ? (space === 'evex' ? [128, 256, 512] : [128, 256]) : [128]) as Width[]));
  return widths.map((width) => ({
    space,
    slots: slots(row.operands, roles === 'ZO' ? '' : roles, width),
    prefixes,
    opcode,
    map,
    w,
    length: lengths[width]!,
    digit,
    unit,
  }));
}
