#include "probe/transport/resolver.hpp"

#include <gio/gio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "probe/transport/glib_ptr.hpp"
#include "reports/model/ascii.hpp"

namespace portolan::transport {
namespace {

// RFC 1035 s2.3.4: 255 octets on the wire, which is 253 characters, and a final dot.
constexpr std::size_t kMaxNameBytes = 254;

Error resolve_error(Culprit culprit, std::string code, std::string_view host,
                    const std::string& reason) {
    return {.culprit = culprit,
            .code = "resolve." + std::move(code),
            .message = "cannot resolve \"" + std::string(host) + "\": " + reason};
}

std::optional<Error> check_name(std::string_view host) {
    const bool is_odd = std::ranges::any_of(host, [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet <= 0x20 || octet == 0x7F;
    });
    const auto length = static_cast<gssize>(host.size());
    if (!host.empty() && host.size() <= kMaxNameBytes && !is_odd &&
        g_utf8_validate(host.data(), length, nullptr) != FALSE) {
        return std::nullopt;
    }
    // The name is left out: it is not one, and may be anything.
    return Error{.culprit = Culprit::Usage,
                 .code = "resolve.name",
                 .message = host.empty() ? "an empty host name cannot be resolved"
                                         : "this is not a host name: too long, or with blanks, "
                                           "control characters or invalid UTF-8"};
}

// One question. The callback is taken when it is used or the question is dropped, so it runs once
// at most.
struct Pending {
    std::string host;
    Resolver::Callback callback;
    glib::ObjectPtr<GCancellable> cancellable;
    glib::SourcePtr timer;  // time-out, or the delivery of an answer known at once

    void finish(Result<std::vector<IpAddress>> result) {
        auto taken = std::exchange(callback, nullptr);
        const auto last = std::move(timer);
        if (cancellable) g_cancellable_cancel(cancellable.get());
        if (taken) taken(std::move(result));
    }
};

class PendingLookup final : public Resolver::Lookup {
  public:
    explicit PendingLookup(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
    ~PendingLookup() override {
        pending_->callback = nullptr;
        pending_->timer.reset();
        if (pending_->cancellable) g_cancellable_cancel(pending_->cancellable.get());
    }

  private:
    std::shared_ptr<Pending> pending_;
};

std::unique_ptr<Resolver::Lookup> answer_soon(GMainContext* context, std::string_view host,
                                              Resolver::Callback callback,
                                              Result<std::vector<IpAddress>> answer) {
    auto pending = std::make_shared<Pending>();
    pending->host = host;
    pending->callback = std::move(callback);
    // The timer belongs to what it would keep alive, hence the weak pointer.
    pending->timer =
        glib::call_soon(context, [weak = std::weak_ptr(pending), answer = std::move(answer)] {
            if (const auto alive = weak.lock()) alive->finish(answer);
        });
    return std::make_unique<PendingLookup>(std::move(pending));
}

struct FreeAddresses {
    void operator()(GList* list) const { g_resolver_free_addresses(list); }
};

std::vector<IpAddress> to_addresses(const GList* list) {
    std::vector<IpAddress> out;
    for (const GList* item = list; item != nullptr; item = item->next) {
        auto* address = static_cast<GInetAddress*>(item->data);
        const guint8* octets = g_inet_address_to_bytes(address);
        IpAddress ip;
        if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4) {
            std::array<std::uint8_t, 4> v4{};
            std::memcpy(v4.data(), octets, v4.size());
            ip = IpAddress::v4(v4);
        } else {
            std::array<std::uint8_t, 16> v6{};
            std::memcpy(v6.data(), octets, v6.size());
            ip = IpAddress::v6(v6);
        }
        if (std::ranges::find(out, ip) == out.end()) out.push_back(ip);
    }
    return out;
}

Error to_error(const GError& error, std::string_view host) {
    if (g_error_matches(&error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND) != FALSE) {
        return resolve_error(Culprit::Environment, "not-found", host,
                             "no such name, or it has no address");
    }
    if (g_error_matches(&error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE) != FALSE) {
        return resolve_error(Culprit::Environment, "temporary", host,
                             "no usable answer from a name server");
    }
    return resolve_error(Culprit::Environment, "failed", host, error.message);
}

void on_resolved(GObject* source, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<std::shared_ptr<Pending>> pending(
        static_cast<std::shared_ptr<Pending>*>(data));
    GError* raw_error = nullptr;
    const std::unique_ptr<GList, FreeAddresses> list(
        g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &raw_error));
    const glib::ErrorPtr error(raw_error);
    Pending& question = **pending;
    if (error) return question.finish(to_error(*error, question.host));
    auto addresses = to_addresses(list.get());
    if (addresses.empty()) {
        return question.finish(
            resolve_error(Culprit::Environment, "not-found", question.host, "it has no address"));
    }
    question.finish(std::move(addresses));
}

}  // namespace

