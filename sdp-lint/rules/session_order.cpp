#include <array>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/session_checks.hpp"

namespace portolan::lint {

namespace {

using sdp::Attribute;
using sdp::Line;

constexpr std::int8_t kNowhere = -1;

/// The place in the order of RFC 8866 s9; times, repetitions and zones alternate.
constexpr std::array<std::int8_t, 256> make_ranks(std::string_view order) {
    std::array<std::int8_t, 256> ranks{};
    for (std::int8_t& rank : ranks)
        rank = kNowhere;
    for (std::size_t i = 0; i < order.size(); ++i)
        ranks[static_cast<unsigned char>(order[i])] = static_cast<std::int8_t>(i);
    return ranks;
}

int session_rank(char type) {
    constexpr std::array<std::int8_t, 256> kRanks = [] {
        auto ranks = make_ranks("vosiuepcbtka");
        ranks['r'] = ranks['z'] = ranks['t'];
        return ranks;
    }();
    return kRanks[static_cast<unsigned char>(type)];
}

int media_rank(char type) {
    constexpr std::array<std::int8_t, 256> kRanks = make_ranks("micbka");
    return kRanks[static_cast<unsigned char>(type)];
}

/// Walks over the lines of the session or of one section.
class OrderCheck {
  public:
    OrderCheck(const Description& description, bool is_session, Reporter& reporter)
        : description_(description),
          reporter_(reporter),
          is_session_(is_session),
          attribute_rank_(is_session ? session_rank('a') : media_rank('a')) {}

    void visit(const Line& line) {
        // Attributes come last, and most lines are attributes.
        if (line.type == 'a' && highest_rank_ == attribute_rank_) return;
        const int rank = is_session_ ? session_rank(line.type) : media_rank(line.type);
        if (rank == kNowhere) {
            // In a section, a line that only the session has. Unknown letters are SY006.
            // A v= that is the only one is SE001's.
            const bool is_first_version =
                line.type == 'v' && &line == description_.session_line('v');
            if (!is_session_ && !is_first_version && session_rank(line.type) != kNowhere) {
                reporter_.report(Code::SE015, letter_of(line),
                                 quoted(line.text.substr(0, 2)) + " belongs before the first m=");
            }
            return;
        }
        if (is_once(line.type) && again(line)) return;
        if (rank >= highest_rank_) {
            highest_rank_ = rank;
        } else if (line.type != 'v') {
            out_of_order(line, rank);
        }
        const auto at = static_cast<std::size_t>(rank);
        if (first_of_rank_[at] == nullptr) first_of_rank_[at] = &line;
    }

  private:
    bool is_once(char type) const {
        const std::string_view once = is_session_ ? "vosiuck" : "ik";
        return once.find(type) != std::string_view::npos;
    }

    /// SE026
    bool again(const Line& line) {
        const Line*& first = first_of_type_[static_cast<std::size_t>(line.type) & 0x7F];
        if (first == nullptr) {
            first = &line;
            return false;
        }
        Draft draft = reporter_.report(Code::SE026, letter_of(line),
                                       "a second " + quoted(line.text.substr(0, 2)) + " line");
        draft.related(first->text, "the first one");
        if (first->text == line.text) draft.fix("remove the line", erase_line(line));
        return true;
    }

    void out_of_order(const Line& line, int rank) {
        const Line* later = nullptr;
        for (std::size_t at = static_cast<std::size_t>(rank) + 1; at < first_of_rank_.size();
             ++at) {
            const Line* candidate = first_of_rank_[at];
            if (candidate != nullptr && (later == nullptr || candidate < later)) later = candidate;
        }
        const bool before_attributes = later != nullptr && later->type == 'a';
        const Code code = !is_session_                                     ? Code::SE017
                          : before_attributes && session_rank('t') == rank ? Code::SE016
                                                                           : Code::SE015;
        Draft draft =
            reporter_.report(code, letter_of(line),
                             quoted(line.text.substr(0, 2)) + " stands behind " +
                                 quoted(later == nullptr ? "" : later->text.substr(0, 2)));
        if (later == nullptr) return;
        draft.related(later->text, "the line that should come after it")
            .fix("move the line",
                 {erase_line(line), insert_line_before(description_, *later, line.text)});
    }

