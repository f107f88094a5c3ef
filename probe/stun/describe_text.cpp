#include <algorithm>
#include <array>

#include "probe/stun/describe.hpp"
#include "probe/stun/describe_value.hpp"
#include "probe/stun/dissection.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/printable.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

constexpr std::size_t kBytesPerLine = 8;
constexpr std::size_t kHexColumn = 3 * kBytesPerLine;

// Lines of "offset  bytes  meaning", with the error below the field it belongs to.
class Dump {
  public:
    Dump(Bytes bytes, const DescribeOptions& options, std::optional<Error> error)
        : bytes_(bytes), options_(options), error_(std::move(error)) {}

    void title(std::string_view text) { out_.append(text).append(1, '\n'); }

    void field(std::size_t offset, std::size_t size, std::string_view meaning) {
        const std::size_t shown =
            std::min(size, std::max<std::size_t>(options_.max_value_bytes, 1));
        for (std::size_t at = 0; at < shown; at += kBytesPerLine) {
            line(offset + at, std::min(kBytesPerLine, shown - at), at == 0 ? meaning : "");
        }
        if (shown < size) note(std::to_string(size - shown) + " more bytes");
        place_error(offset, size);
    }

    void redacted(std::size_t offset, std::size_t size) {
        start_line(offset);
        out_ += "(" + std::to_string(size) + " bytes redacted)\n";
        place_error(offset, size);
    }

    void problem(std::string_view text) { out_.append("      !! ").append(text).append(1, '\n'); }

    std::string finish() {
        if (error_) problem(error_->message);
        return std::move(out_);
    }

  private:
    void start_line(std::size_t offset) {
        const std::array<std::byte, 2> octets{static_cast<std::byte>((offset >> 8) & 0xFF),
                                              static_cast<std::byte>(offset & 0xFF)};
        // Only a datagram that no IP packet can carry gets a fifth digit.
        if (offset > 0xFFFF) out_ += std::to_string(offset >> 16);
        append_hex(out_, octets);
        out_ += "  ";
    }

    void line(std::size_t offset, std::size_t size, std::string_view meaning) {
        start_line(offset);
        const std::size_t start = out_.size();
        append_hex(out_, bytes_.subspan(offset, size), " ");
        if (!meaning.empty()) {
            out_.append(kHexColumn - (out_.size() - start) + 1, ' ').append(meaning);
        }
        out_ += '\n';
    }

    void note(std::string_view text) { out_.append("      ... ").append(text).append(1, '\n'); }

    void place_error(std::size_t offset, std::size_t size) {
        if (!error_ || !error_->byte_offset) return;
        if (*error_->byte_offset < offset || *error_->byte_offset >= offset + size) return;
        problem(error_->message);
        error_.reset();
    }

    Bytes bytes_;
    const DescribeOptions& options_;
    std::optional<Error> error_;
    std::string out_;
};

std::string method_name(Method method) {
    const auto name = name_of(method);
    if (!name.empty()) return std::string(name);
    return "unknown method " + hex_number(static_cast<std::uint16_t>(method));
}

void dump_attribute(Dump& dump, const DissectedAttribute& attribute,
                    const DescribeOptions& options) {
    const AttributeView& view = attribute.view;
    const std::size_t value_at = view.offset_bytes + 4;
    const auto number = static_cast<std::uint16_t>(view.type);
    std::string heading =
        attribute.info != nullptr
            ? std::string(attribute.info->name)
            : "unknown attribute " + hex_number(number) +
                  (number < 0x8000 ? ", comprehension required" : ", comprehension optional");
    heading += ", " + std::to_string(attribute.claimed_bytes) + " bytes";
    if (attribute.ignored) heading += ", ignored: behind message integrity";
    dump.field(view.offset_bytes, 4, heading);
    const bool hidden = attribute.secret() && !options.show_secrets;
    if (hidden) {
        dump.redacted(value_at, view.value.size() + attribute.padding.size());
        return;
    }
    std::string meaning;
    if (attribute.info != nullptr && attribute.value &&
        view.value.size() <= std::max<std::size_t>(options.max_value_bytes, 1)) {
        meaning = value_text(*attribute.info, *attribute.value);
    }
    dump.field(value_at, view.value.size(), meaning);
    if (!attribute.value && !attribute.overruns()) dump.problem("malformed value");
    if (attribute.padding.empty()) return;
    const bool zero = std::all_of(attribute.padding.begin(), attribute.padding.end(),
                                  [](std::byte octet) { return octet == std::byte{0}; });
    dump.field(value_at + view.value.size(), attribute.padding.size(),
               zero ? "padding" : "padding, not zero");
}

std::string dump_stun(Bytes datagram, const DescribeOptions& options) {
    const Dissection message = dissect(datagram);
    Dump dump(datagram, options, message.error);
    const std::string size = std::to_string(datagram.size()) + " bytes";
    if (!message.has_header) {
        dump.title("STUN, truncated, " + size);
        dump.field(0, datagram.size(), "");
        return dump.finish();
    }
    const std::string type =
        method_name(message.method) + ' ' + std::string(to_string(message.message_class));
    dump.title("STUN " + type + ", " + size);
    dump.field(0, 2, type);
    dump.field(2, 2, "length " + std::to_string(message.length_field_bytes));
    if (message.id.has_magic_cookie()) {
        dump.field(4, 4, "magic cookie");
        dump.field(8, 12, "transaction id");
    } else {
        dump.field(4, 16, "transaction id without magic cookie (RFC 3489)");
    }
    for (const auto& attribute : message.attributes)
        dump_attribute(dump, attribute, options);
    if (!message.rest.empty()) {
        dump.field(datagram.size() - message.rest.size(), message.rest.size(), "not an attribute");
    }
    return dump.finish();
}

std::string dump_channel_data(Bytes datagram, const DescribeOptions& options) {
    auto parsed = ChannelData::parse(datagram);
    Dump dump(datagram, options,
              parsed ? std::nullopt : std::optional<Error>(std::move(parsed).error()));
    dump.title("TURN ChannelData, " + std::to_string(datagram.size()) + " bytes");
    if (datagram.size() < kChannelHeaderBytes) {
        dump.field(0, datagram.size(), "");
        return dump.finish();
    }
    const std::size_t length = wire::load_u16(&datagram[2]);
    dump.field(0, 2, "channel " + hex_number(wire::load_u16(datagram.data())));
    dump.field(2, 2, "length " + std::to_string(length));
    const std::size_t left = datagram.size() - kChannelHeaderBytes;
    const std::size_t data = std::min(length, left);
    dump.field(kChannelHeaderBytes, data, "data");
    dump.field(kChannelHeaderBytes + data, left - data, "padding");
    return dump.finish();
}

}  // namespace

std::string describe_text(Bytes datagram, const DescribeOptions& options) {
    if (looks_like_stun(datagram)) return dump_stun(datagram, options);
    const Protocol protocol = demultiplex(datagram);
    if (protocol == Protocol::TurnChannel) return dump_channel_data(datagram, options);
    Dump dump(datagram, options, std::nullopt);
    dump.title("not STUN (" + std::string(to_string(protocol)) + "), " +
               std::to_string(datagram.size()) + " bytes");
    dump.field(0, datagram.size(), "");
    return dump.finish();
}

}  // namespace portolan::stun
