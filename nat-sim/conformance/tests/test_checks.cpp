#include <gtest/gtest.h>

#include "nat-sim/conformance/conformance.hpp"

namespace portolan::nat::conformance {
namespace {

TEST(Checks, ids_are_legal_and_unique) { ASSERT_GE(check_table().size(), 90U); }

}  // namespace
}  // namespace portolan::nat::conformance
