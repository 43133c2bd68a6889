import type { Markup } from './_html.ts';
import type { Spec } from './_render.ts';
import type { Finding } from './findings.ts';

/** A figure or a table of the page. */
export type Exhibit = ExhibitText &
  (
    | {
        kind: 'figure';
        drawing: Drawing;
        /** What it is drawn from; undefined when nothing was measured. */
        data: Markup | undefined;
      }
    | { kind: 'table'; table: Markup }
  );

interface ExhibitText {
  /** File name without its ending, and anchor on the page: `figure-08`, `table-03`. */
  name: string;
  title: string;
  /** What the paper found; undefined for what it does not show. */
  paper: string | undefined;
  findings: Finding[];
  /** What was run, and how often; undefined when nothing was. */
  measured: string | undefined;
  /** What else needs saying. */
  notes: string[];
}

/** The three shapes of a figure. */
export interface Drawing {
  /** For a file of its own. */
  alone: Spec;
  /** For the page, under a heading; on a telephone the narrow one. */
  wide: Spec;
  narrow: Spec;
}

/** The width that a figure has, in pixels, and the characters of its text that fit in a line. */
export interface Width {
  name: 'wide' | 'narrow';
  pixels: number;
  characters: number;
}

const wide: Width = { name: 'wide', pixels: 860, characters: 145 };
const narrow: Width = { name: 'narrow', pixels: 275, characters: 54 };

/** Draws a figure in its three shapes: the heading stands in the file of its own only. */
export function drawing(draw: (width: Width) => Spec): Drawing {
  const alone = draw(wide);
  return { alone, wide: { ...alone, title: undefined }, narrow: { ...draw(narrow), title: undefined } };
}
