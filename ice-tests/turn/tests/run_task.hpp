#pragma once

#include <gtest/gtest.h>

#include <chrono>

#include "ice-tests/turn/task.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::turn {

/// What a coroutine comes to, on the loop that its timers and sockets are on. The limit costs only
/// when a test fails.
template <typename T>
T run_task(transport::Loop& loop, Task<T> task,
           std::chrono::seconds limit = std::chrono::seconds(60)) {
    bool done = false;
    task.start([&] { done = true; });
    EXPECT_TRUE(loop.until([&] { return done; }, limit));
    return task.take();
}

}  // namespace portolan::turn
