#include <algorithm>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_request.hpp"

// Mobility with TURN (RFC 8016).
namespace portolan::server {
namespace {

using stun::AttributeType;
using M = mutants::Mutant;

}  // namespace

// RFC 8016 s3.1.2
std::optional<int> TurnCore::check_ticket_wish(const stun::MessageView& message) const {
    const auto ticket = message.find(AttributeType::MobilityTicket);
    if (!ticket) return std::nullopt;
    if (!ticket->value.empty()) {
        return is(M::Rfc8016S3_1TicketNotEmpty) ? std::nullopt : std::optional(400);
    }
    return config_.with_mobility ? std::nullopt : std::optional(405);
}

void TurnCore::add_ticket(stun::MessageWriter& writer, const Allocation& allocation) const {
    if (!allocation.ticket) return;
    writer.add_bytes(AttributeType::MobilityTicket,
                     is(M::Rfc8016S3_1Ticket) ? stun::Bytes() : stun::Bytes(*allocation.ticket));
}

// RFC 8016 s3.2.2: a Refresh request with a ticket.
void TurnCore::move(const Request& request) {
    if (!config_.with_mobility) return refuse(request, 405);
    if (is(M::Rfc8016S3_2_2Move)) return;
    const auto attribute = request.message.find(AttributeType::MobilityTicket);
    MobilityTicket ticket{};
    if (attribute->value.size() != ticket.size()) return refuse(request, 400);
    std::ranges::copy(attribute->value, ticket.begin());
    Allocation* allocation = allocations_.find(ticket);
    if (allocation == nullptr) return refuse(request, 400);
    if (allocation->username != request.principal->username && !is(M::Rfc8016S3_2_2ForeignTicket)) {
        return refuse(request, 441);
    }
    const stun::TransactionId id = request.message.transaction_id();
    if (allocation->old_ticket == ticket) {
        // "The old ticket can only be used for the purposes of retransmission."
        const bool is_repeated =
            allocation->moved_by == id && allocations_.find(request.tuple) == allocation;
        return is_repeated ? refresh(request, *allocation) : refuse(request, 400);
    }
    if (allocation->tuple == request.tuple || allocation->next_tuple == request.tuple) {
        return refuse(request, 400);
    }
    if (allocations_.find(request.tuple) != nullptr) return refuse(request, 437);
    allocation->moved_by = id;
    allocations_.issue_ticket(*allocation);
    allocations_.let_move(*allocation, request.tuple);
    if (is(M::Rfc8016S3_2_2OldTuple)) allocations_.complete_move(*allocation);
    refresh(request, *allocation);
}

}  // namespace portolan::server
