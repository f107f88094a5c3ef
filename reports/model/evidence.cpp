#include "reports/model/evidence.hpp"

#include <array>

#include "reports/model/words.hpp"

namespace portolan::report {
namespace {

constexpr std::array<Word<EvidenceKind>, 7> kKinds{{
    {EvidenceKind::Packets, "packets"},
    {EvidenceKind::Timing, "timing"},
    {EvidenceKind::Measurement, "measurement"},
    {EvidenceKind::Seed, "seed"},
    {EvidenceKind::Environment, "environment"},
    {EvidenceKind::Input, "input"},
    {EvidenceKind::Derivation, "derivation"},
}};

}  // namespace

std::string_view to_string(EvidenceKind kind) {
    return word_of(kKinds, kind);
}

std::optional<EvidenceKind> parse_evidence_kind(std::string_view word) {
    return value_of(kKinds, word);
}

}  // namespace portolan::report
