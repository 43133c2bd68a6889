import { palette } from './_palette.ts';

const { ground, ink, faint, axis, grid, guest } = palette;

const variables = (side: 'light' | 'dark') =>
  `--ground:${ground[side]};--ink:${ink[side]};--faint:${faint[side]};--line:${axis[side]};--soft:${grid[side]};--accent:${guest[side]}`;

/** Turns every colour of the figures, which are drawn for a light ground, into its dark twin. */
const darkFigures = Object.values(palette)
  .flatMap(({ light, dark }) =>
    ['fill', 'stroke'].map((property) => `svg [${property}="${light}"]{${property}:${dark}}`),
  )
  .join('');

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
@media (max-width:700px){main{padding-top:1.5rem}.wide{display:none}.narrow{display:block}.beside{grid-template-columns:1fr;gap:.8rem}}
@media print{details{display:none}figure{break-inside:avoid}}
`.replaceAll('\n', '');
