#include "probe/transport/end_signals.hpp"

#include <glib-unix.h>

#include <csignal>
#include <utility>

namespace portolan::transport {
namespace {

gboolean call_handler(gpointer data) {
    (*static_cast<std::function<void()>*>(data))();
    return G_SOURCE_CONTINUE;
}

void delete_handler(gpointer data) {
    delete static_cast<std::function<void()>*>(data);
}

bool is_ignored(int number) {
    struct sigaction current {};
    return sigaction(number, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

}  // namespace

std::vector<glib::SourcePtr> on_end_signals(GMainContext* context,
                                            const std::function<void()>& callback) {
    std::vector<glib::SourcePtr> sources;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        if (number == SIGHUP && is_ignored(number)) continue;
        glib::SourcePtr source(g_unix_signal_source_new(number));
        g_source_set_callback(source.get(), call_handler, new std::function<void()>(callback),
                              delete_handler);
        g_source_attach(source.get(), context);
        sources.push_back(std::move(source));
    }
    return sources;
}

}  // namespace portolan::transport
