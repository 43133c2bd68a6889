import {
  acquire,
  buffersBytes,
  data,
  detect,
  type instructionSets,
  levelOf,
  nameWord,
  report,
} from './_blas_support.ts';
import { elementBytes, type Precision } from './_vector_class.ts';
import { Frame } from './_x64_frame.ts';
import { type AssembledCode, Assembler } from './x64_assembler.ts';
import {
  eax,
  edx,
  type Gpr64,
  type Label,
  type Memory,
  mem,
  r8,
  r9,
  r10,
  r10d,
  rax,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  xmm,
} from './x64_operands.ts';

/** What an argument is: a letter or a number that says whether a matrix is transposed, a size, a factor, an address, a distance. */
export type ArgumentKind =
  | 'order'
  | 'transposition'
  | 'size'
  | 'factor'
  | 'address'
  | 'leading dimension'
  | 'increment';

/** A routine of the BLAS as its callers know it. */
export interface BlasRoutine<Name extends string = string> {
  /** The arguments of the Fortran form, in order. */
  readonly parameters: readonly (readonly [name: Name, kind: ArgumentKind])[];
  /** Arguments that change places when matrices are stored by rows, which are transposed matrices stored by columns. */
  readonly exchanged: readonly (readonly [Name, Name])[];
  /** The one whose meaning is reversed then. */
  readonly reversed?: Name;
}

/** Who calls: every argument by its address, or by its value and with the order of the matrices before them. */
export type CallingForm = 'fortran' | 'cblas';

/** The enumeration of CBLAS. */
const cblas = { rowMajor: 101, columnMajor: 102, noTranspose: 111, conjugateTranspose: 113 } as const;

/** Registers of the arguments of a System V function. */
const integerRegisters: readonly Gpr64[] = [rdi, rsi, rdx, rcx, r8, r9];

/** The value that stands for neither transposed (1) nor not (0). */
const WRONG = -1;

/** Slots that every entry has beside its arguments. */
export type EntrySlot = (typeof entrySlots)[number];
const entrySlots = ['info', 'infoByColumns', 'isRowMajor', 'buffer', 'taken'] as const;

/** What is emitted for the body of a routine. */
export interface EntryContext<Slot extends string> {
  readonly asm: Assembler;
  readonly frame: Frame<Slot>;
  /** A double that is the integer in a slot, or in rax. */
  put(to: Memory, from: Slot | 'rax'): void;
}

/** rax = 0 or 1 as an argument says that its matrix is or is not transposed, or {@linkcode WRONG}; it is in r10. */
function emitTransposition(a: Assembler, form: CallingForm): void {
  const known = a.label('transposition');
  if (form === 'cblas') {
    const wrong = a.label('wrong');
    a.lea(eax, mem({ base: r10, displacement: -cblas.noTranspose }));
    a.cmp(eax, cblas.conjugateTranspose - cblas.noTranspose);
    a.ja(wrong);
    a.add(eax, 1);
    a.shr(eax, 1); // 0, 1, 2 become 0, 1, 1
    a.jmp(known);
    a.bind(wrong);
  } else {
    a.movzx(r10d, mem({ base: r10, bytes: 1 }));
    a.and(r10d, 0xdf); // as a capital letter
    a.xor(eax, eax);
    a.cmp(r10d, 'N'.charCodeAt(0));
    a.je(known);
    a.mov(eax, 1);
    a.cmp(r10d, 'T'.charCodeAt(0));
    a.je(known);
    a.cmp(r10d, 'C'.charCodeAt(0));
    a.je(known);
  }
  a.mov(rax, WRONG);
  a.bind(known);
}

/**
 * Generates a routine of the BLAS as its callers know it, in Fortran's form or CBLAS's: takes the arguments, tells
 * XERBLA (or `cblas_xerbla`) of the first that is wrong, and leaves the rest to `body`.
 *
 * @param name Its name without what the form adds, such as `dgemm`.
 * @param precision That of its elements.
 * @param form Who calls.
 * @param routine What it takes.
 * @param checks What must be so: an argument and, of a leading dimension, the size it must not be below, as a slot that `prepare` has made.
 * @param slots Further slots.
 * @param scratchBytes Size of the scratch area.
 * @param prepare Emits what is between the arguments and the checks.
 * @param body Emits what is done, between the checks and the return.
 */
export function blasEntry<Name extends string, Slot extends string>(
  {
    name,
    precision,
    form,
    routine,
    slots,
    scratchBytes,
  }: {
    readonly name: string;
    readonly precision: Precision;
    readonly form: CallingForm;
    readonly routine: BlasRoutine<Name>;
    readonly slots: readonly Slot[];
    readonly scratchBytes: number;
  },
  leastLeadingDimension: (context: EntryContext<Name | Slot | EntrySlot>, of: Name) => void,
  body: (context: EntryContext<Name | Slot | EntrySlot>) => void,
): AssembledCode {
  const asm = new Assembler();
  const names = routine.parameters.map(([each]) => each);
  const frame = new Frame<Name | Slot | EntrySlot>(asm, [...names, ...slots, ...entrySlots], scratchBytes);
  const context: EntryContext<Name | Slot | EntrySlot> = {
    asm,
    frame,
    put(to, from) {
      asm.cvtsi2sd(xmm(0), from === 'rax' ? rax : frame.slot(from as Name));
      asm.movsd(to, xmm(0));
    },
  };
  const [wrong, leave] = [asm.label('wrong'), asm.label('leave')];

  frame.enter();
  emitArguments(context, form, routine, precision);
  if (form === 'cblas') emitRowMajor(context, routine, wrong);
  emitChecks(context, form, routine, wrong, leastLeadingDimension);
  body(context);
  asm.jmp(leave);
  asm.bind(wrong);
  emitWrong(context, form, name);
  asm.bind(leave);
  frame.leave();
  return asm.finish();
}

