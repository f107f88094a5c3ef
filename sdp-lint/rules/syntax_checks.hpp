#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the syntax group that are about attributes.
namespace portolan::lint {

/// SY011, SY012, SY013, SY016
void attribute_names(const Description& description, Reporter& reporter);
/// SY014
void attribute_values(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
