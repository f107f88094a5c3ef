#include "probe/cli/simulator.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include "probe/transport/glib_ptr.hpp"

namespace portolan::nat_probe {
namespace {

constexpr std::size_t kMostOutputBytes = std::size_t{16} << 20;
constexpr int kLowestPriority = 19;

Error failed(const char* what, int number) {
    return {.culprit = Culprit::Environment,
            .code = "simulator",
            .message = std::string(what) + ": " + std::strerror(number)};
}

/// In the child, between fork and exec: nothing but system calls.
[[noreturn]] void become(const char* path, char* const* argv, int output, int nowhere,
                         pid_t parent) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    // A real-time priority would be inherited, and beats every nice value.
    const sched_param usual{};
    (void)sched_setscheduler(0, SCHED_OTHER, &usual);
    (void)nice(kLowestPriority);
    // GLib has this process wait for signals in its own way; the next program starts afresh.
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, nullptr);
    if (dup2(nowhere, 0) < 0 || dup2(output, 1) < 0 || dup2(nowhere, 2) < 0) _exit(127);
    execv(path, argv);
    _exit(127);
}

}  // namespace

struct Simulator::State {
    ~State() {
        source.reset();
        if (pid > 0) {
            kill(pid, SIGKILL);
            while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        if (fd >= 0) ::close(fd);
    }
    void read_more() {
        std::array<char, 65536> room;
        while (true) {
            const ssize_t count = ::read(fd, room.data(), room.size());
            if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
            const bool is_too_much = output.size() > kMostOutputBytes;
            if (count > 0 && !is_too_much) {
                output.append(room.data(), static_cast<std::size_t>(count));
                continue;
            }
            if (count < 0 || is_too_much) output.clear();
            source.reset();
            // The callback may destroy this.
            const Done its_done = std::exchange(done, {});
            return its_done(std::move(output));
        }
    }

    pid_t pid = 0;
    int fd = -1;
    std::string output;
    Done done;
    glib::SourcePtr source;
};

std::optional<std::string> Simulator::find() {
    std::error_code error;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return std::nullopt;
    const std::string path = (own.parent_path() / "nat-sim").string();
    return access(path.c_str(), X_OK) == 0 ? std::optional(path) : std::nullopt;
}

Result<std::unique_ptr<Simulator>> Simulator::start(GMainContext* context, const std::string& path,
                                                    const std::vector<std::string>& arguments,
                                                    Done done) {
    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed("no pipe to nat-sim", errno);
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const pid_t parent = getpid();
    const pid_t pid = nowhere < 0 ? -1 : fork();
    if (pid == 0) become(path.c_str(), argv.data(), ends[1], nowhere, parent);
    const int number = errno;
    ::close(ends[1]);
    if (nowhere >= 0) ::close(nowhere);
    if (pid < 0) {
        ::close(ends[0]);
        return failed("nat-sim could not be started", number);
    }
    auto state = std::make_unique<State>();
    state->pid = pid;
    state->fd = ends[0];
    state->done = std::move(done);
    (void)fcntl(state->fd, F_SETFL, O_NONBLOCK);
    state->source =
        glib::watch_fd(context, state->fd, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP),
                       [its = state.get()](GIOCondition) { its->read_more(); });
    return std::unique_ptr<Simulator>(new Simulator(std::move(state)));
}

Simulator::Simulator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Simulator::~Simulator() = default;

}  // namespace portolan::nat_probe
