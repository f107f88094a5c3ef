#include "reports/render/theme.hpp"

#include <array>

namespace portolan::render {
namespace {

constexpr std::array<ThemeColour, 18> kColours{{{"ink", "#1b1f24", "#e6e9ec"},
                                                {"page", "#ffffff", "#15181c"},
                                                {"panel", "#f6f8fa", "#1d2228"},
                                                {"line", "#d5dae0", "#3a4149"},
                                                {"dim", "#57606a", "#a3adb8"},
                                                {"link", "#0b5cb8", "#82b8ff"},
                                                {"bad", "#b3261e", "#ff8a80"},
                                                {"warn", "#855600", "#ffc46b"},
                                                {"good", "#1a6b36", "#7ddc9a"},
                                                {"open", "#57606a", "#a3adb8"},
                                                {"first", "#0b5cb8", "#82b8ff"},
                                                {"second", "#b0420a", "#ffab70"},
                                                {"third", "#6b3fa0", "#c9a6ff"},
                                                {"good-fill", "#d9f2e0", "#1d4429"},
                                                {"fair-fill", "#fdefc8", "#4d3c0f"},
                                                {"bad-fill", "#fbdcd9", "#5a2320"},
                                                {"open-fill", "#e4e7eb", "#343a42"},
                                                {"neutral-fill", "#e3ecf9", "#1f3a5f"}}};

constexpr double kText = 4.5;
constexpr double kGraphics = 3;

constexpr std::array<ThemePair, 29> kPairs{
    {{"ink", "page", kText},           {"ink", "panel", kText},
     {"dim", "page", kText},           {"dim", "panel", kText},
     {"link", "page", kText},          {"link", "panel", kText},
     {"bad", "page", kText},           {"warn", "page", kText},
     {"good", "page", kText},          {"bad", "panel", kText},
     {"warn", "panel", kText},         {"good", "panel", kText},
     {"ink", "good-fill", kText},      {"ink", "fair-fill", kText},
     {"ink", "bad-fill", kText},       {"ink", "open-fill", kText},
     {"ink", "neutral-fill", kText},   {"good", "good-fill", kGraphics},
     {"warn", "fair-fill", kGraphics}, {"bad", "bad-fill", kGraphics},
     {"open", "open-fill", kGraphics}, {"link", "neutral-fill", kGraphics},
     {"first", "page", kText},         {"second", "page", kText},
     {"third", "page", kText},         {"first", "panel", kGraphics},
     {"second", "panel", kGraphics},   {"third", "panel", kGraphics},
     {"open", "panel", kGraphics}}};

constexpr std::string_view kPage =
    "*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;"
    "color:var(--ink);background:var(--page);max-width:62rem;margin:0 auto;padding:1.5rem 1rem "
    "3rem;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.3;margin:.2rem 0 .8rem}"
    "h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;"
    "border-bottom:1px solid var(--line)}"
    "h3{font-size:1rem;margin:0;line-height:1.4}"
    "p{margin:.2rem 0}.dim{color:var(--dim)}.small{font-size:.875rem}"
    "a{color:var(--link);text-underline-offset:.15em}"
    ":focus-visible{outline:3px solid var(--link);outline-offset:2px}"
    ".skip{position:absolute;left:-100vw}.skip:focus{position:static}"
    ".sum{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:.2rem 0;padding:0}"
    ".sum li,.tag{border-radius:1rem;padding:.05rem .65rem;font-size:.875rem;white-space:nowrap}"
    ".tag{margin-left:.35rem;padding:.05rem .5rem;font-size:.8rem;font-weight:400}"
    ".t-good{background:var(--good-fill)}.t-fair{background:var(--fair-fill)}"
    ".t-bad{background:var(--bad-fill)}.t-open{background:var(--open-fill)}"
    ".t-neutral{background:var(--neutral-fill)}"
    "nav ul{columns:18rem;margin:.4rem 0;padding-left:1.2rem}"
    "article{border-left:.3rem solid var(--line);background:var(--panel);"
    "border-radius:.25rem .5rem .5rem .25rem;padding:.5rem .9rem;margin:.6rem 0}"
    ".findings{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));"
    "gap:.6rem}.findings>*{margin:0;min-width:0}.findings>.error,.findings>.warning{grid-column:1/"
    "-1}"
    ".error{border-color:var(--bad)}.warning{border-color:var(--warn)}.pass{border-color:var(--"
    "good)}"
    ".error .sign{color:var(--bad)}.warning .sign{color:var(--warn)}.pass .sign{color:var(--good)}"
    ".sign{display:inline-block;width:1.3em}.value{font-weight:400}"
    ".advice{padding-left:1.2rem;margin:.2rem 0}"
    "pre{background:var(--page);border:1px solid var(--line);border-radius:.3rem;padding:.5rem;"
    "overflow-x:auto;margin:.4rem 0;font-size:.85rem;overflow-wrap:normal}"
    "details{margin:.4rem 0}summary{cursor:pointer;color:var(--link)}"
    "table{border-collapse:collapse;margin:.4rem 0;font-size:.9rem}"
    "th,td{text-align:left;vertical-align:top;padding:.15rem .8rem .15rem 0}"
    "th{font-weight:400;color:var(--dim)}thead th{border-bottom:1px solid var(--line)}"
    ".keys th{white-space:nowrap}"
    ".first ul{list-style:none;margin:.4rem 0;padding:0}.first li{border-left-style:"
    "solid;border-left-width:.3rem;padding:.1rem .8rem;margin:.4rem 0}.first h2{margin-top:1.4rem}"
    ".grid{overflow-wrap:normal}.grid td{text-align:center;padding:.15rem .6rem;border:2px solid "
    "var(--page);color:var(--ink)}"
    ".few td{min-width:8rem}"
    ".grid tbody th{color:var(--ink)}.grid .group th{font-weight:600;padding-top:.6rem}"
    ".scroll{overflow-x:auto}caption{text-align:left;color:var(--dim);font-size:.875rem}"
    ".caret{color:var(--bad)}"
    "mark{background:var(--bad-fill);color:var(--ink)}";

constexpr std::string_view kFigures =
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));"
    "gap:0 2rem}.figures .wide{grid-column:1/-1}"
    "figure{margin:1rem 0;min-width:0}figcaption{margin-bottom:.4rem}"
    ".plot{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;padding:.5rem}"
    // Where a box has more to show on a side, that edge is shaded: the shade stays, and what hides
    // it moves with what is within.
    ".plot,.scroll{background:linear-gradient(90deg,var(--page) 40%,transparent) 0/2.5rem 100% "
    "no-repeat local,linear-gradient(270deg,var(--page) 40%,transparent) 100%/2.5rem 100% "
    "no-repeat local,linear-gradient(90deg,var(--dim),transparent) 0/.5rem 100% no-repeat,"
    "linear-gradient(270deg,var(--dim),transparent) 100%/.5rem 100% no-repeat}"
    ".plot svg{display:block;width:100%;height:auto;margin:0 auto}"
    "svg text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;"
    "fill:var(--ink)}"
    "svg .s{font-size:11.5px}svg .d{fill:var(--dim)}svg .b{font-weight:600}"
    "svg .m{text-anchor:middle}svg .e{text-anchor:end}"
    ".grid-line{stroke:var(--line);fill:none}.axis{stroke:var(--dim);fill:none}"
    ".l0{stroke:var(--first)}.l1{stroke:var(--second);stroke-dasharray:7 4}"
    ".l2{stroke:var(--third);stroke-dasharray:2 3}.curve{fill:none;stroke-width:2;"
    "stroke-linejoin:round}"
    ".a0{fill:var(--first)}.a1{fill:var(--second)}.a2{fill:var(--third)}"
    ".band{opacity:.14;stroke:none}"
    ".limit{stroke:var(--bad);stroke-dasharray:3 4;fill:none}"
    ".event{stroke:var(--dim);stroke-dasharray:2 4;fill:none}"
    ".c-good{fill:var(--good-fill)}.c-fair{fill:var(--fair-fill)}.c-bad{fill:var(--bad-fill)}"
    ".c-open{fill:var(--open-fill)}.c-neutral{fill:var(--neutral-fill)}.c-none{fill:none;"
    "stroke:var(--line)}"
    ".k-good{fill:var(--good);stroke:var(--good)}.k-fair{fill:var(--warn);stroke:var(--warn)}"
    ".k-bad{fill:none;stroke:var(--bad);stroke-width:2}.k-open{fill:none;stroke:var(--open);"
    "stroke-width:2}.k-neutral{fill:var(--link);stroke:var(--link)}"
    ".lane{stroke:var(--line);stroke-width:1.5}"
    ".box{fill:var(--panel);stroke:var(--dim)}.cloud{fill:none;stroke:var(--dim);"
    "stroke-dasharray:5 5}"
    ".way{stroke-width:4.5;stroke-dasharray:none}"
    ".wire{stroke:var(--dim);stroke-width:1.5;fill:none}"
    ".halo{stroke:var(--page);stroke-width:4;paint-order:stroke;stroke-linejoin:round}"
    ".x{fill:none;stroke-width:1.6}.x.answered{stroke:var(--good)}.x.unanswered{stroke:var(--warn)}"
    ".x.dropped{stroke:var(--bad)}.x.unknown{stroke:var(--open)}.x.back{stroke-dasharray:4 3}"
    ".x.selected{stroke:var(--first);stroke-width:3.4}"
    ".x.back.selected{stroke-width:2}"
    ".h{stroke:none}.h.answered{fill:var(--good)}.h.unanswered{fill:var(--warn)}"
    ".h.unknown{fill:var(--open)}.h.selected,.k-mark{fill:var(--first);stroke:none}";

