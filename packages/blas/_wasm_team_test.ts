import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { double } from './_element_type.ts';
import { wasmGemmSpec, wasmModule } from './_portable_kernels.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { WasmMemory } from './_wasm_memory.ts';
import { PIECE, WasmTeam } from './_wasm_team.ts';
import { configure } from './mod.ts';

const skip = testedConfigurations().some(([, { backend }]) => backend === 'wasm') ? false : 'no WebAssembly here';

after(() => {
  configure(defaults);
});

/** A team of so many threads whose pieces each multiply 1 x 1 matrices, and the memory they lie in. */
function makeTeam(threads: number) {
  const memory = new WasmMemory(true);
  memory.allocate(65_536);
  const spec = wasmGemmSpec(double, 'separate', {});
  const team = new WasmTeam(threads, memory, [wasmModule(spec, true)]);
  const threadBytes = 8 * (3 * spec.mu * spec.nu);
  const values = new Float64Array(memory.object.buffer);
  const [a, c, buffers] = [0, 1024, 4096];
  const prepare = () => {
    for (let number = 0; number < team.mostPieces; number++) {
      values[a / 8 + number] = number + 1;
      const block = [1, 1, 1, 2, a + 8 * number, 1, 1, a + 8 * number, 1, 1, 0, c + 8 * number, 1, 1];
      const packed = [buffers, buffers + 8 * spec.mu, buffers + 16 * spec.mu, spec.mu, 1, spec.nu];
      team.piece(number).set([...block, ...packed, threadBytes, 0]);
    }
    assert.equal(block(0).length, PIECE.length);
  };
  const block = (number: number) => team.piece(number);
  return {
    team,
    prepare,
    result: (number: number) => values[c / 8 + number]!,
    clear: () => values.fill(0, c / 8, c / 8 + 64),
  };
}

test('each piece is run once, by the caller or a helper, however late these come', { skip }, async () => {
  const { team, prepare, result, clear } = makeTeam(3);
  prepare();
  let byHelpers = 0;
  const end = performance.now() + 30_000;
  for (let round = 0; (round < 200 || byHelpers === 0) && performance.now() < end; round++) {
    clear();
    const own: number[] = [];
    const ran = team.run(team.mostPieces, (piece) => {
      own.push(piece[4]! / 8);
      // So long that helpers have the time to take some.
      const until = performance.now() + (round % 10 === 0 ? 2 : 0);
      while (performance.now() < until);
    });
    assert.equal(ran + own.length, team.mostPieces);
    for (let number = 0; number < team.mostPieces; number++) {
      assert.equal(result(number), own.includes(number) ? 0 : 2 * (number + 1) ** 2);
    }
    byHelpers += ran;
    // Without a pause a busy machine would not let them begin.
    if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(byHelpers > 0, 'helpers took part');
  team.stop();
  prepare();
  assert.equal(
    team.run(1, () => {}),
    0,
  );
  team.stop();
});

test('helpers keep no process from ending', { skip }, () => {
  const mod = new URL('./mod.ts', import.meta.url).href;
  const code = `
    const { configure, dgemm, info } = await import('${mod}');
    configure({ backend: 'wasm' });
    const n = 300;
    const one = new Float64Array(n * n).fill(1);
    const C = dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, one, n, one, n, 0, new Float64Array(n * n), n);
    console.log(C.every((value) => value === n), info().threads > 0);`;
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], options);
  assert.equal(printed.trim(), 'true true');
});
