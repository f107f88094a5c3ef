#include "probe/stun/dissection.hpp"

#include <algorithm>
#include <array>

#include "probe/stun/framing.hpp"
#include "probe/stun/significance.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

// A header alone, with its reserved bits and length made right, is a message that parses.
void read_header(Dissection& out) {
    std::array<std::byte, kHeaderBytes> header{};
    std::copy_n(out.bytes.begin(), kHeaderBytes, header.begin());
    header[0] &= std::byte{0x3F};
    header[2] = header[3] = std::byte{0};
    const auto view = MessageView::parse(header);
    if (!view) return;
    out.has_header = true;
    out.message_class = view->message_class();
    out.method = view->method();
    out.id = view->transaction_id();
    out.length_field_bytes = wire::load_u16(&out.bytes[2]);
}

DissectedAttribute read_attribute(Bytes message, std::size_t at, const TransactionId& id) {
    DissectedAttribute out;
    const auto type = static_cast<AttributeType>(wire::load_u16(&message[at]));
    out.claimed_bytes = wire::load_u16(&message[at + 2]);
    const Bytes behind = message.subspan(at + wire::kAttributeHeaderBytes);
    out.view = {type, behind.first(std::min(out.claimed_bytes, behind.size())), at};
    const std::size_t end = std::min(wire::padded(out.claimed_bytes), behind.size());
    out.padding = behind.subspan(out.view.value.size(), end - out.view.value.size());
    out.info = find_attribute(type);
    if (!out.overruns()) out.value = decode_value(type, out.view.value, id);
    return out;
}

}  // namespace

bool looks_like_stun(Bytes datagram) {
    return demultiplex(datagram) == Protocol::Stun ||
           (datagram.size() >= 8 && wire::load_u32(&datagram[4]) == kMagicCookie);
}

Dissection dissect(Bytes datagram) {
    Dissection out;
    out.bytes = datagram;
    if (auto view = MessageView::parse(datagram); !view) out.error = std::move(view).error();
    out.rest = datagram;
    if (datagram.size() < kHeaderBytes) return out;
    read_header(out);
    const Bytes message =
        datagram.first(std::min(datagram.size(), kHeaderBytes + out.length_field_bytes));
    Significance significance;
    std::size_t at = kHeaderBytes;
    while (at + wire::kAttributeHeaderBytes <= message.size()) {
        DissectedAttribute attribute = read_attribute(message, at, out.id);
        attribute.ignored = !significance.next(attribute.view.type);
        at += wire::kAttributeHeaderBytes + attribute.view.value.size() + attribute.padding.size();
        out.attributes.push_back(attribute);
    }
    out.rest = datagram.subspan(std::min(at, datagram.size()));
    return out;
}

}  // namespace portolan::stun