struct SystemResolver::State {
    glib::ContextPtr context;
    Duration timeout;
    glib::ObjectPtr<GResolver> resolver;
};

SystemResolver::SystemResolver(GMainContext* context, Duration timeout)
    : state_(std::make_shared<State>(State{
          glib::share(context), timeout, glib::ObjectPtr<GResolver>(g_resolver_get_default())})) {}
SystemResolver::~SystemResolver() = default;

std::unique_ptr<Resolver::Lookup> SystemResolver::resolve(std::string_view host,
                                                          Callback callback) {
    GMainContext* context = state_->context.get();
    if (const auto ip = IpAddress::parse(host)) {
        return answer_soon(context, host, std::move(callback), std::vector{*ip});
    }
    if (auto error = check_name(host)) {
        return answer_soon(context, host, std::move(callback), *std::move(error));
    }
    auto pending = std::make_shared<Pending>();
    pending->host = host;
    pending->callback = std::move(callback);
    pending->cancellable.reset(g_cancellable_new());
    pending->timer = glib::call_after(
        context, state_->timeout, [weak = std::weak_ptr(pending), timeout = state_->timeout] {
            const auto alive = weak.lock();
            if (!alive) return;
            const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
            alive->finish(resolve_error(Culprit::Environment, "timeout", alive->host,
                                        "no answer within " + std::to_string(ms) + " ms"));
        });
    // GIO calls back in the context that is the thread's default at this moment.
    g_main_context_push_thread_default(context);
    g_resolver_lookup_by_name_async(state_->resolver.get(), pending->host.c_str(),
                                    pending->cancellable.get(), on_resolved,
                                    new std::shared_ptr<Pending>(pending));
    g_main_context_pop_thread_default(context);
    return std::make_unique<PendingLookup>(std::move(pending));
}

struct HostTable::State {
    glib::ContextPtr context;
    std::map<std::string, std::vector<IpAddress>> hosts;
};

HostTable::HostTable(GMainContext* context,
                     const std::map<std::string, std::vector<IpAddress>>& hosts)
    : state_(std::make_shared<State>(State{glib::share(context), {}})) {
    for (const auto& [name, addresses] : hosts)
        state_->hosts[report::lower_of(name)] = addresses;
}
HostTable::~HostTable() = default;

std::unique_ptr<Resolver::Lookup> HostTable::resolve(std::string_view host, Callback callback) {
    GMainContext* context = state_->context.get();
    if (const auto ip = IpAddress::parse(host)) {
        return answer_soon(context, host, std::move(callback), std::vector{*ip});
    }
    if (auto error = check_name(host)) {
        return answer_soon(context, host, std::move(callback), *std::move(error));
    }
    const auto found = state_->hosts.find(report::lower_of(host));
    if (found == state_->hosts.end() || found->second.empty()) {
        return answer_soon(
            context, host, std::move(callback),
            resolve_error(Culprit::Environment, "not-found", host, "it is not in the host table"));
    }
    return answer_soon(context, host, std::move(callback), found->second);
}

}  // namespace portolan::transport
