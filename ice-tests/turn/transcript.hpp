#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "probe/transport/bytes.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::turn {

enum class Direction { Sent, Received };

struct Exchange {
    Direction direction = Direction::Sent;
    transport::Time at{};
    std::string who;  ///< "client 1", "peer 1"
    std::vector<std::byte> bytes;
    std::string note;  ///< instead of bytes: "connection closed by the server"
};

/// What went over the wires of one piece of work, in order: the evidence for what is said of it.
class Transcript {
  public:
    void add(Direction direction, transport::Time at, const std::string& who,
             transport::Bytes bytes);
    void note(transport::Time at, const std::string& who, std::string text);

    /// What comes later is not part of the piece of work.
    void close() { is_closed_ = true; }

    [[nodiscard]] const std::vector<Exchange>& exchanges() const { return exchanges_; }
    [[nodiscard]] std::size_t left_out_count() const { return left_out_count_; }

  private:
    std::vector<Exchange> exchanges_;
    std::size_t left_out_count_ = 0;
    std::size_t size_bytes_ = 0;
    bool is_closed_ = false;
};

}  // namespace portolan::turn
