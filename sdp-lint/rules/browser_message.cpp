#include "sdp-lint/rules/browser_message.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "sdp-lint/rules/browser_reading.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

/// Where the finding is, as a browser would describe it.
class Context {
  public:
    Context(const Finding& finding, const sdp::Description& description)
        : description_(description),
          caret_(description.document().at(finding.place.range)),
          position_(finding.place.range.begin) {
        const auto lines = description.lines();
        if (lines.empty()) return;
        line_index_ = description.document().line_index_at(finding.place.range.begin);
        line_ = lines[line_index_].text;
        ends_in_cr_ = lines[line_index_].ending() == "\r";
        // What holds for the whole session, browsers report at the first section that it holds for.
        const std::int32_t index = std::max(lines[line_index_].section, 0);
        const auto sections = description.sections();
        if (!sections.empty()) section_ = &sections[static_cast<std::size_t>(index)];
    }

    std::string line() const { return as_chrome_reads(line_, ends_in_cr_); }
    std::string line_number() const { return std::to_string(line_index_ + 1); }
    /// Counted in bytes; what stands before the first character that is not ASCII is.
    std::string position() const { return std::to_string(position_); }
    std::string last_line() const { return std::to_string(description_.lines().size()); }

    /// What the caret is under, when it is a word.
    std::optional<std::string> token() const {
        if (caret_.empty() || caret_.find_first_of(" \t\r\n") != caret_.npos) return std::nullopt;
        return std::string(caret_);
    }
    std::optional<std::string> level() const {
        if (section_ == nullptr) return std::nullopt;
        return std::to_string(section_->index);
    }
    std::optional<std::string> media() const {
        if (section_ == nullptr) return std::nullopt;
        return std::string(section_->media.media);
    }
    /// The m= line's, for what a section as a whole lacks.
    std::optional<std::string> media_line() const {
        if (section_ == nullptr) return std::nullopt;
        return std::to_string(section_->first_line + 1);
    }
    /// With all that stands behind it, as in "UDP/TLS/RTP/SAVPF" where the port is missing.
    std::optional<std::string> port() const {
        if (section_ == nullptr) return std::nullopt;
        sdp::Cursor cursor(description_.media_line(*section_).value());
        cursor.word();
        return std::string(cursor.word());
    }
    /// Chrome's parser wants v=, o=, s= and t= in their order, and names the line that stands in
    /// the place of one.
    std::optional<std::string> line_in_place_of(char type) const {
        constexpr std::string_view kOrder = "vos";
        const auto lines = description_.lines();
        std::size_t at = std::min(kOrder.find(type), kOrder.size());
        // Before t= come those that may be left out.
        while (type == 't' && at < lines.size() &&
               std::string_view("iuepcb").find(lines[at].type) != std::string_view::npos &&
               !lines[at].value().empty())
            ++at;
        if (at >= lines.size()) return std::nullopt;
        return as_chrome_reads(lines[at].text, lines[at].ending() == "\r");
    }
    /// Of a group the one that is meant, else the section's own.
    std::optional<std::string> mid() const {
        if (line_.starts_with("a=group:")) return token();
        if (section_ == nullptr) return std::nullopt;
        const std::string_view mid = description_.mid_of(*section_);
        if (mid.empty()) return std::nullopt;
        return std::string(mid);
    }
    std::optional<std::string> extension_id() const {
        const sdp::Extmap* extmap = this_line(description_.extmaps());
        return extmap != nullptr ? std::optional(std::string(extmap->id.text)) : std::nullopt;
    }
    std::optional<std::string> extension_uri() const {
        const sdp::Extmap* extmap = this_line(description_.extmaps());
        return extmap != nullptr ? std::optional(std::string(extmap->uri)) : std::nullopt;
    }
    std::optional<std::string> semantics() const {
        if (section_ == nullptr) return std::nullopt;
        const sdp::SsrcGroup* group = this_line(section_->ssrc_groups);
        return group != nullptr ? std::optional(std::string(group->semantics)) : std::nullopt;
    }
    /// What Firefox keeps of it: three characters.
    std::optional<std::string> address_begin() const {
        if (section_ == nullptr) return std::nullopt;
        const sdp::Connection* connection = description_.connection_for(*section_);
        if (connection == nullptr) return std::nullopt;
        return std::string(connection->address_text.substr(0, 3));
    }
    /// The section's first a=sctp-port.
    std::optional<std::string> sctp_port_line() const {
        const sdp::Attribute* port =
            section_ != nullptr ? section_->find(sdp::Attr::SctpPort) : nullptr;
        if (port == nullptr) return std::nullopt;
        return std::string(description_.line_of(*port).text);
    }
    /// The encoding of the payload type that the caret is under.
    std::optional<std::string> codec() const {
        const sdp::Codec* codec = section_ != nullptr ? section_->codec(caret_) : nullptr;
        return codec != nullptr ? std::optional(std::string(codec->name)) : std::nullopt;
    }
    /// The section's first source.
    std::optional<std::string> ssrc() const {
        if (section_ == nullptr || section_->ssrcs.empty()) return std::nullopt;
        return std::string(section_->ssrcs.front().id.text);
    }

