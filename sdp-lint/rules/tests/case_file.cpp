#include "sdp-lint/rules/tests/case_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

using sdp::split;

Error bad(std::uint32_t line, const std::string& problem) {
    return {Culprit::Usage, "case.syntax", "line " + std::to_string(line) + ": " + problem};
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(text, '\n'))
        lines.emplace_back(line);
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

/// A line of the finished text, and for raw lines which column each byte was written in.
struct TextLine {
    std::string bytes;
    std::vector<std::uint32_t> column_of_byte;  ///< empty: as it is
};

Result<TextLine> unescape(std::string_view text, std::uint32_t line) {
    TextLine out;
    for (std::uint32_t i = 0; i < text.size(); ++i) {
        out.column_of_byte.push_back(i);
        if (text[i] != '\\') {
            out.bytes += text[i];
            continue;
        }
        if (++i == text.size()) return bad(line, "a backslash at the end");
        switch (text[i]) {
            case 'r':
                out.bytes += '\r';
                break;
            case 'n':
                out.bytes += '\n';
                break;
            case 't':
                out.bytes += '\t';
                break;
            case '\\':
                out.bytes += '\\';
                break;
            case 'x': {
                const auto value = sdp::parse_hex(text.substr(i + 1, 2));
                if (!value || i + 2 >= text.size()) return bad(line, "\\x takes two hex digits");
                out.bytes += static_cast<char>(*value);
                i += 2;
                break;
            }
            default:
                return bad(line, "an unknown escape");
        }
    }
    return out;
}

/// A mark that still counts in lines of the case.
struct RawMark {
    std::string code;
    std::size_t line_index = 0;
    bool whole_line = false;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

/// One description being written.
class TextBuilder {
  public:
    Result<void> use_base(const std::string& folder, std::string_view name, std::uint32_t line) {
        std::ifstream in(folder + "/" + std::string(name) + ".sdp", std::ios::binary);
        if (!in) return bad(line, "there is no base " + std::string(name));
        std::stringstream content;
        content << in.rdbuf();
        for (std::string& text : lines_of(content.str()))
            lines_.push_back({std::move(text), {}});
        has_base_ = true;
        cursor_ = lines_.size();
        return {};
    }
    void set_raw() { raw_ = true; }
    bool has_base() const { return has_base_; }

    Result<void> verbatim(std::string_view text, std::uint32_t line) { return add(text, line, 0); }
    Result<void> plus(std::string_view text, std::uint32_t line) { return add(text, line, 1); }
    Result<void> minus(std::string_view text, std::uint32_t line) {
        const auto at = find(text);
        if (!at) return bad(line, "the base has no line '" + std::string(text) + "'");
        lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(*at));
        for (RawMark& mark : marks_) {
            if (mark.line_index > *at) --mark.line_index;
        }
        cursor_ = *at;
        last_.reset();
        return {};
    }
    Result<void> context(std::string_view text, std::uint32_t line) {
        const auto at = find(text);
        if (!at) return bad(line, "the base has no line '" + std::string(text) + "'");
        last_ = *at;
        prefix_columns_ = 1;
        cursor_ = *at + 1;
        return {};
    }
    /// `text` is the line without '#'.
    Result<void> mark(std::string_view text, std::uint32_t line) {
        if (!last_) return bad(line, "no line above to mark");
        RawMark mark;
        mark.line_index = *last_;
        std::string_view place = text;
        const std::size_t code_at = text.find_last_of(' ');
        if (code_at == std::string_view::npos) return bad(line, "a mark needs a code");
        mark.code = std::string(text.substr(code_at + 1));
        place = sdp::trim(text.substr(0, code_at));
        if (place == "^0") {
            mark.whole_line = true;
        } else if (place.starts_with('@')) {
            const auto dash = place.find('-');
            const auto from =
                sdp::parse_number(place.substr(1, dash == place.npos ? dash : dash - 1));
            if (!from || *from == 0) return bad(line, "columns count from 1");
            mark.begin = mark.end = static_cast<std::uint32_t>(*from - 1);
            if (dash != place.npos) {
                const auto to = sdp::parse_number(place.substr(dash + 1));
                if (!to || *to < *from) return bad(line, "bad columns");
                mark.end = static_cast<std::uint32_t>(*to);
            }
        } else {
            if (place.empty() || place.find_first_not_of('^') != place.npos) {
                return bad(line, "a mark is carets, ^0 or @columns, and a code");
            }
            // '#' stands where the '+' does.
            const auto at = static_cast<std::uint32_t>(text.find('^')) + 1;
            if (at < prefix_columns_) return bad(line, "a caret before the line");
            mark.begin = at - prefix_columns_;
            mark.end = mark.begin + static_cast<std::uint32_t>(place.size());
        }
        marks_.push_back(mark);
        return {};
    }