/** Puts the arguments in their slots: integers of 64 bits, factors as doubles, addresses. */
function emitArguments<Name extends string, Slot extends string>(
  { asm, frame }: EntryContext<Name | Slot | EntrySlot>,
  form: CallingForm,
  { parameters }: BlasRoutine<Name>,
  precision: Precision,
): void {
  const [registers, onStack, vectors] = [[...integerRegisters], { next: 0 }, { next: 0 }];
  // Of what is on the stack the address must be kept: rax is used for other things.
  asm.mov(rbx, rax);
  const argument = (): Gpr64 => {
    const register = registers.shift();
    if (register !== undefined) return register;
    const { displacement } = frame.stackArgument(onStack.next++);
    asm.mov(r10, mem({ base: rbx, displacement }));
    return r10;
  };
  const single = precision === 'single';
  const keepFactor = (slot: Name, from: Memory | undefined) => {
    const number = from === undefined ? xmm(vectors.next++) : xmm(7);
    if (from !== undefined && !single) asm.movsd(number, from);
    if (single) asm.cvtss2sd(number, from ?? number);
    asm.movsd(frame.element(slot), number);
  };
  if (form === 'cblas') {
    asm.mov(rax, argument());
    asm.mov(frame.slot('isRowMajor'), rax);
  }
  for (const [name, kind] of parameters) {
    if (form === 'cblas' && kind === 'factor') {
      keepFactor(name, undefined);
      continue;
    }
    const from = argument();
    if (kind === 'factor') keepFactor(name, mem({ base: from }));
    else if (kind === 'address') asm.mov(frame.slot(name), from);
    else {
      if (kind === 'transposition') {
        if (from !== r10) asm.mov(r10, from);
        emitTransposition(asm, form);
      } else asm.movsxd(rax, form === 'cblas' ? from.as(32) : mem({ base: from, bytes: 4 }));
      asm.mov(frame.slot(name), rax);
    }
  }
}

/** Makes matrices stored by rows such by columns, or goes to `wrong` where the order is neither. */
function emitRowMajor<Name extends string, Slot extends string>(
  { asm, frame }: EntryContext<Name | Slot | EntrySlot>,
  { exchanged, reversed }: BlasRoutine<Name>,
  wrong: Label,
): void {
  const byColumns = asm.label('byColumns');
  for (const slot of ['info', 'infoByColumns'] as const) asm.mov(frame.slot(slot), 1);
  asm.mov(rax, frame.slot('isRowMajor'));
  asm.mov(frame.slot('isRowMajor'), 0);
  asm.cmp(eax, cblas.columnMajor);
  asm.je(byColumns);
  asm.cmp(eax, cblas.rowMajor);
  asm.jne(wrong);
  asm.mov(frame.slot('isRowMajor'), 1);
  for (const [one, other] of exchanged) {
    asm.mov(rax, frame.slot(one));
    asm.mov(rdx, frame.slot(other));
    asm.mov(frame.slot(other), rax);
    asm.mov(frame.slot(one), rdx);
  }
  if (reversed !== undefined) {
    asm.mov(rax, frame.slot(reversed));
    asm.test(rax, rax);
    asm.js(byColumns);
    asm.xor(eax, 1);
    asm.mov(frame.slot(reversed), rax);
  }
  asm.bind(byColumns);
}

/** Goes to `wrong` with the number of the first argument that is. */
function emitChecks<Name extends string, Slot extends string>(
  context: EntryContext<Name | Slot | EntrySlot>,
  form: CallingForm,
  { parameters, exchanged }: BlasRoutine<Name>,
  wrong: Label,
  leastLeadingDimension: (context: EntryContext<Name | Slot | EntrySlot>, of: Name) => void,
): void {
  const { asm, frame } = context;
  const numberOf = (name: Name) => parameters.findIndex(([other]) => other === name) + (form === 'cblas' ? 2 : 1);
  const partnerOf = (name: Name) => {
    const pair = exchanged.find((each) => each.includes(name));
    return pair === undefined ? name : pair[0] === name ? pair[1] : pair[0];
  };
  for (const [name, kind] of parameters) {
    if (kind === 'factor' || kind === 'address') continue;
    const right = asm.label('right');
    if (kind === 'leading dimension') {
      leastLeadingDimension(context, name); // in rax
      asm.mov(edx, 1);
      asm.cmp(rax, rdx);
      asm.cmovl(rax, rdx);
      asm.cmp(frame.slot(name), rax);
      asm.jge(right);
    } else {
      asm.cmp(frame.slot(name), 0);
      if (kind === 'increment') asm.jne(right);
      else asm.jge(right);
    }
    asm.mov(frame.slot('info'), numberOf(name));
    if (form === 'cblas') asm.mov(frame.slot('infoByColumns'), numberOf(name));
    if (form === 'cblas' && partnerOf(name) !== name) {
      asm.cmp(frame.slot('isRowMajor'), 0);
      asm.je(wrong);
      asm.mov(frame.slot('info'), numberOf(partnerOf(name)));
    }
    asm.jmp(wrong);
    asm.bind(right);
  }
}

