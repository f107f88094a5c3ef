#include "probe/cli/session.hpp"

#include <sys/random.h>

#include <algorithm>

#include "probe/discovery/nat64.hpp"
#include "probe/transport/end_signals.hpp"
#include "probe/transport/resolver.hpp"

namespace portolan::nat_probe {

namespace {

constexpr transport::Duration kPrefixAtMost = std::chrono::milliseconds(1500);

void fill_from_system(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t count = getrandom(out.data(), out.size(), 0);
        if (count > 0) out = out.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace

Session::Session(std::optional<std::uint64_t> seed)
    : context_(glib::new_context()),
      loop_(g_main_loop_new(context_.get(), FALSE)),
      seed_(seed.value_or(transport::random_seed())),
      random_(seed_),
      trust_(context_.get()) {
    if (!seed) entropy_ = fill_from_system;
    signals_ = transport::on_end_signals(context_.get(), [this] {
        interrupted_ = true;
        if (current_ != nullptr) {
            current_->cancel();
        } else {
            g_main_loop_quit(loop_.get());
        }
    });
}

Session::~Session() = default;

transport::Duration Session::at_most(transport::Duration wanted, transport::Time deadline) const {
    return std::clamp<transport::Duration>(deadline - clock_.now(), std::chrono::milliseconds(1),
                                           wanted);
}

std::vector<ResolvedServer> Session::resolve(const std::vector<NamedServer>& servers,
                                             transport::Duration timeout) {
    std::vector<ResolvedServer> resolved;
    resolved.reserve(servers.size());
    transport::SystemResolver resolver(context_.get(), timeout);
    std::vector<std::unique_ptr<transport::Resolver::Lookup>> lookups;
    std::size_t pending = servers.size();
    for (const NamedServer& server : servers) {
        resolved.push_back({server, {}, {}});
        ResolvedServer& slot = resolved.back();
        lookups.push_back(resolver.resolve(
            server.uri.host, [this, &slot, &pending](Result<std::vector<IpAddress>> answer) {
                if (answer) {
                    slot.addresses = std::move(*answer);
                } else {
                    slot.error = answer.error().message;
                }
                if (--pending == 0) g_main_loop_quit(loop_.get());
            }));
    }
    if (pending > 0 && !interrupted_) g_main_loop_run(loop_.get());
    return resolved;
}

std::vector<IpAddress> Session::resolve_name(const std::string& name, transport::Duration timeout) {
    NamedServer server{name, {}};
    server.uri.host = name;
    return resolve({server}, timeout).front().addresses;
}

std::optional<IpAddress> Session::nat64_prefix(transport::Time deadline) {
    return discovery::nat64_prefix_from(
        resolve_name(discovery::kNat64Name, at_most(kPrefixAtMost, deadline)));
}

void Session::run_until(const std::function<bool()>& done, transport::Time deadline) {
    wait([&] { return interrupted_ || done(); }, deadline);
}

void Session::run_to_the_end(const std::function<bool()>& done, transport::Time deadline) {
    wait(done, deadline);
}

void Session::wait(const std::function<bool()>& done, transport::Time deadline) {
    const auto timer =
        glib::call_after(context_.get(), std::max(deadline - clock_.now(), transport::Duration(0)),
                         [this] { g_main_loop_quit(loop_.get()); });
    is_waiting_ = true;
    while (!done() && clock_.now() < deadline)
        g_main_loop_run(loop_.get());
    is_waiting_ = false;
}

void Session::wake() {
    if (is_waiting_) g_main_loop_quit(loop_.get());
}

void Session::run(discovery::Machine& machine, const std::string& interface) {
    if (interrupted_) {
        machine.start(clock_.now());
        machine.cancel(clock_.now());
        return;
    }
    runner::RunnerOptions options;
    options.interface = interface;
    options.trust = [this](Trust::Ready ready) { trust_.get(std::move(ready)); };
    runner::MachineRunner runner(context_.get(), clock_, random_, machine, std::move(options),
                                 [this] { g_main_loop_quit(loop_.get()); });
    current_ = &runner;
    runner.start();
    g_main_loop_run(loop_.get());
    current_ = nullptr;
    if (runner.failure() && !failure_) failure_ = *runner.failure();
}

}  // namespace portolan::nat_probe
