#include "probe/transport/tls_credentials.hpp"

#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/cli/files.hpp"

namespace portolan::transport {
namespace {

Error tls_error(Culprit culprit, std::string code, std::string message) {
    return {.culprit = culprit, .code = "tls." + std::move(code), .message = std::move(message)};
}

gnutls_datum_t datum(std::string_view text) {
    // GnuTLS reads it and takes a pointer to non-const all the same.
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
            static_cast<unsigned>(text.size())};
}

/// RFC 6066 s3: how a server refuses a name, here the lack of one.
int refuse_nameless(gnutls_session_t session) {
    char name[256];
    std::size_t length = sizeof name;
    unsigned type = 0;
    return gnutls_server_name_get(session, name, &length, &type, 0) == 0
               ? 0
               : GNUTLS_E_UNRECOGNIZED_NAME;
}

std::string reason(int gnutls_error) {
    return gnutls_error == 0 ? "no certificate in it" : gnutls_strerror(gnutls_error);
}

}  // namespace

TlsCredentials::Handle::Handle() {
    if (gnutls_certificate_allocate_credentials(&credentials) != 0) throw std::bad_alloc();
}

TlsCredentials::Handle::~Handle() {
    gnutls_certificate_free_credentials(credentials);
}

TlsCredentials::TlsCredentials(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
TlsCredentials::~TlsCredentials() = default;

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::system_trust() {
    auto handle = std::make_unique<Handle>();
    // The number of certificates, or an error.
    const int count = gnutls_certificate_set_x509_system_trust(handle->credentials);
    if (count <= 0) {
        Error error = tls_error(Culprit::Environment, "system-trust",
                                "no certificate authorities on this system: " + reason(count));
        error.hint = "install the package ca-certificates, or name a file of authorities";
        return error;
    }
    return std::shared_ptr<const TlsCredentials>(new TlsCredentials(std::move(handle)));
}

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::trust_file(const std::string& path) {
    auto handle = std::make_unique<Handle>();
    const int count = gnutls_certificate_set_x509_trust_file(handle->credentials, path.c_str(),
                                                             GNUTLS_X509_FMT_PEM);
    if (count == GNUTLS_E_FILE_ERROR) {
        // GnuTLS does not say why.
        if (auto text = cli::read_file(path, cli::kMaxFileBytes, "tls.ca-file"); !text) {
            return std::move(text).error();
        }
    }
    if (count <= 0) {
        return tls_error(
            Culprit::Usage, "ca-file",
            "cannot use \"" + path + "\" as certificate authorities: " + reason(count));
    }
    return std::shared_ptr<const TlsCredentials>(new TlsCredentials(std::move(handle)));
}

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::trust_pem(std::string_view pem) {
    auto handle = std::make_unique<Handle>();
    const gnutls_datum_t data = datum(pem);
    const int count =
        gnutls_certificate_set_x509_trust_mem(handle->credentials, &data, GNUTLS_X509_FMT_PEM);
    if (count <= 0) {
        return tls_error(Culprit::Usage, "ca-file",
                         "these are no certificate authorities: " + reason(count));
    }
    return std::shared_ptr<const TlsCredentials>(new TlsCredentials(std::move(handle)));
}

std::shared_ptr<const TlsCredentials> TlsCredentials::trust_nobody() {
    return std::shared_ptr<const TlsCredentials>(new TlsCredentials(std::make_unique<Handle>()));
}

void TlsCredentials::Handle::apply_policy(gnutls_session_t session, const char* without) const {
    const std::string words =
        without + (policy.priority.empty() ? std::string() : ':' + policy.priority);
    gnutls_set_default_priority_append(session, words.c_str(), nullptr, 0);
    if (policy.needs_server_name) {
        gnutls_handshake_set_post_client_hello_function(session, refuse_nameless);
    }
    std::vector<gnutls_datum_t> protocols;
    protocols.reserve(policy.alpn.size());
    for (const std::string& name : policy.alpn)
        protocols.push_back(datum(name));
    if (protocols.empty()) return;
    gnutls_alpn_set_protocols(session, protocols.data(), static_cast<unsigned>(protocols.size()),
                              0);
}

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::identity_pem(std::string_view chain,
                                                                           std::string_view key,
                                                                           TlsServerPolicy policy) {
    auto handle = std::make_unique<Handle>();
    handle->policy = std::move(policy);
    const gnutls_datum_t chain_data = datum(chain);
    const gnutls_datum_t key_data = datum(key);
    const int done = gnutls_certificate_set_x509_key_mem(handle->credentials, &chain_data,
                                                         &key_data, GNUTLS_X509_FMT_PEM);
    if (done < 0) {
        return tls_error(Culprit::Usage, "identity",
                         "certificate and key cannot be used: " + reason(done));
    }
    return std::shared_ptr<const TlsCredentials>(new TlsCredentials(std::move(handle)));
}

}  // namespace portolan::transport
