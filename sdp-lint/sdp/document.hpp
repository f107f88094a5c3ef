#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sdp-lint/sdp/attribute_table.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::sdp {

/// The session's own part, where sections are counted from 0.
inline constexpr std::int32_t kSession = -1;

/// Lines end in CR LF or LF; in a text without any LF, in CR. Any other CR is a byte of its line.
struct Line {
    std::string_view text;  ///< without its end
    std::uint8_t ending_bytes = 0;
    char type = '\0';  ///< 'a' of "a=..."; NUL unless the second byte is '='
    std::int32_t section = kSession;

    std::string_view value() const { return type == '\0' ? std::string_view{} : text.substr(2); }
    /// "\r\n", "\n", "\r", or empty at the end of the text.
    std::string_view ending() const { return {text.data() + text.size(), ending_bytes}; }
};

/// One a= line.
struct Attribute {
    Attr id = Attr::Unknown;
    bool has_value = false;  ///< there is a colon
    std::uint32_t line = 0;  ///< index into Document::lines()
    std::int32_t section = kSession;
    std::string_view name;   ///< as written
    std::string_view value;  ///< after the colon; at the end of the line without one
};

/// Line and column as editors count: from 1, in bytes.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

/// The lossless parse: every byte of the text belongs to one line or line end. It refers to the
/// text, which has to outlive it. Any bytes will do; up to 4 GiB.
class Document {
  public:
    /// With `bare_candidates`, lines "candidate:..." are attributes too, though without "a=".
    explicit Document(std::string_view text, bool bare_candidates = false);

    std::string_view text() const { return text_; }
    std::span<const Line> lines() const { return lines_; }
    std::span<const Attribute> attributes() const { return attributes_; }
    /// Indices of the m= lines.
    std::span<const std::uint32_t> media_lines() const { return media_lines_; }

    const Line& line_of(const Attribute& attribute) const { return lines_[attribute.line]; }
    /// What most lines end in: for lines to be added.
    std::string_view usual_ending() const { return usual_ending_; }

    bool has_byte_above_127() const { return has_byte_above_127_; }
    /// Control characters other than tab inside lines: NUL, CR and so on.
    bool has_control_byte() const { return has_control_byte_; }
    /// The first line whose second byte is not '=', as an index; lines().size() for none.
    std::size_t first_line_without_type() const { return first_line_without_type_; }

    /// Of a view into the text.
    ByteRange range_of(std::string_view view) const {
        const auto begin = static_cast<std::uint32_t>(view.data() - text_.data());
        return {begin, begin + static_cast<std::uint32_t>(view.size())};
    }
    bool contains(std::string_view view) const;
    std::string_view at(ByteRange range) const {
        return text_.substr(range.begin, range.end - range.begin);
    }
    /// The line that this byte is in; the last one for the end of the text. Logarithmic.
    std::uint32_t line_index_at(std::uint32_t offset) const;
    Position position_of(std::uint32_t offset) const;

  private:
    void add_line(std::string_view line, std::uint8_t ending_bytes, bool bare_candidates);
    void add_attribute(std::string_view text);

    std::string_view text_;
    std::vector<Line> lines_;
    std::vector<Attribute> attributes_;
    std::vector<std::uint32_t> media_lines_;
    std::string_view usual_ending_ = "\r\n";
    bool has_byte_above_127_ = false;
    bool has_control_byte_ = false;
    std::size_t first_line_without_type_ = 0;
};

}  // namespace portolan::sdp
