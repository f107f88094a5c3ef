#pragma once

#include <glib.h>

#include <chrono>
#include <memory>

#include "ice-tests/agent/negotiation.hpp"

namespace portolan::agent {

/// Delivers to two sides on one context, in order and each message after the same delay.
class SignallingLink {
  public:
    SignallingLink(GMainContext* context, std::chrono::microseconds one_way_delay);
    ~SignallingLink();
    SignallingLink(const SignallingLink&) = delete;
    SignallingLink& operator=(const SignallingLink&) = delete;

    /// The two ends; to be used for the sides that connect() names.
    [[nodiscard]] Negotiation::Send toward_offerer();
    [[nodiscard]] Negotiation::Send toward_answerer();
    /// Both must outlive the link, or be taken out with disconnect(); what is on its way then is
    /// dropped. Messages sent before are kept.
    void connect(Negotiation& offerer, Negotiation& answerer);
    void disconnect();

  private:
    struct Wire;
    std::shared_ptr<Wire> wire_;
};

}  // namespace portolan::agent
