import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseBootLog, parseIomem } from './_kernel_image.ts';
import { kernelMemory } from './kernel_memory.ts';

test('the line of the boot log', () => {
  // Of user-mode Linux 6.1 with 256 MB.
  const line =
    '6,27,0,-;Memory: 246704K/262144K available (6634K kernel code, 1490K rwdata, 2112K rodata, 211K init, 306K bss, 15440K reserved, 0K cma-reserved)\n';
  assert.deepEqual(parseBootLog(`6,26,0,-;before\n${line}6,28,0,-;after\n`), {
    codeBytes: 6634 * 1024,
    dataBytes: (1490 + 306) * 1024,
    readOnlyDataBytes: 2112 * 1024,
    source: 'boot log',
  });
  assert.equal(parseBootLog('6,26,0,-;Memory: none\n'), undefined);
});

test('the regions of /proc/iomem', () => {
  const regions =
    '00001000-0009fbff : System RAM\n  01000000-02276f47 : Kernel code\n  02400000-02e0cfff : Kernel rodata\n' +
    '  03000000-0327c17f : Kernel data\n  03b32000-03c55fff : Kernel bss\n';
  assert.deepEqual(parseIomem(regions), {
    codeBytes: 0x1276f48,
    dataBytes: 0x27c180 + 0x124000,
    readOnlyDataBytes: 0xa0d000,
    source: '/proc/iomem',
  });
  // As others than root see it.
  assert.equal(parseIomem(regions.replace(/[0-9a-f]{8}-[0-9a-f]{8}/g, '00000000-00000000')), undefined);
  assert.equal(parseIomem(''), undefined);
});

test('this kernel, and the two sources agree', { skip: process.getuid?.() !== 0 && 'takes root' }, () => {
  const found = kernelMemory();
  const regions = parseIomem(readFileSync('/proc/iomem', 'utf8'));
  if (found.source === 'boot log' && regions) assert.ok(Math.abs(found.codeBytes - regions.codeBytes) < 4096);
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', cli, '--kernel', '--json'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), { kernel: found });
});
