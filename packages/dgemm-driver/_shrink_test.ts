import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untouchedFileMappings } from './_shrink.ts';

const mapping = (head: string, anonymous: number) =>
  `${head}\nSize: 4 kB\nRss: 4 kB\nAnonymous: ${anonymous} kB\nLazyFree: 0 kB\nVmFlags: rd ex mr\n`;

test('only mappings of files that were never written are the file’s own', () => {
  const smaps = [
    mapping('00400000-00b72000 r--p 00000000 fe:00 260689                             /usr/bin/node', 0),
    mapping('00b72000-025fe000 r-xp 00772000 fe:00 260689                             /usr/bin/node', 0),
    mapping('025fe000-02601000 r--p 021fd000 fe:00 260689   /relocated', 12),
    mapping('02601000-02602000 rw-p 02201000 fe:00 260689   /data', 0),
    mapping('0fdc4000-100a9000 rw-p 00000000 00:00 0        [heap]', 4),
    mapping('7f4d4d144000-7f4d4d145000 r--p 00000000 00:00 0 ', 0),
    mapping('7f4d4d244000-7f4d4d245000 r--s 00000000 fe:00 77 /shared', 0),
    mapping('7f4d4d344000-7f4d4d49a000 r-xp 00026000 fe:00 339380 /a library with spaces.so (deleted)', 0),
  ].join('');
  assert.deepEqual(untouchedFileMappings(smaps), [
    [0x400000, 0xb72000],
    [0xb72000, 0x25fe000],
    [0x7f4d4d344000, 0x7f4d4d49a000],
  ]);
});

test('nothing is found in nothing', () => assert.deepEqual(untouchedFileMappings(''), []));
