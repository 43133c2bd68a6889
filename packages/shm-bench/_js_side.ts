import { now } from '@paratune/native';
import { layout, type Region, type Role } from './_region.ts';
import type { Supervision } from './_supervision.ts';

/** Looks in vain before the other side is looked at. */
const SPINS = 2 ** 20;

const { load, store } = Atomics;

/**
 * The same loops in JavaScript: `Atomics` are sequentially consistent, so that the fences are in every one of them. There is no
 * time-stamp counter, only the mean of all iterations.
 */
export class JsSide {
  readonly #words: Int32Array;
  readonly #role: Role;
  readonly #supervision: Supervision;
  /** A message's words, or none. */
  readonly #message: Int32Array;
  readonly #buffer: Int32Array;
  readonly #pass: (iterations: number) => void;
  violations = 0;

  constructor(region: Region, role: Role, supervision: Supervision, benchmark: 'raw' | 'sync', messageBytes: number) {
    this.#words = region.words;
    this.#role = role;
    this.#supervision = supervision;
    this.#message = region.words.subarray(layout.message / 4, (layout.message + messageBytes) / 4);
    this.#buffer = new Int32Array(messageBytes / 4);
    this.#pass = benchmark === 'raw' ? this.#raw : this.#sync;
  }

  pass(iterations: number): void {
    this.#pass(iterations);
  }

  time(iterations: number): number {
    this.#pass(1);
    const begin = now();
    this.#pass(iterations);
    return (now() - begin) / iterations;
  }

  answer(iterations: number): void {
    this.#pass(iterations + 1);
  }

  #raw(iterations: number): void {
    const [words, role, at] = [this.#words, this.#role, layout.flag / 4];
    for (let left = iterations; left > 0; left--) {
      let spins = SPINS;
      while (load(words, at) !== role) {
        if (--spins > 0) continue;
        this.#supervision.look(left);
        spins = SPINS;
      }
      store(words, at, 1 - role);
    }
  }

  #sync(iterations: number): void {
    const [words, role, counter] = [this.#words, this.#role, layout.counter / 4];
    const [own, other] = [layout.tickets[role], layout.tickets[1 - role]!];
    const [ownChoosing, ownNumber] = [(own + layout.choosing) / 4, (own + layout.number) / 4];
    const [otherChoosing, otherNumber] = [(other + layout.choosing) / 4, (other + layout.number) / 4];
    for (let left = iterations; left > 0; ) {
      let spins = SPINS;
      const again = () => {
        if (--spins > 0) return;
        this.#supervision.look(left);
        spins = SPINS;
      };
      for (let passed = false; !passed; ) {
        store(words, ownChoosing, 1);
        const ticket = load(words, otherNumber) + 1;
        store(words, ownNumber, ticket);
        store(words, ownChoosing, 0);
        while (load(words, otherChoosing) !== 0) again();
        for (let number = load(words, otherNumber); number !== 0; number = load(words, otherNumber)) {
          if (number >= ticket + role) break;
          again();
        }
        const value = words[counter]!;
        passed = (value & 1) === role;
        if (passed) {
          if (this.#message.length > 0) this.#exchange(value);
          words[counter] = value + 1;
          left--;
        }
        store(words, ownNumber, 0);
        if (!passed) again();
      }
    }
  }

  #exchange(value: number): void {
    const [message, buffer] = [this.#message, this.#buffer];
    buffer.set(message);
    const last = buffer.length - 1;
    if (buffer[0] !== value || buffer[last] !== value) this.violations++;
    buffer[0] = buffer[last] = (value + 1) | 0;
    message.set(buffer);
  }
}
