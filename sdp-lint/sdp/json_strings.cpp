#include "sdp-lint/sdp/json_strings.hpp"

#include "sdp-lint/sdp/text.hpp"

namespace portolan::sdp {

namespace {

constexpr std::size_t kMaxDepth = 64;

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0U | (point >> 6U));
        out += static_cast<char>(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0U | (point >> 12U));
        out += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (point & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | (point >> 18U));
        out += static_cast<char>(0x80U | ((point >> 12U) & 0x3FU));
        out += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (point & 0x3FU));
    }
}

class Walker {
  public:
    Walker(std::string_view json, const std::vector<std::uint32_t>& place, const ObjectVisit& visit)
        : json_(json), place_(place), visit_(visit) {}

    Result<void> run() {
        skip_blanks();
        if (!value(0)) return error();
        skip_blanks();
        if (at_ != json_.size()) {
            fail("text after the end");
            return error();
        }
        return {};
    }

  private:
    Error error() const {
        return {Culprit::Usage, "input.json",
                "it begins like JSON, but is none: " + problem_ + " at byte " +
                    std::to_string(located(problem_at_)),
                located(problem_at_), "--raw lints the text as it is"};
    }
    std::uint32_t located(std::size_t offset) const {
        return place_.empty() ? static_cast<std::uint32_t>(offset) : place_[offset];
    }
    bool fail(const char* problem) {
        if (problem_.empty()) {
            problem_ = problem;
            problem_at_ = at_;
        }
        return false;
    }
    void skip_blanks() {
        while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\t' ||
                                      json_[at_] == '\n' || json_[at_] == '\r'))
            ++at_;
    }
    bool take(char c) {
        if (at_ >= json_.size() || json_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool value(std::size_t depth) {
        if (depth > kMaxDepth) return fail("nested too deeply");
        if (at_ >= json_.size()) return fail("the end, where a value belongs");
        switch (json_[at_]) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                return string(nullptr);
            default:
                return word();
        }
    }

    /// Numbers and literals: nothing is made of them, so their letters are enough.
    bool word() {
        const std::size_t from = at_;
        while (at_ < json_.size() && (is_alnum(json_[at_]) || json_[at_] == '-' ||
                                      json_[at_] == '+' || json_[at_] == '.'))
            ++at_;
        if (at_ == from) return fail("an unexpected character");
        const std::string_view text = json_.substr(from, at_ - from);
        if (text == "true" || text == "false" || text == "null") return true;
        if (is_digit(text.front()) || (text.front() == '-' && text.size() > 1)) return true;
        at_ = from;
        return fail("an unknown word");
    }

    bool array(std::size_t depth) {
        ++at_;
        skip_blanks();
        if (take(']')) return true;
        while (true) {
            skip_blanks();
            if (!value(depth + 1)) return false;
            skip_blanks();
            if (take(']')) return true;
            if (!take(',')) return fail("no comma or bracket");
        }
    }

    bool object(std::size_t depth) {
        ++at_;
        std::vector<StringMember> members;
        skip_blanks();
        if (!take('}')) {
            while (true) {
                skip_blanks();
                if (at_ >= json_.size() || json_[at_] != '"') return fail("no key");
                LocatedString key;
                if (!string(&key)) return false;
                skip_blanks();
                if (!take(':')) return fail("no colon");
                skip_blanks();
                if (at_ < json_.size() && json_[at_] == '"') {
                    members.push_back({std::move(key.text), {}, false});
                    if (!string(&members.back().value)) return false;
                } else {
                    path_.push_back(std::move(key.text));
                    const std::size_t from = at_;
                    if (!value(depth + 1)) return false;
                    if (is_digit(json_[from]) || json_[from] == '-') {
                        members.push_back({path_.back(),
                                           {std::string(json_.substr(from, at_ - from)), {}},
                                           true});
                    }
                    path_.pop_back();
                }
                skip_blanks();
                if (take('}')) break;
                if (!take(',')) return fail("no comma or brace");
            }
        }
        visit_(path_, members);
        return true;
    }

    /// Without `out` it is skipped.
    bool string(LocatedString* out) {
        ++at_;
        while (at_ < json_.size()) {
            const std::size_t from = at_;
            const char c = json_[at_++];
            if (c == '"') {
                if (out != nullptr) out->origin.push_back(located(from));
                return true;
            }
            std::string unescaped(1, c);
            if (c == '\\' && !escape(unescaped)) return false;
            if (out == nullptr) continue;
            for (const char byte : unescaped) {
                out->text += byte;
                out->origin.push_back(located(from));
            }
        }
        return fail("a string without end");
    }

    bool escape(std::string& out) {
        out.clear();
        if (at_ >= json_.size()) return fail("a string without end");
        const char c = json_[at_++];
        switch (c) {
            case 'n':
                out = "\n";
                return true;
            case 'r':
                out = "\r";
                return true;
            case 't':
                out = "\t";
                return true;
            case 'b':
                out = "\b";
                return true;
            case 'f':
                out = "\f";
                return true;
            case '"':
            case '\\':
            case '/':
                out = std::string(1, c);
                return true;
            case 'u':
                return unicode(out);
            default:
                return fail("an unknown escape");
        }
    }

    bool unicode(std::string& out) {
        auto unit = four_digits();
        if (!unit) return false;
        if (*unit >= 0xD800 && *unit < 0xDC00 && json_.substr(at_, 2) == "\\u") {
            const std::size_t back = at_;
            at_ += 2;
            const auto low = four_digits();
            if (!low) return false;
            if (*low >= 0xDC00 && *low < 0xE000) {
                *unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
            } else {
                at_ = back;
            }
        }
        // RFC 3629 s3: UTF-8 has no surrogates.
        if (*unit >= 0xD800 && *unit < 0xE000) *unit = 0xFFFD;
        append_utf8(out, *unit);
        return true;
    }

    std::optional<std::uint32_t> four_digits() {
        const std::string_view digits = json_.substr(at_, 4);
        const auto value = parse_hex(digits);
        if (digits.size() < 4 || !value) {
            fail("\\u without four hex digits");
            return std::nullopt;
        }
        at_ += 4;
        return static_cast<std::uint32_t>(*value);
    }

    std::string_view json_;
    const std::vector<std::uint32_t>& place_;
    const ObjectVisit& visit_;
    std::size_t at_ = 0;
    std::vector<std::string> path_;
    std::string problem_;
    std::size_t problem_at_ = 0;
};

}  // namespace

Result<void> walk_json(std::string_view json, const std::vector<std::uint32_t>& place,
                       const ObjectVisit& visit) {
    return Walker(json, place, visit).run();
}

}  // namespace portolan::sdp
