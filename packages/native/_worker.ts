import { parentPort, workerData } from 'node:worker_threads';
import { addressOf, allocate, load } from './mod.ts';

// The other thread of address_of_test.ts: runs code at one address on data at another, and leaves memory behind.
const { code, data } = workerData as { code: number; data: number };

// cvttsd2si rax, [rdi]; cvttsd2si rdi, [rdi+8]; jmp rax
const call = load(Uint8Array.of(0xf2, 0x48, 0x0f, 0x2c, 0x07, 0xf2, 0x48, 0x0f, 0x2c, 0x7f, 0x08, 0xff, 0xe0));
call(Float64Array.of(code, data));

const left = allocate(Float64Array, 10).fill(7);
parentPort!.postMessage({ address: addressOf(left) });
