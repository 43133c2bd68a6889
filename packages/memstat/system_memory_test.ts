import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { MemstatError } from './memstat_error.ts';
import { systemMemory } from './system_memory.ts';

test('the system is what the operating system says it is', () => {
  const system = systemMemory();
  assert.equal(system.totalBytes, totalmem());
  assert.ok(system.availableBytes > 0 && system.availableBytes <= system.totalBytes);
  assert.ok(system.swapUsedBytes >= 0 && system.swapUsedBytes <= system.swapTotalBytes);
  assert.ok(Number.isInteger(system.pagesSwappedIn) && Number.isInteger(system.pagesSwappedOut));
});

test('elsewhere than on Linux it is unsupported', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
  Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  try {
    assert.throws(systemMemory, (error) => error instanceof MemstatError && error.kind === 'unsupported');
  } finally {
    Object.defineProperty(process, 'platform', platform);
  }
});
