#include "ice-tests/cli/session.hpp"

#include <glib-unix.h>

#include <csignal>
#include <utility>

#include "probe/transport/resolver.hpp"

namespace portolan::ice_test {
namespace {

gboolean call_handler(gpointer data) {
    (*static_cast<std::function<void()>*>(data))();
    return G_SOURCE_CONTINUE;
}

}  // namespace

Session::Session(std::uint64_t seed)
    : context_(glib::new_context()), loop_(g_main_loop_new(context_.get(), FALSE)), random_(seed) {
    for (const int number : {SIGINT, SIGTERM}) {
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

Result<std::vector<IpAddress>> Session::resolve(const std::string& host) {
    transport::SystemResolver resolver(context_.get());
    std::optional<Result<std::vector<IpAddress>>> answer;
    const auto lookup = resolver.resolve(host, [&](Result<std::vector<IpAddress>> addresses) {
        answer = std::move(addresses);
        g_main_loop_quit(loop_.get());
    });
    if (!is_interrupted_) g_main_loop_run(loop_.get());
    if (answer) return std::move(*answer);
    return Error{.culprit = Culprit::Usage,
                 .code = "interrupted",
                 .message = "interrupted while " + host + " was being resolved"};
}

}  // namespace portolan::ice_test
