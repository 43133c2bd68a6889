import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { defaults } from './_test_backends.ts';
import { tuningChecksum } from './_tuning_checksum.ts';
import {
  type Configuration,
  configure,
  defaultTuning,
  dgemm,
  type Info,
  info,
  readTuning,
  saveTuning,
  type Tuning,
  TuningError,
  tuningPath,
} from './mod.ts';

const skip = info().backend === 'x64' ? false : 'there is no x64 backend here';
const folder = mkdtempSync(join(tmpdir(), 'paratune-tuning-'));
after(() => rmSync(folder, { recursive: true }));

const mod = new URL('./mod.ts', import.meta.url).href;

/** A tuning that differs from the defaults in every routine. */
function unusual(isa: 'sse2' | 'avx2' = 'sse2'): Tuning {
  const tuning = defaultTuning(isa);
  const { columns, rows } = tuning.dgemv;
  return {
    ...tuning,
    dgemm: { ...tuning.dgemm, mu: 4, nu: 2, ku: 3, muladd: 'separate', latency: 3, mc: 40, kc: 50, nc: 60 },
    dgemv: { columns: { ...columns, private: { ...columns.private, xUnroll: 3 } }, rows },
    dger: { ...tuning.dger, private: { xUnroll: 3, yUnroll: 5, prefetch: 64 } },
  };
}

/** Does something with another environment of the process. */
function within<Result>(environment: Record<string, string | undefined>, act: () => Result): Result {
  const before = { ...process.env };
  const set = (variables: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set({ PARATUNE_TUNING: undefined, ...environment });
  try {
    return act();
  } finally {
    set(Object.fromEntries([...Object.keys(environment), 'PARATUNE_TUNING'].map((name) => [name, before[name]])));
  }
}

/** What is used with a folder for caches of its own. */
function infoWith(cache: string, configuration: Configuration, environment: Record<string, string> = {}): Info {
  return within({ XDG_CACHE_HOME: cache, ...environment }, () => configure({ tuning: 'auto', ...configuration }));
}

describe('a saved tuning', { skip }, () => {
  afterEach(() => {
    configure(defaults);
  });

  test('is read as it was saved, and replaced at once', () => {
    const path = join(folder, 'new', 'folder', 'tuning.json');
    for (const tuning of [unusual(), defaultTuning('sse2')]) {
      assert.equal(saveTuning(tuning, path), path);
      assert.deepEqual(readTuning(path), tuning);
    }
    assert.deepEqual(readdirSync(join(folder, 'new', 'folder')), ['tuning.json']);
  });

  test('is picked up by a process of its instruction set, and by no other', () => {
    const cache = join(folder, 'cache');
    const path = within({ XDG_CACHE_HOME: cache }, () => saveTuning(unusual()));
    assert.ok(path.startsWith(join(cache, 'paratune', 'tunings')) && existsSync(path));

    const used = infoWith(cache, { isa: 'sse2' });
    assert.ok(used.backend === 'x64');
    assert.deepEqual([used.mu, used.nu, used.ku, used.mc, used.kc, used.nc], [4, 2, 3, 40, 50, 60]);
    assert.deepEqual([used.gemv.xUnroll, used.ger.xUnroll, used.ger.yUnroll], [3, 3, 5]);
    assert.deepEqual(used.tuning, { from: 'file', path, time: readTuning(path).time });
    assert.deepEqual(infoWith(cache, { isa: 'scalar' }).tuning, { from: 'defaults' });
    assert.deepEqual(infoWith(cache, { isa: 'sse2', tuning: 'default' }).tuning, { from: 'defaults' });
    assert.deepEqual(infoWith(cache, { isa: 'sse2' }, { PARATUNE_TUNING: 'off' }).tuning, { from: 'defaults' });
    const named = infoWith(join(folder, 'none'), { isa: 'sse2' }, { PARATUNE_TUNING: path });
    assert.equal(named.kernel, 'dgemm_sse2_4x2');
    const other = infoWith(cache, { isa: 'scalar' }, { PARATUNE_TUNING: path });
    assert.deepEqual(other.tuning, { from: 'defaults', refused: `${path}: is for isa 'sse2', in use is 'scalar'` });
  });

  test('is picked up without a call of configure', () => {
    const isa = defaultTuning().isa;
    const path = join(folder, 'alone.json');
    const tuning = defaultTuning();
    saveTuning({ ...tuning, dgemm: { ...tuning.dgemm, kc: 123 } }, path);
    const code = `
      const { dgemm, info } = await import('${mod}');
      const C = dgemm('row-major', 'no-transpose', 'no-transpose', 1, 1, 1, 2, new Float64Array([3]), 1, new Float64Array([7]), 1, 0, new Float64Array(1), 1);
      console.log(JSON.stringify({ ...info(), product: C[0] }));`;
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], {
      encoding: 'utf8',
      env: { ...process.env, PARATUNE_TUNING: path },
    });
    const used = JSON.parse(printed);
    assert.deepEqual([used.isa, used.kc, used.product, used.tuning.path], [isa, 123, 42, path]);
  });

  test('is refused with the reason when it cannot be used, and the library runs with its defaults', () => {
    const path = join(folder, 'wrong.json');
    saveTuning(unusual(), path);
    const whole = readFileSync(path, 'utf8');
    /** The file of a tuning that was changed by somebody who knows of the checksum. */
    const fileOf = (changes: object) => {
      const tuning = { ...unusual(), ...changes } as Tuning;
      return JSON.stringify({ checksum: tuningChecksum(tuning), tuning });
    };
    const { dgemm: gemm } = unusual();
    const cases: [string | Buffer, TuningError['kind'], RegExp][] = [
      ['', 'corrupt', /no JSON/],
      [whole.slice(0, whole.length / 2), 'corrupt', /is not whole: it is no JSON/],
      [Buffer.alloc(1000, 0xff), 'corrupt', /no JSON/],
      ['null', 'corrupt', /holds no tuning/],
      ['{"tuning": 5}', 'corrupt', /holds no tuning/],
      [whole.replace('"mc": 40', '"mc": 44'), 'corrupt', /changed since it was saved/],
      [fileOf({ version: 2 }), 'stale', /is of version 2, this library reads version 1/],
      [fileOf({ fingerprint: 'another' }), 'foreign', /is for another, this machine is \w/],
      [fileOf({ isa: 'mmx' }), 'invalid', /'isa' must be/],
      [fileOf({ dgemm: { ...gemm, mu: 3 } }), 'invalid', /'tuning.dgemm': 'mu' must be a multiple of 2/],
      [fileOf({ dgemm: { ...gemm, mc: 41 } }), 'invalid', /'tuning.dgemm.mc' must be a multiple of 4/],
      [fileOf({ dgemm: { ...gemm, kc: 2 ** 40 } }), 'invalid', /at most 1 GiB/],
      [fileOf({ dgemm: { ...gemm, kc: null } }), 'invalid', /'tuning.dgemm.kc' must be/],
      [fileOf({ sgemv: undefined }), 'invalid', /must have the option 'sgemv'/],
      [fileOf({ dger: { private: {} } }), 'invalid', /must have the option 'shared'/],
      [fileOf({ caches: { l1DataBytes: 0, l2Bytes: 1, lastLevelBytes: 1 } }), 'invalid', /l1DataBytes/],
      [fileOf({ notes: '' }), 'invalid', /got 'notes'/],
    ];
    for (const [content, kind, message] of cases) {
      writeFileSync(path, content);
      assert.throws(
        () => readTuning(path),
        (error) => error instanceof TuningError && error.kind === kind && message.test(error.message),
        String(content).slice(0, 60),
      );
    }
    writeFileSync(path, whole.replace('"mc": 40', '"mc": 44'));
    const used = infoWith(join(folder, 'none'), { isa: 'sse2' }, { PARATUNE_TUNING: path });
    assert.equal(used.kernel, configure({ isa: 'sse2', tuning: 'default' }).kernel);
    assert.ok(used.tuning.from === 'defaults' && /changed since it was saved/.test(used.tuning.refused!));
  });

  test('of which there is none is no mistake, unless it was named', () => {
    const none = join(folder, 'none');
    assert.deepEqual(infoWith(none, {}).tuning, { from: 'defaults' });
    const refused = `${none}/t.json: is missing`;
    assert.deepEqual(infoWith(none, {}, { PARATUNE_TUNING: `${none}/t.json` }).tuning, {
      from: 'defaults',
      refused,
    });
  });

  test('that the system refuses is told as such', () => {
    const path = join(folder, 'a-folder');
    mkdirSync(path);
    assert.throws(() => readTuning(path), {
      name: 'TuningError',
      kind: 'unreadable',
      message: /cannot be read: EISDIR/,
    });
    assert.throws(() => saveTuning(unusual(), path), {
      name: 'TuningError',
      kind: 'unreadable',
      message: /cannot be written: EISDIR/,
    });
    assert.deepEqual(
      readdirSync(folder).filter((name) => /\.json\.\d+|a-folder\./.test(name)),
      [],
    );
  });
});

