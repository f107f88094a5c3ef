#include "reports/cli/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "reports/cli/files.hpp"
#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

namespace fs = std::filesystem;

Error output_error(std::string_view target, std::string_view what) {
    return {Culprit::Environment, "output",
            "cannot write to " + render::escape_for_terminal(target) + ": " + std::string(what)};
}

Error output_error(std::string_view target, int error_number) {
    return output_error(target, std::generic_category().message(error_number));
}

/// Its own name, so that the length of the target's does not matter. Removed again unless it has
/// become the real one.
class TemporaryFile {
  public:
    /// Without a mode it has the usual one.
    TemporaryFile(const std::string& folder, std::optional<mode_t> mode) {
        const std::string stem = folder + "/.portolan-" + std::to_string(getpid()) + "-";
        for (int i = 0; i < kAttempts; ++i) {
            path_ = stem + std::to_string(i) + ".tmp";
            // 0666 lets the kernel apply the umask, which cannot be read without changing it.
            descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                 mode ? S_IRUSR | S_IWUSR : 0666);
            if (descriptor_ >= 0 || errno != EEXIST) break;
        }
        if (descriptor_ < 0) problem_ = errno;
        if (problem_ == 0 && mode && fchmod(descriptor_, *mode) != 0) problem_ = errno;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (descriptor_ < 0) return;
        ::close(descriptor_);
        if (problem_ != 0) ::unlink(path_.c_str());
    }

    /// Zero or an errno, of the first step that failed.
    int problem() const { return problem_; }

    void fill(std::string_view text) {
        if (problem_ == 0) problem_ = write_all(descriptor_, text);
        // Without it a crash of the machine after the rename could leave an empty file.
        if (problem_ == 0 && fsync(descriptor_) != 0 && errno != EINVAL) problem_ = errno;
    }

    void rename_to(const std::string& target) {
        if (problem_ == 0 && std::rename(path_.c_str(), target.c_str()) != 0) problem_ = errno;
    }

  private:
    /// Left over by killed processes of the same number.
    static constexpr int kAttempts = 100;

    std::string path_;
    int descriptor_ = -1;
    int problem_ = 0;
};

Result<void> write_stdout(std::string_view text) {
    const int problem = write_all(STDOUT_FILENO, text);
    if (problem != 0 && problem != EPIPE) return output_error("standard output", problem);
    return {};
}

/// A pipe that nobody reads from would otherwise hold open() for ever: its reader has as long to
/// come as a writer of one that is read. -1 with errno, ENXIO when nobody came.
int open_device(const std::string& path) {
    constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
    constexpr std::chrono::milliseconds kPause(20);
    const auto until = std::chrono::steady_clock::now() + kPipePatience;
    while (true) {
        const int descriptor = ::open(path.c_str(), kFlags | O_NONBLOCK);
        if (descriptor >= 0) {
            ::fcntl(descriptor, F_SETFL, 0);
            return descriptor;
        }
        if (errno == EINTR) continue;
        if (errno != ENXIO || std::chrono::steady_clock::now() >= until) return -1;
        std::this_thread::sleep_for(kPause);
    }
}

Result<void> write_device(std::string_view text, const std::string& path) {
    const int descriptor = open_device(path);
    if (descriptor < 0 && errno == ENXIO) return output_error(path, "nobody reads from this pipe");
    if (descriptor < 0) return output_error(path, errno);
    int problem = write_all(descriptor, text);
    if (::close(descriptor) != 0 && problem == 0) problem = errno;
    if (problem != 0 && problem != EPIPE) return output_error(path, problem);
    return {};
}

struct Target {
    std::string path;  ///< symbolic links followed
    bool exists = false;
    bool is_regular = false;
    std::optional<mode_t> mode = {};
};

/// What a chain of symbolic links ends at, whether that exists or not.
std::string follow_links(fs::path path) {
    constexpr int kMaxLinks = 40;  // as the kernel does
    for (int i = 0; i < kMaxLinks; ++i) {
        std::error_code problem;
        const fs::path next = fs::read_symlink(path, problem);
        if (problem) break;
        path = path.parent_path() / next;
    }
    return path.string();
}

Result<Target> locate(const std::string& path) {
    if (path.empty()) return output_error("''", "the name is empty");
    Target target{.path = path};
    struct stat status {};
    if (stat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return output_error(path, "it is a folder");
        target.exists = true;
        target.is_regular = S_ISREG(status.st_mode);
        target.mode = status.st_mode & 07777;
    } else if (errno != ENOENT) {
        return output_error(path, errno);
    }
    if (!target.exists || target.is_regular) target.path = follow_links(path);
    return target;
}

std::string folder_of(const std::string& path) {
    const std::string folder = fs::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

/// With that mode, or its own, or the usual one.
Result<void> write_file(std::string_view text, const std::string& path,
                        std::optional<mode_t> mode) {
    const auto target = locate(path);
    if (!target) return target.error();
    if (target->exists && !target->is_regular) return write_device(text, target->path);

    TemporaryFile file(folder_of(target->path), mode ? mode : target->mode);
    file.fill(text);
    file.rename_to(target->path);
    if (file.problem() != 0) return output_error(path, file.problem());
    return {};
}

}  // namespace

int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Somebody else made the descriptor non-blocking, as is common for shared terminals.
            pollfd ready{descriptor, POLLOUT, 0};
            if (poll(&ready, 1, -1) < 0 && errno != EINTR) return errno;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

Result<void> check_output(const std::optional<std::string>& path) {
    if (!path) {
        const int flags = fcntl(STDOUT_FILENO, F_GETFL);
        if (flags < 0) return output_error("standard output", errno);
        if ((flags & O_ACCMODE) == O_RDONLY) return output_error("standard output", "it is closed");
        return {};
    }
    const auto target = locate(*path);
    if (!target) return target.error();
    if (target->exists && access(target->path.c_str(), W_OK) != 0)
        return output_error(*path, errno);
    if (target->exists && !target->is_regular) return {};
    const std::string folder = folder_of(target->path);
    if (access(folder.c_str(), W_OK | X_OK) != 0) return output_error(*path, errno);
    return {};
}

Result<void> write_output(std::string_view text, const std::optional<std::string>& path) {
    return path ? write_file(text, *path, std::nullopt) : write_stdout(text);
}

Result<void> write_private_output(std::string_view text, const std::string& path) {
    return write_file(text, path, S_IRUSR | S_IWUSR);
}

}  // namespace portolan::cli
