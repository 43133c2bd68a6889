import { palette } from './_palette.ts';

const { ground, ink, faint, axis, grid, guest, dom0, died } = palette;

const variables = (side: 'light' | 'dark') =>
  `--ground:${ground[side]};--ink:${ink[side]};--faint:${faint[side]};--line:${axis[side]};--soft:${grid[side]};--accent:${guest[side]};--holds:${dom0[side]};--fails:${died[side]}`;

/** Turns every colour of the figures, which are drawn for a light ground, into its dark twin. */
const darkFigures = Object.values(palette)
  .flatMap(({ light, dark }) =>
    ['fill', 'stroke'].map((property) => `svg [${property}="${light}"]{${property}:${dark}}`),
  )
  .join('');

/** Rules that hide what is of an environment, by its place, where `main` says so. */
export function hiding(environments: number): string {
  const rules = Array.from({ length: environments }, (_, index) => `.off-${index} [data-e="${index}"]`);
  return rules.length === 0 ? '' : `${rules.join()}{display:none}`;
}

/** The page's style sheet: light and dark, from a telephone's width up, and on paper. */
export const style = `
:root{color-scheme:light dark;${variables('light')}}
@media screen and (prefers-color-scheme:dark){:root{${variables('dark')}}${darkFigures}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:1040px;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .4rem;letter-spacing:-.015em}
h2{font-size:1.2rem;line-height:1.3;margin:3.5rem 0 .8rem;letter-spacing:-.01em}
h3{font-size:1rem;margin:1.6rem 0 .4rem}
p{margin:.4rem 0;max-width:46rem}
a{color:inherit}
.lead,figcaption,.note,footer{color:var(--faint)}
nav{margin:1.2rem 0 0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;font-size:.9rem}
figure{margin:0}
figure svg{display:block;width:100%;height:auto}
figure svg text{font-family:Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
figcaption{font-size:.85rem;margin-top:.6rem;max-width:60rem}
.narrow{display:none}
.beside{display:grid;grid-template-columns:1fr 2fr;gap:1.5rem;margin:0 0 1.2rem;font-size:.92rem}
.beside h3{margin:0 0 .3rem;font-size:.75rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--faint)}
.beside ul{margin:0;padding:0;list-style:none}
.beside li{margin:.15rem 0}
details{margin:.8rem 0;border-top:1px solid var(--soft)}
summary{cursor:pointer;padding:.5rem 0;font-size:.9rem;color:var(--faint)}
.scroll{overflow-x:auto}
table{overflow-wrap:normal;border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;line-height:1.4}
caption{text-align:left;color:var(--faint);padding:.4rem 0}
th,td{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--soft)}
thead th{color:var(--faint);font-weight:600;white-space:nowrap}
.figures th,.figures td{white-space:nowrap}
.figures td,.figures th{text-align:right}
.facts td,.facts th[scope=row]{max-width:13rem;white-space:normal;overflow-wrap:break-word}
.facts small{display:block;color:var(--faint);white-space:nowrap}
th[scope=row]{white-space:nowrap;max-width:18rem;overflow:hidden;text-overflow:ellipsis}
td{overflow-wrap:break-word;max-width:20rem}
td.long{min-width:16rem;max-width:36rem;overflow-wrap:anywhere}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--soft);font-size:.85rem}
[hidden]{display:none}
:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px}
.skip{position:absolute;left:-100vw}
.skip:focus{left:1rem;top:1rem}
.progress{border-left:3px solid var(--accent);padding:.4rem .8rem;background:var(--soft)}
.counts{display:flex;flex-wrap:wrap;gap:.4rem 2.2rem;list-style:none;margin:1.4rem 0 1rem;padding:0}
.counts strong{font-size:2rem;font-weight:600;line-height:1.1;font-variant-numeric:tabular-nums}
.holds{color:var(--holds)}
.fails{color:var(--fails)}
.open{color:var(--faint)}
.verdict{font-weight:600;white-space:nowrap}
.glance{margin:1rem 0;max-width:52rem}
.glance dt,.claims dt{font-weight:600}
.glance dd,.claims dd{margin:0 0 .5rem}
#filter{border:0;margin:1rem 0 0;padding:0;font-size:.9rem}
#filter legend{float:left;padding:0;margin-right:.8rem;color:var(--faint)}
#filter label{display:inline-block;margin-right:.9rem;white-space:nowrap;max-width:100%;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
.claims{width:100%;font-size:.9rem}
.claims th[scope=row]{white-space:normal;font-weight:400;width:30%;max-width:none}
.claims td{max-width:none}
.claims .number{color:var(--faint);display:inline-block;min-width:1.3rem}
.claims .short{width:4.8rem}
.claims .label{display:none}
.claims details{margin:0;border:0}
.claims summary{padding:0;font-size:1em;color:inherit}
.claims ul{padding-left:1.1rem;margin:.4rem 0}
.again,.missing{font-size:.85rem;color:var(--faint)}
.again code{user-select:all}
.controls{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;font-size:.9rem;max-width:none}
button,input[type=search]{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:4px;padding:.15rem .6rem}
button:disabled{color:var(--faint);border-color:var(--soft)}
#records-rows td{white-space:nowrap;max-width:24rem;overflow:hidden;text-overflow:ellipsis}
#tip{position:absolute;z-index:1;left:0;top:0;max-width:20rem;padding:.3rem .6rem;background:var(--ink);color:var(--ground);font-size:.8rem;border-radius:4px;pointer-events:none}
.held{stroke-width:3.5}
@media screen and (max-width:700px){main{padding-top:1.5rem}.wide{display:none}.narrow{display:block}.beside{grid-template-columns:1fr;gap:.8rem}.claims thead{position:absolute;left:-100vw}.claims tr{display:block;padding:.7rem 0;border-bottom:1px solid var(--soft)}.claims tbody :is(td,th){display:block;width:auto;border:0;padding:.1rem 0}.claims tbody th[scope=row]{width:auto;font-weight:600}.claims .short{display:inline-block;margin-right:1rem;color:var(--faint)}.claims .label{display:inline}}
@page{margin:14mm}
@media print{body{font-size:10pt}main{max-width:none;padding:0}section>details,nav,#filter,.skip,#tip,#records,.note{display:none}h2{margin-top:2rem}.claims{font-size:.8em}.claims .verdict{white-space:normal}h2,h3{break-after:avoid}figure,tr,.beside{break-inside:avoid}.claims summary{list-style:none}thead{display:table-header-group}.scroll{overflow:visible}td.long{min-width:0}}
`.replaceAll('\n', '');
