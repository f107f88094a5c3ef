#pragma once

#include <string>

namespace portolan::transport {

/// A self-signed certificate and its key, PEM, made for one test.
struct TestIdentity {
    std::string certificate;
    std::string key;

    /// Valid since 30 days ago and for `days` more; negative for one that has expired (above -30).
    static TestIdentity make(const std::string& dns_name, int days = 1);
};

}  // namespace portolan::transport
