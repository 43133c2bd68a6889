import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gallery, galleryCommand, galleryFile } from './_gallery.ts';
import { targets } from './_targets.ts';

const page = readFileSync(galleryFile, 'utf8');

test('the gallery is current', () => {
  assert.ok(gallery() === page, `GALLERY.md is not what the generators write now: run ${galleryCommand}`);
});

test('the gallery shows every target, each by what it multiplies with', () => {
  const sections = page.split(/^## /m).slice(1);
  const shown = new Set(sections.map((section) => /^\w+/.exec(section)![0]));
  assert.deepEqual(
    [...targets].filter((target) => !shown.has(target)),
    [],
  );
  for (const section of sections) {
    const [title, code] = [section.split('\n')[0], /```text\n([\s\S]*?)\n```/.exec(section)![1]!];
    assert.match(code, /mulpd|vfmadd231pd|f64x2\.mul|_fmadd_pd|vfmaq|a0 \* b0/, title);
    assert.ok(code.split('\n').length < 60, `${title}: too long to compare`);
    const anchor = title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    assert.ok(page.includes(`](#${anchor})`), `${title} is not in the table`);
  }
});
