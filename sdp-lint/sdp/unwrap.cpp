#include "sdp-lint/sdp/unwrap.hpp"

#include <algorithm>
#include <utility>

#include "sdp-lint/sdp/json_strings.hpp"

namespace portolan::sdp {

namespace {

/// RFC 8829 s4.1.10.2: goes back to the last state; its text is empty or means nothing.
constexpr std::string_view kRollback = "rollback";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

DescriptionKind kind_of(std::string_view type) {
    if (type == "offer") return DescriptionKind::Offer;
    if (type == "answer" || type == "pranswer") return DescriptionKind::Answer;
    return DescriptionKind::Unknown;
}

StringMember* member(std::vector<StringMember>& members, std::string_view key) {
    for (StringMember& candidate : members) {
        if (candidate.key == key && !candidate.is_number) return &candidate;
    }
    return nullptr;
}

bool has_number(const std::vector<StringMember>& members, std::string_view key) {
    return std::any_of(members.begin(), members.end(), [&](const StringMember& candidate) {
        return candidate.key == key && candidate.is_number;
    });
}

/// Candidates and no session: RFC 8840 s9. What merely lacks its v= line has others of a session.
bool is_fragment(std::string_view text) {
    bool has_candidate = false;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("candidate:") || line.starts_with("a=candidate:") ||
            line == "a=end-of-candidates") {
            has_candidate = true;
        }
        const bool is_session_line =
            line.size() > 1 && line[1] == '=' &&
            std::string_view("vost").find(line[0]) != std::string_view::npos;
        if (is_session_line || line.starts_with("a=rtpmap:")) return false;
    }
    return has_candidate;
}

Unwrapped plain(std::string_view text) {
    Unwrapped out;
    out.text = std::string(text);
    if (is_fragment(text)) out.form = DescriptionForm::Fragment;
    return out;
}

/// A description or candidate that a string of JSON holds.
Unwrapped from_string(LocatedString string, std::uint32_t depth) {
    Unwrapped out;
    out.form = is_fragment(string.text) ? DescriptionForm::Fragment : DescriptionForm::Whole;
    out.text = std::move(string.text);
    out.origin = std::move(string.origin);
    out.escape_depth = depth;
    return out;
}

/// From byte `from` on.
LocatedString tail(const LocatedString& string, std::size_t from) {
    const auto start = static_cast<std::ptrdiff_t>(from);
    return {string.text.substr(from), {string.origin.begin() + start, string.origin.end()}};
}

constexpr std::string_view kSetLocal = "setLocalDescription";
constexpr std::string_view kSetRemote = "setRemoteDescription";
/// Behind the name of a call whose promise was fulfilled. After setLocalDescription() without
/// arguments it has the description that the browser made; after others nothing.
constexpr std::string_view kOnSuccess = "OnSuccess";

bool is_set_description(std::string_view type) {
    if (type.ends_with(kOnSuccess)) type.remove_suffix(kOnSuccess.size());
    return type == kSetLocal || type == kSetRemote;
}

/// UTF-16, with a byte order mark or without: "v=" as two units.
bool is_utf16(std::string_view input) {
    using namespace std::string_view_literals;
    for (const std::string_view head : {"\xFF\xFE"sv, "\xFE\xFF"sv, "v\0=\0"sv, "\0v\0="sv}) {
        if (input.starts_with(head)) return true;
    }
    return false;
}

constexpr std::string_view kGzipMagic = "\x1F\x8B";
/// The first line of what Chromium's "rtcstats dump" saves; JSON stands in each line behind it.
constexpr std::string_view kRtcStatsMagic = "RTCStatsDump";

