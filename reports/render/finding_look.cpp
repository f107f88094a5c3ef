#include "reports/render/finding_look.hpp"

#include "reports/model/change.hpp"
#include "reports/render/finding_words.hpp"

namespace portolan::render {

using report::Outcome;

Look look_of(const report::Finding& finding) {
    if (report::is_change(finding.verdict)) return {"note", "\u2260", report::Tone::Neutral};
    switch (finding.verdict.outcome()) {
        case Outcome::Pass:
            return {"pass", "\u2713", report::Tone::Good};
        case Outcome::Fail:
            switch (level_of(finding)) {
                case Level::Error:
                    return {"error", "\u2715", report::Tone::Bad};
                case Level::Warning:
                    return {"warning", "!", report::Tone::Fair};
                case Level::Note:
                    return {"note", "i", report::Tone::Neutral};
            }
            break;
        case Outcome::Inconclusive:
            return {"note", "?", report::Tone::Open};
        case Outcome::NotTested:
        case Outcome::Unsupported:
            break;
    }
    return {"note", "\u2013", report::Tone::Open};
}

}  // namespace portolan::render
