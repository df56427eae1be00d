"""The page's look: one constant style sheet, so that its hash can stand in the Content-Security-Policy."""

from typing import Final

_BASE: Final = """
:root{color-scheme:light dark;--back:#f4f5f7;--card:#fff;--ink:#1c2330;--soft:#667085;--line:#e3e6eb;
--ready:#2e9e5b;--ringing:#d99a06;--busy:#2f6fde;--wrap:#8a5cd6;--away:#8b95a5;--bad:#d13c3c}
@media (prefers-color-scheme:dark){:root{--back:#11151c;--card:#1a202a;--ink:#e8ebf0;--soft:#98a2b3;--line:#2b3340;
--ready:#4cc27c;--ringing:#f0b93a;--busy:#6b9cf5;--wrap:#b08df0;--away:#7b8698;--bad:#f06a6a}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);
font:15px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
header,main{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;justify-content:space-between;align-items:baseline;padding-top:1.5rem}
h1{font-size:1.35rem;margin:0}
nav a{color:var(--busy);margin-left:1rem;text-decoration:none}
nav a:hover{text-decoration:underline}
section{margin:1rem 0 2.5rem}
h2{display:flex;flex-wrap:wrap;gap:.75rem;align-items:baseline;font-size:1.05rem;font-weight:600}
small{color:var(--soft);font-weight:400}
.badge{font-size:.8rem;font-weight:500;border:1px solid;border-radius:1rem;padding:0 .6rem}
.good{color:var(--ready)}
.bad{color:var(--bad)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:1rem}
article,table{background:var(--card);border:1px solid var(--line);border-radius:.6rem}
article{padding:1rem 1.1rem;overflow-wrap:anywhere}
h3{margin:0;font-size:1rem}
.figures{display:flex;gap:2.5rem;margin:.5rem 0}
.figures p{margin:0}
.figures strong{display:block;font-size:2.1rem;line-height:1.2;font-variant-numeric:tabular-nums}
.figures span,.legend,.staff{color:var(--soft);font-size:.85rem;margin:0}
strong.busy{color:var(--busy)}
strong.late{color:var(--bad)}
.bar{display:flex;gap:2px;height:.55rem;margin:.3rem 0;border-radius:.3rem;overflow:hidden;background:var(--line)}
.bar i{flex-basis:0}
i.ready{background:var(--ready)}i.ringing{background:var(--ringing)}i.busy{background:var(--busy)}
i.wrap_up{background:var(--wrap)}i.not_ready{background:var(--away)}i.unreachable{background:var(--bad)}
dl{display:grid;grid-template-columns:1fr auto;gap:.15rem 1rem;margin:.8rem 0 0;padding-top:.7rem;
border-top:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
table{width:100%;margin-top:1rem;border-collapse:separate;border-spacing:0;overflow:hidden}
caption{text-align:left;font-weight:600;padding:.6rem 0}
th,td{text-align:left;padding:.45rem 1.1rem;border-top:1px solid var(--line);font-weight:400}
thead th{border-top:0;color:var(--soft);font-size:.85rem}
td.number{font-variant-numeric:tabular-nums}
.state::before{content:"";display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.5rem;
background:currentColor}
.state.ready{color:var(--ready)}.state.ringing{color:var(--ringing)}.state.busy{color:var(--busy)}
.state.wrap_up{color:var(--wrap)}.state.not_ready,.state.unknown{color:var(--away)}.state.unreachable{color:var(--bad)}
.empty{color:var(--soft)}
"""

WIDEST: Final = 40
"""More members than this in one state make a bar no wider."""

_WIDTHS: Final = "".join(f".n{count}{{flex-grow:{count}}}" for count in range(1, WIDEST + 1))
"""A bar's widths as classes: the policy forbids style attributes."""

CSS: Final = _BASE.strip() + "\n" + _WIDTHS + "\n"
