/**
 * Runs a listing of generated code as far as its integers go, and tells every access to memory. What is in vectors has no bearing on
 * where a kernel reads and writes, so vectors are not computed.
 */

/** What an emulated run tells. */
export interface EmulatedAccess {
  /** A load or store at an address. */
  data(address: number, bytes: number): void;
  /** A prefetch. */
  prefetch(address: number): void;
  /** The offset in the code of an instruction that is executed. */
  code(offset: number): void;
}

const registerNames = 'rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
const narrow: Record<string, string> = {
  ...Object.fromEntries(['a', 'b', 'c', 'd'].flatMap((letter) => [[`e${letter}x`, `r${letter}x`]])),
  ...{ esi: 'rsi', edi: 'rdi', ebp: 'rbp', al: 'rax', cl: 'rcx', dl: 'rdx' },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`r${8 + index}d`, `r${8 + index}`])),
};

const widths: Record<string, number> = { byte: 1, word: 2, dword: 4, qword: 8, xmmword: 16, ymmword: 32, zmmword: 64 };

type State = Float64Array;
type Value = (state: State) => number;

interface MemoryText {
  address: Value;
  bytes: number;
}

/** Conditions of jumps and conditional moves, of what was compared last. */
const conditions: Record<string, (a: number, b: number) => boolean> = {
  ...{ e: (a, b) => a === b, z: (a, b) => a === b, ne: (a, b) => a !== b, nz: (a, b) => a !== b },
  ...{ l: (a, b) => a < b, le: (a, b) => a <= b, g: (a, b) => a > b, ge: (a, b) => a >= b },
  ...{ s: (a, b) => a < b, ns: (a, b) => a >= b },
  b: (a, b) => unsigned(a) < unsigned(b),
};
const unsigned = (value: number) => (value < 0 ? value + 2 ** 64 : value);

/** Bits of a double, as far as a number holds them: those of small integers. */
const bitsOf = (value: number) => Number(new BigInt64Array(Float64Array.of(value).buffer)[0]);

/**
 * Runs a function of a listing to its `ret`.
 *
 * @param listing as the assembler makes it
 * @param block the argument block, of which `rdi` is the address
 * @param at where the block and the stack are
 */
