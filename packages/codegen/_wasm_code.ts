/** WebAssembly as trees of instructions, as the text format folds them: made by these functions, then encoded or listed. */

import { type Opcode, opcodes } from './_wasm_opcodes.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** What stands behind an instruction: its bytes, and as the text format shows it. */
interface Immediate {
  readonly bytes: readonly number[];
  readonly text: string;
}

interface Plain {
  readonly kind: 'plain';
  readonly opcode: Opcode;
  readonly operands: readonly Node[];
  readonly immediate: Immediate | undefined;
}

/** A place to branch to: the end of a block, or the start of a loop. */
export interface Label {
  readonly name: string;
}

interface Structure {
  readonly kind: 'block' | 'loop';
  readonly label: Label;
  readonly body: readonly Node[];
}

interface Choice {
  readonly kind: 'if';
  readonly condition: Node;
  readonly then: readonly Node[];
  readonly otherwise: readonly Node[];
}

interface Branch {
  readonly kind: 'br' | 'br_if';
  readonly label: Label;
  readonly condition: Node | undefined;
}

/** An instruction with its operands. */
export type Node = Plain | Structure | Choice | Branch;

/** Where a node is wanted, a variable is its value. */
export type Operand = Node | Local;

function nodeOf(operand: Operand): Node {
  return operand instanceof Local ? operand.get() : operand;
}

/** The integer in as few bytes as hold it, seven bits in each (LEB128). */
export function unsigned(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...unsigned(Math.floor(value / 128))];
}

function signed(value: number): number[] {
  const low = ((value % 128) + 128) % 128;
  return value >= -64 && value < 64 ? [low] : [low + 128, ...signed(Math.floor(value / 128))];
}

export function plain(opcode: Opcode, operands: readonly Operand[] = [], immediate?: Immediate): Node {
  return { kind: 'plain', opcode, operands: operands.map(nodeOf), immediate };
}

/** A parameter or a variable of a function. */
export class Local {
  readonly name: string;
  readonly type: ValueType;
  readonly #immediate: Immediate;

  constructor(name: string, type: ValueType, index: number) {
    this.name = name;
    this.type = type;
    this.#immediate = { bytes: unsigned(index), text: `$${name}` };
  }

