#include "reports/cli/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>

#include "reports/model/usage_error.hpp"

namespace portolan::cli {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

struct Closer {
    int descriptor;
    explicit Closer(int opened) : descriptor(opened) {}
    Closer(const Closer&) = delete;
    Closer& operator=(const Closer&) = delete;
    ~Closer() { ::close(descriptor); }
};

/// Whether there is something to read, or an end, before the patience for pipes is over.
bool has_begun(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISFIFO(status.st_mode)) return true;
    pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
    const std::chrono::milliseconds patience = kPipePatience;
    const int ready = ::poll(&wanted, 1, static_cast<int>(patience.count()));
    return ready != 0;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes, const char* code) {
    const auto unreadable = [&](int problem) {
        return usage_error(
            code, "cannot read \"" + path + "\": " + std::generic_category().message(problem));
    };
    // A pipe that nobody writes to would otherwise hold open() for ever.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return unreadable(errno);
    const Closer closer(descriptor);
    if (!has_begun(descriptor)) {
        return usage_error(code, "cannot read \"" + path + "\": nobody writes to this pipe");
    }
    ::fcntl(descriptor, F_SETFL, 0);
    std::string out;
    std::string part(std::size_t{1} << 16, '\0');
    while (out.size() <= max_bytes) {
        const ssize_t count = ::read(descriptor, part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unreadable(errno);
        if (count == 0) break;
        out.append(part, 0, static_cast<std::size_t>(count));
    }
    if (out.size() > max_bytes) {
        const std::string limit = max_bytes % kMiB == 0 ? std::to_string(max_bytes / kMiB) + " MiB"
                                                        : std::to_string(max_bytes) + " bytes";
        return usage_error(code, '"' + path + "\" is larger than " + limit);
    }
    return out;
}

Result<report::Report> read_report(const std::string& path) {
    auto text = read_file(path);
    if (!text) return std::move(text).error();
    if (text->empty()) {
        return Error{.culprit = Culprit::Usage,
                     .code = "file",
                     .message = path + ": the file is empty",
                     .hint = "every tool writes a report with --format json"};
    }
    auto out = report::from_json(*text);
    if (out) return out;
    Error error = std::move(out).error();
    error.message = path + ": " + error.message;
    error.hint = "every tool writes such a report with --format json";
    return error;
}

bool is_one_of(const std::string& output, const std::vector<std::string>& files) {
    return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
        std::error_code problem;
        return std::filesystem::is_regular_file(file, problem) &&
               std::filesystem::equivalent(file, output, problem);
    });
}

}  // namespace portolan::cli
