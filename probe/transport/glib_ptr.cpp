#include "probe/transport/glib_ptr.hpp"

#include <glib-unix.h>

#include <algorithm>
#include <utility>

namespace portolan::glib {
namespace {

template <typename Function>
SourcePtr attach(SourcePtr source, GMainContext* context, GSourceFunc trampoline,
                 Function callback) {
    g_source_set_callback(source.get(), trampoline, new Function(std::move(callback)),
                          [](gpointer data) { delete static_cast<Function*>(data); });
    g_source_attach(source.get(), context);
    return source;
}

gboolean call_once(gpointer data) {
    (*static_cast<std::function<void()>*>(data))();
    return G_SOURCE_REMOVE;
}

gboolean call_on_fd(gint /*fd*/, GIOCondition condition, gpointer data) {
    (*static_cast<std::function<void(GIOCondition)>*>(data))(condition);
    return G_SOURCE_CONTINUE;
}

// Disarmed before the call, which may set it again.
gboolean call_alarm(GSource* source, GSourceFunc callback, gpointer data) {
    g_source_set_ready_time(source, -1);
    return callback(data);
}

gboolean call_each_time(gpointer data) {
    (*static_cast<std::function<void()>*>(data))();
    return G_SOURCE_CONTINUE;
}

}  // namespace

ContextPtr new_context() {
    return ContextPtr(g_main_context_new());
}

ContextPtr share(GMainContext* context) {
    return ContextPtr(g_main_context_ref(context != nullptr ? context : g_main_context_default()));
}

SourcePtr watch_fd(GMainContext* context, int fd, GIOCondition conditions,
                   std::function<void(GIOCondition)> callback) {
    return attach(SourcePtr(g_unix_fd_source_new(fd, conditions)), context,
                  G_SOURCE_FUNC(call_on_fd), std::move(callback));
}

SourcePtr call_after(GMainContext* context, std::chrono::microseconds delay,
                     std::function<void()> callback) {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(delay).count();
    const auto interval = std::clamp<std::int64_t>(milliseconds, 0, G_MAXUINT);
    return attach(SourcePtr(g_timeout_source_new(static_cast<guint>(interval))), context, call_once,
                  std::move(callback));
}

SourcePtr call_soon(GMainContext* context, std::function<void()> callback) {
    SourcePtr source(g_idle_source_new());
    // Idle sources starve behind descriptors that are always ready; results must not.
    g_source_set_priority(source.get(), G_PRIORITY_DEFAULT);
    return attach(std::move(source), context, call_once, std::move(callback));
}

SourcePtr alarm(GMainContext* context, std::function<void()> callback) {
    // GLib wants them writable, and only reads them.
    static GSourceFuncs functions = {
        .prepare = nullptr, .check = nullptr, .dispatch = call_alarm, .finalize = nullptr};
    SourcePtr source(g_source_new(&functions, sizeof(GSource)));
    return attach(std::move(source), context, call_each_time, std::move(callback));
}

void set_alarm(GSource* alarm, std::optional<std::chrono::microseconds> monotonic_time) {
    constexpr std::chrono::microseconds kNever(-1);
    g_source_set_ready_time(alarm, monotonic_time.value_or(kNever).count());
}

}  // namespace portolan::glib
