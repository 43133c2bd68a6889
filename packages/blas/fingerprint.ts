import { processor } from '@paratune/native';
import { fs } from './_node.ts';

/**
 * The kernel that this process runs on: user-mode Linux alone has `/proc/exitcode`, and what runs on Xen has it from Xen.
 * A tuning for one of them is not for another, though the processor says the same in all of them.
 */
function kernelKind(): string {
  if (fs.existsSync('/proc/exitcode')) return 'user-mode-linux';
  const type = '/sys/hypervisor/type';
  return fs.existsSync(type) ? fs.readFileSync(type, 'utf8') : process.platform;
}

let known: string | undefined;

/**
 * Names the kind of machine that this process runs on, as far as the best parameters depend on it.
 *
 * It is made of the processor's vendor, family, model, stepping and usable instruction sets, of its caches as it tells them, of the kind of
 * kernel (Linux, user-mode Linux, Xen) and of the hypervisor. Equal machines have equal fingerprints. It is a file name too.
 *
 * @returns Such as `'GenuineIntel-6-143-8_avx512_48K-2048K-107520K_linux_KVMKVMKVM'`.
 * @throws {UnsupportedError} (of `@paratune/native`) On a platform without an x64 backend, where nothing is tuned.
 * @example
 * ```ts
 * import { fingerprint, info } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * if (info().backend === 'x64') assert.match(fingerprint(), /^[\w.-]+$/);
 * ```
 */
export function fingerprint(): string {
  if (known === undefined) {
    const { vendor, family, model, stepping, instructionSets, caches, hypervisor } = processor();
    const parts = [
      `${vendor}-${family}-${model}-${stepping}`,
      instructionSets.at(-1),
      caches
        .filter(({ kind }) => kind !== 'instruction')
        .map(({ bytes }) => `${bytes / 1024}K`)
        .join('-') || 'caches hidden',
      kernelKind(),
      hypervisor === null ? 'no hypervisor' : hypervisor || 'a hypervisor',
    ];
    known = parts
      .map((part) =>
        String(part)
          .trim()
          .replace(/[^A-Za-z0-9.-]+/g, '-'),
      )
      .join('_');
  }
  return known;
}
