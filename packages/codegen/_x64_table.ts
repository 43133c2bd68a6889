/**
 * Every instruction the assembler knows, one row a form. `_x64_forms.ts` explains the notation. Sources: Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 2; AMD64 Architecture Programmer's Manual, volumes 3 and 4.
 *
 * Where several forms fit, the assembler takes the shortest, but never EVEX where VEX will do: the code may be meant for
 * a processor without AVX-512. At equal length the earlier row wins.
 */

import { type Form, form as f } from './_x64_forms.ts';

type Rows<Names extends string, Operands extends string> = Record<Names, readonly Form<Operands>[]>;

const conditionCodes = {
  o: 0,
  no: 1,
  b: 2,
  c: 2,
  nae: 2,
  ae: 3,
  nb: 3,
  nc: 3,
  e: 4,
  z: 4,
  ne: 5,
  nz: 5,
  be: 6,
  na: 6,
  a: 7,
  nbe: 7,
  s: 8,
  ns: 9,
  p: 10,
  pe: 10,
  np: 11,
  po: 11,
  l: 12,
  nge: 12,
  ge: 13,
  nl: 13,
  le: 14,
  ng: 14,
  g: 15,
  nle: 15,
} as const;

type Condition = keyof typeof conditionCodes;

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}

/** `jz`, `cmovz`, `setz`, ...: a row for each condition, `rows` given its number. */
function conditional<Prefix extends string, Operands extends string>(
  prefix: Prefix,
  rows: (code: number) => readonly Form<Operands>[],
) {
  return Object.fromEntries(
    Object.entries(conditionCodes).map(([condition, code]) => [prefix + condition, rows(code)]),
  ) as Rows<`${Prefix}${Condition}`, Operands>;
}

/** `add`, `cmp` and their like: eight instructions that differ in three bits. */
function integer(digit: number) {
  const base = digit * 8;
  return [
    f('r64/m64, i8', `MI W 83 /${digit}`),
    f('rax, i32', `XI W ${hex(base + 5)}`),
    f('r64/m64, i32', `MI W 81 /${digit}`),
    f('r64/m64, r64', `MR W ${hex(base + 1)}`),
    f('r64, m64', `RM W ${hex(base + 3)}`),
    f('r32/m32, i8', `MI 83 /${digit}`),
    f('eax, i32', `XI ${hex(base + 5)}`),
    f('r32/m32, i32', `MI 81 /${digit}`),
    f('r32/m32, r32', `MR ${hex(base + 1)}`),
    f('r32, m32', `RM ${hex(base + 3)}`),
  ];
}

/** `inc`, `neg` and their like. */
function unary(opcode: string) {
  return [f('r64/m64', `M W ${opcode}`), f('r32/m32', `M ${opcode}`)];
}

/** Shifts and rotations. */
function shift(digit: number) {
  return [
    f('r64/m64, 1', `MX W D1 /${digit}`),
    f('r64/m64, u8', `MI W C1 /${digit}`),
    f('r64/m64, cl', `MX W D3 /${digit}`),
    f('r32/m32, 1', `MX D1 /${digit}`),
    f('r32/m32, u8', `MI C1 /${digit}`),
    f('r32/m32, cl', `MX D3 /${digit}`),
  ];
}

/** `bsf`, `imul` and their like: register from register or memory. */
function fromGeneral(prefix: string, opcode: string) {
  return [f('r64, r64/m64', `RM ${prefix}W ${opcode}`), f('r32, r32/m32', `RM ${prefix}${opcode}`)];
}

/** `shlx`, `bzhi`: BMI2 with the second source in VEX.vvvv. */
function bmi(roles: 'RMV', prefix: string, opcode: string) {
  return [
    f('r64, r64/m64, r64', `${roles} VEX.${prefix}0F38.W1 ${opcode}`),
    f('r32, r32/m32, r32', `${roles} VEX.${prefix}0F38.W0 ${opcode}`),
  ];
}

const packed = { pd: '66', ps: '' } as const;
const scalar = { sd: 'F2', ss: 'F3' } as const;
const dotted = { pd: '66.', ps: '', sd: 'F2.', ss: 'F3.' } as const;
const evexW = { pd: 'W1', ps: 'W0', sd: 'W1', ss: 'W0' } as const;

/** A two-operand SSE instruction in `pd` and `ps`. */
function ssePacked<Name extends string>(name: Name, opcode: string) {
  return {
    [`${name}pd`]: [f('x, x/m128', `RM 66 0F ${opcode}`)],
    [`${name}ps`]: [f('x, x/m128', `RM 0F ${opcode}`)],
  } as unknown as Rows<`${Name}${'pd' | 'ps'}`, 'x, x/m128'>;
}

/** A three-operand AVX and AVX-512 instruction in `pd` and `ps`. */
function vexPacked<Name extends string>(name: Name, opcode: string) {
  return {
    [`v${name}pd`]: [
      f('v, v, v/mv', `RVM VEX.66.0F.WIG ${opcode}`),
      f('v{kz}, v, v/mv/b64', `RVM EVEX.66.0F.W1 ${opcode}`),
    ],
    [`v${name}ps`]: [f('v, v, v/mv', `RVM VEX.0F.WIG ${opcode}`), f('v{kz}, v, v/mv/b32', `RVM EVEX.0F.W0 ${opcode}`)],
  } as unknown as Rows<`v${Name}pd`, 'v, v, v/mv' | 'v{kz}, v, v/mv/b64'> &
    Rows<`v${Name}ps`, 'v, v, v/mv' | 'v{kz}, v, v/mv/b32'>;
}

function scalars<Name extends string>(name: Name, opcode: string) {
  return {
    [`${name}sd`]: [f('x, x/m64', `RM F2 0F ${opcode}`)],
    [`${name}ss`]: [f('x, x/m32', `RM F3 0F ${opcode}`)],
    [`v${name}sd`]: [
      f('x, x, x/m64', `RVM VEX.F2.0F.WIG ${opcode}`),
      f('x{kz}, x, x/m64', `RVM EVEX.128.F2.0F.W1 ${opcode}`),
    ],
    [`v${name}ss`]: [
      f('x, x, x/m32', `RVM VEX.F3.0F.WIG ${opcode}`),
      f('x{kz}, x, x/m32', `RVM EVEX.128.F3.0F.W0 ${opcode}`),
    ],
  } as unknown as Rows<`${Name}sd`, 'x, x/m64'> &
    Rows<`${Name}ss`, 'x, x/m32'> &
    Rows<`v${Name}sd`, 'x{kz}, x, x/m64'> &
    Rows<`v${Name}ss`, 'x{kz}, x, x/m32'>;
}

/** `add`, `mul`, ... in all four types and all encodings. */
function arithmetic<Name extends string>(name: Name, opcode: string) {
  return { ...ssePacked(name, opcode), ...vexPacked(name, opcode), ...scalars(name, opcode) };
}

