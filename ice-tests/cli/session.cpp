#include "ice-tests/cli/session.hpp"

#include <chrono>
#include <utility>

#include "probe/transport/end_signals.hpp"
#include "probe/transport/server_locator.hpp"

namespace portolan::ice_test {
namespace {

// A round trip to most servers; whoever interrupts does not want to wait.
constexpr std::chrono::milliseconds kWindUp(300);

}  // namespace

Session::Session(std::uint64_t seed)
    : context_(glib::new_context()), loop_(g_main_loop_new(context_.get(), FALSE)), random_(seed) {
    signals_ = transport::on_end_signals(context_.get(), [this] {
        is_interrupted_ = true;
        g_main_loop_quit(loop_.get());
    });
}

Result<std::vector<transport::Discovery>> Session::locate(
    const std::vector<transport::ServerUri>& uris, std::uint64_t seed) {
    transport::SystemResolver resolver(context_.get());
    transport::SystemRecords records(context_.get());
    transport::ServerLocator locator(context_.get(), resolver, records, seed);
    std::vector<transport::Discovery> out(uris.size());
    std::vector<std::unique_ptr<transport::ServerLocator::Search>> searches;
    std::size_t pending = uris.size();
    for (std::size_t i = 0; i < uris.size(); ++i) {
        searches.push_back(locator.locate(uris[i], [&, i](transport::Discovery discovery) {
            out[i] = std::move(discovery);
            if (--pending == 0) g_main_loop_quit(loop_.get());
        }));
    }
    if (pending > 0 && !is_interrupted_) g_main_loop_run(loop_.get());
    if (pending == 0) return out;
    return Error{.culprit = Culprit::Usage,
                 .code = "interrupted",
                 .message = "interrupted while names were being resolved"};
}

// A second signal ends it at once.
void Session::wind_up() {
    const glib::SourcePtr end =
        glib::call_after(context_.get(), kWindUp, [this] { g_main_loop_quit(loop_.get()); });
    g_main_loop_run(loop_.get());
}

}  // namespace portolan::ice_test