class Collector {
  public:
    /// One object of JSON whose escapes were undone `depth` times for its strings.
    void take(const std::vector<std::string>& path, std::vector<StringMember>& members,
              std::uint32_t depth) {
        StringMember* const type = member(members, "type");
        if (auto* value = member(members, "value");
            type != nullptr && value != nullptr && is_set_description(type->value.text)) {
            is_dump_ = true;
            take_event(path, type->value.text, value->value, depth);
            return;
        }
        if (auto* sdp = member(members, "sdp"); sdp != nullptr) {
            if (type != nullptr && type->value.text == kRollback) {
                has_rollback_ = true;
                return;
            }
            Unwrapped out = from_string(std::move(sdp->value), depth);
            if (type != nullptr) {
                out.kind = kind_of(type->value.text);
                if (out.kind == DescriptionKind::Unknown && !bad_type_) {
                    bad_type_ = type->value.text;
                }
                out.label = type->value.text;
            }
            found_.push_back(std::move(out));
            return;
        }
        if (auto* candidate = member(members, "candidate"); candidate != nullptr) {
            Unwrapped out = from_string(std::move(candidate->value), depth);
            out.is_candidate = true;
            const bool is_placed =
                member(members, "sdpMid") != nullptr || has_number(members, "sdpMLineIndex");
            // An empty text says that there are no more, of any section.
            out.form = is_placed || out.text.empty() ? DescriptionForm::Candidate
                                                     : DescriptionForm::LostCandidate;
            if (const StringMember* mid = member(members, "sdpMid")) {
                out.label = "candidate of mid " + mid->value.text;
                out.mid = mid->value.text;
            }
            found_.push_back(std::move(out));
        }
    }

    /// One line of an rtcstats dump: ["setLocalDescription","9-1",{"type","sdp"},0.1]. The names
    /// are those of the line's first two strings.
    void take_record(const std::string& event, const std::string& connection,
                     std::vector<StringMember>& members) {
        is_dump_ = true;
        StringMember* const sdp = member(members, "sdp");
        if (sdp == nullptr) return;
        Unwrapped out = from_string(std::move(sdp->value), 1);
        const StringMember* type = member(members, "type");
        if (type != nullptr) out.label = type->value.text;
        if (out.label != kRollback) add_event(connection, event, std::move(out));
    }
    /// Such a call, before what it was given is read.
    void begin_record(const std::string& event, const std::string& connection) {
        is_dump_ = true;
        if (!event.ends_with(kOnSuccess)) has_said_[index_of(connection)] = false;
    }

    bool is_dump() const { return is_dump_; }
    bool has_rollback() const { return has_rollback_; }
    const std::optional<std::string>& bad_type() const { return bad_type_; }
    std::vector<Unwrapped> take_found() { return std::move(found_); }

  private:
    /// "type: offer, sdp: v=0..." in older dumps, {"type", "sdp"} in newer ones.
    void take_event(const std::vector<std::string>& path, const std::string& event,
                    const LocatedString& value, std::uint32_t depth) {
        const std::string connection = path.size() >= 2 ? path[path.size() - 2] : "";
        if (!event.ends_with(kOnSuccess)) has_said_[index_of(connection)] = false;
        std::optional<Unwrapped> out;
        if (value.text.starts_with('{')) {
            const auto done = walk_json(value.text, value.origin,
                                        [&](const auto&, std::vector<StringMember>& members) {
                                            const StringMember* sdp = member(members, "sdp");
                                            if (sdp == nullptr) return;
                                            out = from_string(sdp->value, depth + 1);
                                            const StringMember* type = member(members, "type");
                                            if (type != nullptr) out->label = type->value.text;
                                        });
            if (!done) out.reset();
        } else {
            constexpr std::string_view kType = "type: ";
            constexpr std::string_view kSdp = ", sdp: ";
            const std::size_t sdp = value.text.find(kSdp);
            if (value.text.starts_with(kType) && sdp != std::string::npos) {
                out = from_string(tail(value, sdp + kSdp.size()), depth);
                out->label = value.text.substr(kType.size(), sdp - kType.size());
            }
        }
        if (!out || out->label == kRollback) return;  // or setLocalDescription() without arguments
        add_event(connection, event, std::move(*out));
    }