  get(): Node {
    return plain('local.get', [], this.#immediate);
  }

  set(value: Operand): Node {
    return plain('local.set', [value], this.#immediate);
  }

  /** The value, which the variable keeps. */
  tee(value: Operand): Node {
    return plain('local.tee', [value], this.#immediate);
  }
}

/** A load or store at an address and a constant number of bytes beyond it; `alignment` is what the address is a multiple of. */
export function access(
  opcode: Opcode,
  operands: readonly Operand[],
  { offset = 0, alignment }: { offset?: number; alignment: number },
): Node {
  const text = `${offset === 0 ? '' : `offset=${offset} `}align=${alignment}`;
  return plain(opcode, operands, { bytes: [...unsigned(Math.log2(alignment)), ...unsigned(offset)], text });
}

/** Arithmetic on integers of a type, which are also addresses: a number stands for a constant. */
export function integers(type: 'i32' | 'i64') {
  const constant = (value: number) => plain(`${type}.const`, [], { bytes: signed(value), text: String(value) });
  const of = (operand: Operand | number) => (typeof operand === 'number' ? constant(operand) : operand);
  const two =
    (name: 'add' | 'sub' | 'mul' | 'div_u' | 'rem_u' | 'shr_u' | 'eq' | 'ne' | 'lt_s' | 'gt_s' | 'le_s' | 'ge_s') =>
    (one: Operand | number, other: Operand | number) =>
      plain(`${type}.${name}`, [of(one), of(other)]);
  const less = two('lt_s');
  return {
    type,
    constant,
    add: two('add'),
    subtract: two('sub'),
    multiply: two('mul'),
    divide: two('div_u'),
    remainder: two('rem_u'),
    shiftRight: two('shr_u'),
    equal: two('eq'),
    unequal: two('ne'),
    less,
    greater: two('gt_s'),
    atMost: two('le_s'),
    atLeast: two('ge_s'),
    smaller: (one: Operand | number, other: Operand | number) =>
      plain('select', [of(one), of(other), less(one, other)]),
    /** The integer that a double holds, rounded towards zero. */
    fromDouble: (value: Operand) => plain(`${type}.trunc_sat_f64_s`, [value]),
    /** The same for an address, which has no sign. */
    addressFromDouble: (value: Operand) => plain(`${type}.trunc_sat_f64_u`, [value]),
  };
}

export type Integers = ReturnType<typeof integers>;

let labels = 0;

function label(name: string): Label {
  return { name: `${name}${labels++}` };
}

/** Instructions that a branch to the label leaves. */
export function block(body: (end: Label) => readonly Node[]): Node {
  const end = label('end');
  return { kind: 'block', label: end, body: body(end) };
}

/** Instructions that a branch to the label begins again. */
export function loop(body: (again: Label) => readonly Node[]): Node {
  const again = label('again');
  return { kind: 'loop', label: again, body: body(again) };
}

export function branch(to: Label): Node {
  return { kind: 'br', label: to, condition: undefined };
}

export function branchIf(condition: Operand, to: Label): Node {
  return { kind: 'br_if', label: to, condition: nodeOf(condition) };
}

export function when(condition: Operand, then: readonly Node[], otherwise: readonly Node[] = []): Node {
  return { kind: 'if', condition: nodeOf(condition), then, otherwise };
}

/** Runs instructions once, and again as long as a condition holds. */
export function repeatWhile(condition: Operand, body: readonly Node[]): Node {
  return loop((again) => [...body, branchIf(condition, again)]);
}

/** Runs instructions as often as a variable says, which must be once at least and is 0 in the end. */
export function repeat(int: Integers, times: Local, body: readonly Node[]): Node {
  return repeatWhile(int.greater(times.tee(int.subtract(times, 1)), 0), body);
}

/** Adds to a variable. */
export function advance(int: Integers, local: Local, amount: Operand | number): Node {
  return local.set(int.add(local, amount));
}

/** Whether all conditions hold; all of them are looked at. */
export function all(first: Node, ...others: readonly Node[]): Node {
  return others.reduce((one, other) => plain('i32.and', [one, other]), first);
}

/** Byte that a block type with no value has. */
const NO_VALUE = 0x40;
const STRUCTURES = { block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, br_if: 0x0d } as const;

/** The bytes of instructions inside the blocks and loops of these labels, the innermost last; an `if` counts as one without a name. */
export function encode(nodes: readonly Node[], out: number[], around: readonly (Label | undefined)[] = []): void {
  for (const node of nodes) {
    switch (node.kind) {
      case 'plain':
        encode(node.operands, out, around);
        out.push(...opcodes[node.opcode], ...(node.immediate?.bytes ?? []));
        break;
      case 'block':
      case 'loop':
        out.push(STRUCTURES[node.kind], NO_VALUE);
        encode(node.body, out, [...around, node.label]);
        out.push(STRUCTURES.end);
        break;
      case 'if':
        encode([node.condition], out, around);
        out.push(STRUCTURES.if, NO_VALUE);
        encode(node.then, out, [...around, undefined]);
        if (node.otherwise.length > 0) {
          out.push(STRUCTURES.else);
          encode(node.otherwise, out, [...around, undefined]);
        }
        out.push(STRUCTURES.end);
        break;
      default:
        if (node.condition !== undefined) encode([node.condition], out, around);
        out.push(STRUCTURES[node.kind], ...unsigned(around.length - 1 - around.lastIndexOf(node.label)));
    }
  }
}

/** Longer lines of a listing are broken at their operands. */
const MOST_COLUMNS = 120;

/** Instructions in the text format, each on a line of its own where it is short enough. */
export function list(nodes: readonly Node[], indent: string): string {
  return nodes.map((node) => `${indent}${listNode(node, indent)}\n`).join('');
}

function listNode(node: Node, indent: string): string {
  const deeper = `${indent}  `;
  const parts = (head: string, operands: readonly Node[]): string => {
    const line = `(${[head, ...operands.map((operand) => listNode(operand, deeper))].join(' ')})`;
    if (operands.length === 0 || (indent.length + line.length <= MOST_COLUMNS && !line.includes('\n'))) return line;
    return `(${head}\n${list(operands, deeper)}${indent})`;
  };
  switch (node.kind) {
    case 'plain':
      return parts([node.opcode, node.immediate?.text].filter(Boolean).join(' '), node.operands);
    case 'block':
    case 'loop':
      return `(${node.kind} $${node.label.name}\n${list(node.body, deeper)}${indent})`;
    case 'if': {
      const otherwise =
        node.otherwise.length === 0 ? '' : `${deeper}(else\n${list(node.otherwise, `${deeper}  `)}${deeper})\n`;
      const then = `${deeper}(then\n${list(node.then, `${deeper}  `)}${deeper})\n`;
      return `(if ${listNode(node.condition, deeper)}\n${then}${otherwise}${indent})`;
    }
    default:
      return parts(`${node.kind} $${node.label.name}`, node.condition === undefined ? [] : [node.condition]);
  }
}