    const Description& description_;
    Reporter& reporter_;
    bool is_session_;
    int attribute_rank_;
    int highest_rank_ = kNowhere;
    std::array<const Line*, 12> first_of_rank_{};
    std::array<const Line*, 128> first_of_type_{};
};

bool has_bundle(const Section& session) {
    bool found = false;
    session.each(Attr::Group, [&](const Attribute& group) {
        found = found || group.value.starts_with("BUNDLE");
    });
    return found;
}

/// The only section, when there is exactly one: where an attribute can be moved to.
const Section* only_section(const Description& description) {
    return description.sections().size() == 1 ? &description.sections().front() : nullptr;
}

}  // namespace

void line_order(const Description& description, Reporter& reporter) {
    const auto lines = description.lines();
    const auto walk = [&](const Section& section) {
        OrderCheck check(description, section.is_session(), reporter);
        for (const Line& line :
             lines.subspan(section.first_line, section.end_line - section.first_line)) {
            if (line.type != '\0') check.visit(line);
        }
    };
    walk(description.session());
    for (const Section& section : description.sections())
        walk(section);
}

void media_attributes_in_session(const Description& description, Reporter& reporter) {
    const Section* const only = only_section(description);
    for (const Attribute& attribute : description.session().attributes) {
        // a=candidate is IC032, a=simulcast SI015. RFC 8829 s5.8.1 reads a=tls-id there, although
        // RFC 8842 does not.
        if (attribute.id == Attr::Unknown || attribute.id == Attr::Candidate ||
            attribute.id == Attr::Simulcast || attribute.id == Attr::TlsId ||
            sdp::row_of(attribute.id).level != sdp::Level::Media) {
            continue;
        }
        const Code code = attribute.id == Attr::Mid ? Code::SE028 : Code::SE027;
        Draft draft = reporter.report(code, attribute.name,
                                      quoted(attribute.name) + " belongs into an m= section");
        const Line& line = description.line_of(attribute);
        if (only != nullptr && !only->has(attribute.id)) {
            draft.fix("move the line into the section",
                      {erase_line(line), append_line(description, *only, line.text)});
        } else if (attribute.id == Attr::Mid) {
            draft.fix("remove the line", erase_line(line));
        }
    }
}

void session_attributes_in_media(const Description& description, Reporter& reporter) {
    static const sdp::AttributeSet kOfSession = sdp::attributes_that(
        [](const sdp::AttributeRow& row) { return row.level == sdp::Level::Session; });
    for (const Section& section : description.sections()) {
        const sdp::AttributeSet wrong = section.present() & kOfSession;
        if (wrong.none()) continue;
        for (const Attribute& attribute : section.attributes) {
            if (!wrong.test(static_cast<std::size_t>(attribute.id))) continue;
            const Code code = attribute.id == Attr::Group ? Code::SE030 : Code::SE029;
            const Line& line = description.line_of(attribute);
            Draft draft = reporter.report(code, attribute.name,
                                          quoted(attribute.name) + " belongs before the first m=");
            // A second BUNDLE would be worse than one in the wrong place.
            if (attribute.id == Attr::Group && has_bundle(description.session())) continue;
            const Attribute* const there = description.session().find(attribute.id);
            if (there == nullptr || attribute.id == Attr::Group) {
                draft.fix(
                    "move the line to the session",
                    {erase_line(line), append_line(description, description.session(), line.text)});
            } else if (there->value == attribute.value) {
                draft.related(there->name, "the session's own")
                    .fix("remove the line", erase_line(line));
            }
        }
    }
}

}  // namespace portolan::lint