    /// A call's description; what is said of its success only where the call had none.
    void add_event(const std::string& connection, std::string_view event, Unwrapped out) {
        const std::uint32_t index = index_of(connection);
        const bool is_success = event.ends_with(kOnSuccess);
        if (is_success) {
            if (has_said_[index]) return;
            event.remove_suffix(kOnSuccess.size());
        } else {
            has_said_[index] = true;
        }
        out.kind = kind_of(out.label);
        out.is_local = event == kSetLocal;
        out.connection = index;
        out.label =
            (connection.empty() ? "" : connection + " ") + std::string(event) + " " + out.label;
        found_.push_back(std::move(out));
    }

    std::uint32_t index_of(const std::string& connection) {
        const auto known = std::find(connections_.begin(), connections_.end(), connection);
        const auto index = static_cast<std::uint32_t>(known - connections_.begin());
        if (known == connections_.end()) {
            connections_.push_back(connection);
            has_said_.push_back(false);
        }
        return index;
    }

    std::vector<Unwrapped> found_;
    std::vector<std::string> connections_;
    std::vector<bool> has_said_;  ///< of each: whether the last call had a description
    bool is_dump_ = false;
    bool has_rollback_ = false;
    std::optional<std::string> bad_type_;
};

/// The strings that an array of JSON begins with, at most two; escapes are left as they are.
std::vector<std::string> first_strings(std::string_view line) {
    std::vector<std::string> out;
    if (!line.starts_with('[')) return out;
    line.remove_prefix(1);
    while (out.size() < 2 && line.starts_with('"')) {
        const std::size_t end = line.find('"', 1);
        if (end == std::string_view::npos) break;
        out.emplace_back(line.substr(1, end - 1));
        line.remove_prefix(end + 1);
        if (line.starts_with(',')) line.remove_prefix(1);
    }
    return out;
}

Result<UnwrappedInput> unwrap_rtcstats(std::string_view input) {
    Collector collector;
    std::size_t start = 0;
    while (start < input.size()) {
        const std::size_t end = std::min(input.find('\n', start), input.size());
        const std::string_view line = input.substr(start, end - start);
        const std::vector<std::string> names = first_strings(line);
        if (names.size() == 2 && is_set_description(names[0])) {
            collector.begin_record(names[0], names[1]);
            std::vector<std::uint32_t> place;
            place.reserve(line.size() + 1);
            for (std::size_t i = 0; i <= line.size(); ++i)
                place.push_back(static_cast<std::uint32_t>(start + i));
            const auto done =
                walk_json(line, place, [&](const auto&, std::vector<StringMember>& members) {
                    collector.take_record(names[0], names[1], members);
                });
            if (!done) return done.error();
        }
        start = end + 1;
    }
    UnwrappedInput out;
    out.form = InputForm::WebrtcInternals;
    out.descriptions = collector.take_found();
    if (out.descriptions.empty()) {
        return Error{Culprit::Usage, "input.no-description",
                     "it is an rtcstats dump in which no description was set"};
    }
    return out;
}

/// Every description of a JSON text, or of several, each in a line.
Result<void> collect(std::string_view json, const std::vector<std::uint32_t>& place,
                     std::uint32_t depth, Collector& collector) {
    const auto take = [&](const auto& path, std::vector<StringMember>& members) {
        collector.take(path, members, depth);
    };
    Collector one;
    const auto whole = walk_json(
        json, place, [&](const auto& path, auto& members) { one.take(path, members, depth); });
    if (whole) {
        collector = std::move(one);
        return {};
    }
    if (json.find("}\n{") == std::string_view::npos &&
        json.find("}\r\n{") == std::string_view::npos)
        return whole.error();
    std::size_t start = 0;
    while (start < json.size()) {
        const std::size_t end = std::min(json.find('\n', start), json.size());
        const std::string_view line = json.substr(start, end - start);
        if (!trim(line).empty() && line != "\r") {
            std::vector<std::uint32_t> there;
            there.reserve(line.size() + 1);
            for (std::size_t i = start; i <= end; ++i)
                there.push_back(place.empty() ? static_cast<std::uint32_t>(i) : place[i]);
            if (auto done = walk_json(line, there, take); !done) return done;
        }
        start = end + 1;
    }
    return {};
}

