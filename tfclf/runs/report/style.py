"""How a report looks: one style sheet, for screens of any width, by day, by night and on paper."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2330; --faint: #5c6678;
  --rule: #d9dee7; --soft: #f3f5f9; --accent: #1b5fc4; --shade: 27, 95, 196; --mark: #ffe9a8;
  --bad: #b3261e; --c0: #1b5fc4; --c1: #c2410c; --c2: #15803d; --c3: #9333ea; --c4: #b45309;
  --c5: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161d; --ink: #e4e8f0; --faint: #9aa5b8;
  --rule: #2f3846; --soft: #1b212b; --accent: #7fb0ff; --shade: 100, 155, 255; --mark: #6b5300;
  --bad: #ff8a80; --c0: #7fb0ff; --c1: #ffa26b; --c2: #6fd58f; --c3: #cfa4ff; --c4: #f2c14e;
  --c5: #5fd4c6; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .7rem; padding-top: .9rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
p { margin: .5rem 0; max-width: 44rem; }
a { color: var(--accent); }
.faint, figcaption, caption { color: var(--faint); font-size: .875rem; }
.lead { font-size: 1.15rem; line-height: 1.45; margin: 1.1rem 0; padding: .9rem 1.1rem;
  background: var(--soft); border-left: 4px solid var(--accent); border-radius: 0 6px 6px 0; }
.lead p { margin: .35rem 0; }
.mind { color: var(--bad); font-weight: 600; }
.tiles { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1.1rem 0; padding: 0;
  list-style: none; }
.tiles li { flex: 1 1 9rem; border: 1px solid var(--rule); border-radius: 6px;
  padding: .6rem .8rem; }
.tiles b { display: block; font-size: 1.45rem; line-height: 1.25;
  font-variant-numeric: tabular-nums; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .9rem; margin: 1rem 0 0; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { padding: .32rem .65rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--rule); }
thead th { border-bottom: 2px solid var(--rule); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; min-width: 6rem; }
.number { text-align: right; white-space: nowrap; }
.interval { color: var(--faint); font-size: .82rem; }
.few { color: var(--bad); }
.matrix th, .matrix td { border: 1px solid var(--rule); padding: .25rem .4rem; }
.matrix td { text-align: right; min-width: 2.6rem;
  background: rgba(var(--shade), calc(var(--s) * .75)); }
.matrix tbody th { min-width: 0; white-space: nowrap; }
.matrix td.right { outline: 2px solid var(--accent); outline-offset: -2px; }
.matrix td.none { color: var(--faint); }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left;
  vertical-align: bottom; font-weight: 500; border: 0; max-height: 11rem; overflow: hidden; }
.matrix thead th.corner { writing-mode: horizontal-tb; transform: none; font-size: .8rem;
  color: var(--faint); white-space: normal; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
  gap: 1.2rem; }
figure { margin: 0; max-width: 30rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: currentColor; font-size: 10.5px; }
.grid { stroke: var(--rule); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke: currentColor; stroke-linejoin: round; }
.guide { fill: none; stroke: var(--faint); stroke-width: 1; stroke-dasharray: 4 3; }
.dots circle { fill: currentColor; opacity: .55; }
.bars rect { fill: currentColor; opacity: .35; stroke: currentColor; stroke-width: .7; }
.s0 { color: var(--c0); } .s1 { color: var(--c1); stroke-dasharray: 7 3; }
.s2 { color: var(--c2); stroke-dasharray: 2 3; } .s3 { color: var(--c3);
  stroke-dasharray: 9 3 2 3; } .s4 { color: var(--c4); stroke-dasharray: 12 4; }
.s5 { color: var(--c5); stroke-dasharray: 4 2; }
.bars.s1, .dots.s1 { stroke-dasharray: none; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: .2rem 0 0;
  padding: 0; font-size: .82rem; }
.key { display: inline-block; width: 1.5rem; margin-right: .4rem; vertical-align: middle;
  border-top: 3px solid currentColor; }
.key.s1, .key.s4, .key.s5, .key.s3 { border-top-style: dashed; }
.key.s2 { border-top-style: dotted; }
.key.guide { border-top: 1px dashed var(--faint); }
.key.bars, .key.dots { border-top: .6rem solid currentColor; opacity: .5; width: .8rem; }
.examples { list-style: none; padding: 0; margin: .8rem 0; }
.examples li { padding: .6rem 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
.examples blockquote { margin: .1rem 0 .3rem; }
.verdict { font-size: .9rem; margin: 0; }
.verdict .place { color: var(--faint); }
mark { background: var(--mark); color: inherit; border-radius: 3px; padding: 0 .15em; }
pre { background: var(--soft); border-radius: 6px; padding: .7rem .9rem; white-space: pre-wrap;
  font-size: .85rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { font-size: .9em; }
.tag { display: inline-block; font-size: .78rem; border: 1px solid currentColor;
  border-radius: 4px; padding: 0 .35rem; margin-right: .35rem; }
.error { color: var(--bad); } .warning { color: var(--c1); } .note { color: var(--faint); }
@media (max-width: 30rem) { body { padding: 1rem .8rem 3rem; } h1 { font-size: 1.4rem; }
  .lead { font-size: 1.05rem; } table { font-size: .82rem; }
  th, td { padding: .3rem .4rem; } thead th { white-space: normal; } }
@media print { :root { color-scheme: light; } body { max-width: none; font-size: 10.5pt;
  padding: 0; } nav { display: none; } h2, h3 { break-after: avoid; }
  figure, tr, .tiles li { break-inside: avoid; } .wide { overflow: visible; }
  .matrix td { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
