#include "reports/cli/secrets.hpp"

#include <fcntl.h>
#include <poll.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero is not in <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

/// A password manager may ask its user first; a pipe nobody writes to must not hang a CI job.
constexpr int kFileWaitMs = 10'000;

constexpr std::string_view kRedacted = "[redacted]";

Error secret_error(std::string code, std::string message) {
    return {Culprit::Usage, "secret." + std::move(code), std::move(message)};
}

/// Wiped on every way out.
class Buffer {
  public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { explicit_bzero(bytes_.data(), bytes_.size()); }

    char* free_begin() { return bytes_.data() + used_; }
    std::size_t free_bytes() const { return bytes_.size() - used_; }
    void add(std::size_t count) { used_ += count; }
    std::string_view view() const { return {bytes_.data(), used_}; }

  private:
    /// Room for a line end and for noticing that there is more.
    std::array<char, kMaxSecretBytes + 3> bytes_{};
    std::size_t used_ = 0;
};

class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    int get() const { return value_; }

  private:
    int value_;
};

/// Zero or an errno; stops when the buffer is full.
int read_into(int descriptor, Buffer& buffer) {
    while (buffer.free_bytes() > 0) {
        const ssize_t count = ::read(descriptor, buffer.free_begin(), buffer.free_bytes());
        if (count == 0) return 0;
        if (count > 0) {
            buffer.add(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            pollfd ready{descriptor, POLLIN, 0};
            const int events = poll(&ready, 1, kFileWaitMs);
            if (events == 0) return ETIMEDOUT;
            if (events < 0 && errno != EINTR) return errno;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

bool is_unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/// RFC 3986 s2.1, with upper-case or lower-case digits.
std::string percent_encoded(std::string_view text, std::string_view digits) {
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(byte)) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 15U];
        }
    }
    return encoded;
}

/// Whether a report contains it by chance: what is short, and words and numbers of some length.
bool is_common(std::string_view secret) {
    constexpr std::size_t kAlwaysBelow = 6;
    constexpr std::size_t kWordsBelow = 10;
    if (secret.size() < kAlwaysBelow) return true;
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_number = [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == ':'; };
    return secret.size() < kWordsBelow &&
           (std::ranges::all_of(secret, is_letter) || std::ranges::all_of(secret, is_number));
}

/// Where something quoted begins or ends: in URIs, JSON, lists and sentences.
bool is_delimiter(char c) {
    constexpr std::string_view kMarks = " \t\r\n\"'`()[]{}<>=,;:@/&?|";
    return kMarks.find(c) != std::string_view::npos;
}

/// It is a word of its own there, and no part of another one: a letter that is a password says
/// nothing in the middle of "error".
bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
    if (at > 0 && !is_delimiter(text[at - 1])) return false;
    std::string_view rest = text.substr(at + size);
    // The end of a sentence.
    if (!rest.empty() && (rest.front() == '.' || rest.front() == '!')) rest.remove_prefix(1);
    return rest.empty() || is_delimiter(rest.front());
}

/// Somebody else's text within words of our own: the stretches in quotation marks, which no
/// apostrophe opens or closes.
std::vector<std::string_view> quotations(std::string_view text) {
    const auto is_in_word = [&](std::size_t at) {
        return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
    };
    std::vector<std::string_view> out;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        const char mark = text[begin];
        if ((mark != '"' && mark != '\'') || (begin > 0 && is_in_word(begin - 1))) continue;
        std::size_t end = text.find(mark, begin + 1);
        while (end != std::string_view::npos && is_in_word(end + 1))
            end = text.find(mark, end + 1);
        if (end == std::string_view::npos) continue;
        out.push_back(text.substr(begin, end + 1 - begin));
        begin = end;
    }
    return out;
}

/// "turn:user:secret@host", "?credential=secret"
bool is_in_uri(std::string_view text, std::size_t at, std::size_t size) {
    if (at == 0) return false;
    return text[at - 1] == '=' || (text[at - 1] == ':' && text.substr(at + size).starts_with('@'));
}

