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
        if (candidate.key == key) return &candidate;
    }
    return nullptr;
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

bool is_set_description(std::string_view type) {
    return type == "setLocalDescription" || type == "setRemoteDescription";
}

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
            out.form = DescriptionForm::Fragment;
            out.is_candidate = true;
            if (const StringMember* mid = member(members, "sdpMid")) {
                out.label = "candidate of mid " + mid->value.text;
                out.mid = mid->value.text;
            }
            found_.push_back(std::move(out));
        }
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
        out->kind = kind_of(out->label);
        out->is_local = event == "setLocalDescription";
        out->connection = index_of(connection);
        out->label = (connection.empty() ? "" : connection + " ") + event + " " + out->label;
        found_.push_back(std::move(*out));
    }

    std::uint32_t index_of(const std::string& connection) {
        const auto known = std::find(connections_.begin(), connections_.end(), connection);
        const auto index = static_cast<std::uint32_t>(known - connections_.begin());
        if (known == connections_.end()) connections_.push_back(connection);
        return index;
    }

    std::vector<Unwrapped> found_;
    std::vector<std::string> connections_;
    bool is_dump_ = false;
    bool has_rollback_ = false;
    std::optional<std::string> bad_type_;
};

Result<UnwrappedInput> unwrap_json(std::string_view input, std::size_t start) {
    Collector collector;
    std::vector<std::uint32_t> place;
    if (start > 0) {
        place.reserve(input.size() - start + 1);
        for (std::size_t i = start; i <= input.size(); ++i)
            place.push_back(static_cast<std::uint32_t>(i));
    }
    const auto done = walk_json(input.substr(start), place,
                                [&](const auto& path, std::vector<StringMember>& members) {
                                    collector.take(path, members, 1);
                                });
    if (!done) return done.error();
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
    std::size_t start = input.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (start < input.size() &&
           std::string_view(" \t\r\n").find(input[start]) != std::string_view::npos)
        ++start;
    if (start < input.size() && (input[start] == '{' || input[start] == '[')) {
        return unwrap_json(input, start);
    }
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
