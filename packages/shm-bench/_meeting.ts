import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guest, GuestError, start } from '@paratune/guest';
import { mapRegion, Region, regionBytes } from './_region.ts';
import { guestSeat, processSeat, type Seat, threadSeat } from './_seats.ts';
import type { Between } from './benchmarks.ts';
import { CommunicationError } from './communication_error.ts';

/** What both sides meet in: the region, where each runs, and what is up for them; several benchmarks may be run in it in turn. */
export interface Meeting {
  region: Region;
  seats: readonly [Seat, Seat];
  cpus: readonly [number, number];
  /** Where role 0 listens; undefined where the sides have no network between them. */
  host: string | undefined;
  close(): Promise<void>;
}

/** The longest message that the region is made for. */
export const mostMessageBytes = 2 ** 16;

/** Node and one side of a benchmark, with room. */
const guestMemory = '128M';

const loopback = '127.0.0.1';

/** The guests' ends of their cable, the first listens. */
const guestAddresses = ['10.99.7.1', '10.99.7.2'] as const;

/** @throws {CommunicationError} kind `unavailable`, when this machine has no such guests */
export async function meet(between: Between, cpus: readonly [number, number]): Promise<Meeting> {
  const bytes = Math.ceil(regionBytes(mostMessageBytes) / 4096) * 4096;
  if (between === 'threads') {
    const memory = new SharedArrayBuffer(bytes);
    const region = new Region(new Int32Array(memory));
    return { region, seats: [threadSeat(memory), threadSeat(memory)], cpus, host: loopback, close: async () => {} };
  }
  // In memory: a disk would be written to all the time.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'paratune-shm-'));
  const guests: Guest[] = [];
  let region: Region | undefined;
  const close = async () => {
    region?.free();
    region = undefined;
    await Promise.all(guests.map((guest) => guest.stop())).finally(() => {
      rmSync(folder, { recursive: true, force: true });
    });
  };
  try {
    const file = join(folder, 'region');
    region = mapRegion(file, bytes);
    const seats: [Seat, Seat] = [processSeat(file), processSeat(file)];
    if (between === 'processes') return { region, seats, cpus, host: loopback, close };
    const spec = (role: 0 | 1) => ({
      ...({ kind: 'uml', memory: guestMemory, swap: 0, cpus: [cpus[role]], sharedMemory: file } as const),
    });
    if (between === 'host-uml') {
      guests.push(await start(spec(1)));
      return { region, seats: [seats[0], guestSeat(guests[0]!)], cpus, host: undefined, close };
    }
    const [port, peerPort] = await freePorts();
    const links = [
      { address: guestAddresses[0], port, peerPort },
      { address: guestAddresses[1], port: peerPort, peerPort: port },
    ];
    const started = await Promise.allSettled(
      ([0, 1] as const).map(async (role) => start({ ...spec(role), link: links[role] })),
    );
    for (const result of started) if (result.status === 'fulfilled') guests.push(result.value);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const [first, second] = guests as [Guest, Guest];
    return { region, seats: [guestSeat(first), guestSeat(second)], cpus, host: guestAddresses[0], close };
  } catch (error) {
    await close();
    if (!(error instanceof GuestError && error.kind === 'unavailable')) throw error;
    throw new CommunicationError('unavailable', error.summary);
  }
}

/** Two UDP ports that nobody has: both are held until both are known. */
async function freePorts(): Promise<[number, number]> {
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  try {
    const ports = sockets.map(async (socket) => {
      socket.bind(0, loopback);
      await once(socket, 'listening');
      return socket.address().port;
    });
    return (await Promise.all(ports)) as [number, number];
  } finally {
    for (const socket of sockets) socket.close();
  }
}
