// The network, as far as it can be there before the supervisor: loopback, and what the supervisor had set up when it last ran.
//
//   /data/steppps/network      steppps network 1 CRC-32-OF-THE-DOCUMENT
//                              NAME MAC ADDRESS PREFIX-LENGTH GATEWAY METRIC
//
// A line a cable that was in use, "-" for what it has not: one whose address comes by DHCP is only switched on, which for many takes
// seconds until the other end answers. It holds as long as the document on the first partition is the one that it was made of.
#pragma once

void loopback_up(void);
void cables_up(void);