Result<UnwrappedInput> unwrap_json(std::string_view json, const std::vector<std::uint32_t>& place,
                                   std::uint32_t depth) {
    Collector collector;
    if (auto done = collect(json, place, depth, collector); !done) return done.error();
    UnwrappedInput out;
    out.form = collector.is_dump() ? InputForm::WebrtcInternals : InputForm::Json;
    out.descriptions = collector.take_found();
    if (const auto& type = collector.bad_type(); type && !collector.is_dump()) {
        return Error{
            Culprit::Usage,
            "input.type",
            "\"" + escape_json(type->substr(0, 40), 1) + "\" is no type of a description",
            {},
            "it is one of offer, answer, pranswer and rollback; the text can also be given "
            "by itself, with --as offer or --as answer"};
    }
    if (out.descriptions.empty() && !collector.has_rollback()) {
        return Error{Culprit::Usage,
                     "input.no-description",
                     "it is JSON, but holds no session description and no candidate",
                     {},
                     "expected are {\"type\", \"sdp\"}, an RTCIceCandidate, or a dump of "
                     "chrome://webrtc-internals"};
    }
    return out;
}

std::vector<std::uint32_t> places_from(std::size_t start, std::size_t end) {
    std::vector<std::uint32_t> place;
    place.reserve(end - start + 1);
    for (std::size_t i = start; i <= end; ++i)
        place.push_back(static_cast<std::uint32_t>(i));
    return place;
}

/// JSON within a string of JSON, as when a text is serialised twice.
std::optional<LocatedString> stringified(std::string_view input, std::size_t start) {
    std::string_view text = input.substr(start);
    if (!text.starts_with("\"{\\\"") && !text.starts_with("\"[{\\\"")) return std::nullopt;
    // The walker gives strings only as members of an object.
    constexpr std::string_view kOpen = "{\"x\":";
    const std::string object = std::string(kOpen) + std::string(text) + "}";
    std::vector<std::uint32_t> place;
    place.reserve(object.size() + 1);
    for (std::size_t i = 0; i <= object.size(); ++i) {
        const std::size_t at = i < kOpen.size() ? 0 : i - kOpen.size();
        place.push_back(static_cast<std::uint32_t>(start + std::min(at, text.size())));
    }
    std::optional<LocatedString> found;
    const auto done =
        walk_json(object, place, [&](const auto&, std::vector<StringMember>& members) {
            if (!members.empty()) found = std::move(members.front().value);
        });
    if (!done) return std::nullopt;
    return found;
}

/// Why a text that begins like JSON is none, where that can be told.
Result<UnwrappedInput> not_json(std::string_view text, Error error) {
    if (text.starts_with('{') && text.find("sdp:") != std::string_view::npos) {
        error.hint =
            "this looks like a JavaScript object: JSON has its names in quotes, as "
            "JSON.stringify() writes them; the value of sdp can also be given by itself";
    } else if (text.find("&quot;") != std::string_view::npos) {
        error.hint = "this was escaped for a page: &quot; stands for quotes";
    }
    return error;
}

/// v=0\r\no=... on one line, perhaps in quotes; \n alone too.
std::optional<Unwrapped> unescape(std::string_view input, std::size_t start) {
    const std::string_view text = input.substr(start);
    const bool quoted =
        !text.empty() && (text.front() == '"' || text.front() == '\'' || text.front() == '`');
    const std::size_t from = quoted ? 1 : 0;
    if (!text.substr(from).starts_with("v=0\\")) return std::nullopt;
    const std::size_t real = text.find('\n');
    // A real line end before anything but blanks ends the guess: then it is a description.
    if (real != std::string_view::npos && !trim(text.substr(real + 1)).empty()) return std::nullopt;
    Unwrapped out;
    out.escape_depth = 1;
    for (std::size_t i = from; i < text.size(); ++i) {
        const auto place = static_cast<std::uint32_t>(start + i);
        if (quoted && text[i] == text.front()) {
            out.origin.push_back(place);
            return out;
        }
        if (text[i] == '\r' || text[i] == '\n') break;
        char byte = text[i];
        if (byte == '\\' && i + 1 < text.size()) {
            const char next = text[i + 1];
            const std::string_view known = "rnt\\\"'`/";
            if (known.find(next) != std::string_view::npos) {
                byte = next == 'r' ? '\r' : next == 'n' ? '\n' : next == 't' ? '\t' : next;
                ++i;
            }
        }
        out.text += byte;
        out.origin.push_back(place);
    }
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    out.origin.push_back(static_cast<std::uint32_t>(start + end));
    return out;
}