/** Bitwise operations and interleavings: packed only. */
function bitwise<Name extends string>(name: Name, opcode: string) {
  return { ...ssePacked(name, opcode), ...vexPacked(name, opcode) };
}

const fusedOpcodes = { madd: 0x98, msub: 0x9a, nmadd: 0x9c, nmsub: 0x9e } as const;
const fusedOrders = { 132: 0x00, 213: 0x10, 231: 0x20 } as const;

/** `vfmadd231pd` and its 47 relatives. */
function fused() {
  const rows: Record<string, Form[]> = {};
  for (const [sign, opcode] of Object.entries(fusedOpcodes)) {
    for (const [order, offset] of Object.entries(fusedOrders)) {
      const whole = hex(opcode + offset);
      const single = hex(opcode + offset + 1);
      for (const [type, w, element] of [
        ['pd', 'W1', 'b64'],
        ['ps', 'W0', 'b32'],
      ] as const) {
        rows[`vf${sign}${order}${type}`] = [
          f('v, v, v/mv', `RVM VEX.66.0F38.${w} ${whole}`),
          f(`v{kz}, v, v/mv/${element}`, `RVM EVEX.66.0F38.${w} ${whole}`),
        ];
      }
      for (const [type, w, memory] of [
        ['sd', 'W1', 'm64'],
        ['ss', 'W0', 'm32'],
      ] as const) {
        rows[`vf${sign}${order}${type}`] = [
          f(`x, x, x/${memory}`, `RVM VEX.66.0F38.${w} ${single}`),
          f(`x{kz}, x, x/${memory}`, `RVM EVEX.128.66.0F38.${w} ${single}`),
        ];
      }
    }
  }
  type Name<Type extends string> = `vf${keyof typeof fusedOpcodes}${keyof typeof fusedOrders}${Type}`;
  return rows as unknown as Rows<Name<'pd'>, 'v{kz}, v, v/mv/b64'> &
    Rows<Name<'ps'>, 'v{kz}, v, v/mv/b32'> &
    Rows<Name<'sd'>, 'x{kz}, x, x/m64'> &
    Rows<Name<'ss'>, 'x{kz}, x, x/m32'>;
}

/** `movups` and its like: whole vectors, loaded and stored, aligned or not. */
function moves<Name extends string>(name: Name, load: string, store: string) {
  const both = (type: 'pd' | 'ps') => {
    const prefix = packed[type] && `${packed[type]} `;
    return [f('x, x/m128', `RM ${prefix}0F ${load}`), f('m128, x', `MR ${prefix}0F ${store}`)];
  };
  const wide = (type: 'pd' | 'ps') => [
    f('v, v/mv', `RM VEX.${dotted[type]}0F.WIG ${load}`),
    f('v/mv, v', `MR VEX.${dotted[type]}0F.WIG ${store}`),
    f('v{kz}, v/mv', `RM EVEX.${dotted[type]}0F.${evexW[type]} ${load}`),
    f('mv{k}, v', `MR EVEX.${dotted[type]}0F.${evexW[type]} ${store}`),
  ];
  return {
    [`${name}pd`]: both('pd'),
    [`${name}ps`]: both('ps'),
    [`v${name}pd`]: wide('pd'),
    [`v${name}ps`]: wide('ps'),
  } as unknown as Rows<`${Name}${'pd' | 'ps'}`, 'x, x/m128' | 'm128, x'> &
    Rows<`v${Name}${'pd' | 'ps'}`, 'v{kz}, v/mv' | 'mv{k}, v'>;
}

/** `movsd`, `movss`: one element. */
function scalarMoves() {
  const both = <Type extends 'sd' | 'ss', Memory extends 'm64' | 'm32'>(type: Type, memory: Memory) => ({
    narrow: [
      f('x, x', `RM ${scalar[type]} 0F 10`),
      f(`x, ${memory}`, `RM ${scalar[type]} 0F 10`),
      f(`${memory}, x`, `MR ${scalar[type]} 0F 11`),
    ],
    wide: [
      f('x, x, x', `RVM VEX.${dotted[type]}0F.WIG 10`),
      f('x, x, x', `MVR VEX.${dotted[type]}0F.WIG 11`),
      f(`x, ${memory}`, `RM VEX.${dotted[type]}0F.WIG 10`),
      f(`${memory}, x`, `MR VEX.${dotted[type]}0F.WIG 11`),
      f('x{kz}, x, x', `RVM EVEX.128.${dotted[type]}0F.${evexW[type]} 10`),
      f(`x{kz}, ${memory}`, `RM EVEX.128.${dotted[type]}0F.${evexW[type]} 10`),
      f(`${memory}{k}, x`, `MR EVEX.128.${dotted[type]}0F.${evexW[type]} 11`),
    ],
  });
  const double = both('sd', 'm64');
  const single = both('ss', 'm32');
  return { movsd: double.narrow, movss: single.narrow, vmovsd: double.wide, vmovss: single.wide };
}

/** `movlpd`, `movhps`, ...: half an xmm register. */
function halfMoves<Name extends string>(name: Name, opcode: number) {
  const rows: Record<string, Form[]> = {};
  for (const type of ['pd', 'ps'] as const) {
    const prefix = packed[type] && `${packed[type]} `;
    rows[name + type] = [
      f('x, m64', `RM ${prefix}0F ${hex(opcode)}`),
      f('m64, x', `MR ${prefix}0F ${hex(opcode + 1)}`),
    ];
    // `vmovlps` moves two singles: its compressed displacement counts 8 bytes too.
    rows[`v${name}${type}`] = [
      f('x, x, m64', `RVM VEX.${dotted[type]}0F.WIG ${hex(opcode)}`),
      f('m64, x', `MR VEX.${dotted[type]}0F.WIG ${hex(opcode + 1)}`),
      f('x, x, m64', `RVM EVEX.128.${dotted[type]}0F.${evexW[type]} ${hex(opcode)}`),
      f('m64, x', `MR EVEX.128.${dotted[type]}0F.${evexW[type]} ${hex(opcode + 1)}`),
    ];
  }
  return rows as unknown as Rows<`${Name}${'pd' | 'ps'}`, 'x, m64' | 'm64, x'> &
    Rows<`v${Name}${'pd' | 'ps'}`, 'x, x, m64' | 'm64, x'>;
}

/** Integer operations on vectors that AVX-512 renames by element: `vpaddq` keeps its name, `vpxor` becomes `vpxord`. */
function integers(opcode: string, element: 'b32' | 'b64', map = '0F') {
  const w = element === 'b64' ? 'W1' : 'W0';
  return [
    f('v, v, v/mv', `RVM VEX.66.${map}.WIG ${opcode}`),
    element === 'b64'
      ? f('v{kz}, v, v/mv/b64', `RVM EVEX.66.${map}.${w} ${opcode}`)
      : f('v{kz}, v, v/mv/b32', `RVM EVEX.66.${map}.${w} ${opcode}`),
  ];
}

