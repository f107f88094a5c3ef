#include "nat-sim/cli/workers.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "reports/cli/output.hpp"

namespace portolan::nat_sim {

namespace {

// What a worker says about one piece of work: a kind, a length, and that many octets.
constexpr char kDone = 'd';
constexpr char kFailed = 'f';
constexpr std::size_t kFrameHeaderBytes = 1 + sizeof(std::uint64_t);

std::string frame(char kind, const std::string& payload) {
    std::string out(1, kind);
    const std::uint64_t size = payload.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    return out + payload;
}

/// Culprit, code and message, each on a line.
std::string encode(const Error& error) {
    return std::to_string(static_cast<int>(error.culprit)) + "\n" + error.code + "\n" +
           error.message;
}

Error decode(const std::string& text) {
    const std::size_t first = text.find('\n');
    const std::size_t second = text.find('\n', first + 1);
    return {.culprit = static_cast<Culprit>(std::stoi(text.substr(0, first))),
            .code = text.substr(first + 1, second - first - 1),
            .message = text.substr(second + 1)};
}

[[noreturn]] void be_a_worker(int out, std::size_t first, std::size_t count, std::size_t step,
                              const Work& work) {
    // What a terminal sends to all is the parent's to deal with; it ends its workers.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    for (std::size_t index = first; index < count; index += step) {
        const auto result = work(index);
        const std::string told =
            result ? frame(kDone, *result) : frame(kFailed, encode(result.error()));
        if (cli::write_all(out, told) != 0 || !result) break;
    }
    // Nothing of the parent's is to be flushed or destroyed here.
    _exit(0);
}

/// Nothing that a program does to itself.
bool was_ended_from_outside(int status) {
    if (!WIFSIGNALED(status)) return false;
    const int signal = WTERMSIG(status);
    return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
           signal == SIGXCPU;
}

std::string describe(int status) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return "was killed by signal " + std::to_string(signal) + " (" +
               (signal == SIGKILL ? "for instance for want of memory" : strsignal(signal)) + ")";
    }
    return "ended with code " + std::to_string(WEXITSTATUS(status));
}

/// One child process and what it has said so far.
struct Worker {
    pid_t pid = -1;
    int in = -1;
    std::size_t next = 0;  ///< the piece that it is at
    std::string buffer;

    ~Worker() {
        if (in >= 0) close(in);
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }
};

class Pool {
  public:
    Pool(std::size_t count, std::size_t jobs,
         const std::function<std::string(std::size_t)>& name_of, const Work& work,
         const std::function<void(std::size_t)>& on_done, const std::function<bool()>& is_cancelled)
        : count_(count),
          jobs_(std::clamp<std::size_t>(jobs, 1, std::max<std::size_t>(count, 1))),
          name_of_(name_of),
          work_(work),
          on_done_(on_done),
          is_cancelled_(is_cancelled),
          results_(count) {}

    Result<std::vector<std::optional<std::string>>> run() {
        for (std::size_t i = 0; i < jobs_; ++i) {
            if (auto started = start(i); !started) return started.error();
        }
        while (!error_ && !is_cancelled_() &&
               std::any_of(workers_.begin(), workers_.end(),
                           [](const auto& each) { return each->in >= 0; })) {
            wait();
        }
        if (error_) return *error_;
        return std::move(results_);
    }

  private:
    Result<void> start(std::size_t first) {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) return no_process(errno);
        const pid_t pid = fork();
        if (pid < 0) {
            const int reason = errno;
            close(ends[0]);
            close(ends[1]);
            return no_process(reason);
        }
        if (pid == 0) {
            close(ends[0]);
            for (const auto& other : workers_)
                close(other->in);
            be_a_worker(ends[1], first, count_, jobs_, work_);
        }
        close(ends[1]);
        auto worker = std::make_unique<Worker>();
        worker->pid = pid;
        worker->in = ends[0];
        worker->next = first;
        workers_.push_back(std::move(worker));
        return {};
    }

    static Error no_process(int reason) {
        return {.culprit = Culprit::Environment,
                .code = "worker",
                .message = std::string("cannot start a worker process: ") + strerror(reason)};
    }

    void wait() {
        std::vector<pollfd> waiting;
        std::vector<Worker*> whose;
        for (const auto& worker : workers_) {
            if (worker->in < 0) continue;
            waiting.push_back({worker->in, POLLIN, 0});
            whose.push_back(worker.get());
        }
        if (poll(waiting.data(), waiting.size(), -1) < 0) return;
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            if (waiting[i].revents != 0) read_from(*whose[i]);
        }
    }

    void read_from(Worker& worker) {
        std::array<char, 65536> bytes{};
        const ssize_t size = read(worker.in, bytes.data(), bytes.size());
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (size <= 0) return on_end(worker);
        worker.buffer.append(bytes.data(), static_cast<std::size_t>(size));
        while (take_frame(worker)) {
        }
    }

    bool take_frame(Worker& worker) {
        if (error_ || worker.buffer.size() < kFrameHeaderBytes) return false;
        std::uint64_t size = 0;
        std::memcpy(&size, worker.buffer.data() + 1, sizeof size);
        if (worker.buffer.size() < kFrameHeaderBytes + size) return false;
        std::string payload = worker.buffer.substr(kFrameHeaderBytes, size);
        if (worker.buffer.front() == kFailed) {
            Error error = decode(payload);
            error.message = name_of_(worker.next) + ": " + error.message;
            error_ = std::move(error);
            return false;
        }
        worker.buffer.erase(0, kFrameHeaderBytes + size);
        results_[worker.next] = std::move(payload);
        worker.next += jobs_;
        on_done_(++done_);
        return true;
    }

    void on_end(Worker& worker) {
        close(worker.in);
        worker.in = -1;
        int status = 0;
        waitpid(worker.pid, &status, 0);
        worker.pid = -1;
        if (error_ || (worker.next >= count_ && status == 0)) return;
        const std::string at =
            worker.next < count_ ? "\"" + name_of_(worker.next) + "\"" : "nothing more";
        error_ = Error{
            .culprit = was_ended_from_outside(status) ? Culprit::Environment : Culprit::Internal,
            .code = "worker",
            .message = "the worker that ran " + at + " " + describe(status)};
    }

    std::size_t count_;
    std::size_t jobs_;
    const std::function<std::string(std::size_t)>& name_of_;
    const Work& work_;
    const std::function<void(std::size_t)>& on_done_;
    const std::function<bool()>& is_cancelled_;
    std::vector<std::optional<std::string>> results_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::optional<Error> error_;
    std::size_t done_ = 0;
};

}  // namespace

Result<std::vector<std::optional<std::string>>> run_in_workers(
    std::size_t count, std::size_t jobs, const std::function<std::string(std::size_t)>& name_of,
    const Work& work, const std::function<void(std::size_t)>& on_done,
    const std::function<bool()>& is_cancelled) {
    return Pool(count, jobs, name_of, work, on_done, is_cancelled).run();
}

}  // namespace portolan::nat_sim
