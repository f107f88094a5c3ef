#include "probe/transport/dns_records.hpp"

#include <arpa/nameser.h>
#include <gio/gio.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "probe/transport/glib_ptr.hpp"
#include "reports/model/ascii.hpp"

namespace portolan::transport {
namespace {

// The most that DNS over TCP can carry (RFC 1035 s4.2.2).
constexpr std::size_t kMaxMessageBytes = 65535;
// Seconds before the first repetition; the next waits twice as long.
constexpr int kRepeatAfterSeconds = 1;
constexpr int kCopyCount = 2;

Error dns_error(Culprit culprit, std::string code, const std::string& question,
                const std::string& reason) {
    return {.culprit = culprit,
            .code = "dns." + std::move(code),
            .message = "no answer about " + question + ": " + reason};
}

std::string host_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    return report::lower_of(text);
}

// Reads the data of one record; every step fails once one has.
class RecordReader {
  public:
    RecordReader(const ns_msg& message, const ns_rr& record)
        : message_(message), at_(ns_rr_rdata(record)), end_(at_ + ns_rr_rdlen(record)) {}

    [[nodiscard]] bool is_whole() const { return is_good_ && at_ == end_; }

    std::uint16_t number() {
        if (!has(2)) return 0;
        const unsigned value = ns_get16(at_);
        at_ += 2;
        return static_cast<std::uint16_t>(value);
    }
    std::string text() {
        if (!has(1)) return {};
        const std::size_t size = *at_++;
        if (!has(size)) return {};
        std::string out(reinterpret_cast<const char*>(at_), size);
        at_ += size;
        return out;
    }
    std::string name() {
        std::array<char, NS_MAXDNAME> out{};
        const int used = is_good_ ? dn_expand(ns_msg_base(message_), ns_msg_end(message_), at_,
                                              out.data(), static_cast<int>(out.size()))
                                  : -1;
        is_good_ = used >= 0 && used <= end_ - at_;
        if (!is_good_) return {};
        at_ += used;
        return host_name(out.data());
    }

  private:
    bool has(std::size_t count) {
        is_good_ = is_good_ && static_cast<std::size_t>(end_ - at_) >= count;
        return is_good_;
    }

    const ns_msg& message_;
    const unsigned char* at_;
    const unsigned char* end_;
    bool is_good_ = true;
};

ns_type wire_type(RecordType type) {
    return type == RecordType::Srv ? ns_t_srv : ns_t_naptr;
}

bool read_record(RecordReader reader, RecordType type, Records& records) {
    // A braced list is evaluated from left to right, which is the order on the wire.
    if (type == RecordType::Srv) {
        records.srv.push_back({reader.number(), reader.number(), reader.number(), reader.name()});
    } else {
        records.naptr.push_back({reader.number(), reader.number(), reader.text(), reader.text(),
                                 reader.text(), reader.name()});
    }
    return reader.is_whole();
}

// What the worker thread is given, and what it gives back.
struct Question {
    RecordType type;
    std::string name;

    [[nodiscard]] std::string text() const { return std::string(to_string(type)) + ' ' + name; }
};

Result<Records> ask_now(const Question& question) {
    struct __res_state state {};
    if (res_ninit(&state) != 0) {
        return dns_error(Culprit::Environment, "failed", question.text(),
                         "the resolver's configuration cannot be read");
    }
    state.retrans = kRepeatAfterSeconds;
    state.retry = kCopyCount;
    std::vector<unsigned char> answer(kMaxMessageBytes);
    const int size = res_nquery(&state, question.name.c_str(), ns_c_in, wire_type(question.type),
                                answer.data(), static_cast<int>(answer.size()));
    const int why = state.res_h_errno;
    res_nclose(&state);
    if (size >= 0) {
        answer.resize(std::min(answer.size(), static_cast<std::size_t>(size)));
        auto records = parse_records(std::as_bytes(std::span(answer)), question.type);
        if (records) return records;
        return dns_error(Culprit::Peer, "malformed", question.text(),
                         "what a name server sent cannot be read");
    }
    if (why == HOST_NOT_FOUND || why == NO_DATA) return Records{};
    if (why == TRY_AGAIN) {
        return dns_error(Culprit::Environment, "temporary", question.text(),
                         "no usable answer from a name server");
    }
    return dns_error(Culprit::Environment, "failed", question.text(),
                     "the name server refuses to answer, or cannot");
}

// One question of a caller. The callback is taken when it is used or dropped: it runs once at most.
struct Pending {
    RecordSource::Callback callback;
    glib::SourcePtr timer;