    std::string text() const {
        std::string out;
        for (const TextLine& line : lines_) {
            out += line.bytes;
            if (!raw_) out += "\r\n";
        }
        return out;
    }
    /// Positions in the finished text as an editor counts.
    std::vector<Mark> marks(std::uint32_t description) const {
        std::vector<Mark> out;
        for (const RawMark& raw : marks_) {
            Mark mark{raw.code, description, 0, raw.begin, raw.end};
            const TextLine& line = lines_[raw.line_index];
            if (raw_ && !line.column_of_byte.empty()) {
                mark.begin = byte_of(line, raw.begin);
                mark.end = raw.end == raw.begin ? mark.begin : byte_of(line, raw.end);
            }
            if (raw.whole_line) {
                mark.begin = 0;
                mark.end = static_cast<std::uint32_t>(without_end(line.bytes).size());
            }
            if (raw_) {
                // Lines of the text, not of the case: a raw line may hold none, one or several.
                std::string before;
                for (std::size_t i = 0; i < raw.line_index; ++i)
                    before += lines_[i].bytes;
                const std::string whole = text();
                const bool has_lf = whole.find('\n') != std::string::npos;
                const char end = has_lf ? '\n' : '\r';
                const std::size_t offset = before.size() + mark.begin;
                const std::size_t from = whole.rfind(end, offset == 0 ? 0 : offset - 1);
                const std::size_t start = offset == 0 || from == std::string::npos ? 0 : from + 1;
                mark.line = static_cast<std::uint32_t>(std::count(
                    whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(start), end));
                const std::uint32_t length = mark.end - mark.begin;
                mark.begin = static_cast<std::uint32_t>(offset - start);
                mark.end = mark.begin + length;
            } else {
                mark.line = static_cast<std::uint32_t>(raw.line_index);
            }
            out.push_back(mark);
        }
        return out;
    }

  private:
    static std::string_view without_end(std::string_view bytes) {
        while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r'))
            bytes.remove_suffix(1);
        return bytes;
    }
    static std::uint32_t byte_of(const TextLine& line, std::uint32_t column) {
        const auto at =
            std::lower_bound(line.column_of_byte.begin(), line.column_of_byte.end(), column);
        return static_cast<std::uint32_t>(at - line.column_of_byte.begin());
    }
    Result<void> add(std::string_view text, std::uint32_t line, std::uint32_t prefix_columns) {
        TextLine added{std::string(text), {}};
        if (raw_) {
            auto unescaped = unescape(text, line);
            if (!unescaped) return unescaped.error();
            added = std::move(*unescaped);
        }
        const std::size_t at = has_base_ ? cursor_ : lines_.size();
        lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), std::move(added));
        for (RawMark& mark : marks_) {
            if (mark.line_index >= at) ++mark.line_index;
        }
        last_ = at;
        prefix_columns_ = prefix_columns;
        cursor_ = at + 1;
        return {};
    }
    /// "@2 text" is the second of those lines.
    std::optional<std::size_t> find(std::string_view text) const {
        std::uint64_t nth = 1;
        if (text.starts_with('@')) {
            const std::size_t space = text.find(' ');
            if (space == std::string_view::npos) return std::nullopt;
            nth = sdp::parse_number(text.substr(1, space - 1)).value_or(1);
            text.remove_prefix(space + 1);
        }
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (lines_[i].bytes == text && --nth == 0) return i;
        }
        return std::nullopt;
    }

    std::vector<TextLine> lines_;
    std::vector<RawMark> marks_;
    bool has_base_ = false;
    bool raw_ = false;
    std::size_t cursor_ = 0;
    std::optional<std::size_t> last_;
    std::uint32_t prefix_columns_ = 0;
};

