/** A size of memory: bytes as a number, or text such as `'256M'`, `'1G'` (powers of 1024). A whole number of mebibytes. */
export type Size = number | string;

/** An environment as a user asks for it. */
export type GuestSpec =
  | {
      /** This machine as it is, or held to some memory by a control group. */
      kind: 'native';
      /** Memory to hold it to; not held when absent. */
      memory?: Size | undefined;
      /** Swap space beside that memory, only with `memory`; 512 MiB when absent, 0 for none. */
      swap?: Size | undefined;
      /** CPUs of the host to run on; all when absent. */
      cpus?: readonly number[] | undefined;
    }
  | {
      /** A paravirtualized guest: user-mode Linux. */
      kind: 'uml';
      /** Memory of the guest; {@linkcode defaultGuestMemoryBytes} when absent. */
      memory?: Size | undefined;
      /** Swap space of the guest; 512 MiB when absent, 0 for none. */
      swap?: Size | undefined;
      /** The one CPU of the host to run on; the first that this process may use when absent. */
      cpus?: readonly number[] | undefined;
      /**
       * Absolute path of a file of this machine, of whole pages of 4096 bytes, that programs in the guest map as `/dev/mmapper`: memory
       * that it shares with whoever else maps the file. None when absent.
       */
      sharedMemory?: string | undefined;
      /** A cable to another guest; no network when absent. */
      link?: UmlLink | undefined;
    }
  | {
      /** A guest of QEMU with Debian's kernel. */
      kind: 'qemu';
      /** Memory of the guest; {@linkcode defaultGuestMemoryBytes} when absent. */
      memory?: Size | undefined;
      /** Swap space of the guest; 512 MiB when absent, 0 for none. */
      swap?: Size | undefined;
      /** CPUs of the host to run on, each for one of the guest; the first that this process may use when absent. */
      cpus?: readonly number[] | undefined;
      /** What runs the guest's instructions; `'auto'` when absent: KVM where a guest starts under it, else emulation. */
      accelerator?: 'auto' | Accelerator | undefined;
      /** Under KVM, whether the guest learns of it and takes its paravirtual clock and calls; `true` when absent. */
      paravirtual?: boolean | undefined;
    }
  | {
      /** Under Xen, which runs in a machine of QEMU: its privileged domain, or one without privileges, started from that one. */
      kind: 'xen-dom0' | 'xen-domu';
      /** Memory of the domain; {@linkcode defaultGuestMemoryBytes} when absent. */
      memory?: Size | undefined;
      /** Swap space of the domain; 512 MiB when absent, 0 for none. */
      swap?: Size | undefined;
      /** The one CPU of the host to run on; the first that this process may use when absent. */
      cpus?: readonly number[] | undefined;
      /** What runs the machine's instructions, as for kind `'qemu'`. */
      accelerator?: 'auto' | Accelerator | undefined;
    };

/** One end of a cable between two guests of user-mode Linux: Ethernet in UDP (L2TPv3) on this machine's loopback, which takes no root. */
export interface UmlLink {
  /** The guest's address in the network of the cable, of 24 bits, such as `'10.0.0.1'`. */
  address: string;
  /** UDP port of this end on 127.0.0.1, which must be free. */
  port: number;
  /** That of the other end, whose `peerPort` is this one's `port`. */
  peerPort: number;
}

/** What runs a guest's instructions: the processor itself (KVM), or an emulator (TCG), whose times say nothing of the processor. */
export type Accelerator = 'kvm' | 'tcg';

/** A kind of environment. */
export type GuestKind = GuestSpec['kind'];

/** An environment with its sizes in bytes and its defaults filled in. */
export type Environment =
  | { kind: 'native'; cpus: readonly number[] | undefined; memoryBytes?: undefined; swapBytes?: undefined }
  | { kind: 'native'; cpus: readonly number[] | undefined; memoryBytes: number; swapBytes: number }
  | {
      kind: 'uml';
      cpus: readonly [number];
      memoryBytes: number;
      swapBytes: number;
      sharedMemory?: string | undefined;
      link?: UmlLink | undefined;
    }
  | {
      kind: 'qemu';
      cpus: readonly number[];
      memoryBytes: number;
      swapBytes: number;
      accelerator: 'auto' | Accelerator;
      paravirtual: boolean;
    }
  | ({ [K in 'xen-dom0' | 'xen-domu']: { kind: K } }['xen-dom0' | 'xen-domu'] & {
      cpus: readonly [number];
      memoryBytes: number;
      swapBytes: number;
      accelerator: 'auto' | Accelerator;
    });

/**
 * Memory of a guest unless it says otherwise, in bytes: 256 MiB, the smaller of the paper's two.
 *
 * @example
 * ```ts
 * import { defaultGuestMemoryBytes, environmentName } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(environmentName({ kind: 'uml' }), `uml-${defaultGuestMemoryBytes / 1024 ** 2}`);
 * ```
 */
export const defaultGuestMemoryBytes: number = 256 * 1024 ** 2;
