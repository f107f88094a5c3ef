#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sdp-lint/sdp/description.hpp"

// Any bytes: printed again from its lines the text is the same, every view lies in it, and every
// byte has one line and column.
namespace portolan::sdp {
namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void check_lines(const Document& document) {
    std::string printed;
    std::size_t offset = 0;
    for (const Line& line : document.lines()) {
        require(line.text.empty() || line.text.data() == document.text().data() + offset);
        offset += line.text.size() + line.ending_bytes;
        printed += line.text;
        printed += line.ending();
    }
    require(printed == document.text());
}

void check_positions(const Document& document) {
    if (document.lines().empty()) return;
    const auto end = static_cast<std::uint32_t>(document.text().size());
    for (const std::uint32_t offset : {0U, end / 3, end / 2, end}) {
        const std::uint32_t index = document.line_index_at(offset);
        require(index < document.lines().size());
        const Position position = document.position_of(offset);
        require(position.line == index + 1 && position.column >= 1);
    }
}

void check_attributes(const Document& document) {
    std::uint32_t last = 0;
    for (const Attribute& attribute : document.attributes()) {
        require(attribute.line < document.lines().size() && attribute.line >= last);
        require(document.contains(attribute.name) && document.contains(attribute.value));
        last = attribute.line;
    }
}

void check_sections(const Description& description) {
    std::uint32_t next = description.session().end_line;
    for (const Section& section : description.sections()) {
        require(section.first_line == next && section.end_line > section.first_line);
        require(&description.section(section.index) == &section);
        require(description.document().contains(description.head_of(section)));
        for (const Candidate& candidate : section.candidates)
            require(candidate.attribute != nullptr);
        next = section.end_line;
    }
    require(next == description.lines().size());
}

}  // namespace
}  // namespace portolan::sdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan::sdp;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const DescriptionForm form : {DescriptionForm::Whole, DescriptionForm::Fragment}) {
        const Description description(text, DescriptionKind::Unknown, form);
        check_lines(description.document());
        check_positions(description.document());
        check_attributes(description.document());
        check_sections(description);
    }
    return 0;
}
