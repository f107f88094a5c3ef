#pragma once

#include <utility>
#include <vector>

#include "probe/stun/message.hpp"
#include "reports/model/result.hpp"

// The codec's views made safe to hold in Python: each carries the bytes that it looks at.
namespace portolan::python {

/// stun::MessageView with its bytes. Moving a vector leaves its elements where they are.
class OwnedMessage {
  public:
    static Result<OwnedMessage> parse(std::vector<std::byte> bytes) {
        auto view = stun::MessageView::parse(bytes);
        if (!view) return std::move(view).error();
        return OwnedMessage(std::move(bytes), *view);
    }
    OwnedMessage(OwnedMessage&&) = default;
    OwnedMessage& operator=(OwnedMessage&&) = default;
    OwnedMessage(const OwnedMessage&) = delete;
    OwnedMessage& operator=(const OwnedMessage&) = delete;
    ~OwnedMessage() = default;

    [[nodiscard]] const stun::MessageView& view() const { return view_; }

  private:
    OwnedMessage(std::vector<std::byte> bytes, stun::MessageView view)
        : bytes_(std::move(bytes)), view_(view) {}

    std::vector<std::byte> bytes_;
    stun::MessageView view_;
};

/// stun::AttributeView with its bytes.
struct OwnedAttribute {
    explicit OwnedAttribute(const stun::AttributeView& view)
        : type(view.type),
          value(view.value.begin(), view.value.end()),
          offset_bytes(view.offset_bytes) {}

    stun::AttributeType type;
    std::vector<std::byte> value;
    std::size_t offset_bytes;
};

/// stun::MessageWriter with its buffer.
class OwnedWriter {
  public:
    OwnedWriter(stun::MessageClass message_class, stun::Method method,
                const stun::TransactionId& id, std::size_t max_bytes)
        : buffer_(max_bytes), writer_(buffer_, message_class, method, id) {}
    OwnedWriter(const OwnedWriter&) = delete;
    OwnedWriter& operator=(const OwnedWriter&) = delete;
    OwnedWriter(OwnedWriter&&) = delete;
    OwnedWriter& operator=(OwnedWriter&&) = delete;
    ~OwnedWriter() = default;

    stun::MessageWriter& writer() { return writer_; }

  private:
    std::vector<std::byte> buffer_;
    stun::MessageWriter writer_;
};

}  // namespace portolan::python