std::string json_encoded(std::string_view text, bool ascii_only) {
    const std::string quoted =
        report::Json(text).dump(-1, ' ', ascii_only, report::Json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Secret::Secret(std::string_view bytes)
    : bytes_(std::make_unique<char[]>(bytes.size())), size_bytes_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        size_bytes_ = std::exchange(other.size_bytes_, 0);
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

void Secret::wipe() noexcept {
    if (bytes_) explicit_bzero(bytes_.get(), size_bytes_);
}

Result<Secret> secret_from_environment(const std::string& variable) {
    const char* const value = std::getenv(variable.c_str());
    if (value == nullptr) return secret_error("environment", variable + " is not set");
    if (*value == '\0') return secret_error("environment", variable + " is empty");
    return Secret(value);
}

Result<Secret> secret_from_file(const std::string& path) {
    const auto refuse = [&](std::string_view what) {
        return secret_error("file", "cannot read a secret from " +
                                        render::escape_for_terminal(path) + ": " +
                                        std::string(what));
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) return refuse(std::generic_category().message(errno));
    Buffer buffer;
    if (const int problem = read_into(file.get(), buffer); problem != 0) {
        return refuse(problem == ETIMEDOUT ? "nothing came for 10 s"
                                           : std::generic_category().message(problem));
    }
    std::string_view line = buffer.view();
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return refuse("it is empty");
    if (line.size() > kMaxSecretBytes) {
        return refuse("it is longer than " + std::to_string(kMaxSecretBytes) + " bytes");
    }
    if (line.find('\n') != std::string_view::npos) return refuse("it has more than one line");
    if (line.find('\0') != std::string_view::npos) return refuse("it has a NUL byte");
    return Secret(line);
}

void Redactor::add(const Secret& secret) {
    add(secret, false);
}

void Redactor::add_unless_common(const Secret& secret) {
    add(secret, is_common(secret.reveal()));
}

void Redactor::add(const Secret& secret, bool is_common) {
    const std::string_view raw = secret.reveal();
    if (raw.empty()) return;
    std::array<std::string, 5> forms{std::string(raw), percent_encoded(raw, "0123456789ABCDEF"),
                                     percent_encoded(raw, "0123456789abcdef"),
                                     json_encoded(raw, false), json_encoded(raw, true)};
    for (auto& form : forms) {
        bool known = false;
        for (auto& other : forms_) {
            if (other.text.reveal() != form) continue;
            known = true;
            other.is_common = other.is_common && is_common;
        }
        if (!known) forms_.push_back({Secret(form), is_common});
        explicit_bzero(form.data(), form.size());
    }
}

std::string Redactor::redact(std::string_view text) const {
    return without(text, CommonOnes::GoEverywhere);
}

std::string Redactor::redact_message(std::string_view text) const {
    return without(text, CommonOnes::GoFromQuotations);
}

std::string Redactor::without(std::string_view text, CommonOnes common) const {
    std::vector<std::string_view> quoted;
    if (common == CommonOnes::GoFromQuotations) quoted = quotations(text);
    const auto may_be_common = [&](std::size_t at, std::size_t size) {
        if (common == CommonOnes::GoEverywhere || is_in_uri(text, at, size)) return true;
        return std::ranges::any_of(quoted, [&](std::string_view each) {
            const auto begin = static_cast<std::size_t>(each.data() - text.data());
            return at > begin && at + size < begin + each.size();
        });
    };
    // First every hit of every form, then the cuts: what is left of two secrets that overlap must
    // not be a readable piece of either.
    std::vector<bool> hidden;
    for (const auto& form : forms_) {
        if (form.is_common && common == CommonOnes::Stay) continue;
        const std::string_view needle = form.text.reveal();
        for (auto at = text.find(needle); at != std::string_view::npos;
             at = text.find(needle, at + 1)) {
            if (form.is_common &&
                !(stands_alone(text, at, needle.size()) && may_be_common(at, needle.size()))) {
                continue;
            }
            hidden.resize(text.size(), false);
            for (std::size_t i = 0; i < needle.size(); ++i)
                hidden[at + i] = true;
        }
    }
    if (hidden.empty()) return std::string(text);
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!hidden[i]) {
            safe += text[i];
        } else if (i == 0 || !hidden[i - 1]) {
            safe += kRedacted;
        }
    }
    return safe;
}

// NOLINTNEXTLINE(misc-no-recursion): payloads are a few levels deep, and are written the same way
void Redactor::redact(report::Json& value) const {
    if (auto* text = value.get_ptr<std::string*>()) {
        *text = without(*text, CommonOnes::Stay);
    } else if (value.is_array()) {
        for (auto& element : value)
            redact(element);
    } else if (value.is_object()) {
        report::Json::object_t safe;
        for (auto& [key, member] : value.get_ref<report::Json::object_t&>()) {
            redact(member);
            std::string name = without(key, CommonOnes::Stay);
            while (safe.contains(name))
                name += '_';
            safe.emplace(std::move(name), std::move(member));
        }
        value = std::move(safe);
    }
}

void Redactor::redact(report::Report& report) const {
    if (forms_.empty()) return;
    const auto all = [&](std::vector<std::string>& lines) {
        for (auto& line : lines)
            redact_in_place(line);
    };
    if (report.cut_off) report.cut_off = redacted(*report.cut_off);
    redact_in_place(report.headline);
    for (auto* payload : {&report.subject, &report.environment, &report.parameters, &report.data}) {
        redact(*payload);
    }
    for (auto& section : report.sections) {
        redact_in_place(section.title);
        redact_in_place(section.headline);
        redact(section.subject);
        for (auto& finding : section.findings) {
            redact_in_place(finding.title);
            redact_in_place(finding.value);
            redact_in_place(finding.summary);
            all(finding.advice);
            all(finding.tags);
            if (finding.location) redact_in_place(finding.location->source);
            redact(finding.data);
            if (finding.verdict.reason()) {
                auto verdict = report::Verdict::make(finding.verdict.outcome(),
                                                     redacted(*finding.verdict.reason()));
                if (verdict) finding.verdict = *verdict;
            }
        }
    }
    for (auto& item : report.evidence) {
        redact_in_place(item.title);
        all(item.lines);
        redact(item.data);
    }
}

report::Reason Redactor::redacted(const report::Reason& reason) const {
    auto safe = report::Reason::parse(reason.code(), without(reason.sentence(), CommonOnes::Stay));
    return safe ? *safe : report::Reason("redacted", "");
}

}  // namespace portolan::cli