std::string escape_once(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        switch (c) {
            case '\r':
                out += "\\r";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            case '"':
            case '\\':
                out += '\\';
                out += c;
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    constexpr std::string_view kHex = "0123456789abcdef";
                    out += "\\u00";
                    out += kHex[static_cast<unsigned char>(c) >> 4U];
                    out += kHex[static_cast<unsigned char>(c) & 0xFU];
                } else {
                    out += c;
                }
        }
    }
    return out;
}

}  // namespace

std::string_view to_string(InputForm form) {
    switch (form) {
        case InputForm::Plain:
            return "plain";
        case InputForm::Fragment:
            return "fragment";
        case InputForm::Json:
            return "json";
        case InputForm::Escaped:
            return "escaped";
        case InputForm::WebrtcInternals:
            return "webrtc-internals";
    }
    return "";
}

std::string escape_json(std::string_view text, std::uint32_t depth) {
    std::string out(text);
    for (std::uint32_t i = 0; i < depth; ++i)
        out = escape_once(out);
    return out;
}

Result<UnwrappedInput> unwrap(std::string_view input) {
    if (input.size() > kMaxInputBytes) {
        return Error{Culprit::Usage, "input.too-long",
                     "the input has " + std::to_string(input.size()) + " bytes; at most " +
                         std::to_string(kMaxInputBytes) + " are read"};
    }
    if (input.starts_with(kGzipMagic)) {
        return Error{Culprit::Usage,
                     "input.compressed",
                     "it is compressed with gzip, as browsers save their dumps",
                     {},
                     "unpack it first: gzip -dc FILE | sdp-lint -"};
    }
    if (is_utf16(input)) {
        return Error{Culprit::Usage,
                     "input.encoding",
                     "it is written in UTF-16; session descriptions are UTF-8 (RFC 8866 s5)",
                     {},
                     "convert it first: iconv -f UTF-16 -t UTF-8 FILE | sdp-lint -"};
    }
    if (input.starts_with(kRtcStatsMagic)) return unwrap_rtcstats(input);
    std::size_t start = input.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (start < input.size() &&
           std::string_view(" \t\r\n").find(input[start]) != std::string_view::npos)
        ++start;
    if (start < input.size() && (input[start] == '{' || input[start] == '[')) {
        const auto place =
            start > 0 ? places_from(start, input.size()) : std::vector<std::uint32_t>{};
        auto found = unwrap_json(input.substr(start), place, 1);
        if (found || found.error().code != "input.json") return found;
        // "[12:00:01] v=0" is a line of a log, for the linter to name.
        const std::string_view first = input.substr(start, input.find('\n', start) - start);
        if (input[start] != '[' || first.find("v=0") == std::string_view::npos ||
            first.find('"') != std::string_view::npos) {
            return not_json(input.substr(start), std::move(found).error());
        }
    }
    if (const auto inner = stringified(input, start))
        return unwrap_json(inner->text, inner->origin, 2);
    UnwrappedInput out;
    if (auto escaped = unescape(input, start)) {
        out.form = InputForm::Escaped;
        out.descriptions.push_back(std::move(*escaped));
        return out;
    }
    out.descriptions.push_back(plain(input));
    if (out.descriptions.front().form == DescriptionForm::Fragment) out.form = InputForm::Fragment;
    return out;
}

}  // namespace portolan::sdp
