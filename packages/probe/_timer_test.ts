import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mem, r8, rax, rdi } from '@paratune/codegen';
import { PointerChain, PointerMemory, shuffled } from './_pointer_chain.ts';
import { timer, timers } from './_timer.ts';

const skip = process.platform !== 'linux' || process.arch !== 'x64' ? 'machine code is for Linux on x86-64' : false;

test('a body runs as often as asked, with its arguments and its scratch memory', { skip }, () => {
  const adder = timer({
    scratchBytes: 8,
    prepare: (a, scratch) => a.mov(scratch(0), r8),
    body: (a, scratch) => {
      a.mov(rax, scratch(0));
      a.add(rdi, rax);
    },
  });
  const sample = adder.run({ argument: 5, count: 7, turns: 1000 });
  assert.equal(sample.end, 7005);
  assert.ok(sample.ticks > 0 && sample.before > 0 && sample.after > 0 && sample.cycles > 0);
  adder.unload();
});

test('of several bodies the one that is asked for runs', { skip }, () => {
  const adders = timers([3, 5, 7].map((step) => ({ body: (a) => a.add(rdi, step) })));
  assert.deepEqual(
    [2, 0, 1].map((index) => adders.run(index, { turns: 10 }).end),
    [70, 30, 50],
  );
  adders.unload();
});

test('every chain is one cycle through all of its lines', { skip }, () => {
  const follow = timer({ body: (a) => a.mov(rdi, mem({ base: rdi })) });
  const visited = (argument: number, lines: number) => {
    const seen = new Set<number>();
    let at = argument;
    for (let i = 0; i < lines; i++) {
      seen.add(at);
      at = follow.run({ argument: at, turns: 1 }).end;
    }
    assert.equal(at, argument);
    return seen;
  };
  const memory = new PointerMemory(4096, 'sparse');
  memory.cycle(shuffled(64).map((line) => line * 64));
  assert.equal(visited(memory.address, 64).size, 64);
  memory.free();

  const chain = new PointerChain(256 * 1024);
  for (const bytes of [128 * 1024, 64 * 1024, 256 * 1024]) {
    const seen = visited(chain.close(bytes), bytes / 64);
    assert.equal(seen.size, bytes / 64);
    assert.ok([...seen].every((address) => address >= chain.address && address < chain.address + bytes));
  }
  chain.free();
  follow.unload();
});