constexpr std::string_view kPrint =
    "@media print{body{max-width:none;padding:0;font-size:11pt}.skip,nav{display:none}"
    "article,figure,tr{break-inside:avoid}h2,h3{break-after:avoid}.plot{overflow:visible;border:0}"
    ".plot,.scroll{background:none}"
    ".plot svg{min-width:0!important;max-width:100%!important}"
    "article,.tag,.sum li,.grid td,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    // Findings are not left out on paper.
    ".printed::details-content{display:block;content-visibility:visible;block-size:auto}"
    "pre{white-space:pre-wrap}}";

std::string variables(bool dark) {
    std::string out = ":root{";
    for (const ThemeColour& colour : kColours) {
        out += "--" + std::string(colour.name) + ":" +
               std::string(dark ? colour.dark : colour.light) + ";";
    }
    return out + "}";
}

}  // namespace

std::span<const ThemeColour> theme_colours() {
    return kColours;
}

std::span<const ThemePair> theme_pairs() {
    return kPairs;
}

std::string style_sheet() {
    return ":root{color-scheme:light dark}" + variables(false) +
           // Paper is white whatever the screen is.
           "@media screen and (prefers-color-scheme:dark){" + variables(true) + "}" +
           std::string(kPage) + std::string(kFigures) + std::string(kPrint);
}

}  // namespace portolan::render