    void finish(Result<Records> result) {
        const auto taken = std::exchange(callback, nullptr);
        const auto last = std::move(timer);
        if (taken) taken(std::move(result));
    }
};

class PendingLookup final : public RecordSource::Lookup {
  public:
    explicit PendingLookup(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
    ~PendingLookup() override {
        pending_->callback = nullptr;
        pending_->timer.reset();
    }

  private:
    std::shared_ptr<Pending> pending_;
};

struct Job {
    Question question;
    std::shared_ptr<Pending> pending;
    std::optional<Result<Records>> result;
};

void run_job(GTask* task, gpointer, gpointer data, GCancellable*) {
    auto& job = *static_cast<Job*>(data);
    job.result = ask_now(job.question);
    g_task_return_boolean(task, TRUE);
}

void on_done(GObject*, GAsyncResult* result, gpointer) {
    auto& job = *static_cast<Job*>(g_task_get_task_data(G_TASK(result)));
    job.pending->finish(std::move(*job.result));
}

}  // namespace

std::string_view to_string(RecordType type) {
    return type == RecordType::Srv ? "SRV" : "NAPTR";
}

Result<Records> parse_records(std::span<const std::byte> message, RecordType type) {
    const Error malformed{.culprit = Culprit::Peer,
                          .code = "dns.malformed",
                          .message = "a name server's answer cannot be read"};
    ns_msg handle{};
    if (ns_initparse(reinterpret_cast<const unsigned char*>(message.data()),
                     static_cast<int>(message.size()), &handle) != 0) {
        return malformed;
    }
    Records out;
    for (int i = 0; i < ns_msg_count(handle, ns_s_an); ++i) {
        ns_rr record{};
        if (ns_parserr(&handle, ns_s_an, i, &record) != 0) return malformed;
        // Aliases come along.
        if (ns_rr_type(record) != wire_type(type)) continue;
        if (!read_record(RecordReader(handle, record), type, out)) return malformed;
    }
    return out;
}

struct SystemRecords::State {
    glib::ContextPtr context;
    Duration timeout;
};

SystemRecords::SystemRecords(GMainContext* context, Duration timeout)
    : state_(std::make_unique<State>(State{glib::share(context), timeout})) {}
SystemRecords::~SystemRecords() = default;

std::unique_ptr<RecordSource::Lookup> SystemRecords::ask(RecordType type, std::string_view name,
                                                         Callback callback) {
    GMainContext* context = state_->context.get();
    auto pending = std::make_shared<Pending>();
    pending->callback = std::move(callback);
    const Question question{type, std::string(name)};
    pending->timer = glib::call_after(
        context, state_->timeout,
        [weak = std::weak_ptr(pending), question, timeout = state_->timeout] {
            const auto alive = weak.lock();
            if (!alive) return;
            const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
            alive->finish(dns_error(Culprit::Environment, "timeout", question.text(),
                                    "none within " + std::to_string(ms) + " ms"));
        });
    // GIO calls back in the context that is the thread's default at this moment.
    g_main_context_push_thread_default(context);
    const glib::ObjectPtr<GTask> task(g_task_new(nullptr, nullptr, on_done, nullptr));
    g_task_set_task_data(task.get(), new Job{question, pending, {}},
                         [](gpointer data) { delete static_cast<Job*>(data); });
    g_task_run_in_thread(task.get(), run_job);
    g_main_context_pop_thread_default(context);
    return std::make_unique<PendingLookup>(std::move(pending));
}

}  // namespace portolan::transport
