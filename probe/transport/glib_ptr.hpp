#pragma once

#include <gio/gio.h>
#include <glib.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

// GLib and GObject references behind RAII, and the only places where a GSource is made.
namespace portolan::glib {

struct ContextDeleter {
    void operator()(GMainContext* context) const { g_main_context_unref(context); }
};
using ContextPtr = std::unique_ptr<GMainContext, ContextDeleter>;

struct LoopDeleter {
    void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
};
using LoopPtr = std::unique_ptr<GMainLoop, LoopDeleter>;

/// Detaches the source too: when the pointer goes, the callback is never called again. It may go
/// inside that very callback.
struct SourceDeleter {
    void operator()(GSource* source) const {
        g_source_destroy(source);
        g_source_unref(source);
    }
};
using SourcePtr = std::unique_ptr<GSource, SourceDeleter>;

struct ErrorDeleter {
    void operator()(GError* error) const { g_error_free(error); }
};
using ErrorPtr = std::unique_ptr<GError, ErrorDeleter>;

struct ObjectDeleter {
    void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using ObjectPtr = std::unique_ptr<T, ObjectDeleter>;

/// A context of one's own.
ContextPtr new_context();
/// A further reference to somebody else's; nullptr means GLib's default context.
ContextPtr share(GMainContext* context);

/// Calls back whenever one of the conditions holds on the descriptor, which stays the caller's and
/// must be closed only after the source is gone.
SourcePtr watch_fd(GMainContext* context, int fd, GIOCondition conditions,
                   std::function<void(GIOCondition)> callback);

/// Calls back once, not before the delay has passed; GLib's resolution is one millisecond, rounded
/// up. Negative counts as zero.
SourcePtr call_after(GMainContext* context, std::chrono::microseconds delay,
                     std::function<void()> callback);

/// Calls back once from the next iteration of the context: how results that are known at once are
/// still reported after the call that asked for them has returned.
SourcePtr call_soon(GMainContext* context, std::function<void()> callback);

/// Calls back each time that the moment set with set_alarm() has come, until then never. For what
/// happens often at known times: no allocation, and no drift from rounding.
SourcePtr alarm(GMainContext* context, std::function<void()> callback);
/// In the time of g_get_monotonic_time(); nullopt for never. Replaces what was set before.
void set_alarm(GSource* alarm, std::optional<std::chrono::microseconds> monotonic_time);

}  // namespace portolan::glib
