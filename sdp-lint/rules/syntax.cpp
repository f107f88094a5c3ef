#include <algorithm>
#include <array>
#include <limits>

#include "sdp-lint/rules/edits.hpp"
#include "sdp-lint/rules/joined_lines.hpp"
#include "sdp-lint/rules/registry.hpp"
#include "sdp-lint/rules/say.hpp"
#include "sdp-lint/rules/syntax_checks.hpp"
#include "sdp-lint/rules/usage.hpp"

namespace portolan::lint {

namespace {

using sdp::Line;

/// Of one fix: each takes a hundred times the room of an octet.
constexpr std::size_t kMaxEdits = 10'000;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::array<bool, 256> make_type_letters() {
    std::array<bool, 256> letters{};
    for (const char c : std::string_view("vosiuepcbtrzkam"))
        letters[static_cast<unsigned char>(c)] = true;
    return letters;
}
constexpr std::array<bool, 256> kTypeLetters = make_type_letters();

bool is_type_letter(char c) {
    return kTypeLetters[static_cast<unsigned char>(c)];
}
bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// s= and i= are free text (RFC 8866 s5): blanks belong to it.
bool is_free_text(char type) {
    return type == 's' || type == 'i';
}

/// The CRs of a line after which another line begins, or its own end comes; empty when any other
/// stands in it, for which nobody can say what it was.
std::vector<ViewEdit> line_ends_within(std::string_view text) {
    std::vector<ViewEdit> edits;
    for (std::size_t at = text.find('\r'); at != std::string_view::npos;
         at = text.find('\r', at + 1)) {
        const std::string_view rest = text.substr(at + 1);
        const bool begins_line = rest.size() >= 2 && is_type_letter(rest[0]) && rest[1] == '=';
        if (!begins_line && !rest.empty() && rest.front() != '\r') return {};
        if (edits.size() == kMaxEdits) return {};
        edits.push_back(begins_line ? replace(text.substr(at, 1), "\r\n")
                                    : erase(text.substr(at, 1)));
    }
    return edits;
}

/// SY007
void octets_in_line(const Line& line, Reporter& reporter) {
    const std::size_t at = line.text.find_first_of(std::string_view("\0\r", 2));
    if (at == std::string_view::npos) return;
    Draft draft = reporter.report(Code::SY007, line.text.substr(at, 1),
                                  line.text[at] == '\0' ? "a NUL octet inside the line"
                                                        : "a CR octet without LF inside the line");
    if (line.text.find('\0') != std::string_view::npos) return;
    std::vector<ViewEdit> edits = line_ends_within(line.text);
    if (!edits.empty()) draft.fix("end the line in CR LF", std::move(edits));
}

/// Each for itself; of a great many all in one.
std::vector<ViewEdit> edits_of_line_ends(std::span<const Line> lines, std::size_t bare_count) {
    std::vector<ViewEdit> edits;
    if (bare_count <= kMaxEdits) {
        edits.reserve(bare_count);
        for (const Line& line : lines) {
            if (line.ending_bytes == 1) edits.push_back(replace(line.ending(), "\r\n"));
        }
        return edits;
    }
    std::string all;
    for (const Line& line : lines) {
        all += line.text;
        if (line.ending_bytes > 0) all += "\r\n";
    }
    edits.push_back(
        replace(sdp::span_of(lines.front().text, lines.back().ending()), std::move(all)));
    return edits;
}

/// SY001, SY002, SY007, SY019
void line_ends(const Description& description, Reporter& reporter) {
    const auto lines = description.lines();
    if (lines.empty()) return;
    std::size_t bare_count = 0;
    const Line* first = nullptr;
    for (const Line& line : lines) {
        if (line.ending_bytes != 1) continue;
        if (first == nullptr) first = &line;
        ++bare_count;
    }
    if (first != nullptr && reporter.wants(first->ending() == "\n" ? Code::SY001 : Code::SY019)) {
        std::vector<ViewEdit> edits = edits_of_line_ends(lines, bare_count);
        const bool is_lf = first->ending() == "\n";
        reporter
            .report(is_lf ? Code::SY001 : Code::SY019, first->ending(),
                    std::to_string(bare_count) + (bare_count == 1 ? " line ends" : " lines end") +
                        " in " + (is_lf ? "LF" : "CR") + " instead of CR LF")
            .fix("end lines in CR LF", std::move(edits));
    }
    if (description.document().has_control_byte()) {
        for (const Line& line : lines)
            octets_in_line(line, reporter);
    }
    const Line& last = lines.back();
    if (last.ending_bytes == 0) {
        const std::string_view usual = description.document().usual_ending();
        reporter.report(Code::SY002, sdp::end_of(last.text), "the last line does not end in CR LF")
            .fix("end the line", insert_after(last.text, std::string(usual)));
    }
}

void line_without_type(const Line& line, Reporter& reporter) {
    const std::string_view text = line.text;
    if (text.starts_with(kByteOrderMark)) {
        const std::string_view mark = text.substr(0, kByteOrderMark.size());
        reporter.report(Code::SY004, mark, "a byte order mark before the line")
            .fix("remove the mark", erase(mark));
        return;
    }
    const std::string_view inner = sdp::trim_left(text);
    if (inner.empty()) {
        reporter.report(Code::SY003, text, "this line is empty")
            .fix("remove the line", erase_line(line));
        return;
    }
    const std::string_view indent = text.substr(0, text.size() - inner.size());
    if (!indent.empty() && inner.size() >= 2 && inner[1] == '=') {
        reporter
            .report(Code::SY005, indent,
                    "blanks before " + quoted(inner.substr(0, 2)) + ", which begins the line")
            .fix("remove the blanks", erase(indent));
        return;
    }
    // "s =-": the rest is what was meant.
    const std::size_t equals = inner.find('=');
    if (equals != std::string_view::npos && equals > 0 && indent.empty()) {
        const std::string_view before = inner.substr(1, equals - 1);
        if (!before.empty() && sdp::trim(before).empty()) {
            reporter.report(Code::SY004, before, "blanks before the equals sign")
                .fix("remove the blanks", erase(before));
            return;
        }
    }
    reporter.report(Code::SY004, text,
                    quoted(text) + " is not a type letter, an equals sign and a value");
}

/// SY020
void joined_lines(const Description& description, Reporter& reporter) {
    if (!is_recognisable(description)) return;
    const std::string usual(description.document().usual_ending());
    for (const Line& line : description.lines()) {
        // Of a line without a type the others speak.
        if (line.type == '\0') continue;
        for (std::string_view other = line_within(line.text); !other.empty();
             other = line_within(other)) {
            const std::string_view before =
                line.text.substr(0, static_cast<std::size_t>(other.data() - line.text.data()));
            const std::string_view blanks = before.substr(before.find_last_not_of(kBlanks) + 1);
            reporter
                .report(Code::SY020, other.substr(0, 2),
                        "another line begins here: " + quoted(other.substr(0, other.find(' '))))
                .fix("end the line before it", replace(blanks, usual));
        }
    }
}

constexpr std::size_t kOriginFields = 6;

/// The blanks at its end may be what the last field is missing from, and Chrome counts them: it
/// refuses the line without.
bool may_lack_last_field(const Line& line) {
    const std::string_view value = line.value();
    if (line.type == 'o') return sdp::count_words(value) < kOriginFields;
    return line.type == 'a' && value.starts_with("fmtp:") && sdp::count_words(value) == 1;
}

/// SY003, SY004, SY005, SY006, SY009
void line_form(const Description& description, Reporter& reporter) {
    if (!is_recognisable(description)) return;
    for (const Line& line : description.lines()) {
        if (line.type == '\0') {
            line_without_type(line, reporter);
            continue;
        }
        if (!is_type_letter(line.type)) {
            const std::string_view letter = line.text.substr(0, 1);
            Draft draft =
                reporter.report(Code::SY006, letter, quoted(letter) + " is no type letter of SDP");
            const char lower = sdp::to_lower(line.type);
            if (is_type_letter(lower)) {
                const std::string small(1, lower);
                draft.fix("write " + small + "=", replace(letter, small));
            }
            continue;
        }
        const std::string_view value = line.value();
        if (value.empty() || is_free_text(line.type)) continue;
        if (is_blank(value.front())) {
            const std::size_t rest = value.find_first_not_of(kBlanks);
            const std::string_view blanks = value.substr(0, rest);
            reporter.report(Code::SY004, blanks, "blanks behind the equals sign")
                .fix("remove the blanks", erase(blanks));
            continue;
        }
        if (is_blank(value.back())) {
            const std::string_view blanks = value.substr(value.find_last_not_of(kBlanks) + 1);
            Draft draft = reporter.report(Code::SY009, blanks, "blanks at the end of the line");
            if (!may_lack_last_field(line)) draft.fix("remove the blanks", erase(blanks));
        }
    }
}

/// SY008
void utf8(const Description& description, Reporter& reporter) {
    if (!description.document().has_byte_above_127()) return;
    const bool has_charset = description.session().has(Attr::Charset);
    for (const Line& line : description.lines()) {
        // RFC 8866 s6.10: a=charset is about the session name and information.
        if (has_charset && is_free_text(line.type)) continue;
        const std::size_t at = find_invalid_utf8(line.text);
        if (at == std::string_view::npos) continue;
        reporter.report(Code::SY008, line.text.substr(at, 1),
                        "this octet is not part of a UTF-8 character");
    }
}

/// SY018
void non_ascii(const Description& description, Reporter& reporter) {
    if (!description.document().has_byte_above_127()) return;
    std::size_t count = 0;
    std::string_view first;
    for (const Line& line : description.lines()) {
        std::string_view text = line.text;
        // A mark before the text is SY004's.
        if (&line == &description.lines().front() && text.starts_with(kByteOrderMark))
            text.remove_prefix(kByteOrderMark.size());
        const auto found = std::find_if(
            text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
        if (found == text.end() || find_invalid_utf8(text) != std::string_view::npos) continue;
        ++count;
        if (first.empty()) first = text.substr(static_cast<std::size_t>(found - text.begin()));
    }
    if (first.empty()) return;
    std::size_t bytes = 1;
    while (bytes < first.size() && (static_cast<unsigned char>(first[bytes]) & 0xC0U) == 0x80U)
        ++bytes;
    reporter.report(
        Code::SY018, first.substr(0, bytes),
        quoted(first.substr(0, bytes)) + " is not ASCII" +
            (count > 1 ? ", and there is more in " + std::to_string(count) + " lines" : ""));
}

/// Those whose fields are separated by single spaces throughout.
bool has_fields(Attr attribute) {
    switch (attribute) {
        case Attr::Candidate:
        case Attr::RemoteCandidates:
        case Attr::Rtpmap:
        case Attr::RtcpFb:
        case Attr::Rtcp:
        case Attr::SsrcGroup:
        case Attr::Group:
        case Attr::Msid:
        case Attr::IceOptions:
        case Attr::Fingerprint:
        case Attr::Sctpmap:
        case Attr::Extmap:
        case Attr::Rid:
        case Attr::Simulcast:
        case Attr::Ssrc:
            return true;
        default:
            return false;
    }
}

/// Those whose value can begin with anything but a blank.
bool begins_with_field(Attr attribute) {
    switch (attribute) {
        case Attr::Fmtp:
        case Attr::IceUfrag:
        case Attr::IcePwd:
        case Attr::Mid:
        case Attr::Setup:
        case Attr::SctpPort:
        case Attr::MaxMessageSize:
        case Attr::Ptime:
        case Attr::Maxptime:
        case Attr::TlsId:
        case Attr::Imageattr:
            return true;
        default:
            // DT016 has the fingerprint.
            return has_fields(attribute) && attribute != Attr::Fingerprint;
    }
}

/// SY017
void blanks_after_colon(const Description& description, Reporter& reporter) {
    for (const sdp::Attribute& attribute : description.document().attributes()) {
        const std::string_view value = attribute.value;
        if (value.empty() || !is_blank(value.front()) || !begins_with_field(attribute.id)) continue;
        const std::string_view blanks = value.substr(0, value.find_first_not_of(kBlanks));
        // Nothing but blanks is no value: SY014, and SY009 for the blanks.
        if (blanks.size() == value.size()) continue;
        Draft draft = reporter.report(Code::SY017, blanks, "blanks behind the colon");
        // Of a candidate it may be the foundation that is missing (RFC 8839 s5.1: eight fields).
        constexpr std::size_t kLeastFields = 8;
        const bool lacks_field =
            attribute.id == Attr::Candidate && sdp::count_words(value) < kLeastFields;
        if (!lacks_field) draft.fix("remove the blanks", erase(blanks));
    }
}

/// Between blanks of both kinds.
std::size_t count_fields(std::string_view value) {
    std::size_t count = 0;
    for (std::size_t at = value.find_first_not_of(kBlanks); at != std::string_view::npos; ++count)
        at = value.find_first_not_of(kBlanks, value.find_first_of(kBlanks, at));
    return count;
}

/// With more fields than `most_fields` a tab may be part of one, as Chrome takes it.
void repeated_blanks_of(std::string_view value, Reporter& reporter,
                        std::size_t most_fields = std::numeric_limits<std::size_t>::max()) {
    value = sdp::trim(value);
    const bool is_clear = count_fields(value) <= most_fields;
    for (std::size_t at = value.find_first_of(kBlanks); at != std::string_view::npos;) {
        const std::size_t end = value.find_first_not_of(kBlanks, at);
        const std::string_view blanks = value.substr(at, end - at);
        if (blanks != " ") {
            const bool has_tab = blanks.find('\t') != std::string_view::npos;
            Draft draft = reporter.report(
                Code::SY010, blanks,
                (has_tab ? "a tab" : std::to_string(blanks.size()) + " spaces") +
                    " where fields are separated by one" + (has_tab ? " space" : ""));
            if (is_clear || !has_tab) draft.fix("leave one space", replace(blanks, " "));
        }
        at = value.find_first_of(kBlanks, end);
    }
}

/// Written in blocks so that the compiler looks at many octets at a time.
bool has_two_spaces(std::string_view text) {
    constexpr std::size_t kBlockBytes = 64;
    const auto is_pair = [](const char* at) {
        return static_cast<unsigned char>((at[0] == ' ') & (at[1] == ' '));
    };
    unsigned char any = 0;
    std::size_t at = 0;
    for (; at + kBlockBytes < text.size(); at += kBlockBytes) {
        const char* const block = text.data() + at;
        for (std::size_t i = 0; i < kBlockBytes; ++i)
            any |= is_pair(block + i);
    }
    for (; at + 1 < text.size(); ++at)
        any |= is_pair(text.data() + at);
    return any != 0;
}

/// SY010
void repeated_blanks(const Description& description, Reporter& reporter) {
    // One search of the whole text settles it for nearly all.
    if (!has_two_spaces(description.text()) &&
        description.text().find('\t') == std::string_view::npos) {
        return;
    }
    for (const Line& line : description.lines()) {
        if (line.type == 'o') repeated_blanks_of(line.value(), reporter, kOriginFields);
        if (line.type == 'c' || line.type == 't' || line.type == 'm')
            repeated_blanks_of(line.value(), reporter);
    }
    for (const sdp::Attribute& attribute : description.document().attributes()) {
        if (has_fields(attribute.id)) repeated_blanks_of(attribute.value, reporter);
    }
}

std::string why_not_sdp(const Description& description) {
    switch (wrapping_of(description)) {
        case Wrapping::EscapedLineEnds:
            return "the line ends are written out, as in a string of source code";
        case Wrapping::Html:
            return "each line ends in <br>: this was copied from a page";
        case Wrapping::Indented:
            return "each line is indented, as in source code: the blanks have to go";
        case Wrapping::Log:
            return "something stands before each line, as in a log";
        case Wrapping::None:
            break;
    }
    return "no v= line, and " + quoted(description.lines().front().text) +
           " is not how a session description begins";
}

/// SY021: other types have rules of their own, which say what is missing.
void empty_lines(const Description& description, Reporter& reporter) {
    constexpr std::string_view kTypes = "iueprz";
    for (const Line& line : description.lines()) {
        if (!line.value().empty() || kTypes.find(line.type) == kTypes.npos) continue;
        reporter.report(Code::SY021, line.text, "nothing stands behind " + quoted(line.text))
            .fix("remove the line", erase_line(line));
    }
}

/// SY015
void recognisable(const Description& description, Reporter& reporter) {
    if (is_recognisable(description)) return;
    const auto lines = description.lines();
    if (lines.empty()) {
        reporter.report(Code::SY015, description.text(), "there is no text");
        return;
    }
    reporter.report(Code::SY015, lines.front().text, why_not_sdp(description));
}

}  // namespace

std::span<const Rule> syntax_rules() {
    static constexpr std::array kRules{
        Rule({Code::SY001, Code::SY002, Code::SY007, Code::SY019}, line_ends),
        Rule({Code::SY003, Code::SY004, Code::SY005, Code::SY006, Code::SY009}, line_form),
        Rule(Code::SY020, joined_lines),
        Rule(Code::SY021, empty_lines),
        Rule(Code::SY008, utf8),
        Rule(Code::SY018, non_ascii),
        Rule(Code::SY010, repeated_blanks),
        Rule({Code::SY011, Code::SY012, Code::SY013, Code::SY016}, attribute_names),
        Rule(Code::SY014, attribute_values),
        Rule(Code::SY015, recognisable),
        Rule(Code::SY017, blanks_after_colon),
    };
    return kRules;
}

}  // namespace portolan::lint
