import { defaultGuestMemoryBytes, parseEnvironment } from '@paratune/guest';

/** What an environment's name says: its kind, and the memory that it is held to, in bytes; infinite when it is not held. */
export function environmentMemory(environment: string): { kind: string; memoryBytes: number } {
  const { kind, memory } = parseEnvironment(environment);
  if (memory !== undefined) return { kind, memoryBytes: Number.parseInt(String(memory), 10) * 2 ** 20 };
  return { kind, memoryBytes: kind === 'native' ? Number.POSITIVE_INFINITY : defaultGuestMemoryBytes };
}
