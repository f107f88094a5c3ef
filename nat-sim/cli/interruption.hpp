#pragma once

#include <csignal>
#include <string>

namespace portolan::nat_sim {

/// From its making on, SIGINT and SIGTERM do not end the program but are noted, so that what is
/// known can still be written; a second one ends it. A signal that the caller ignores stays so.
/// One at a time: signals are the process's.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    [[nodiscard]] static bool has_come();
    /// "SIGINT"; empty when none has come.
    [[nodiscard]] static std::string name();

  private:
    struct sigaction before_int_ {};
    struct sigaction before_term_ {};
};

}  // namespace portolan::nat_sim
