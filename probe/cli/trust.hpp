#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::nat_probe {

/// Whom TLS believes: what it was given, else the system's authorities. Reading those takes as long
/// as many a round trip, and on a slow disk longer, so a thread of its own does it, when they are
/// first asked for; the main loop goes on meanwhile.
class Trust {
  public:
    using Credentials = std::shared_ptr<const transport::TlsCredentials>;
    using Ready = std::function<void(Credentials)>;

    explicit Trust(GMainContext* context) : context_(context) {}
    /// Waits for the thread: what it calls must not outlive the process's libraries.
    ~Trust();
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;

    void set(Credentials credentials);
    /// Calls back at once where they are known, else later from the context; null: there are none.
    void get(Ready ready);

  private:
    void on_read();

    GMainContext* context_;
    std::thread reader_;
    std::mutex mutex_;  ///< of what follows
    Credentials from_reader_;
    glib::SourcePtr finish_;
    // Of the context's thread alone:
    Credentials credentials_;
    bool is_known_ = false;
    std::vector<Ready> waiting_;
};

}  // namespace portolan::nat_probe