  private:
    /// It goes on to the next LF, and spoils what is not ASCII.
    static std::string as_chrome_reads(std::string_view text, bool ends_in_cr) {
        const auto odd = std::find_if(text.begin(), text.end(),
                                      [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
        if (odd != text.end()) return std::string(text.begin(), odd) + std::string(kUnknownValue);
        return std::string(text) + std::string(ends_in_cr ? kUnknownValue : "");
    }
    /// The view whose attribute is the finding's line, or nullptr.
    template <typename View>
    const View* this_line(std::span<const View> views) const {
        const auto found = std::find_if(views.begin(), views.end(), [&](const View& view) {
            return view.attribute->line == line_index_;
        });
        return found != views.end() ? &*found : nullptr;
    }

    const sdp::Description& description_;
    std::string_view caret_;
    std::uint32_t position_ = 0;
    std::uint32_t line_index_ = 0;
    std::string_view line_;
    bool ends_in_cr_ = false;
    const sdp::Section* section_ = nullptr;
};

struct Placeholder {
    std::string_view name;
    std::optional<std::string> (*value)(const Context&);
};

/// Words that are not here stand for what nobody can foretell.
constexpr std::array kWords{
    Placeholder{"line", [](const Context& at) { return std::optional(at.line()); }},
    Placeholder{"line_number", [](const Context& at) { return std::optional(at.line_number()); }},
    Placeholder{"last_line", [](const Context& at) { return std::optional(at.last_line()); }},
    Placeholder{"position", [](const Context& at) { return std::optional(at.position()); }},
    Placeholder{"token", [](const Context& at) { return at.token(); }},
    Placeholder{"level", [](const Context& at) { return at.level(); }},
    Placeholder{"media", [](const Context& at) { return at.media(); }},
    Placeholder{"media_line", [](const Context& at) { return at.media_line(); }},
    Placeholder{"address_begin", [](const Context& at) { return at.address_begin(); }},
    Placeholder{"sctp_port_line", [](const Context& at) { return at.sctp_port_line(); }},
    Placeholder{"port", [](const Context& at) { return at.port(); }},
    Placeholder{"mid", [](const Context& at) { return at.mid(); }},
    Placeholder{"id", [](const Context& at) { return at.extension_id(); }},
    Placeholder{"uri", [](const Context& at) { return at.extension_uri(); }},
    Placeholder{"semantics", [](const Context& at) { return at.semantics(); }},
    Placeholder{"codec", [](const Context& at) { return at.codec(); }},
    Placeholder{"ssrc", [](const Context& at) { return at.ssrc(); }},
};

std::string value_of(std::string_view name, const Context& context) {
    const auto* const word = std::find_if(
        kWords.begin(), kWords.end(), [&](const Placeholder& each) { return each.name == name; });
    if (word == kWords.end()) return std::string(kUnknownValue);
    return word->value(context).value_or(std::string(kUnknownValue));
}

/// The bytes of a {word} that the text begins with; 0 for none. Chrome writes braces of its own.
std::size_t word_bytes(std::string_view text) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 1);
    if (end == text.npos || end == 1 || text[end] != '}') return 0;
    return end + 1;
}

}  // namespace

std::string message_of(const BrowserRow& row, const Finding& finding,
                       const sdp::Description& description) {
    const Context context(finding, description);
    std::string out;
    std::string_view rest = row.message;
    constexpr std::string_view kExpects = "{line} Expect line: ";
    if (const std::size_t at = rest.find(kExpects);
        at != rest.npos && at + kExpects.size() < rest.size()) {
        const auto line = context.line_in_place_of(rest[at + kExpects.size()]);
        out = std::string(rest.substr(0, at)) + line.value_or(std::string(kUnknownValue));
        rest.remove_prefix(at + std::string_view("{line}").size());
    }
    while (!rest.empty()) {
        const std::size_t open = std::min(rest.find('{'), rest.size());
        out += rest.substr(0, open);
        rest.remove_prefix(open);
        if (rest.empty()) break;
        const std::size_t bytes = word_bytes(rest);
        out += bytes > 0 ? value_of(rest.substr(1, bytes - 2), context) : std::string("{");
        rest.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return out;
}

const BrowserRow* browser_row_of(const Finding& finding, const sdp::Description& description,
                                 Browser browser) {
    const sdp::Document& document = description.document();
    FoundAt at;
    const sdp::Line* line = nullptr;
    if (description.kind() == sdp::DescriptionKind::Offer) at.as = ToldAs::Offer;
    if (description.kind() == sdp::DescriptionKind::Answer) at.as = ToldAs::Answer;
    if (!document.lines().empty()) {
        line = &document.lines()[document.line_index_at(finding.place.range.begin)];
        if (is_read_otherwise(finding, *line, description, browser)) return nullptr;
        at.line = line->text;
        const auto lines = document.lines();
        const auto index = static_cast<std::size_t>(line - lines.data());
        at.session_before =
            lines.first(std::min<std::size_t>(index, description.session().end_line));
        if (line->section != sdp::kSession) {
            const std::size_t first = description.section(line->section).first_line;
            at.is_in_first_section = line->section == 0;
            at.section_before = lines.subspan(first, index - first);
            at.part = description.is_bundled_untagged(description.section(line->section))
                          ? LinePart::Bundled
                          : LinePart::Media;
        }
    }
    const BrowserRow* const row = browser_row(row_of(finding.code), browser, at);
    if (row != nullptr && line != nullptr && browser == Browser::Chrome &&
        is_of_kind_unknown_to_chrome(*row, finding, *line, description)) {
        return nullptr;
    }
    return row;
}

}  // namespace portolan::lint
