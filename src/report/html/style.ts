/**
 * The page's style: light and dark by the reader's own setting, on paper without what only works on a screen.
 *
 * Colours are named by what they say and have a contrast of 4.5 to 1 at least on the ground they stand on. Fonts are
 * the reader's own: nothing is fetched.
 */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --raised: #f4f5f7; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de;
  --link: #0a58ca; --good: #14692f; --good-ground: #dff5e3; --bad: #b0161f; --bad-ground: #fde8e8; --unsure: #7a4d00;
  --unsure-ground: #fff3d1; --fault: #7d3aa8; --fault-ground: #f4e8fb; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --raised: #1e2329; --text: #e6e9ec; --quiet: #a3adb8;
  --line: #3a424b; --link: #7db6ff; --good: #7ee2a0; --good-ground: #12331d; --bad: #ff9d9d; --bad-ground: #40191c;
  --unsure: #f2cf73; --unsure-ground: #3a2e0d; --fault: #d9a8f5; --fault-ground: #33203f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }
main, .bar > div, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 8px; top: 8px; background: var(--ground); padding: 6px 12px; }
.bar { border-bottom: 1px solid var(--line); border-top: 6px solid; padding: 14px 0; }
.bar.certified { background: var(--good-ground); border-top-color: var(--good); }
.bar.violated { background: var(--bad-ground); border-top-color: var(--bad); }
.bar.inconclusive { background: var(--unsure-ground); border-top-color: var(--unsure); }
.bar p { margin: 4px 0; max-width: 90ch; }
h1 { margin: 0; font-size: 26px; letter-spacing: .02em; }
.certified h1, .verdict.certified, .good-word { color: var(--good); }
.violated h1, .verdict.violated, .bad-word { color: var(--bad); }
.inconclusive h1, .verdict.inconclusive, .unsure-word { color: var(--unsure); }
.verdict { font-weight: 600; white-space: nowrap; }
h2 { font-size: 22px; margin: 34px 0 4px; padding-top: 14px; border-top: 2px solid var(--line); }
h3 { font-size: 18px; margin: 28px 0 8px; }
h4 { font-size: 15px; margin: 20px 0 6px; }
h3 small { font-weight: normal; margin-left: 6px; }
code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { white-space: pre-wrap; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; margin: 0;
  padding: 7px 10px; min-width: 0; flex: 1; }
.output { max-height: 360px; overflow: auto; }
.copy { display: flex; gap: 8px; align-items: flex-start; max-width: 900px; }
.copy-button { font: inherit; font-size: 13px; color: var(--text); background: var(--raised); cursor: pointer;
  border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px; }
.copy-button[hidden] { display: none; }
.hint, small, .also, caption { color: var(--quiet); }
.hint { font-size: 14px; }
.story { font-size: 16px; max-width: 90ch; }
.finding { border: 1px solid var(--line); border-left: 5px solid var(--bad); border-radius: 6px; margin: 18px 0;
  padding: 2px 18px 16px; scroll-margin-top: 12px; }
.finding > h3 { margin-top: 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; }
caption { text-align: left; padding: 4px 0; }
th, td { border: 1px solid var(--line); padding: 5px 9px; text-align: left; vertical-align: top; min-width: 3.2em; }
thead th { background: var(--raised); overflow-wrap: normal; }
.effects th { overflow-wrap: normal; }
.effects td { min-width: 9em; }
.wide pre { white-space: pre; overflow-wrap: normal; }
.wide .copy { min-width: 20em; }
tbody th { font-weight: normal; }
.wide { width: 100%; }
.wide tbody th { overflow-wrap: break-word; }
.cell { white-space: nowrap; }
.cell small { margin-left: 4px; }
span.cell { border: 1px solid var(--line); border-radius: 4px; padding: 1px 7px; margin-right: 4px;
  display: inline-block; }
