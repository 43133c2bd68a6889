/** The package in a browser, as it was built: bundled, in Chromium, with and without what pages may forbid, and threads. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Findings } from './_browser_page.ts';
import { type Answer, noBrowser, withBrowser } from './_test_browser.ts';

/** A program for browsers, as a bundler makes it of a module in this folder that imports the package as users do. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    // Packages are what is installed, not what the repository's configuration says for their sources.
    tsconfigRaw: {},
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}

const MOST_COMPRESSED_BYTES = 60 * 1024;

test('all of the package takes less than 60 KB compressed, and names nothing of Node', async () => {
  const text = await bundle("export * from '@paratune/blas';");
  const bytes = gzipSync(text, { level: 9 }).length;
  assert.ok(bytes < MOST_COMPRESSED_BYTES, `${bytes} bytes`);
  assert.ok(bytes > 10_000, `${bytes} bytes: there is something in it`);
  assert.equal(/koffi|["']node:|getBuiltinModule/.exec(text)?.[0], undefined);
});

test('a program takes no more than it uses', async () => {
  const all = await bundle("export * from '@paratune/blas';");
  const one = await bundle("import { dgemv } from '@paratune/blas'; console.log(dgemv);");
  assert.ok(one.length < all.length - 10_000, `${one.length} of ${all.length} bytes`);
});

/** What routines answer, whatever computes. */
const exact = {
  ...{ dgemv: [-1, -1], sgemv: [-2, -2], dger: [3, 0, 1, 6], sger: [3, 0, 1, 6], dgemmBatch: [-1, -1], gemm: [30] },
};

function checkFindings({ wrong, errors, ...found }: Findings): void {
  assert.deepEqual(wrong, []);
  assert.deepEqual(found.exact, exact);
  assert.match(errors['size']!, /^RangeError: 'M' must be a nonnegative integer, got -1/);
  assert.match(errors['overlap']!, /^RangeError: 'C' must share no element with 'A'/);
  assert.match(errors['x64']!, /machine code is not available on the web: a browser runs none/);
  assert.match(errors['file']!, /a file is not available on the web: a browser has no file system/);
  assert.match(errors['fingerprint']!, /machine code is not available on the web/);
}

describe('in Chromium', { skip: noBrowser }, () => {
  test('WebAssembly computes where a page may run it, else JavaScript; neither needs code made from strings', async () => {
    const script = await bundle(
      "import * as blas from '@paratune/blas'; import { findings, wrongProducts } from './_browser_page.ts'; globalThis.findings = findings(blas); globalThis.again = () => wrongProducts(blas);",
    );
    const page = (policy: string, headers = {}): Answer => ({
      type: 'text/html',
      body: '<!doctype html><title>blas</title><script type="module" src="/script.js"></script>',
      headers: { 'content-security-policy': policy, ...headers },
    });
    const answers = {
      '/script.js': { type: 'text/javascript', body: script },
      '/': page("script-src 'self' 'wasm-unsafe-eval'"),
      '/isolated': page("script-src 'self' 'wasm-unsafe-eval'; worker-src blob:", {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      }),
      '/isolated-without-workers': page("script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'", {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      }),
      '/strict': page("script-src 'self'"),
    };
    await withBrowser(answers, async (open) => {
      const find = async (path: string) => {
        const opened = await open(path);
        await opened.waitForFunction('globalThis.findings');
        // What the driver evaluates may make code from strings whatever the page says; this only reads.
        return { opened, found: await opened.evaluate<Findings>('findings') };
      };
      const { found: usual, opened } = await find('/');
      assert.equal(opened.workers().length, 0);
      checkFindings(usual);
      assert.equal(usual.isolated, false);
      assert.ok(usual.info.backend === 'wasm');
      assert.equal(usual.info.muladd, 'fused');
      assert.equal(usual.info.threads, 1);
      assert.match(usual.info.reason, /machine code is not available on the web: a browser runs none/);
      assert.equal(usual.tuned, 'dgemm_simd128_2x3');

      const isolated = await find('/isolated');
      checkFindings(isolated.found);
      assert.equal(isolated.found.isolated, true);
      assert.ok(isolated.found.info.backend === 'wasm');
      const { threads } = isolated.found.info;
      assert.equal(threads, Math.min(await isolated.opened.evaluate<number>('navigator.hardwareConcurrency'), 64));
      // Helpers begin when the page's first calls are over, so that now they take part.
      while (isolated.opened.workers().length < threads - 1) await isolated.opened.waitForEvent('worker');
      for (let round = 0; round < 3; round++) assert.deepEqual(await isolated.opened.evaluate<string[]>('again()'), []);

      const { found: without } = await find('/isolated-without-workers');
      checkFindings(without);
      assert.equal(without.info.threads, threads);

      const { found: strict } = await find('/strict');
      checkFindings(strict);
      assert.ok(strict.info.backend === 'js');
      assert.match(
        strict.info.reason,
        /a browser runs none; WebAssembly is not available on the web: .*Content Security Policy/i,
      );
      assert.match(
        strict.tuned,
        /^UnsupportedError: .*; the kernel dgemm_js_2x3 is not available .*Security Policy.*; the default register block works\s*$/is,
      );
    });
  });
});
