import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { plainLine } from './_format.ts';
import { ink } from './_palette.ts';

/** A Vega-Lite specification, as plain JSON. */
export type Spec = { [property: string]: unknown };

const font = 'Inter, sans-serif';

const config = {
  font,
  background: ink.ground,
  padding: 12,
  view: { stroke: ink.axis },
  axis: {
    labelColor: ink.faint,
    titleColor: ink.faint,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 400,
    titlePadding: 8,
    domain: false,
    tickColor: ink.axis,
    gridColor: ink.grid,
  },
  title: {
    anchor: 'start',
    frame: 'group',
    color: ink.ink,
    fontSize: 13,
    fontWeight: 600,
    subtitleColor: ink.faint,
    subtitleFontSize: 11,
    subtitlePadding: 3,
    offset: 8,
  },
  legend: { labelColor: ink.ink, labelFontSize: 11, labelLimit: 240, title: null },
  text: { font },
  aria: false,
};

/** Mean width of Inter's characters in ems. Vega would measure with a canvas if one happened to be installed. */
const characterWidth = 0.52;

/** What lets a mark tell of which environment it is and what it stands for: put in as its description, read by {@link renderSvg}. */
export function tagged(environment?: number, text = ''): string {
  return `@${environment ?? ''}@${plainLine(text)}`;
}

/** Drawings of this process by what they were drawn from: a report that is written again draws only what changed. */
const drawings = new Map<string, Promise<string | Uint8Array>>();
const mostDrawings = 500;

function drawnOnce<Drawing extends string | Uint8Array>(from: string, draw: () => Promise<Drawing>): Promise<Drawing> {
  const key = createHash('sha256').update(from).digest('base64');
  const drawing = (drawings.get(key) as Promise<Drawing> | undefined) ?? draw();
  // The one used last is the last to go.
  drawings.delete(key);
  drawings.set(key, drawing);
  for (const oldest of drawings.keys()) {
    if (drawings.size <= mostDrawings) break;
    drawings.delete(oldest);
  }
  return drawing;
}

/** What stands with a figure for those who do not see it. */
export interface FigureLabel {
  title: string;
  description: string;
}

/**
 * Draws a specification as SVG text; the same one always gives the same text. Marks with a description by {@link tagged}
 * have the environment's place as `data-e` and the text as `data-tip`.
 */
export function renderSvg(spec: Spec, label: FigureLabel): Promise<string> {
  return drawnOnce(JSON.stringify([spec, label]), () => drawSvg(spec, label));
}

async function drawSvg(spec: Spec, { title, description }: FigureLabel): Promise<string> {
  // Loading Vega takes a third of a second: only who draws should wait for it.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const metrics = vega as unknown as {
    textMetrics: { width(item: { fontSize?: number; text?: string }, text?: string): number };
  };
  metrics.textMetrics.width = (item, text) =>
    characterWidth * (item.fontSize ?? 11) * String(text ?? item.text ?? '').length;
  const compiled = compile({ config, ...spec } as unknown as Parameters<typeof compile>[0], {
    logger: vega.logger(vega.Error),
  });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logLevel: vega.Error });
  try {
    const svg = await view.toSVG();
    return svg
      .replace(
        /^<svg ([^>]*)>/,
        (_tag, attributes) =>
          `<svg role="img" aria-label="${escapeXml(title)}" ${attributes}><title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`,
      )
      .replace(
        / aria-label="@(\d*)@([^"]*)" role="graphics-symbol" aria-roledescription="[^"]*"/g,
        (_tag, environment, tip) => `${environment && ` data-e="${environment}"`}${tip && ` data-tip="${tip}"`}`,
      )
      .replace(/ role="graphics-object" aria-roledescription="[^"]*"/g, '');
  } finally {
    view.finalize();
  }
}

function escapeXml(text: string): string {
  return plainLine(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Draws an SVG as PNG, at twice its size, with a font that comes with this package: a machine may have none. */
export function renderPng(svg: string): Promise<Uint8Array> {
  return drawnOnce(svg, () => drawPng(svg));
}

async function drawPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const require = createRequire(import.meta.url);
  const fontFiles = ['400Regular', '600SemiBold'].map((style) =>
    require.resolve(`@expo-google-fonts/inter/${style}/Inter_${style}.ttf`),
  );
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  });
  return image.render().asPng();
}
