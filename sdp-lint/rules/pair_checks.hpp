#pragma once

#include <algorithm>

#include "sdp-lint/rules/rule.hpp"

/// The checks of the pair group, by what they are about.
namespace portolan::lint {

/// Calls visit(offered, answered) for each section that both have.
template <typename Visit>
void each_section(const Pair& pair, Visit visit) {
    const std::size_t count = std::min(pair.offer.sections().size(), pair.answer.sections().size());
    for (std::size_t i = 0; i < count; ++i)
        visit(pair.offer.sections()[i], pair.answer.sections()[i]);
}

/// The same, of those that are offered and accepted.
template <typename Visit>
void each_accepted(const Pair& pair, Visit visit) {
    each_section(pair, [&](const Section& offered, const Section& answered) {
        if (!offered.is_rejected() && !answered.is_rejected()) visit(offered, answered);
    });
}

/// OA006, OA007, OA008, OA013, OA026, OA030
void check_answered_codecs(const Pair& pair, Reporter& reporter);
/// OA011, OA012
void check_answered_extensions(const Pair& pair, Reporter& reporter);
/// OA033
void check_shared_sources(const Pair& pair, Reporter& reporter);
/// OA028, OA029
void check_answered_simulcast(const Pair& pair, Reporter& reporter);
/// OA014, OA015
void check_answered_roles(const Description& description, Reporter& reporter);
/// The same of a description that only its place makes an answer.
void check_answered_roles_in_pair(const Pair& pair, Reporter& reporter);
/// OA016, OA017
void check_setup(const Pair& pair, Reporter& reporter);
/// OA018 to OA023, OA031
void check_transport(const Pair& pair, Reporter& reporter);
/// OA036
void check_answered_keys(const Pair& pair, Reporter& reporter);
/// OA038
void check_shared_keys(const Pair& pair, Reporter& reporter);
/// OA039
void check_answered_amr(const Pair& pair, Reporter& reporter);
/// OA010, OA024, OA025, OA037
void check_bundle(const Pair& pair, Reporter& reporter);

}  // namespace portolan::lint
