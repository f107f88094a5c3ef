#include "ice-tests/cli/serve_tls.hpp"

#include <utility>

#include "ice-tests/server/mutate.hpp"
#include "probe/transport/self_signed.hpp"
#include "probe/transport/tls_connection.hpp"
#include "reports/cli/files.hpp"
#include "reports/cli/output.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::ice_test {
namespace {

/// Far more than a chain of certificates has.
constexpr std::size_t kMaxPemBytes = std::size_t{4} << 20;

Result<std::string> read_pem(const char* option, const std::string& path) {
    auto out = cli::read_file(path, kMaxPemBytes, "tls.file");
    if (!out) {
        Error error = std::move(out).error();
        error.message = std::string("--") + option + ": " + error.message;
        return error;
    }
    if (out->empty()) {
        return usage_error("tls.file", std::string("--") + option + ": \"" + path + "\" is empty");
    }
    return out;
}

Result<transport::PemIdentity> read_identity(const ServeTls& tls) {
    auto chain = read_pem("tls-cert", *tls.chain_file);
    if (!chain) return std::move(chain).error();
    auto key = read_pem("tls-key", *tls.key_file);
    if (!key) return std::move(key).error();
    return transport::PemIdentity{.certificate = std::move(*chain), .key = std::move(*key)};
}

}  // namespace

std::vector<cli::OptionSpec> tls_option_specs() {
    return {
        {.name = "tls",
         .help = "Answer over TLS and DTLS too, on --tls-port; without --tls-cert with a "
                 "certificate made at the start, for localhost and the server's addresses."},
        {.name = "tls-port",
         .help = "Port of TLS and DTLS; 0 chooses a free one.",
         .kind = cli::Count{0, 65535},
         .default_value = "0"},
        {.name = "tls-cert",
         .help = "The server's certificate and what leads from it to its authority, PEM.",
         .kind = cli::Text{"FILE"}},
        {.name = "tls-key", .help = "Its key, PEM.", .kind = cli::Text{"FILE"}},
        {.name = "tls-ca-out",
         .help = "Write the certificate that was made to this file, for the --ca-file of clients.",
         .kind = cli::Text{"FILE"}},
    };
}

Result<std::optional<ServeTls>> read_tls_options(const cli::Arguments& arguments) {
    using Tls = std::optional<ServeTls>;
    if (!arguments.has("tls")) {
        for (const cli::OptionSpec& option : tls_option_specs()) {
            if (arguments.has(option.name)) {
                return usage_error("conflict", "--" + option.name + " needs --tls");
            }
        }
        return Tls();
    }
    if (!arguments.has("turn")) return usage_error("conflict", "--tls needs --turn");
    ServeTls out;
    out.port = static_cast<std::uint16_t>(arguments.count("tls-port").value_or(0));
    if (arguments.has("tls-cert")) out.chain_file = arguments.text("tls-cert");
    if (arguments.has("tls-key")) out.key_file = arguments.text("tls-key");
    if (arguments.has("tls-ca-out")) out.ca_file = arguments.text("tls-ca-out");
    if (out.chain_file.has_value() != out.key_file.has_value()) {
        return usage_error("conflict", "--tls-cert and --tls-key go together");
    }
    if (out.chain_file && out.ca_file) {
        return usage_error("conflict",
                           "--tls-ca-out is for the certificate that is made without "
                           "--tls-cert");
    }
    return Tls(std::move(out));
}

Result<void> set_identity(const ServeTls& tls, server::TurnServerOptions& options) {
    auto made = tls.chain_file ? read_identity(tls)
                               : transport::make_self_signed(server::certificate_for(
                                     options.mutants, {"localhost"}, options.addresses));
    if (!made) return std::move(made).error();
    auto identity = transport::TlsCredentials::identity_pem(made->certificate, made->key,
                                                            server::tls_policy(options.mutants));
    if (!identity) return std::move(identity).error();
    options.identity = std::move(*identity);
    options.tls_port = tls.port;
    if (!tls.ca_file) return {};
    return cli::write_output(made->certificate, tls.ca_file);
}

}  // namespace portolan::ice_test