/** An AVX-512 operation with two sources, in the given element. */
function evex64(opcode: string, map = '0F38') {
  return [f('v{kz}, v, v/mv/b64', `RVM EVEX.66.${map}.W1 ${opcode}`)];
}
function evex32(opcode: string, map = '0F38') {
  return [f('v{kz}, v, v/mv/b32', `RVM EVEX.66.${map}.W0 ${opcode}`)];
}

/** Shifts of each element by one number. */
function elementShift(opcode: string, digit: number, element: 'b32' | 'b64') {
  return [
    f('v, v, u8', `VMI VEX.66.0F.WIG ${opcode} /${digit}`),
    element === 'b64'
      ? f('v{kz}, v/mv/b64, u8', `VMI EVEX.66.0F.W1 ${opcode} /${digit}`)
      : f('v{kz}, v/mv/b32, u8', `VMI EVEX.66.0F.W0 ${opcode} /${digit}`),
  ];
}

const sse128 = (encoding: string) => [f('x, x/m128', encoding)];

/** A piece of 128 or 256 bits put into a vector, or taken out of it. */
const insert = {
  quarter: (w: string, opcode: string) => [f('v{kz}, v, x/m128, u8', `RVMI EVEX.256.512.66.0F3A.${w} ${opcode}`)],
  half: (w: string, opcode: string) => [f('z{kz}, z, y/m256, u8', `RVMI EVEX.512.66.0F3A.${w} ${opcode}`)],
};
const extract = {
  quarter: (w: string, opcode: string) => [
    f('x{kz}, v, u8', `MRI EVEX.256.512.66.0F3A.${w} ${opcode}`),
    f('m128{k}, v, u8', `MRI EVEX.256.512.66.0F3A.${w} ${opcode}`),
  ],
  half: (w: string, opcode: string) => [
    f('y{kz}, z, u8', `MRI EVEX.512.66.0F3A.${w} ${opcode}`),
    f('m256{k}, z, u8', `MRI EVEX.512.66.0F3A.${w} ${opcode}`),
  ],
};

/** Integer moves of AVX-512, which name their element for the mask's sake. */
function integerMoves(prefix: string, w: string, load: string, store: string) {
  return [f('v{kz}, v/mv', `RM EVEX.${prefix}.0F.${w} ${load}`), f('mv{k}, v', `MR EVEX.${prefix}.0F.${w} ${store}`)];
}

const maskSizes = { b: ['66.', 'W0'], w: ['', 'W0'], d: ['66.', 'W1'], q: ['', 'W1'] } as const;

/** Mask operations for 8, 16, 32 and 64 elements. */
function maskOperation<Name extends string, Operands extends string>(name: Name, operands: Operands, encoding: string) {
  return Object.fromEntries(
    Object.entries(maskSizes).map(([size, [prefix, w]]) => [
      name + size,
      [f(operands, encoding.replace('0F', `${prefix}0F.${w}`))],
    ]),
  ) as unknown as Rows<`${Name}${keyof typeof maskSizes}`, Operands>;
}

function maskShift<Name extends string>(name: Name, opcode: number) {
  return {
    [`${name}b`]: [f('k, k, u8', `RMI VEX.66.0F3A.W0 ${hex(opcode)}`)],
    [`${name}w`]: [f('k, k, u8', `RMI VEX.66.0F3A.W1 ${hex(opcode)}`)],
    [`${name}d`]: [f('k, k, u8', `RMI VEX.66.0F3A.W0 ${hex(opcode + 1)}`)],
    [`${name}q`]: [f('k, k, u8', `RMI VEX.66.0F3A.W1 ${hex(opcode + 1)}`)],
  } as unknown as Rows<`${Name}${keyof typeof maskSizes}`, 'k, k, u8'>;
}

type Joined<Parts> = Parts extends readonly [infer First, ...infer Rest] ? First & Joined<Rest> : unknown;

/**
 * All parts in one object, a dictionary from the start: V8 copies the shape of an ordinary one at each of the first
 * hundreds of properties, which took longer than everything else at import.
 */
function join<Parts extends readonly object[]>(...parts: Parts): Joined<Parts> {
  return Object.assign(Object.create(null), ...parts);
}