export function emulate(
  listing: string,
  block: Float64Array,
  at: { block: number; stack: number },
  access: EmulatedAccess,
): void {
  const state: State = new Float64Array(registerNames.length);
  const memory = new Map<number, number>();
  const vectors = new Map<string, number>();
  for (const [index, value] of block.entries()) memory.set(at.block + 8 * index, value);
  let [left, right] = [0, 0];
  const labels = new Map<string, number>();
  const steps: { offset: number; run: () => number | undefined }[] = [];
  const registerOf = (text: string) => registerNames.indexOf(narrow[text] ?? text);
  state[registerOf('rdi')] = at.block;
  state[registerOf('rsp')] = at.stack;

  const memoryOf = (text: string): MemoryText | undefined => {
    const found = /^(?:(\w+) ptr )?\[(.+)\]/.exec(text);
    if (!found) return undefined;
    const terms = found[2]!.replaceAll('-', '+-').split('+').filter(Boolean);
    const values = terms.map((term): Value => {
      const [name, scale = '1'] = term.split('*');
      if (name === 'rip') return () => 0;
      const register = registerOf(name!);
      if (register >= 0) return (now) => now[register]! * Number(scale);
      const number = Number(name);
      return () => (Number.isNaN(number) ? 0 : number);
    });
    const inCode = terms.includes('rip');
    return {
      address: inCode ? () => Number.NaN : (now) => values.reduce((sum, value) => sum + value(now), 0),
      bytes: widths[found[1] ?? 'qword']!,
    };
  };
  const touch = ({ address, bytes }: MemoryText): number => {
    const place = address(state);
    if (!Number.isNaN(place)) access.data(place, bytes);
    return place;
  };
  const read = (text: string): (() => number) => {
    const place = memoryOf(text);
    if (place) return () => memory.get(touch(place)) ?? 0;
    const register = registerOf(text);
    if (register >= 0) return () => state[register]!;
    const number = Number(text);
    return () => number;
  };
  const write = (text: string): ((value: number) => void) => {
    const place = memoryOf(text);
    if (place) return (value) => void memory.set(touch(place), value);
    const register = registerOf(text);
    return (value) => {
      state[register] = value;
    };
  };
  /** An integer operation on its first operand, whose result is compared with zero. */
  const arithmetic = (to: string, operate: (a: number, b: number) => number, from: string) => {
    const [a, b, result] = [read(to), read(from), write(to)];
    return () => {
      left = operate(a(), b());
      right = 0;
      result(left);
      return undefined;
    };
  };
  const operations: Record<string, (a: number, b: number) => number> = {
    ...{ add: (a, b) => a + b, sub: (a, b) => a - b, xor: (a, b) => (a === b ? 0 : Number(BigInt(a) ^ BigInt(b))) },
    ...{ and: (a, b) => Number(BigInt(a) & BigInt(b)), or: (a, b) => Number(BigInt(a) | BigInt(b)) },
    ...{ shl: (a, b) => a * 2 ** b, shr: (a, b) => Math.floor(a / 2 ** b) },
  };

  const compile = (mnemonic: string, operands: string[]): (() => number | undefined) => {
    const [first = '', second = '', third = ''] = operands;
    const jump = /^j(\w+)$/.exec(mnemonic);
    if (jump) {
      const condition = jump[1] === 'mp' ? () => true : conditions[jump[1]!]!;
      return () => (condition(left, right) ? labels.get(first)! : undefined);
    }
    const move = /^cmov(\w+)$/.exec(mnemonic);
    if (move) {
      const [condition, from, to] = [conditions[move[1]!]!, read(second), write(first)];
      return () => {
        const value = from();
        if (condition(left, right)) to(value);
        return undefined;
      };
    }
    if (mnemonic in operations) return arithmetic(first, operations[mnemonic]!, second);
    switch (mnemonic) {
      case 'mov': {
        const [from, to] = [read(second), write(first)];
        return () => void to(from());
      }
      case 'lea': {
        const [place, to] = [memoryOf(second)!, write(first)];
        return () => void to(place.address(state));
      }
      case 'cmp': {
        const [a, b] = [read(first), read(second)];
        return () => {
          [left, right] = [a(), b()];
          return undefined;
        };
      }
      case 'test':
        return () => {
          [left, right] = [read(first)(), 0];
          return undefined;
        };
      case 'inc':
        return arithmetic(first, (a) => a + 1, '0');
      case 'dec':
        return arithmetic(first, (a) => a - 1, '0');
      case 'neg':
        return arithmetic(first, (a) => -a, '0');
      case 'imul': {
        const [a, b, to] = [read(third === '' ? first : second), read(third === '' ? second : third), write(first)];
        return () => void to(a() * b());
      }
      case 'sete': {
        const to = write(first);
        return () => void to(left === right ? 1 : 0);
      }
      case 'cvttsd2si': {
        const [from, to] = [read(second), write(first)];
        return () => void to(Math.trunc(from()));
      }
      case 'push':
      case 'pop': {
        const to = write(first);
        const from = read(first);
        const stack = registerOf('rsp');
        return () => {
          if (mnemonic === 'push') state[stack]! -= 8;
          access.data(state[stack]!, 8);
          if (mnemonic === 'push') memory.set(state[stack]!, from());
          else {
            to(memory.get(state[stack]!)!);
            state[stack]! += 8;
          }
          return undefined;
        };
      }
      case 'ret':
        return () => Number.POSITIVE_INFINITY;
      case 'vmovsd':
      case 'movsd': {
        // The factors, which the code compares as bits.
        const [source, target] = [memoryOf(second), memoryOf(first)];
        if (source)
          return () => {
            const place = touch(source);
            vectors.set(first, memory.get(place) ?? 0);
            return undefined;
          };
        return () => {
          if (target) memory.set(touch(target), bitsOf(vectors.get(second) ?? 0));
          return undefined;
        };
      }
    }
    if (/^prefetch/.test(mnemonic)) {
      const place = memoryOf(first)!;
      return () => void access.prefetch(place.address(state));
    }
    if (
      /^(v|\.|nop|k|mulpd|addpd|movupd|movapd|xorpd|pxor|shufpd|unpck|movddup|movlpd|movhpd|addsd|mulsd|movlhps|movhlps|movaps|pshufd|movd|movq|sqrt)/.test(
        mnemonic,
      )
    ) {
      const places = operands.flatMap((operand) => memoryOf(operand) ?? []);
      return () => {
        for (const place of places) touch(place);
        return undefined;
      };
    }
    throw new Error(`the emulator does not know ${mnemonic} ${operands.join(', ')}`);
  };

  for (const line of listing.split('\n')) {
    const label = /^\s+(\w+):$/.exec(line);
    const instruction = /^([0-9a-f]{6})\s{2}.{25}(\S+)\s*(.*)$/.exec(line);
    if (label) labels.set(label[1]!, steps.length);
    else if (instruction) {
      const [, offset, mnemonic, operands] = instruction;
      const run = compile(mnemonic!, operands === '' ? [] : operands!.split(', '));
      steps.push({ offset: Number.parseInt(offset!, 16), run });
    }
  }
  for (let at = 0; at < steps.length; ) {
    const { offset, run } = steps[at]!;
    access.code(offset);
    at = run() ?? at + 1;
  }
}
