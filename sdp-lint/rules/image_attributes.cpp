// a=imageattr (RFC 6236 s3.1.1).
#include "sdp-lint/rules/codec_checks.hpp"
#include "sdp-lint/rules/message.hpp"

namespace portolan::lint {

namespace {

/// A number without leading zero, of six digits at most.
bool is_xy_value(std::string_view text) {
    return sdp::is_digits(text) && text.front() != '0' && text.size() <= 6;
}

/// "640", "[320,640]", "[320:640]", "[320:16:640]"
bool is_xy_range(std::string_view text) {
    if (!text.starts_with('[')) return is_xy_value(text);
    if (!text.ends_with(']')) return false;
    text = text.substr(1, text.size() - 2);
    const char separator = text.find(':') != std::string_view::npos ? ':' : ',';
    std::size_t count = 0;
    for (const std::string_view value : sdp::split(text, separator)) {
        if (!is_xy_value(value)) return false;
        ++count;
    }
    return separator == ':' ? count == 2 || count == 3 : count >= 2;
}

/// The next of the comma-separated fields; commas in brackets belong to the field.
std::string_view take_field(std::string_view& rest) {
    std::size_t depth = 0;
    std::size_t length = 0;
    while (length < rest.size() && (depth > 0 || rest[length] != ',')) {
        if (rest[length] == '[') ++depth;
        if (rest[length] == ']' && depth > 0) --depth;
        ++length;
    }
    const std::string_view field = rest.substr(0, length);
    rest.remove_prefix(length < rest.size() ? length + 1 : length);
    return field;
}

/// "[x=640,y=480,q=0.6]"
bool is_set(std::string_view text) {
    if (!text.starts_with("[x=") || !text.ends_with(']')) return false;
    std::string_view rest = text.substr(1, text.size() - 2);
    const std::string_view x = take_field(rest);
    const std::string_view y = take_field(rest);
    if (!y.starts_with("y=") || !is_xy_range(x.substr(2)) || !is_xy_range(y.substr(2))) {
        return false;
    }
    while (!rest.empty()) {
        const std::string_view field = take_field(rest);
        const std::size_t equals = field.find('=');
        if (equals == std::string_view::npos || equals == 0 || equals + 1 == field.size()) {
            return false;
        }
    }
    return true;
}

/// The first word that is out of place, or nothing.
std::string_view odd_word(std::string_view directions) {
    bool in_list = false;  // behind send or recv
    bool has_any = false;  // the list has a set
    bool has_all = false;  // the list is "*"
    std::string_view last;
    for (const std::string_view word : sdp::words(directions)) {
        last = word;
        if (word == "send" || word == "recv") {
            if (in_list && !has_any) return word;
            in_list = true;
            has_any = has_all = false;
            continue;
        }
        const bool is_all = word == "*";
        const bool is_in_place = in_list && !has_all && (is_all ? !has_any : is_set(word));
        if (!is_in_place) return word;
        has_any = true;
        has_all = is_all;
    }
    return in_list && !has_any ? last : std::string_view();
}

void check(const Section& section, const sdp::Attribute& attribute, Reporter& reporter) {
    sdp::Cursor cursor(attribute.value);
    const std::string_view format = cursor.word();
    const std::string_view directions = sdp::trim(cursor.rest());
    if (format != "*" && !sdp::is_digits(format)) {
        reporter.report(Code::CO014, format.empty() ? attribute.name : format,
                        text(quoted(format), " is neither a payload type nor '*'"));
        return;
    }
    if (format != "*" && section.codec(format) == nullptr) {
        reporter
            .report(Code::CO014, format, text("payload type ", format, " is not on the m= line"))
            .related(section.media.formats, "the payload types of the section");
    }
    const std::string_view odd = odd_word(directions);
    if (!odd.empty()) {
        reporter.report(Code::CO014, odd,
                        text(quoted(odd), " does not fit the grammar of imageattr"));
    } else if (directions.empty()) {
        reporter.report(Code::CO014, attribute.value, "neither send nor recv follows");
    }
}

}  // namespace

void check_image_attributes(const Description& description, Reporter& reporter) {
    for (const Section& section : description.sections()) {
        section.each(Attr::Imageattr,
                     [&](const sdp::Attribute& attribute) { check(section, attribute, reporter); });
    }
}

}  // namespace portolan::lint
