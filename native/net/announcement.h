#pragma once

#include "net/switch.h"

namespace doorbell {

// Tells the network, or the port's wire, that `mac` is reached through `port` from now on, on behalf of a guest that was
// moved here and cannot say so itself (VHOST_USER_SEND_RARP). Any thread: receivers' workers place the frame.
void Announce(Switch& network, Port& port, MacNumber mac);

}  // namespace doorbell
