import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { pauseMs } from './_pause.ts';
import { Channel, type ChannelOptions } from './channel.ts';
import { SharedRegion } from './shared_region.ts';

const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';
const here = { skip, timeout: 60_000 };

let names = 0;
const newName = () => `test-channel-${process.pid}-${names++}`;

/** Starts the other side in a process of its own, and waits until it says that it is ready. */
async function startPeer(errand: string, name: string): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./_channel_peer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, errand, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function pair(options = {}): Promise<[Channel, Channel]> {
  const mine = await Channel.create(newName(), options);
  return [mine, await Channel.attach(mine.name, options)];
}

test('another process sends back what it receives', here, async () => {
  const channel = await Channel.create(newName(), { capacityBytes: 256, timeoutMs: 20_000 });
  const peer = await startPeer('echo', channel.name);
  const messages = Array.from({ length: 500 }, (_, index) => new Uint8Array((index * 37) % 253).fill(index));
  const sent = Promise.all(messages.map((message) => channel.send(message)));
  for (const message of messages) assert.deepEqual(await channel.receive(), message);
  await sent;
  const exit = once(peer, 'exit');
  channel.close();
  assert.deepEqual(await exit, [0, null]);
  assert.equal(existsSync(channel.path), false);
});

test('send waits while there is no room', here, async () => {
  const [mine, theirs] = await pair({ capacityBytes: 64 });
  const done: number[] = [];
  const all = [0, 1, 2, 3].map((index) =>
    mine.send(new Uint8Array(28).fill(index)).then(() => {
      done.push(index);
    }),
  );
  await Promise.all(all.slice(0, 2));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(done, [0, 1]);
  assert.equal((await theirs.receive())![0], 0);
  await all[2];
  assert.deepEqual(done, [0, 1, 2]);
  for (const expected of [1, 2, 3]) assert.equal((await theirs.receive())![27], expected);
  await all[3];
  await assert.rejects(mine.send(new Uint8Array(61)), /'message' must have 60 bytes at most in this channel, got 61/);
  await assert.rejects(mine.send('text' as never), /'message' must be a Uint8Array, got 'text'/);
  theirs.close();
  mine.close();
});

test('a peer that is killed is lost, to who waits and to who sends, behind what it had sent', here, async () => {
  const channel = await Channel.create(newName(), { capacityBytes: 64, timeoutMs: 20_000 });
  const peer = await startPeer('three', channel.name);
  assert.deepEqual(await channel.receive(), Uint8Array.of(0));
  await kill(peer);
  for (const expected of [1, 2]) assert.deepEqual(await channel.receive(), Uint8Array.of(expected));
  const lost = { name: 'CommunicationError', kind: 'peer-lost', message: new RegExp(`process ${peer.pid}, has ended`) };
  await assert.rejects(channel.receive(), lost);
  await assert.rejects(channel.send(new Uint8Array(1)), lost);
  channel.close();
  assert.equal(existsSync(channel.path), false);
});

test('a peer that is killed ends a wait for it, and one for room', here, async () => {
  const channel = await Channel.create(newName(), { capacityBytes: 64, timeoutMs: 20_000 });
  const peer = await startPeer('three', channel.name);
  for (let index = 0; index < 3; index++) await channel.receive();
  const waits = [channel.receive(), channel.send(new Uint8Array(60)), channel.send(new Uint8Array(60))];
  const ended = Promise.allSettled(waits);
  await waits[1];
  await kill(peer);
  const [received, sent, full] = await ended;
  assert.deepEqual([received!.status, sent!.status, full!.status], ['rejected', 'fulfilled', 'rejected']);
  for (const each of [received, full]) assert.equal((each as PromiseRejectedResult).reason.kind, 'peer-lost');
  channel.close();
});

for (const errand of ['channel', 'region'] as const) {
  test(`a ${errand} that a killed process left is refused, and recovered`, here, async () => {
    const name = newName();
    const peer = await startPeer(errand, name);
    await assert.rejects(Channel.create(name), { kind: 'role-taken', message: new RegExp(`by process ${peer.pid}`) });
    await kill(peer);
    assert.ok(existsSync(`/dev/shm/paratune.${name}`));
    await assert.rejects(Channel.attach(name, { timeoutMs: 50 }), { kind: 'peer-lost' });
    // Several at once: one gets it.
    const all = await Promise.allSettled([1, 2, 3].map(() => Channel.create(name)));
    const made = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    assert.equal(made.length, 1);
    for (const each of all) if (each.status === 'rejected') assert.equal(each.reason.kind, 'role-taken');
    (await Channel.attach(name)).close();
    made[0]!.close();
    assert.equal(existsSync(made[0]!.path), false);
  });
}

