#include "sdp-lint/rules/edits.hpp"

namespace portolan::lint {

namespace {

std::string_view with_end(const sdp::Line& line) {
    return {line.text.data(), line.text.size() + line.ending_bytes};
}

}  // namespace

ViewEdit erase_line(const sdp::Line& line) {
    return {with_end(line), {}};
}

ViewEdit erase_line(const sdp::Description& description, const sdp::Attribute& attribute) {
    return erase_line(description.line_of(attribute));
}

ViewEdit insert_line_before(const sdp::Description& description, const sdp::Line& line,
                            std::string_view text) {
    return {sdp::start_of(line.text),
            std::string(text) + std::string(description.document().usual_ending())};
}

ViewEdit insert_line_after(const sdp::Description& description, const sdp::Line& line,
                           std::string_view text) {
    const std::string ending(description.document().usual_ending());
    // The last line may lack its end: then the new one begins with one, and lacks its own.
    if (line.ending_bytes == 0) return {sdp::end_of(line.text), ending + std::string(text)};
    return {sdp::end_of(with_end(line)), std::string(text) + ending};
}

ViewEdit append_line(const sdp::Description& description, const sdp::Section& section,
                     std::string_view text) {
    if (section.end_line == section.first_line) {
        return {sdp::start_of(description.text()),
                std::string(text) + std::string(description.document().usual_ending())};
    }
    // Blank lines at the end of the text are not what to write behind.
    std::uint32_t last = section.end_line - 1;
    while (last > section.first_line && description.lines()[last].text.empty())
        --last;
    return insert_line_after(description, description.lines()[last], text);
}

}  // namespace portolan::lint
