import { addressOf, load, type NativeFunction, SystemError } from '@paratune/native';
import { layout, type Region, type Role } from './_region.ts';
import { type Supervision, sleep } from './_supervision.ts';
import { systemCallCode } from './_x64_loops.ts';

// Linux, arch/x86/entry/syscalls/syscall_64.tbl; include/linux/socket.h, include/uapi/asm-generic/socket.h and linux/tcp.h.
const numbers = {
  ...{ close: 3, socket: 41, connect: 42, accept: 43, bind: 49, listen: 50, getsockname: 51, setsockopt: 54 },
} as const;
const [AF_INET, SOCK_STREAM, SOCK_CLOEXEC] = [2, 1, 0o2000000];
const [SOL_SOCKET, SO_RCVTIMEO, SO_SNDTIMEO] = [1, 20, 21];
const [IPPROTO_TCP, TCP_NODELAY] = [6, 1];
const [EINTR, EAGAIN] = [4, 11];

/** How long a call may block before it is seen whether the other side lives, in microseconds. */
const BLOCKED_MICROSECONDS = 50_000n;

let code: NativeFunction<'int64(pointer)'> | undefined;

function call(name: keyof typeof numbers, ...values: (number | ArrayBufferView)[]): number {
  code ??= load(systemCallCode(), { signature: 'int64(pointer)' });
  const block = new BigInt64Array(7);
  block[0] = BigInt(numbers[name]);
  for (const [index, value] of values.entries()) {
    block[index + 1] = BigInt(typeof value === 'number' ? value : addressOf(value));
  }
  return code(block);
}

function done(result: number, name: string, what: string): number {
  if (result < 0) throw new SystemError(name, -result, what);
  return result;
}

/** sockaddr_in (ip(7)). */
function address(host: string, port: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, true);
  new DataView(bytes.buffer).setUint16(2, port);
  bytes.set(host.split('.').map(Number), 4);
  return bytes;
}

/** A socket that sends at once and blocks for a bounded time. */
function newSocket(): number {
  const fd = done(call('socket', AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 'socket', 'cannot make a socket');
  prepare(fd);
  return fd;
}

function prepare(fd: number): void {
  const set = (level: number, option: number, value: ArrayBufferView) =>
    done(call('setsockopt', fd, level, option, value, value.byteLength), 'setsockopt', 'cannot prepare a socket');
  for (const option of [SO_RCVTIMEO, SO_SNDTIMEO]) set(SOL_SOCKET, option, BigInt64Array.of(0n, BLOCKED_MICROSECONDS));
  set(IPPROTO_TCP, TCP_NODELAY, Int32Array.of(1));
}

/** Closes a socket. */
export function closeSocket(fd: number): void {
  call('close', fd);
}

/** A connection between the sides: role 0 listens at the address, and tells its port through the region. */
export function connectTcp(region: Region, role: Role, host: string, supervision: Supervision): number {
  return role === 0 ? accept(region, host, supervision) : connect(region, host, supervision);
}

function accept(region: Region, host: string, supervision: Supervision): number {
  const listener = newSocket();
  try {
    const own = address(host, 0);
    done(call('bind', listener, own, own.length), 'bind', `cannot listen at ${host}`);
    done(call('listen', listener, 1), 'listen', `cannot listen at ${host}`);
    done(call('getsockname', listener, own, Int32Array.of(own.length)), 'getsockname', `cannot listen at ${host}`);
    region.store(layout.port, new DataView(own.buffer).getUint16(2));
    for (;;) {
      const fd = call('accept', listener, 0, 0);
      if (fd >= 0) {
        prepare(fd);
        return fd;
      }
      if (fd !== -EAGAIN && fd !== -EINTR) done(fd, 'accept', `cannot listen at ${host}`);
      supervision.look('accept');
    }
  } finally {
    closeSocket(listener);
  }
}

function connect(region: Region, host: string, supervision: Supervision): number {
  while (region.load(layout.port) === 0) {
    supervision.look('connect');
    sleep(1);
  }
  const port = region.load(layout.port);
  const fd = newSocket();
  const other = address(host, port);
  const result = call('connect', fd, other, other.length);
  if (result >= 0) return fd;
  closeSocket(fd);
  throw new SystemError('connect', -result, `cannot connect to ${host}:${port}`);
}