describe('configure with a tuning', { skip }, () => {
  afterEach(() => {
    configure(defaults);
  });

  test('uses it, for its own instruction set', () => {
    const tuning = unusual();
    const used = configure({ isa: 'auto', tuning });
    assert.ok(used.backend === 'x64');
    assert.deepEqual([used.isa, used.kernel, used.tuning.from], ['sse2', 'dgemm_sse2_4x2', 'configure']);
    const [A, B, C] = [new Float64Array(90_000).fill(1), new Float64Array(90_000).fill(2), new Float64Array(90_000)];
    dgemm('row-major', 'transpose', 'no-transpose', 300, 300, 300, 1, A, 300, B, 300, 0, C, 300);
    assert.ok(C.every((value) => value === 600));
    assert.throws(
      () => configure({ isa: 'scalar', tuning }),
      /RangeError: 'tuning' must be for isa 'scalar', which is in use, got one for 'sse2'/,
    );
    assert.equal(info().kernel, 'dgemm_sse2_4x2');
  });

  test('refuses one of another machine, or one that lacks something', () => {
    const { sger: _, ...without } = unusual();
    assert.throws(
      () => configure({ tuning: { ...unusual(), fingerprint: 'another' } }),
      /RangeError: 'tuning.fingerprint' must be that of this machine, .*, got another/,
    );
    assert.throws(() => configure({ tuning: without as Tuning }), /TypeError: .* must have the option 'sger'/);
  });

  test('is not changed when the object is', () => {
    const tuning = structuredClone(unusual()) as { dgemm: { mc: number } } & Tuning;
    configure({ tuning });
    tuning.dgemm.mc = 3;
    assert.equal((configure({}) as { mc?: number }).mc, 40);
  });

  test('of the defaults changes nothing', () => {
    for (const isa of ['scalar', 'sse2'] as const) {
      const { tuning: _one, ...untuned } = configure({ isa, tuning: 'default' });
      const { tuning: _other, ...tuned } = configure({ isa, tuning: defaultTuning(isa) });
      assert.deepEqual(tuned, untuned);
    }
  });

  test('keeps its files apart by instruction set', () => {
    assert.notEqual(tuningPath('sse2'), tuningPath('avx2'));
  });
});
