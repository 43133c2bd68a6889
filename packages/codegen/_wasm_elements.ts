import { elementBytes, type Precision, vectorClass } from './_vector_class.ts';
import { access, type Node, type Operand, plain, type ValueType } from './_wasm_code.ts';
import type { InstructionSet } from './gemm_spec.ts';

const element = {
  double: { type: 'f64', vector: 'f64x2', splat: 'v128.load64_splat' },
  single: { type: 'f32', vector: 'f32x4', splat: 'v128.load32_splat' },
} as const;

/** What a load or store is told: constant bytes beyond the address. */
interface At {
  readonly offset?: number;
}

/** Bytes of -0 or +0 everywhere, as text: an integer for all elements. */
const ZEROS = { bytes: new Array<number>(16).fill(0), text: 'i32x4 0 0 0 0' };

/** Arithmetic on single elements and on vectors of them, written once for both precisions. */
export class WasmElements {
  readonly bytes: 4 | 8;
  /** Elements in a vector; 1 with isa `'scalar'`, whose vectors are elements. */
  readonly lanes: number;
  /** The type of an element. */
  readonly type: 'f32' | 'f64';
  /** The type of a vector. */
  readonly vectorType: ValueType;
  readonly #names: (typeof element)[Precision];
  readonly #fused: boolean;

  constructor(isa: InstructionSet, precision: Precision, muladd: 'fused' | 'separate') {
    this.bytes = elementBytes[precision];
    this.lanes = vectorClass(isa, precision).lanes;
    this.#names = element[precision];
    this.type = this.#names.type;
    this.vectorType = this.lanes === 1 ? this.type : 'v128';
    this.#fused = muladd === 'fused';
  }

  /** Bytes of so many elements. */
  bytesOf(elements: number): number {
    return elements * this.bytes;
  }

  // Elements

  constant(value: 0 | 1): Node {
    const bytes = this.bytes === 8 ? Float64Array.of(value) : Float32Array.of(value);
    return plain(`${this.type}.const`, [], { bytes: [...new Uint8Array(bytes.buffer)], text: String(value) });
  }

  /** A double, rounded to an element. */
  fromDouble(value: Operand): Operand {
    return this.bytes === 8 ? value : plain('f32.demote_f64', [value]);
  }

  loadOne(address: Operand, { offset = 0 }: At = {}): Node {
    return access(`${this.type}.load`, [address], { offset, alignment: this.bytes });
  }

  storeOne(address: Operand, value: Operand, { offset = 0 }: At = {}): Node {
    return access(`${this.type}.store`, [address, value], { offset, alignment: this.bytes });
  }

  addOne(one: Operand, other: Operand): Node {
    return plain(`${this.type}.add`, [one, other]);
  }

  multiplyOne(one: Operand, other: Operand): Node {
    return plain(`${this.type}.mul`, [one, other]);
  }

  equalOne(one: Operand, other: Operand): Node {
    return plain(`${this.type}.eq`, [one, other]);
  }

  unequalOne(one: Operand, other: Operand): Node {
    return plain(`${this.type}.ne`, [one, other]);
  }

  // Vectors

  zeros(): Node {
    return this.lanes === 1 ? this.constant(0) : plain('v128.const', [], ZEROS);
  }

  /** The same element everywhere. */
  splat(value: Operand): Operand {
    return this.lanes === 1 ? value : plain(`${this.#names.vector}.splat`, [value]);
  }

  /** The same, of an element in memory. */
  loadSplat(address: Operand, at: At = {}): Node {
    if (this.lanes === 1) return this.loadOne(address, at);
    return access(this.#names.splat, [address], { ...at, alignment: this.bytes });
  }

  load(address: Operand, at: At = {}): Node {
    if (this.lanes === 1) return this.loadOne(address, at);
    return access('v128.load', [address], { ...at, alignment: this.bytes });
  }

  store(address: Operand, value: Operand, at: At = {}): Node {
    if (this.lanes === 1) return this.storeOne(address, value, at);
    return access('v128.store', [address, value], { ...at, alignment: this.bytes });
  }

  add(one: Operand, other: Operand): Node {
    return this.lanes === 1 ? this.addOne(one, other) : plain(`${this.#names.vector}.add`, [one, other]);
  }

  multiply(one: Operand, other: Operand): Node {
    return this.lanes === 1 ? this.multiplyOne(one, other) : plain(`${this.#names.vector}.mul`, [one, other]);
  }

  /** one * other + sum, rounded once or twice as the specification says. */
  multiplyAdd(one: Operand, other: Operand, sum: Operand): Node {
    if (this.#fused) return plain(`${this.#names.vector}.relaxed_madd`, [one, other, sum]);
    return this.add(sum, this.multiply(one, other));
  }

  /** An element of a vector. */
  extract(vector: Operand, lane: number): Operand {
    if (this.lanes === 1) return vector;
    return plain(`${this.#names.vector}.extract_lane`, [vector], { bytes: [lane], text: String(lane) });
  }
}
