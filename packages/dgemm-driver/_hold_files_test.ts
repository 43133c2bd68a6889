import assert from 'node:assert/strict';
import { readFileSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import { mappedFiles } from './_hold_files.ts';

test('files with code, largest first, each once', () => {
  const maps = `00400000-00b72000 r--p 00000000 fe:00 260689                             /usr/bin/node
00b72000-025fe000 r-xp 00772000 fe:00 260689                             /usr/bin/node
0fdc4000-100a9000 rw-p 00000000 00:00 0                                  [heap]
7f0000000000-7f0000001000 r-xp 00000000 fe:00 1   /lib/a small one.so
7f0000002000-7f0000004000 r-xp 00000000 fe:00 2   /lib/larger.so
7f0000005000-7f0000006000 r-xp 00000000 fe:00 1   /lib/a small one.so
7f0000007000-7f0000008000 r-xp 00000000 00:00 0
7fffb4000000-7fffb4002000 r-xp 00000000 00:00 0                          [vdso]
`;
  assert.deepEqual(mappedFiles(maps), ['/usr/bin/node', '/lib/a small one.so', '/lib/larger.so']);
});

test('this process runs code of Node', { skip: process.platform !== 'linux' && 'there is no /proc' }, () => {
  assert.ok(mappedFiles(readFileSync('/proc/self/maps', 'utf8')).includes(realpathSync(process.execPath)));
});
