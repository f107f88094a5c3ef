#include "ice-tests/agent/description.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace portolan::agent {
namespace {

constexpr int kMaxPacingMs = 60'000;

bool is_ice_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

bool is_ice_text(std::string_view text, std::size_t min, std::size_t max) {
    return text.size() >= min && text.size() <= max &&
           std::all_of(text.begin(), text.end(), is_ice_char);
}

// The transport protocol of the m= line is RTP over UDP, so the default candidate is too.
const Candidate* default_candidate(const std::vector<Candidate>& candidates) {
    const Candidate* lowest = nullptr;
    for (const Candidate& candidate : candidates) {
        if (candidate.transport != CandidateTransport::Udp) continue;
        if (lowest == nullptr || candidate.priority < lowest->priority) lowest = &candidate;
    }
    return lowest;
}

std::string connection(const IpAddress& ip) {
    return (ip.family() == AddressFamily::IPv4 ? "IN IP4 " : "IN IP6 ") + ip.to_string();
}

Error error_at(std::size_t offset, const char* code, std::string message) {
    return {.culprit = Culprit::Usage,
            .code = code,
            .message = "session description: " + std::move(message),
            .byte_offset = offset};
}

class Reader {
  public:
    explicit Reader(std::string_view sdp) : sdp_(sdp) {}

    Result<Description> read() {
        if (sdp_.size() > kMaxDescriptionBytes) {
            return error_at(kMaxDescriptionBytes, "description.size",
                            "longer than " + std::to_string(kMaxDescriptionBytes) + " bytes");
        }
        std::size_t next = 0;
        while (next < sdp_.size() && !failed_) {
            const std::size_t end = std::min(sdp_.find('\n', next), sdp_.size());
            std::string_view line = sdp_.substr(next, end - next);
            if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
            read_line(line, next);
            next = end + 1;
        }
        if (failed_) return *failed_;
        return finish();
    }

  private:
    void fail(std::size_t offset, const char* code, std::string message) {
        if (!failed_) failed_ = error_at(offset, code, std::move(message));
    }

    void read_line(std::string_view line, std::size_t offset) {
        if (line.size() < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z') {
            return fail(offset, "description.syntax", "a line does not begin with \"x=\"");
        }
        if (is_first_ && line != "v=0") {
            return fail(offset, "description.syntax", "the first line is not \"v=0\"");
        }
        is_first_ = false;
        if (line[0] == 'm') return read_media_line(line, offset);
        if (line[0] == 'a') read_attribute(line.substr(2), offset + 2);
    }

    void read_media_line(std::string_view line, std::size_t offset) {
        if (in_media_) {
            return fail(offset, "description.streams",
                        "more than one m= line; one stream is what can be tested");
        }
        in_media_ = true;
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos) {
            return fail(offset, "description.syntax", "an m= line without a port");
        }
    }

    void read_attribute(std::string_view attribute, std::size_t offset) {
        const std::size_t colon = std::min(attribute.find(':'), attribute.size());
        const std::string_view name = attribute.substr(0, colon);
        const std::string_view value = attribute.substr(std::min(colon + 1, attribute.size()));
        if (name == "ice-ufrag") {
            description_.ufrag = value;
            ufrag_offset_ = offset;
        } else if (name == "ice-pwd") {
            description_.password = value;
            password_offset_ = offset;
        } else if (name == "ice-options") {
            read_options(value);
        } else if (name == "ice-pacing") {
            read_pacing(value, offset);
        } else if (name == "end-of-candidates") {
            description_.end_of_candidates = true;
        } else if (name == "candidate") {
            read_candidate(attribute, offset);
        }
    }

    void read_options(std::string_view tags) {
        while (!tags.empty()) {
            const std::size_t end = std::min(tags.find(' '), tags.size());
            const std::string_view tag = tags.substr(0, end);
            if (tag == "ice2") has_ice2_ = true;
            if (tag == "trickle") description_.trickle = true;
            tags.remove_prefix(std::min(end + 1, tags.size()));
        }
    }