export const table = join(
  {
    // General purpose
    mov: [
      f('d64, u32', 'OI B8'),
      f('r64/m64, i32', 'MI W C7 /0'),
      f('r64, n32', 'MI W C7 /0'),
      f('r64, i64', 'OI W B8'),
      f('r64/m64, r64', 'MR W 89'),
      f('r64, m64', 'RM W 8B'),
      f('r32, u32', 'OI B8'),
      f('r32, i32', 'OI B8'),
      f('m32, i32', 'MI C7 /0'),
      f('r32/m32, r32', 'MR 89'),
      f('r32, m32', 'RM 8B'),
      f('r8, u8', 'OI B0'),
      f('m8, u8', 'MI C6 /0'),
      f('r8/m8, r8', 'MR 88'),
      f('r8, m8', 'RM 8A'),
    ],
    movabs: [f('r64, i64', 'OI W B8')],
    movzx: [f('r32, r8/m8', 'RM 0F B6'), f('r32, m16', 'RM 0F B7')],
    movsx: [
      f('r64, r8/m8', 'RM W 0F BE'),
      f('r64, m16', 'RM W 0F BF'),
      f('r32, r8/m8', 'RM 0F BE'),
      f('r32, m16', 'RM 0F BF'),
    ],
    movsxd: [f('r64, r32/m32', 'RM W 63')],
    movnti: [f('m64, r64', 'MR W 0F C3'), f('m32, r32', 'MR 0F C3')],
    lea: [f('r64, m', 'RM W 8D'), f('r32, m', 'RM 8D')],
    add: integer(0),
    or: integer(1),
    adc: integer(2),
    sbb: integer(3),
    and: integer(4),
    sub: integer(5),
    xor: integer(6),
    cmp: integer(7),
    test: [
      f('rax, i32', 'XI W A9'),
      f('r64/m64, i32', 'MI W F7 /0'),
      f('r64/m64, r64', 'MR W 85'),
      f('eax, i32', 'XI A9'),
      f('r32/m32, i32', 'MI F7 /0'),
      f('r32/m32, r32', 'MR 85'),
      f('al, u8', 'XI A8'),
      f('r8/m8, u8', 'MI F6 /0'),
      f('r8/m8, r8', 'MR 84'),
    ],
    imul: [
      ...fromGeneral('', '0F AF'),
      f('r64, r64/m64, i8', 'RMI W 6B'),
      f('r64, r64/m64, i32', 'RMI W 69'),
      f('r32, r32/m32, i8', 'RMI 6B'),
      f('r32, r32/m32, i32', 'RMI 69'),
    ],
    inc: unary('FF /0'),
    dec: unary('FF /1'),
    not: unary('F7 /2'),
    neg: unary('F7 /3'),
    mul: unary('F7 /4'),
    div: unary('F7 /6'),
    idiv: unary('F7 /7'),
    cqo: [f('', 'ZO W 99')],
    cdq: [f('', 'ZO 99')],
    rol: shift(0),
    ror: shift(1),
    shl: shift(4),
    shr: shift(5),
    sar: shift(7),
    shlx: bmi('RMV', '66.', 'F7'),
    shrx: bmi('RMV', 'F2.', 'F7'),
    sarx: bmi('RMV', 'F3.', 'F7'),
    bzhi: bmi('RMV', '', 'F5'),
    andn: [f('r64, r64, r64/m64', 'RVM VEX.0F38.W1 F2'), f('r32, r32, r32/m32', 'RVM VEX.0F38.W0 F2')],
    bsf: fromGeneral('', '0F BC'),
    bsr: fromGeneral('', '0F BD'),
    tzcnt: fromGeneral('F3 ', '0F BC'),
    lzcnt: fromGeneral('F3 ', '0F BD'),
    popcnt: fromGeneral('F3 ', '0F B8'),
    push: [f('r64', 'O 50'), f('i8', 'I 6A'), f('i32', 'I 68'), f('m64', 'M FF /6')],
    pop: [f('r64', 'O 58'), f('m64', 'M 8F /0')],
    ret: [f('', 'ZO C3')],
    call: [f('rel32', 'D E8'), f('r64/m64', 'M FF /2')],
    jmp: [f('rel8', 'D EB'), f('rel32', 'D E9'), f('r64/m64', 'M FF /4')],
  },
  conditional('j', (code) => [f('rel8', `D ${hex(0x70 + code)}`), f('rel32', `D 0F ${hex(0x80 + code)}`)]),
  conditional('cmov', (code) => fromGeneral('', `0F ${hex(0x40 + code)}`)),
  conditional('set', (code) => [f('r8/m8', `M 0F ${hex(0x90 + code)} /0`)]),
  {
    // The forms of one byte are left out: with `eax` twice they are `nop`, which does not clear the upper half.
    xchg: [f('r64/m64, r64', 'MR W 87'), f('r64, m64', 'RM W 87'), f('r32/m32, r32', 'MR 87'), f('r32, m32', 'RM 87')],
    cmpxchg: [f('r64/m64, r64', 'MR W 0F B1'), f('r32/m32, r32', 'MR 0F B1')],
    xadd: [f('r64/m64, r64', 'MR W 0F C1'), f('r32/m32, r32', 'MR 0F C1')],
    lockCmpxchg: [f('m64, r64', 'MR F0 W 0F B1'), f('m32, r32', 'MR F0 0F B1')],
    lockXadd: [f('m64, r64', 'MR F0 W 0F C1'), f('m32, r32', 'MR F0 0F C1')],
    lockAdd: [
      f('m64, i8', 'MI F0 W 83 /0'),
      f('m64, i32', 'MI F0 W 81 /0'),
      f('m64, r64', 'MR F0 W 01'),
      f('m32, i8', 'MI F0 83 /0'),
      f('m32, i32', 'MI F0 81 /0'),
      f('m32, r32', 'MR F0 01'),
    ],
    prefetchnta: [f('m8', 'M 0F 18 /0')],
    prefetcht0: [f('m8', 'M 0F 18 /1')],
    prefetcht1: [f('m8', 'M 0F 18 /2')],
    prefetcht2: [f('m8', 'M 0F 18 /3')],
    prefetchw: [f('m8', 'M 0F 0D /1')],
    clflush: [f('m8', 'M 0F AE /7')],
    clflushopt: [f('m8', 'M 66 0F AE /7')],
    ldmxcsr: [f('m32', 'M 0F AE /2')],
    stmxcsr: [f('m32', 'M 0F AE /3')],
    rdtsc: [f('', 'ZO 0F 31')],
    rdtscp: [f('', 'ZO 0F 01 F9')],
    rdpmc: [f('', 'ZO 0F 33')],
    lfence: [f('', 'ZO 0F AE E8')],
    mfence: [f('', 'ZO 0F AE F0')],
    sfence: [f('', 'ZO 0F AE F8')],
    pause: [f('', 'ZO F3 90')],
    cpuid: [f('', 'ZO 0F A2')],
    xgetbv: [f('', 'ZO 0F 01 D0')],
    syscall: [f('', 'ZO 0F 05')],
    ud2: [f('', 'ZO 0F 0B')],
    int3: [f('', 'ZO CC')],
    vzeroupper: [f('', 'ZO VEX.128.0F.WIG 77')],
    vzeroall: [f('', 'ZO VEX.256.0F.WIG 77')],
  },

  // Moves between vectors, memory and general-purpose registers
  moves('mova', '28', '29'),
  moves('movu', '10', '11'),
  scalarMoves(),
  halfMoves('movl', 0x12),
  halfMoves('movh', 0x16),
  {
    movhlps: [f('x, x', 'RM 0F 12')],
    movlhps: [f('x, x', 'RM 0F 16')],
    vmovhlps: [f('x, x, x', 'RVM VEX.0F.WIG 12'), f('x, x, x', 'RVM EVEX.128.0F.W0 12')],
    vmovlhps: [f('x, x, x', 'RVM VEX.0F.WIG 16'), f('x, x, x', 'RVM EVEX.128.0F.W0 16')],
    movddup: [f('x, x/m64', 'RM F2 0F 12')],
    vmovddup: [
      f('x, x/m64', 'RM VEX.128.F2.0F.WIG 12'),
      f('v, v/mv', 'RM VEX.256.F2.0F.WIG 12'),
      f('x{kz}, x/m64', 'RM EVEX.128.F2.0F.W1 12'),
      f('v{kz}, v/mv', 'RM EVEX.256.512.F2.0F.W1 12'),
    ],
    movshdup: sse128('RM F3 0F 16'),
    movsldup: sse128('RM F3 0F 12'),
    vmovshdup: [f('v, v/mv', 'RM VEX.F3.0F.WIG 16'), f('v{kz}, v/mv', 'RM EVEX.F3.0F.W0 16')],
    vmovsldup: [f('v, v/mv', 'RM VEX.F3.0F.WIG 12'), f('v{kz}, v/mv', 'RM EVEX.F3.0F.W0 12')],
    movntpd: [f('m128, x', 'MR 66 0F 2B')],
    movntps: [f('m128, x', 'MR 0F 2B')],
    vmovntpd: [f('mv, v', 'MR VEX.66.0F.WIG 2B'), f('mv, v', 'MR EVEX.66.0F.W1 2B')],
    vmovntps: [f('mv, v', 'MR VEX.0F.WIG 2B'), f('mv, v', 'MR EVEX.0F.W0 2B')],
    movd: [f('x, r32/m32', 'RM 66 0F 6E'), f('r32/m32, x', 'MR 66 0F 7E')],
    movq: [
      f('x, x/m64', 'RM F3 0F 7E'),
      f('m64, x', 'MR 66 0F D6'),
      f('x, r64', 'RM 66 W 0F 6E'),
      f('r64, x', 'MR 66 W 0F 7E'),
    ],
    vmovd: [
      f('x, r32/m32', 'RM VEX.66.0F.W0 6E'),
      f('r32/m32, x', 'MR VEX.66.0F.W0 7E'),
      f('x, r32/m32', 'RM EVEX.128.66.0F.W0 6E'),
      f('r32/m32, x', 'MR EVEX.128.66.0F.W0 7E'),
    ],
    vmovq: [
      f('x, x/m64', 'RM VEX.F3.0F.WIG 7E'),
      f('x/m64, x', 'MR VEX.66.0F.WIG D6'),
      f('x, r64', 'RM VEX.66.0F.W1 6E'),
      f('r64, x', 'MR VEX.66.0F.W1 7E'),
      f('x, x/m64', 'RM EVEX.128.F3.0F.W1 7E'),
      f('x, r64', 'RM EVEX.128.66.0F.W1 6E'),
      f('r64/m64, x', 'MR EVEX.128.66.0F.W1 7E'),
    ],
    movdqa: [f('x, x/m128', 'RM 66 0F 6F'), f('m128, x', 'MR 66 0F 7F')],
    movdqu: [f('x, x/m128', 'RM F3 0F 6F'), f('m128, x', 'MR F3 0F 7F')],
    vmovdqa: [f('v, v/mv', 'RM VEX.66.0F.WIG 6F'), f('v/mv, v', 'MR VEX.66.0F.WIG 7F')],
    vmovdqu: [f('v, v/mv', 'RM VEX.F3.0F.WIG 6F'), f('v/mv, v', 'MR VEX.F3.0F.WIG 7F')],
    vmovdqa32: integerMoves('66', 'W0', '6F', '7F'),
    vmovdqa64: integerMoves('66', 'W1', '6F', '7F'),
    vmovdqu8: integerMoves('F2', 'W0', '6F', '7F'),
    vmovdqu16: integerMoves('F2', 'W1', '6F', '7F'),
    vmovdqu32: integerMoves('F3', 'W0', '6F', '7F'),
    vmovdqu64: integerMoves('F3', 'W1', '6F', '7F'),
    movmskpd: [f('r32, x', 'RM 66 0F 50')],
    movmskps: [f('r32, x', 'RM 0F 50')],
    vmovmskpd: [f('r32, v', 'RM VEX.66.0F.WIG 50')],
    vmovmskps: [f('r32, v', 'RM VEX.0F.WIG 50')],
    vmaskmovpd: [f('v, v, mv', 'RVM VEX.66.0F38.W0 2D'), f('mv, v, v', 'MVR VEX.66.0F38.W0 2F')],
    vmaskmovps: [f('v, v, mv', 'RVM VEX.66.0F38.W0 2C'), f('mv, v, v', 'MVR VEX.66.0F38.W0 2E')],
    vpmaskmovq: [f('v, v, mv', 'RVM VEX.66.0F38.W1 8C'), f('mv, v, v', 'MVR VEX.66.0F38.W1 8E')],
    vpmaskmovd: [f('v, v, mv', 'RVM VEX.66.0F38.W0 8C'), f('mv, v, v', 'MVR VEX.66.0F38.W0 8E')],
    vexpandpd: [f('v{kz}, v/mv', 'RM EVEX.66.0F38.W1 88 N8')],
    vexpandps: [f('v{kz}, v/mv', 'RM EVEX.66.0F38.W0 88 N4')],
    vcompresspd: [f('v{kz}, v', 'MR EVEX.66.0F38.W1 8A'), f('mv{k}, v', 'MR EVEX.66.0F38.W1 8A N8')],
    vcompressps: [f('v{kz}, v', 'MR EVEX.66.0F38.W0 8A'), f('mv{k}, v', 'MR EVEX.66.0F38.W0 8A N4')],
    vgatherdpd: [f('v, ih64, v', 'RMV VEX.66.0F38.W1 92'), f('v{k!}, ih64', 'RM EVEX.66.0F38.W1 92')],
    vgatherqpd: [f('v, iv64, v', 'RMV VEX.66.0F38.W1 93'), f('v{k!}, iv64', 'RM EVEX.66.0F38.W1 93')],
    vgatherdps: [f('v, iv32, v', 'RMV VEX.66.0F38.W0 92'), f('v{k!}, iv32', 'RM EVEX.66.0F38.W0 92')],
    vgatherqps: [f('h, iv32, h', 'RMV VEX.66.0F38.W0 93'), f('h{k!}, iv32', 'RM EVEX.66.0F38.W0 93')],
    vscatterdpd: [f('ih64{k!}, v', 'MR EVEX.66.0F38.W1 A2')],
    vscatterqpd: [f('iv64{k!}, v', 'MR EVEX.66.0F38.W1 A3')],
    vscatterdps: [f('iv32{k!}, v', 'MR EVEX.66.0F38.W0 A2')],
    vscatterqps: [f('iv32{k!}, h', 'MR EVEX.66.0F38.W0 A3')],
  },

  // Arithmetic
  arithmetic('add', '58'),
  arithmetic('mul', '59'),
  arithmetic('sub', '5C'),
  arithmetic('min', '5D'),
  arithmetic('div', '5E'),
  arithmetic('max', '5F'),
  ssePacked('sqrt', '51'),
  scalars('sqrt', '51'),
  {
    vsqrtpd: [f('v, v/mv', 'RM VEX.66.0F.WIG 51'), f('v{kz}, v/mv/b64', 'RM EVEX.66.0F.W1 51')],
    vsqrtps: [f('v, v/mv', 'RM VEX.0F.WIG 51'), f('v{kz}, v/mv/b32', 'RM EVEX.0F.W0 51')],
  },
  fused(),
  {
    haddpd: sse128('RM 66 0F 7C'),
    haddps: sse128('RM F2 0F 7C'),
    vhaddpd: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG 7C')],
    vhaddps: [f('v, v, v/mv', 'RVM VEX.F2.0F.WIG 7C')],
  },
  bitwise('and', '54'),
  bitwise('andn', '55'),
  bitwise('or', '56'),
  bitwise('xor', '57'),
  bitwise('unpckl', '14'),
  bitwise('unpckh', '15'),
  {
    ucomisd: [f('x, x/m64', 'RM 66 0F 2E')],
    ucomiss: [f('x, x/m32', 'RM 0F 2E')],
    comisd: [f('x, x/m64', 'RM 66 0F 2F')],
    comiss: [f('x, x/m32', 'RM 0F 2F')],
    vucomisd: [f('x, x/m64', 'RM VEX.66.0F.WIG 2E'), f('x, x/m64', 'RM EVEX.128.66.0F.W1 2E')],
    vucomiss: [f('x, x/m32', 'RM VEX.0F.WIG 2E'), f('x, x/m32', 'RM EVEX.128.0F.W0 2E')],
    vcomisd: [f('x, x/m64', 'RM VEX.66.0F.WIG 2F'), f('x, x/m64', 'RM EVEX.128.66.0F.W1 2F')],
    vcomiss: [f('x, x/m32', 'RM VEX.0F.WIG 2F'), f('x, x/m32', 'RM EVEX.128.0F.W0 2F')],
    cmppd: [f('x, x/m128, u8', 'RMI 66 0F C2')],
    cmpps: [f('x, x/m128, u8', 'RMI 0F C2')],
    vcmppd: [f('v, v, v/mv, u8', 'RVMI VEX.66.0F.WIG C2'), f('k{k}, v, v/mv/b64, u8', 'RVMI EVEX.66.0F.W1 C2')],
    vcmpps: [f('v, v, v/mv, u8', 'RVMI VEX.0F.WIG C2'), f('k{k}, v, v/mv/b32, u8', 'RVMI EVEX.0F.W0 C2')],

    // Conversions
    cvtsi2sd: [f('x, r64/m64', 'RM F2 W 0F 2A'), f('x, r32/m32', 'RM F2 0F 2A')],
    cvtsi2ss: [f('x, r64/m64', 'RM F3 W 0F 2A'), f('x, r32/m32', 'RM F3 0F 2A')],
    cvttsd2si: [f('r64, x/m64', 'RM F2 W 0F 2C'), f('r32, x/m64', 'RM F2 0F 2C')],
    cvttss2si: [f('r64, x/m32', 'RM F3 W 0F 2C'), f('r32, x/m32', 'RM F3 0F 2C')],
    cvtsd2si: [f('r64, x/m64', 'RM F2 W 0F 2D'), f('r32, x/m64', 'RM F2 0F 2D')],
    cvtss2sd: [f('x, x/m32', 'RM F3 0F 5A')],
    cvtsd2ss: [f('x, x/m64', 'RM F2 0F 5A')],
    cvtps2pd: [f('x, x/m64', 'RM 0F 5A')],
    cvtpd2ps: sse128('RM 66 0F 5A'),
    cvtdq2pd: [f('x, x/m64', 'RM F3 0F E6')],
    cvttpd2dq: sse128('RM 66 0F E6'),
    cvtdq2ps: sse128('RM 0F 5B'),
    cvttps2dq: sse128('RM F3 0F 5B'),
    vcvtsi2sd: [
      f('x, x, r64/m64', 'RVM VEX.F2.0F.W1 2A'),
      f('x, x, r32/m32', 'RVM VEX.F2.0F.W0 2A'),
      f('x, x, r64/m64', 'RVM EVEX.128.F2.0F.W1 2A'),
      f('x, x, r32/m32', 'RVM EVEX.128.F2.0F.W0 2A'),
    ],
    vcvtsi2ss: [
      f('x, x, r64/m64', 'RVM VEX.F3.0F.W1 2A'),
      f('x, x, r32/m32', 'RVM VEX.F3.0F.W0 2A'),
      f('x, x, r64/m64', 'RVM EVEX.128.F3.0F.W1 2A'),
      f('x, x, r32/m32', 'RVM EVEX.128.F3.0F.W0 2A'),
    ],
    vcvttsd2si: [
      f('r64, x/m64', 'RM VEX.F2.0F.W1 2C'),
      f('r32, x/m64', 'RM VEX.F2.0F.W0 2C'),
      f('r64, x/m64', 'RM EVEX.128.F2.0F.W1 2C'),
      f('r32, x/m64', 'RM EVEX.128.F2.0F.W0 2C'),
    ],
    vcvttss2si: [
      f('r64, x/m32', 'RM VEX.F3.0F.W1 2C'),
      f('r32, x/m32', 'RM VEX.F3.0F.W0 2C'),
      f('r64, x/m32', 'RM EVEX.128.F3.0F.W1 2C'),
      f('r32, x/m32', 'RM EVEX.128.F3.0F.W0 2C'),
    ],
    vcvtss2sd: [f('x, x, x/m32', 'RVM VEX.F3.0F.WIG 5A'), f('x{kz}, x, x/m32', 'RVM EVEX.128.F3.0F.W0 5A')],
    vcvtsd2ss: [f('x, x, x/m64', 'RVM VEX.F2.0F.WIG 5A'), f('x{kz}, x, x/m64', 'RVM EVEX.128.F2.0F.W1 5A')],
    vcvtps2pd: [f('v, h/mh', 'RM VEX.0F.WIG 5A'), f('v{kz}, h/mh/b32', 'RM EVEX.0F.W0 5A')],
    vcvtpd2ps: [f('h, v/mv', 'RM VEX.66.0F.WIG 5A'), f('h{kz}, v/mv/b64', 'RM EVEX.66.0F.W1 5A')],
    vcvtdq2pd: [f('v, h/mh', 'RM VEX.F3.0F.WIG E6'), f('v{kz}, h/mh/b32', 'RM EVEX.F3.0F.W0 E6')],
    vcvttpd2dq: [f('h, v/mv', 'RM VEX.66.0F.WIG E6'), f('h{kz}, v/mv/b64', 'RM EVEX.66.0F.W1 E6')],
    vcvtdq2ps: [f('v, v/mv', 'RM VEX.0F.WIG 5B'), f('v{kz}, v/mv/b32', 'RM EVEX.0F.W0 5B')],
    vcvttps2dq: [f('v, v/mv', 'RM VEX.F3.0F.WIG 5B'), f('v{kz}, v/mv/b32', 'RM EVEX.F3.0F.W0 5B')],
    vcvtqq2pd: [f('v{kz}, v/mv/b64', 'RM EVEX.F3.0F.W1 E6')],
    vcvttpd2qq: [f('v{kz}, v/mv/b64', 'RM EVEX.66.0F.W1 7A')],

    // Permutations, broadcasts, insertions
    shufpd: [f('x, x/m128, u8', 'RMI 66 0F C6')],
    shufps: [f('x, x/m128, u8', 'RMI 0F C6')],
    vshufpd: [f('v, v, v/mv, u8', 'RVMI VEX.66.0F.WIG C6'), f('v{kz}, v, v/mv/b64, u8', 'RVMI EVEX.66.0F.W1 C6')],
    vshufps: [f('v, v, v/mv, u8', 'RVMI VEX.0F.WIG C6'), f('v{kz}, v, v/mv/b32, u8', 'RVMI EVEX.0F.W0 C6')],
    pshufd: [f('x, x/m128, u8', 'RMI 66 0F 70')],
    vpshufd: [f('v, v/mv, u8', 'RMI VEX.66.0F.WIG 70'), f('v{kz}, v/mv/b32, u8', 'RMI EVEX.66.0F.W0 70')],
    vpermilpd: [
      f('v, v/mv, u8', 'RMI VEX.66.0F3A.W0 05'),
      f('v, v, v/mv', 'RVM VEX.66.0F38.W0 0D'),
      f('v{kz}, v/mv/b64, u8', 'RMI EVEX.66.0F3A.W1 05'),
      f('v{kz}, v, v/mv/b64', 'RVM EVEX.66.0F38.W1 0D'),
    ],
    vpermilps: [
      f('v, v/mv, u8', 'RMI VEX.66.0F3A.W0 04'),
      f('v, v, v/mv', 'RVM VEX.66.0F38.W0 0C'),
      f('v{kz}, v/mv/b32, u8', 'RMI EVEX.66.0F3A.W0 04'),
      f('v{kz}, v, v/mv/b32', 'RVM EVEX.66.0F38.W0 0C'),
    ],
    vpermpd: [
      f('v, v/mv, u8', 'RMI VEX.256.66.0F3A.W1 01'),
      f('v{kz}, v/mv/b64, u8', 'RMI EVEX.256.512.66.0F3A.W1 01'),
      f('v{kz}, v, v/mv/b64', 'RVM EVEX.256.512.66.0F38.W1 16'),
    ],
    vpermps: [f('v, v, v/mv', 'RVM VEX.256.66.0F38.W0 16'), f('v{kz}, v, v/mv/b32', 'RVM EVEX.256.512.66.0F38.W0 16')],
    vpermq: [
      f('v, v/mv, u8', 'RMI VEX.256.66.0F3A.W1 00'),
      f('v{kz}, v/mv/b64, u8', 'RMI EVEX.256.512.66.0F3A.W1 00'),
      f('v{kz}, v, v/mv/b64', 'RVM EVEX.256.512.66.0F38.W1 36'),
    ],
    vpermd: [f('v, v, v/mv', 'RVM VEX.256.66.0F38.W0 36'), f('v{kz}, v, v/mv/b32', 'RVM EVEX.256.512.66.0F38.W0 36')],
    vperm2f128: [f('y, y, y/m256, u8', 'RVMI VEX.256.66.0F3A.W0 06')],
    vperm2i128: [f('y, y, y/m256, u8', 'RVMI VEX.256.66.0F3A.W0 46')],
    vpermt2pd: evex64('7F'),
    vpermt2ps: evex32('7F'),
    vpermt2q: evex64('7E'),
    vpermt2d: evex32('7E'),
    vpermi2pd: evex64('77'),
    vpermi2ps: evex32('77'),
    vpermi2q: evex64('76'),
    vpermi2d: evex32('76'),
    vshuff64x2: [f('v{kz}, v, v/mv/b64, u8', 'RVMI EVEX.256.512.66.0F3A.W1 23')],
    vshuff32x4: [f('v{kz}, v, v/mv/b32, u8', 'RVMI EVEX.256.512.66.0F3A.W0 23')],
    vshufi64x2: [f('v{kz}, v, v/mv/b64, u8', 'RVMI EVEX.256.512.66.0F3A.W1 43')],
    valignq: [f('v{kz}, v, v/mv/b64, u8', 'RVMI EVEX.66.0F3A.W1 03')],
    valignd: [f('v{kz}, v, v/mv/b32, u8', 'RVMI EVEX.66.0F3A.W0 03')],
    vinsertf128: [f('y, y, x/m128, u8', 'RVMI VEX.256.66.0F3A.W0 18')],
    vinserti128: [f('y, y, x/m128, u8', 'RVMI VEX.256.66.0F3A.W0 38')],
    vextractf128: [f('x/m128, y, u8', 'MRI VEX.256.66.0F3A.W0 19')],
    vextracti128: [f('x/m128, y, u8', 'MRI VEX.256.66.0F3A.W0 39')],
    vinsertf64x2: insert.quarter('W1', '18'),
    vinsertf32x4: insert.quarter('W0', '18'),
    vinserti64x2: insert.quarter('W1', '38'),
    vinsertf64x4: insert.half('W1', '1A'),
    vinsertf32x8: insert.half('W0', '1A'),
    vinserti64x4: insert.half('W1', '3A'),
    vextractf64x2: extract.quarter('W1', '19'),
    vextractf32x4: extract.quarter('W0', '19'),
    vextracti64x2: extract.quarter('W1', '39'),
    vextractf64x4: extract.half('W1', '1B'),
    vextractf32x8: extract.half('W0', '1B'),
    vextracti64x4: extract.half('W1', '3B'),
    vbroadcastsd: [f('v, x/m64', 'RM VEX.256.66.0F38.W0 19'), f('v{kz}, x/m64', 'RM EVEX.256.512.66.0F38.W1 19')],
    vbroadcastss: [f('v, x/m32', 'RM VEX.66.0F38.W0 18'), f('v{kz}, x/m32', 'RM EVEX.66.0F38.W0 18')],
    vbroadcastf128: [f('y, m128', 'RM VEX.256.66.0F38.W0 1A')],
    vbroadcastf64x2: [f('v{kz}, m128', 'RM EVEX.256.512.66.0F38.W1 1A')],
    vbroadcastf32x4: [f('v{kz}, m128', 'RM EVEX.256.512.66.0F38.W0 1A')],
    vbroadcastf64x4: [f('z{kz}, m256', 'RM EVEX.512.66.0F38.W1 1B')],
    vbroadcastf32x8: [f('z{kz}, m256', 'RM EVEX.512.66.0F38.W0 1B')],
    vpbroadcastq: [
      f('v, x/m64', 'RM VEX.66.0F38.W0 59'),
      f('v{kz}, x/m64', 'RM EVEX.66.0F38.W1 59'),
      f('v{kz}, r64', 'RM EVEX.66.0F38.W1 7C'),
    ],
    vpbroadcastd: [
      f('v, x/m32', 'RM VEX.66.0F38.W0 58'),
      f('v{kz}, x/m32', 'RM EVEX.66.0F38.W0 58'),
      f('v{kz}, r32', 'RM EVEX.66.0F38.W0 7C'),
    ],
    vblendpd: [f('v, v, v/mv, u8', 'RVMI VEX.66.0F3A.WIG 0D')],
    vblendps: [f('v, v, v/mv, u8', 'RVMI VEX.66.0F3A.WIG 0C')],
    vpblendd: [f('v, v, v/mv, u8', 'RVMI VEX.66.0F3A.W0 02')],
    vblendvpd: [f('v, v, v/mv, v', 'RVMS VEX.66.0F3A.W0 4B')],
    vblendvps: [f('v, v, v/mv, v', 'RVMS VEX.66.0F3A.W0 4A')],
    vblendmpd: evex64('65'),
    vblendmps: evex32('65'),

    // Integers in vectors
    pxor: sse128('RM 66 0F EF'),
    pand: sse128('RM 66 0F DB'),
    pandn: sse128('RM 66 0F DF'),
    por: sse128('RM 66 0F EB'),
    paddd: sse128('RM 66 0F FE'),
    paddq: sse128('RM 66 0F D4'),
    psubd: sse128('RM 66 0F FA'),
    psubq: sse128('RM 66 0F FB'),
    pcmpeqd: sse128('RM 66 0F 76'),
    pcmpgtd: sse128('RM 66 0F 66'),
    punpckldq: sse128('RM 66 0F 62'),
    punpcklqdq: sse128('RM 66 0F 6C'),
    punpckhqdq: sse128('RM 66 0F 6D'),
    pslld: [f('x, u8', 'MI 66 0F 72 /6')],
    psrld: [f('x, u8', 'MI 66 0F 72 /2')],
    psllq: [f('x, u8', 'MI 66 0F 73 /6')],
    psrlq: [f('x, u8', 'MI 66 0F 73 /2')],
    vpxor: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG EF')],
    vpand: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG DB')],
    vpandn: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG DF')],
    vpor: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG EB')],
    vpxord: evex32('EF', '0F'),
    vpxorq: evex64('EF', '0F'),
    vpandd: evex32('DB', '0F'),
    vpandq: evex64('DB', '0F'),
    vpord: evex32('EB', '0F'),
    vporq: evex64('EB', '0F'),
    vpternlogd: [f('v{kz}, v, v/mv/b32, u8', 'RVMI EVEX.66.0F3A.W0 25')],
    vpternlogq: [f('v{kz}, v, v/mv/b64, u8', 'RVMI EVEX.66.0F3A.W1 25')],
    vpaddd: integers('FE', 'b32'),
    vpaddq: integers('D4', 'b64'),
    vpsubd: integers('FA', 'b32'),
    vpsubq: integers('FB', 'b64'),
    vpmuludq: integers('F4', 'b64'),
    vpunpcklqdq: integers('6C', 'b64'),
    vpunpckhqdq: integers('6D', 'b64'),
    vpcmpeqd: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG 76'), f('k{k}, v, v/mv/b32', 'RVM EVEX.66.0F.W0 76')],
    vpcmpeqq: [f('v, v, v/mv', 'RVM VEX.66.0F38.WIG 29'), f('k{k}, v, v/mv/b64', 'RVM EVEX.66.0F38.W1 29')],
    vpcmpgtd: [f('v, v, v/mv', 'RVM VEX.66.0F.WIG 66'), f('k{k}, v, v/mv/b32', 'RVM EVEX.66.0F.W0 66')],
    vpcmpgtq: [f('v, v, v/mv', 'RVM VEX.66.0F38.WIG 37'), f('k{k}, v, v/mv/b64', 'RVM EVEX.66.0F38.W1 37')],
    vpcmpd: [f('k{k}, v, v/mv/b32, u8', 'RVMI EVEX.66.0F3A.W0 1F')],
    vpcmpq: [f('k{k}, v, v/mv/b64, u8', 'RVMI EVEX.66.0F3A.W1 1F')],
    vpcmpud: [f('k{k}, v, v/mv/b32, u8', 'RVMI EVEX.66.0F3A.W0 1E')],
    vpcmpuq: [f('k{k}, v, v/mv/b64, u8', 'RVMI EVEX.66.0F3A.W1 1E')],
    vpslld: elementShift('72', 6, 'b32'),
    vpsrld: elementShift('72', 2, 'b32'),
    vpsllq: elementShift('73', 6, 'b64'),
    vpsrlq: elementShift('73', 2, 'b64'),

    // Masks
    kmovb: [
      f('k, k/m8', 'RM VEX.66.0F.W0 90'),
      f('m8, k', 'MR VEX.66.0F.W0 91'),
      f('k, r32', 'RM VEX.66.0F.W0 92'),
      f('r32, k', 'RM VEX.66.0F.W0 93'),
    ],
    kmovw: [
      f('k, k/m16', 'RM VEX.0F.W0 90'),
      f('m16, k', 'MR VEX.0F.W0 91'),
      f('k, r32', 'RM VEX.0F.W0 92'),
      f('r32, k', 'RM VEX.0F.W0 93'),
    ],
    kmovd: [
      f('k, k/m32', 'RM VEX.66.0F.W1 90'),
      f('m32, k', 'MR VEX.66.0F.W1 91'),
      f('k, r32', 'RM VEX.F2.0F.W0 92'),
      f('r32, k', 'RM VEX.F2.0F.W0 93'),
    ],
    kmovq: [
      f('k, k/m64', 'RM VEX.0F.W1 90'),
      f('m64, k', 'MR VEX.0F.W1 91'),
      f('k, r64', 'RM VEX.F2.0F.W1 92'),
      f('r64, k', 'RM VEX.F2.0F.W1 93'),
    ],
  },
  maskShift('kshiftr', 0x30),
  maskShift('kshiftl', 0x32),
  maskOperation('kand', 'k, k, k', 'RVM VEX.256.0F 41'),
  maskOperation('kandn', 'k, k, k', 'RVM VEX.256.0F 42'),
  maskOperation('knot', 'k, k', 'RM VEX.128.0F 44'),
  maskOperation('kor', 'k, k, k', 'RVM VEX.256.0F 45'),
  maskOperation('kxnor', 'k, k, k', 'RVM VEX.256.0F 46'),
  maskOperation('kxor', 'k, k, k', 'RVM VEX.256.0F 47'),
  maskOperation('kadd', 'k, k, k', 'RVM VEX.256.0F 4A'),
  maskOperation('kortest', 'k, k', 'RM VEX.128.0F 98'),
  maskOperation('ktest', 'k, k', 'RM VEX.128.0F 99'),
  {
    kunpckbw: [f('k, k, k', 'RVM VEX.256.66.0F.W0 4B')],
    kunpckwd: [f('k, k, k', 'RVM VEX.256.0F.W0 4B')],
    kunpckdq: [f('k, k, k', 'RVM VEX.256.0F.W1 4B')],
  },
);
