#include "sdp-lint/sdp/document.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace portolan::sdp {

namespace {

constexpr std::string_view kBareCandidate = "candidate:";

struct ByteFacts {
    std::size_t control_count = 0;  ///< below 0x20, line ends included, tabs not
    bool above_127 = false;
};

// Simple enough for the compiler to do it many bytes at a time: counted in bytes, which hold the
// count of so many and not many more.
ByteFacts facts_of(std::string_view text) {
    constexpr std::size_t kBlockBytes = 240;
    ByteFacts facts;
    unsigned char any = 0;
    while (!text.empty()) {
        const std::string_view block = text.substr(0, kBlockBytes);
        text.remove_prefix(block.size());
        unsigned char control_count = 0;
        for (const char c : block) {
            const auto byte = static_cast<unsigned char>(c);
            any |= byte;
            control_count = static_cast<unsigned char>(
                control_count + static_cast<unsigned char>((byte < 0x20) & (byte != '\t')));
        }
        facts.control_count += control_count;
    }
    facts.above_127 = any >= 0x80;
    return facts;
}

/// "rtcp-mux x": browsers read the flag and overlook the rest.
void take_flag_with_more(Attribute& attribute) {
    const std::size_t blank = attribute.name.find(' ');
    if (blank == std::string_view::npos) return;
    const Attr id = find_attribute(attribute.name.substr(0, blank));
    if (id == Attr::Unknown || row_of(id).value != ValueKind::Flag) return;
    attribute.id = id;
    attribute.has_value = true;
    attribute.value = attribute.name.substr(blank + 1);
    attribute.name = attribute.name.substr(0, blank);
}

}  // namespace

Document::Document(std::string_view text, bool bare_candidates) : text_(text) {
    const ByteFacts facts = facts_of(text);
    has_byte_above_127_ = facts.above_127;
    lines_.reserve(std::min<std::size_t>(facts.control_count / 2 + 2, 1U << 16U));
    attributes_.reserve(lines_.capacity());

    const char end = text.find('\n') == std::string_view::npos ? '\r' : '\n';
    std::size_t ending_bytes = 0;
    std::size_t with_cr_count = 0;
    std::size_t ended_count = 0;
    const char* at = text.data();
    const char* const stop = text.data() + text.size();
    while (at != stop) {
        const auto* found =
            static_cast<const char*>(std::memchr(at, end, static_cast<std::size_t>(stop - at)));
        const bool has_end = found != nullptr;
        const bool with_cr = has_end && end == '\n' && found != at && found[-1] == '\r';
        const char* const next = has_end ? found + 1 : stop;
        const auto length = static_cast<std::uint8_t>((has_end ? 1 : 0) + (with_cr ? 1 : 0));
        add_line({at, static_cast<std::size_t>(next - at) - length}, length, bare_candidates);
        ending_bytes += length;
        with_cr_count += with_cr ? 1U : 0U;
        ended_count += has_end ? 1U : 0U;
        at = next;
    }
    has_control_byte_ = facts.control_count > ending_bytes;
    first_line_without_type_ =
        static_cast<std::size_t>(std::find_if(lines_.begin(), lines_.end(),
                                              [](const Line& line) { return line.type == '\0'; }) -
                                 lines_.begin());
    if (2 * with_cr_count < ended_count) usual_ending_ = end == '\n' ? "\n" : "\r";
}

void Document::add_line(std::string_view line, std::uint8_t ending_bytes, bool bare_candidates) {
    const char type = line.size() >= 2 && line[1] == '=' ? line[0] : '\0';
    if (type == 'm') media_lines_.push_back(static_cast<std::uint32_t>(lines_.size()));
    lines_.push_back({.text = line,
                      .ending_bytes = ending_bytes,
                      .type = type,
                      .section = static_cast<std::int32_t>(media_lines_.size()) - 1});
    if (type == 'a') {
        add_attribute(line.substr(2));
    } else if (bare_candidates && line.starts_with(kBareCandidate)) {
        add_attribute(line);
    }
}

void Document::add_attribute(std::string_view text) {
    Attribute attribute;
    attribute.line = static_cast<std::uint32_t>(lines_.size() - 1);
    attribute.section = lines_.back().section;
    const std::size_t colon = text.find(':');
    attribute.has_value = colon != std::string_view::npos;
    attribute.name = text.substr(0, colon);
    // Blanks at the end of a line are nobody's name.
    while (!attribute.has_value &&
           (attribute.name.ends_with(' ') || attribute.name.ends_with('\t')))
        attribute.name.remove_suffix(1);
    attribute.value = attribute.has_value ? text.substr(colon + 1) : end_of(attribute.name);
    attribute.id = find_attribute(attribute.name);
    if (attribute.id == Attr::Unknown && !attribute.has_value) take_flag_with_more(attribute);
    attributes_.push_back(attribute);
}

bool Document::contains(std::string_view view) const {
    const std::less_equal<const char*> at_most;
    return view.data() != nullptr && at_most(text_.data(), view.data()) &&
           at_most(view.data() + view.size(), text_.data() + text_.size());
}

std::uint32_t Document::line_index_at(std::uint32_t offset) const {
    const char* const at = text_.data() + offset;
    const auto after = std::upper_bound(
        lines_.begin(), lines_.end(), at,
        [](const char* byte, const Line& line) { return byte < line.text.data(); });
    return after == lines_.begin() ? 0 : static_cast<std::uint32_t>(after - lines_.begin() - 1);
}

Position Document::position_of(std::uint32_t offset) const {
    if (lines_.empty()) return {};
    const std::uint32_t index = line_index_at(offset);
    const auto start = static_cast<std::uint32_t>(lines_[index].text.data() - text_.data());
    return {index + 1, offset - start + 1};
}

}  // namespace portolan::sdp