    void read_pacing(std::string_view value, std::size_t offset) {
        int milliseconds = 0;
        const char* const last = value.data() + value.size();
        const auto [end, failed] = std::from_chars(value.data(), last, milliseconds);
        if (failed != std::errc() || end != last || milliseconds < 0 ||
            milliseconds > kMaxPacingMs) {
            return fail(offset, "description.syntax", "ice-pacing is not 0 to 60000 ms");
        }
        description_.pacing = std::chrono::milliseconds(milliseconds);
    }

    void read_candidate(std::string_view attribute, std::size_t offset) {
        if (!in_media_) {
            // RFC 8839 s5.1: a media-level attribute only.
            return fail(offset, "description.syntax", "a candidate before the m= line");
        }
        auto candidate = Candidate::parse(attribute);
        if (!candidate) {
            if (candidate.error().code == "candidate.unsupported") return;
            failed_ = candidate.error();
            failed_->byte_offset = offset + failed_->byte_offset.value_or(0);
            return;
        }
        if (candidate->component != 1) return;
        if (description_.candidates.size() >= kMaxDescriptionCandidateCount) {
            return fail(
                offset, "description.size",
                "more than " + std::to_string(kMaxDescriptionCandidateCount) + " candidates");
        }
        description_.candidates.push_back(std::move(*candidate));
    }

    Result<Description> finish() {
        if (is_first_) return error_at(0, "description.syntax", "empty");
        if (!in_media_) return error_at(sdp_.size(), "description.streams", "no m= line");
        if (!is_ice_ufrag(description_.ufrag)) {
            return error_at(ufrag_offset_.value_or(sdp_.size()), "description.credentials",
                            "no ice-ufrag of 4 to 256 letters, digits, + or /");
        }
        if (!is_ice_password(description_.password)) {
            return error_at(password_offset_.value_or(sdp_.size()), "description.credentials",
                            "no ice-pwd of 22 to 256 letters, digits, + or /");
        }
        description_.ice2 = has_ice2_;
        return std::move(description_);
    }

    std::string_view sdp_;
    Description description_;
    bool is_first_ = true;
    bool in_media_ = false;
    bool has_ice2_ = false;
    std::optional<std::size_t> ufrag_offset_;
    std::optional<std::size_t> password_offset_;
    std::optional<Error> failed_;
};

}  // namespace

std::string Description::to_sdp() const {
    const Candidate* const chosen = default_candidate(candidates);
    const TransportAddress shown =
        chosen != nullptr ? chosen->address
                          : TransportAddress{IpAddress::any(AddressFamily::IPv4), kDiscardPort};
    std::string options = ice2 ? "ice2" : "";
    if (trickle) options += options.empty() ? "trickle" : " trickle";

    std::string text = "v=0\r\n";
    text += "o=- " + std::to_string(session_id) + " " + std::to_string(session_version) + " " +
            connection(shown.ip) + "\r\n";
    text += "s=-\r\nt=0 0\r\n";
    if (!options.empty()) text += "a=ice-options:" + options + "\r\n";
    if (pacing) text += "a=ice-pacing:" + std::to_string(pacing->count()) + "\r\n";
    text += "m=audio " + std::to_string(shown.port) + " RTP/AVP 0\r\n";
    text += "c=" + connection(shown.ip) + "\r\n";
    text += "a=rtpmap:0 PCMU/8000\r\n";
    text += "a=rtcp-mux\r\n";
    text += "a=ice-ufrag:" + ufrag + "\r\n";
    text += "a=ice-pwd:" + password + "\r\n";
    for (const Candidate& candidate : candidates)
        text += "a=" + candidate.to_sdp() + "\r\n";
    if (end_of_candidates) text += "a=end-of-candidates\r\n";
    return text;
}

Result<Description> Description::parse(std::string_view sdp) {
    return Reader(sdp).read();
}

bool is_ice_ufrag(std::string_view text) {
    return is_ice_text(text, 4, 256);
}

bool is_ice_password(std::string_view text) {
    return is_ice_text(text, 22, 256);
}

}  // namespace portolan::agent
