#include "sdp-lint/cli/baseline.hpp"

#include "reports/model/json.hpp"

namespace portolan::sdp_lint {

namespace {

constexpr std::string_view kSchema = "portolan.sdp-lint.baseline/1";

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    return hash;
}

}  // namespace

std::string fingerprint_of(const lint::Finding& finding, const sdp::Description& description) {
    const sdp::Document& document = description.document();
    const auto lines = document.lines();
    std::uint64_t hash = fnv1a(14695981039346656037ULL, to_string(finding.code));
    if (!lines.empty()) {
        // A line of a megabyte with a thousand findings is not read a thousand times.
        constexpr std::size_t kMaxHashedBytes = 4096;
        const std::string_view line = lines[document.line_index_at(finding.place.range.begin)].text;
        hash = fnv1a(fnv1a(hash, "\n"), line.substr(0, kMaxHashedBytes));
        if (line.size() > kMaxHashedBytes) hash = fnv1a(hash, std::to_string(line.size()));
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (int shift = 60; shift >= 0; shift -= 4)
        out += kHex[(hash >> static_cast<unsigned>(shift)) & 0xFU];
    return out;
}

Result<Baseline> Baseline::parse(std::string_view text, const std::string& path) {
    const auto bad = [&](const std::string& problem) {
        return Error{Culprit::Usage,
                     "baseline",
                     path + " is no baseline: " + problem,
                     {},
                     "--write-baseline makes one"};
    };
    const auto json = report::parse_json(text);
    if (!json) return bad(json.error().message);
    if (!json->is_object() || json->value("schema", "") != kSchema)
        return bad("its \"schema\" is not " + std::string(kSchema));
    const auto found = json->find("findings");
    if (found == json->end() || !found->is_object()) return bad("it has no \"findings\"");
    Baseline baseline;
    for (const auto& [fingerprint, count] : found->items()) {
        if (!count.is_number_unsigned()) return bad("a count is no number");
        baseline.counts_[fingerprint] = count.get<std::uint64_t>();
    }
    return baseline;
}

Result<Baseline> Baseline::read(const std::string& path) {
    const auto bytes = read_bytes(path);
    if (!bytes) return Error{Culprit::Usage, "baseline", bytes.error().message};
    return parse(*bytes, path);
}

bool Baseline::take(const std::string& fingerprint) {
    const auto known = counts_.find(fingerprint);
    if (known == counts_.end() || known->second == 0) return false;
    --known->second;
    return true;
}

std::string Baseline::to_json() const {
    const report::Json json = {{"schema", kSchema}, {"findings", counts_}};
    return json.dump(2) + "\n";
}

}  // namespace portolan::sdp_lint
