/**
 * The notation of the instruction table, and its types.
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