/** Tells of a wrong argument: the program, if it wants to know, or the standard error. */
function emitWrong<Slot extends string>(
  { asm, frame }: EntryContext<Slot | EntrySlot>,
  form: CallingForm,
  name: string,
): void {
  const text = (value: string) => {
    return asm.constant(
      Uint8Array.from(`${value}\0`, (one) => one.charCodeAt(0)),
      8,
    );
  };
  const [own, told] = [asm.label('own'), asm.label('told')];
  const fortranName = name.toUpperCase().padEnd(6);
  asm.mov(rax, asm.external(form === 'fortran' ? imports.fortran : imports.cblas));
  asm.test(rax, rax);
  asm.jz(own);
  if (form === 'fortran') {
    asm.lea(rdi, text(fortranName));
    asm.lea(rsi, frame.slot('info'));
    asm.mov(edx, fortranName.length);
    asm.call(rax);
  } else {
    const [mapped, byCaller] = [asm.label('mapped'), asm.label('byCaller')];
    asm.mov(rbx, asm.external(imports.rowMajor));
    asm.mov(rdi, frame.slot('info'));
    asm.test(rbx, rbx);
    asm.jz(byCaller);
    asm.mov(rdi, frame.slot('infoByColumns'));
    asm.mov(rdx, frame.slot('isRowMajor'));
    asm.mov(mem({ base: rbx }), edx);
    asm.bind(byCaller);
    // cblas_xerbla(info, routine, format, ...): no vector registers with arguments.
    asm.mov(rcx, rax);
    asm.lea(rsi, text(`cblas_${name}`));
    asm.lea(rdx, text(''));
    asm.xor(eax, eax);
    asm.call(rcx);
    asm.test(rbx, rbx);
    asm.jz(mapped);
    asm.mov(mem({ base: rbx, bytes: 4 }), 0);
    asm.bind(mapped);
  }
  asm.jmp(told);
  asm.bind(own);
  asm.mov(rdi, nameWord(name.toUpperCase()));
  asm.mov(rsi, frame.slot('info'));
  asm.lea(rax, asm.external(support.report));
  asm.call(rax);
  asm.bind(told);
}

/**
 * What a program may have to be told of wrong arguments. Where there is `RowMajorStrg`, as in the reference CBLAS, `cblas_xerbla` wants
 * the number of the argument that it would be by columns, and this word to be 1 for a call by rows.
 */
export const imports = { fortran: 'xerbla_', cblas: 'cblas_xerbla', rowMajor: 'RowMajorStrg' } as const;

/** Names of the functions that entries call. */
export const support = {
  detect: 'paratune_detect',
  acquire: 'paratune_acquire',
  report: 'paratune_report',
} as const;

/** The functions that entries call; buffers are of so many bytes. */
export function supportFunctions(bytes: number) {
  return [
    { name: support.detect, isGlobal: false, code: detect() },
    { name: support.acquire, isGlobal: false, code: acquire(bytes) },
    { name: support.report, isGlobal: false, code: report() },
  ];
}

/** The data of all of them. */
export const supportData = { [data.level]: 4, [data.cache]: 4, [data.buffers]: buffersBytes };

/** Sets eax to the level of the processor. */
export function emitLevel(asm: Assembler): void {
  const known = asm.label('levelKnown');
  asm.mov(eax, asm.external(data.level));
  asm.test(eax, eax);
  asm.jnz(known);
  asm.lea(rax, asm.external(support.detect));
  asm.call(rax);
  asm.bind(known);
}

/**
 * Emits `each` for every instruction set, and goes to that of the processor, or of the next narrower that there is.
 *
 * @param isas Those there are, the widest first.
 */
export function emitForLevel<Isa extends (typeof instructionSets)[number]>(
  asm: Assembler,
  isas: readonly Isa[],
  each: (isa: Isa) => void,
): void {
  const done = asm.label('chosen');
  emitLevel(asm);
  isas.forEach((isa, index) => {
    const narrower = asm.label('narrower');
    if (index + 1 < isas.length) {
      asm.cmp(eax, levelOf(isa));
      asm.jb(narrower);
    }
    each(isa);
    if (index + 1 < isas.length) asm.jmp(done);
    asm.bind(narrower);
  });
  asm.bind(done);
}

/** Bytes of an element, as what a number of them is shifted by. */
export function elementShift(precision: Precision): number {
  return Math.log2(elementBytes[precision]);
}
