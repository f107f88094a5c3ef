#include "ice-tests/cli/session.hpp"

#include <glib-unix.h>

#include <csignal>
#include <utility>

#include "probe/transport/server_locator.hpp"

namespace portolan::ice_test {
namespace {

gboolean call_handler(gpointer data) {
    (*static_cast<std::function<void()>*>(data))();
    return G_SOURCE_CONTINUE;
}

bool is_ignored(int number) {
    struct sigaction current {};
    return sigaction(number, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

}  // namespace

Session::Session(std::uint64_t seed)
    : context_(glib::new_context()), loop_(g_main_loop_new(context_.get(), FALSE)), random_(seed) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        // nohup(1): whoever ignores the end of the terminal wants the run to go on.
        if (number == SIGHUP && is_ignored(number)) continue;
        glib::SourcePtr source(g_unix_signal_source_new(number));
        auto handler = std::make_unique<std::function<void()>>([this] {
            is_interrupted_ = true;
            g_main_loop_quit(loop_.get());
        });
        g_source_set_callback(source.get(), call_handler, handler.release(), [](gpointer data) {
            delete static_cast<std::function<void()>*>(data);
        });
        g_source_attach(source.get(), context_.get());
        signals_.push_back(std::move(source));
    }
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

}  // namespace portolan::ice_test