test('a process that ends by itself leaves no file', here, async () => {
  const name = newName();
  await startPeer('leave', name);
  assert.equal(existsSync(`/dev/shm/paratune.${name}`), false);
});

test('a thread that has ended is lost', here, async () => {
  const channel = await Channel.create(newName(), { timeoutMs: 20_000 });
  const file = fileURLToPath(new URL('./_channel_peer.ts', import.meta.url));
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})))`;
  const worker = new Worker(code, { eval: true, argv: ['echo', channel.name], stdout: true });
  await channel.send(Uint8Array.of(5));
  assert.deepEqual(await channel.receive(), Uint8Array.of(5));
  const lost = assert.rejects(channel.receive(), { kind: 'peer-lost' });
  await worker.terminate();
  await lost;
  channel.close();
});

test('closing: the other side has the rest and the end, and its sends fail', here, async () => {
  const [mine, theirs] = await pair();
  await mine.send(Uint8Array.of(1));
  await mine.send(new Uint8Array(0));
  const pending = assert.rejects(mine.receive(), { kind: 'closed', message: /this side/ });
  mine.close();
  mine.close();
  await pending;
  assert.deepEqual([await theirs.receive(), await theirs.receive()], [Uint8Array.of(1), new Uint8Array(0)]);
  assert.deepEqual([await theirs.receive(), await theirs.receive()], [undefined, undefined]);
  await assert.rejects(theirs.send(new Uint8Array(1)), { kind: 'closed', message: /the other side/ });
  theirs.close();
  await assert.rejects(theirs.receive(), { kind: 'closed' });
  await assert.rejects(Channel.attach(mine.name, { timeoutMs: 1 }), { kind: 'no-peer' });
});

test('a peer that never comes, one too many, another capacity, a region that is no channel', here, async () => {
  const channel = await Channel.create(newName(), { timeoutMs: 100 });
  await channel.send(new Uint8Array(3));
  await assert.rejects(channel.receive(), { kind: 'no-peer', message: /within 0.1 s/ });
  await assert.rejects(Channel.attach(channel.name, { capacityBytes: 64 }), {
    ...{ kind: 'mismatch', message: "'capacityBytes' must be that of the channel, 65536, got 64" },
  });
  await assert.rejects(SharedRegion.attach(channel.name), { kind: 'mismatch', message: /is a channel, not a region/ });
  const peer = await Channel.attach(channel.name);
  assert.equal((await peer.receive())!.length, 3);
  await assert.rejects(Channel.attach(channel.name), { kind: 'role-taken' });
  // A seat once left stays left: who comes later would have another's messages.
  peer.close();
  await assert.rejects(Channel.attach(channel.name), { kind: 'role-taken' });
  channel.close();
});

test('a signal ends a wait, and the channel goes on', here, async () => {
  const [mine, theirs] = await pair();
  const signal = AbortSignal.timeout(30);
  await assert.rejects(mine.receive({ signal }), { name: 'TimeoutError' });
  await theirs.send(Uint8Array.of(9));
  assert.deepEqual(await mine.receive(), Uint8Array.of(9));
  mine.close();
  theirs.close();
});

test('waits look at once, then more and more seldom', () => {
  assert.equal(pauseMs(0), 0);
  for (let round = 1; round < 2000; round++) assert.ok(pauseMs(round) >= pauseMs(round - 1));
  assert.equal(pauseMs(100), 16);
  assert.equal(pauseMs(1e9), 16);
});

test('wrong arguments are refused by name', here, async () => {
  for (const [name, options, error, message] of [
    ['', {}, 'RangeError', /'name' must be of 1 to 64 letters.*, got ''/],
    ['../etc', {}, 'RangeError', /'name' .* got '..\/etc'/],
    ['/dev/mmapper', {}, 'RangeError', /'name'/],
    [7, {}, 'TypeError', /'name' .* got 7/],
    ['right', { capacityBytes: 100 }, 'RangeError', /'capacityBytes' must be a power of two, got 100/],
    ['right', { capacityBytes: 32 }, 'RangeError', /'capacityBytes' .* got 32/],
    ['right', { timeoutMs: 0 }, 'RangeError', /'timeoutMs' .* got 0/],
    ['right', { bytes: 1 }, 'TypeError', /'options' has no property 'bytes'/],
  ] as const) {
    await assert.rejects(Channel.create(name as string, options as ChannelOptions), { name: error, message });
  }
});