.ok { background: var(--good-ground); color: var(--good); }
.bad.cell { background: var(--bad-ground); color: var(--bad); font-weight: 600; }
.none { color: var(--quiet); }
.hatched { color: var(--unsure); background: repeating-linear-gradient(135deg, var(--unsure-ground) 0 6px,
  var(--ground) 6px 12px); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.apart { color: var(--quiet); background: var(--raised); font-style: italic; }
.grid { margin: 10px 0; }
.grid caption { color: var(--text); font-weight: 600; }
.grid th[scope=row], .grid thead th:first-child { position: sticky; left: 0; background: var(--ground);
  min-width: 260px; max-width: 460px; z-index: 1; }
.grid thead th:first-child { background: var(--raised); }
.grid thead th { vertical-align: bottom; }
.grid td { padding: 4px 6px; }
.grid tbody th { line-height: 1.35; }
.grid .bad span { white-space: normal; overflow-wrap: normal; }
.steep th, .steep td { min-width: 2.4em; }
.steep.grid th[scope=row], .steep.grid thead th:first-child { min-width: 200px; }
sup { line-height: 0; }
.steep thead th:not(:first-child) { padding: 6px 3px; text-align: left; }
.steep thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
.steep td { font-size: 12.5px; }
.reasons { color: var(--quiet); font-size: 13px; margin: 6px 0; }
.also { display: block; font-size: 12px; }
.doubts { list-style: none; padding: 0; margin: 8px 0; }
.doubts li { border-left: 5px solid var(--line); padding: 5px 12px; margin: 6px 0; background: var(--raised); }
.doubts li.blocking { border-left-color: var(--unsure); background: var(--unsure-ground); }
.ladder { list-style: none; padding: 0; }
.ladder li { padding: 3px 0; }
.ladder .yes strong { color: var(--good); }
.ladder .no strong { color: var(--bad); }
.ladder strong { display: inline-block; min-width: 4.2em; }
.differs td { background: var(--unsure-ground); }
.mark { color: var(--unsure); font-weight: 600; white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 3px 18px; margin: 8px 0; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
summary { cursor: pointer; padding: 4px 0; color: var(--link); }
.events td { font-size: 12.5px; padding: 2px 8px; }
.events td:last-child { min-width: 320px; }
tr:target td { background: var(--unsure-ground); }
footer { color: var(--quiet); font-size: 13px; padding-top: 24px; padding-bottom: 32px; }
.sequence { display: block; font: 11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: 6px 0; }
.sequence text { fill: var(--text); text-anchor: middle; }
.sequence .lane { fill: var(--raised); stroke: var(--line); }
.sequence .lane-title { font-weight: 600; }
.sequence .lane-role { fill: var(--quiet); }
.sequence .line { stroke: var(--line); stroke-dasharray: 4 4; }
.sequence .life { stroke: var(--quiet); stroke-width: 5; stroke-dasharray: none; stroke-opacity: .45; }
.sequence .held { stroke: var(--fault); stroke-width: 5; stroke-dasharray: 3 5; }
.sequence .frozen { stroke: var(--fault); stroke-width: 9; stroke-dasharray: none; stroke-opacity: .75; }
.sequence .shaft { stroke: var(--text); stroke-width: 1.3; }
.sequence .tip { fill: var(--text); }
.sequence .stop { stroke: var(--text); stroke-width: 2; fill: none; }
.sequence .label { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
.sequence .note { fill: var(--raised); stroke: var(--line); }
.again .shaft { stroke: var(--unsure); stroke-width: 2; }
.again .tip { fill: var(--unsure); }
.sequence .again text { fill: var(--unsure); font-weight: 600; }
.fault .shaft { stroke: var(--fault); stroke-dasharray: 5 3; }
.sequence .fault .stop { stroke: var(--fault); }
.sequence .fault .note { fill: var(--fault-ground); stroke: var(--fault); }
.sequence .fault text { fill: var(--fault); font-weight: 600; }
.sequence .bad .note { fill: var(--bad-ground); stroke: var(--bad); }
.sequence .bad text { fill: var(--bad); font-weight: 600; }
.row:hover .shaft { stroke-width: 3; }
.row:hover text { text-decoration: underline; }
@media (max-width: 640px) {
  main, .bar > div, footer { padding-left: 12px; padding-right: 12px; }
  .finding { padding: 2px 10px 12px; }
  .stacked thead { display: none; }
  .stacked, .stacked tbody, .stacked tr, .stacked td, .stacked th { display: block; width: auto; }
  .wide pre { white-space: pre-wrap; }
  .wide .copy { min-width: 0; }
  .stacked tr { border: 1px solid var(--line); margin: 10px 0; padding: 4px 0; }
  .stacked td, .stacked tbody th { border: 0; padding: 3px 10px; }
  .stacked td[data-label]::before { content: attr(data-label) ': '; color: var(--quiet); }
  .grid th[scope=row], .grid thead th:first-child, .steep.grid th[scope=row], .steep.grid thead th:first-child {
    min-width: 150px; max-width: 150px; }
  .grid th code { font-size: 11px; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; }
}
@media print {
  body, table, code, pre, .story, .hint { font-size: 10.5px; }
  h2, h3, h4 { break-after: avoid; }
  .copy-button, .skip { display: none; }
  .scroll, .output { overflow: visible; max-height: none; }
  .sequence { width: 100%; height: auto; }
  .grid, .grid code, .steep td { font-size: 8px; }
  .also, .reasons { font-size: 8px; }
  .grid th[scope=row], .grid thead th:first-child { position: static; min-width: 120px; max-width: 240px; }
  .steep.grid th[scope=row], .steep.grid thead th:first-child { min-width: 110px; }
  .grid td, .grid th { padding: 1px 3px; }
  .grid .cell { white-space: normal; overflow-wrap: normal; }
  .steep th, .steep td { min-width: 0; }
  tr, li, .copy { break-inside: avoid; }
  details { display: none; }
}
`