/// A case being read.
struct OpenCase {
    Case result;
    std::vector<TextBuilder> builders;

    TextBuilder& current() {
        if (builders.empty()) builders.emplace_back();
        return builders.back();
    }
    Case finish() {
        for (std::uint32_t i = 0; i < builders.size(); ++i) {
            result.texts.push_back(builders[i].text());
            for (Mark& mark : builders[i].marks(i))
                result.marks.push_back(std::move(mark));
        }
        std::sort(result.marks.begin(), result.marks.end());
        return std::move(result);
    }
};

Result<void> read_options(std::string_view options, Case& out, std::uint32_t line) {
    while (true) {
        const std::size_t open = options.find('[');
        if (open == std::string_view::npos) return {};
        const std::size_t close = options.find(']', open);
        if (close == std::string_view::npos) return bad(line, "an option without ']'");
        const std::string_view option = options.substr(open + 1, close - open - 1);
        options.remove_prefix(close + 1);
        sdp::Cursor parts(option);
        const std::string_view name = parts.until('=');
        const std::string value(parts.rest());
        if (name == "profile") {
            out.profile = value;
        } else if (name == "as") {
            out.as = value;
        } else if (name == "target") {
            out.target = value;
        } else if (name == "fragment") {
            out.is_fragment = true;
        } else if (name == "candidate") {
            out.is_candidate = true;
        } else if (name == "lost") {
            out.is_lost_candidate = true;
        } else if (name == "pair" || name == "session") {
            out.is_pair = true;
        } else if (name == "munging") {
            out.is_munging = true;
        } else {
            return bad(line, "unknown option " + std::string(name));
        }
    }
}

Result<void> read_line(const std::string& text, OpenCase& open, const std::string& base_folder,
                       std::uint32_t line) {
    if (text.starts_with("@@")) {
        open.builders.emplace_back();
        return {};
    }
    if (text.starts_with("@base ")) {
        return open.current().use_base(base_folder, sdp::trim(std::string_view(text).substr(6)),
                                       line);
    }
    if (text == "@raw") {
        open.current().set_raw();
        return {};
    }
    const std::string_view rest = std::string_view(text).substr(text.empty() ? 0 : 1);
    if (text.starts_with('#')) return open.current().mark(rest, line);
    if (!open.current().has_base()) {
        // Blank lines part the cases; one that belongs to a blob is written with @raw.
        if (text.empty()) return {};
        return open.current().verbatim(text, line);
    }
    if (text.empty()) return {};
    if (text.front() == '-') return open.current().minus(rest, line);
    if (text.front() == '+') return open.current().plus(rest, line);
    if (text.front() == ' ') return open.current().context(rest, line);
    return bad(line, "with a base, lines begin with -, +, blank, # or @");
}

}  // namespace

Result<std::vector<Case>> parse_case_file(std::string_view text, const std::string& base_folder) {
    std::vector<Case> cases;
    std::optional<OpenCase> open;
    std::string code;
    std::uint32_t number = 0;
    for (const std::string& line : lines_of(text)) {
        ++number;
        if (number == 1) {
            code = line.substr(0, line.find(' '));
            continue;
        }
        if (line.starts_with("== ")) {
            if (open) cases.push_back(open->finish());
            open.emplace();
            open->result.code = code;
            open->result.file_line = number;
            const std::size_t colon = line.find(':');
            const std::string_view before = std::string_view(line).substr(3, colon - 3);
            sdp::Cursor cursor(before);
            const std::string_view kind = cursor.word();
            if (kind != "fires" && kind != "silent") return bad(number, "fires or silent");
            open->result.fires = kind == "fires";
            if (colon != std::string::npos) {
                open->result.title =
                    std::string(sdp::trim(std::string_view(line).substr(colon + 1)));
            }
            if (auto done = read_options(cursor.rest(), open->result, number); !done) {
                return done.error();
            }
            continue;
        }
        if (!open) {
            if (line.empty()) continue;
            return bad(number, "text before the first case");
        }
        if (auto done = read_line(line, *open, base_folder, number); !done) return done.error();
    }
    if (open) cases.push_back(open->finish());
    return cases;
}

}  // namespace portolan::lint
