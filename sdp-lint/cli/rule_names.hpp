#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"

namespace portolan::sdp_lint {

/// The code of a rule that is called so, by code or name, in any case. Usage error "unknown-id" with
/// the names that are near or have the word in them.
Result<std::string> code_of_rule(std::string_view word);

/// The arguments with the rule's code behind --explain, where its name was. Error as above, of what
/// stands there. What is no argument of --explain stays as it is.
Result<std::vector<std::string>> with_codes(std::vector<std::string> arguments);

}  // namespace portolan::sdp_lint
