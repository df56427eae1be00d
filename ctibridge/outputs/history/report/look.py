"""How the page looks, on a screen and on paper (A4, landscape); light, and legible without its colours."""

from typing import Final

CSS: Final = """
@page{size:A4 landscape;margin:12mm}
*{box-sizing:border-box}
body{margin:0;background:#f4f5f7;color:#1c2330;
font:14px/1.45 system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:80rem;margin:0 auto;padding:1.5rem 1.25rem 2.5rem}
header{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;margin-bottom:1rem}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.05rem;margin:0 0 .6rem}
header p{margin:0;color:#525e70}
section,.tiles{background:#fff;border:1px solid #e3e6eb;border-radius:.6rem;padding:1rem 1.1rem;margin:0 0 1rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem 1.5rem}
.tiles p{margin:0;color:#525e70;font-size:.85rem}
.tiles strong{display:block;font-size:1.7rem;line-height:1.2;color:#1c2330;font-weight:600;
font-variant-numeric:tabular-nums}
.tiles .missed strong{color:#b42525}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.32rem .4rem;text-align:right;border-bottom:1px solid #edeff2;font-weight:400}
td{white-space:nowrap}
thead th:not(.text){min-width:3.2rem}
thead th{color:#525e70;font-size:.8rem;vertical-align:bottom;border-bottom:1px solid #c8ced8}
th.text,td.text{text-align:left}
td.text,tbody th{white-space:normal;overflow-wrap:break-word;min-width:4.5rem;max-width:24rem}
tbody tr:nth-child(even){background:#fafbfc}
tr.total{font-weight:600}
tr.total td,tr.total th{border-top:1px solid #8b95a5;border-bottom:0;font-weight:600}
td.missed,.late{color:#b42525;font-weight:600}
.unusual{color:#8a5200;font-weight:600}
.none{color:#6b7585}
svg{display:block;width:100%;height:auto}
svg text{font-size:11px;fill:#525e70;font-family:inherit}
svg .name{fill:#1c2330}
.grid{stroke:#e3e6eb}
.axis{stroke:#8b95a5}
.answered{fill:#8fb4ee}.abandoned{fill:#d13c3c}.other{fill:#b9c0cb}
.usual{stroke:#525e70;stroke-width:1.5;stroke-dasharray:2 2;fill:none}
.level{stroke:#14713c;stroke-width:2.5;fill:none;stroke-linejoin:round}
.dot{fill:#fff;stroke:#14713c;stroke-width:2}
.target{stroke:#14713c;stroke-dasharray:7 4;fill:none}
.s-ready{fill:#7cc79b}.s-ringing{fill:#e8b13d}.s-busy{fill:#2f6fde}.s-wrap_up{fill:#8a5cd6}
.s-not_ready{fill:#8b95a5}.s-unreachable{fill:#46505f}.s-overrun{fill:#d13c3c}
.track{fill:#f1f3f6}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.5rem 0 0;padding:0;list-style:none;color:#525e70;
font-size:.85rem}
.legend svg{display:inline-block;width:1.6rem;height:.8rem;vertical-align:-.05rem;margin-right:.4rem}
footer{color:#525e70;font-size:.85rem}
footer p{margin:.15rem 0}
@media print{body{background:#fff;font-size:9.5px}main{max-width:none;padding:0}
section,.tiles{border:0;padding:0;margin:0 0 5mm}.tiles strong{font-size:1.4rem}
section.chart,.tiles{break-inside:avoid}tr{break-inside:avoid}thead{display:table-header-group}
th,td{padding:.18rem .4rem}.scroll{overflow:visible}
svg,.tiles strong{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
