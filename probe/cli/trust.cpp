#include "probe/cli/trust.hpp"

#include <utility>

namespace portolan::nat_probe {

Trust::~Trust() {
    if (reader_.joinable()) reader_.join();
}

void Trust::set(Credentials credentials) {
    credentials_ = std::move(credentials);
    is_known_ = true;
}

void Trust::get(Ready ready) {
    if (is_known_) return ready(credentials_);
    waiting_.push_back(std::move(ready));
    if (reader_.joinable()) return;
    reader_ = std::thread([this] {
        auto read = transport::TlsCredentials::system_trust();
        const std::lock_guard lock(mutex_);
        if (read) from_reader_ = std::move(*read);
        finish_ = glib::call_soon(context_, [this] { on_read(); });
    });
}

void Trust::on_read() {
    {
        const std::lock_guard lock(mutex_);
        set(std::move(from_reader_));
    }
    for (const Ready& ready : std::exchange(waiting_, {}))
        ready(credentials_);
}

}  // namespace portolan::nat_probe
