#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ice-tests/server/turn_server.hpp"
#include "ice-tests/turn/endpoint.hpp"

namespace portolan::conformance {

/// What makes a sound server wrong, from between it and the client.
enum class Tamper {
    None,
    ErrorsBecome500,      ///< of requests with credentials, and of Binding; not the challenges
    ErrorsBecomeSuccess,  ///< the same
    SuccessBecomes500,    ///< of requests with credentials, and of Binding
    LaterBecome500,       ///< every success but the first
    LaterLost,            ///< every response but the first
    LaterErrorsBecome500,
    RebindBecomes500,   ///< the second success of ChannelBind
    SecondBecomes500,   ///< the second response to one transaction id
    UnsignedSucceeds,   ///< Allocate without credentials
    UnsignedRefresh,    ///< Refresh without credentials
    AnswersEverything,  ///< a success response to whatever has a magic cookie near its front
    DirtyPadding,
    NulInReason,
    LongNonce,
    LongSoftware,
    SameNonce,  ///< every client sees one and the same
    UsernameIn401,
    BadNonceCookie,
    NoAlgorithms,
    OtherFamilyAlternate,
    Lifetime3599,
    LaterLifetime1,
    LifetimeMax,
    OddPorts,
    LowPorts,
    Ipv6Relay,
    NoAddressError,
    NoDataIndications,
    StripsUnknown,   ///< an unknown required attribute does not reach the server
    AddsData,        ///< a Send indication without DATA gets an empty one
    DropsEmptyData,  ///< of Send indications and ChannelData
    SwapsPeers,      ///< the second XOR-PEER-ADDRESS comes first
    OtherChannel,    ///< ChannelData of an odd channel goes to the one before
    RepairsLength,   ///< ChannelData's Length is what there is
    DiesOfGarbage,   ///< nothing arrives after something that is no STUN message was sent
    Http,
};

struct SabotageRow {
    std::string_view check_id;
    Tamper tamper = Tamper::None;
    std::optional<server::ServerFault> fault = {};
    /// Or the deployment is wrong.
    void (*misconfigure)(server::TurnServerOptions&) = nullptr;
};

/// For each check, something that it has to notice.
const std::vector<SabotageRow>& sabotage_table();

std::shared_ptr<turn::WireFilter> make_filter(Tamper tamper);

}  // namespace portolan::conformance
