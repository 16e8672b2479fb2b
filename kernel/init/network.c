#include "network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crc32.h"
#include "log.h"
#include "text.h"

#define REMEMBERED "/data/steppps/network"
#define DOCUMENT "/boot/steppps.yaml"
#define HEAD "steppps network 1 "
#define FIELDS 6

enum field { NAME, MAC, ADDRESS, LENGTH, GATEWAY, METRIC };

static bool is_of_document(const char *crc) {
  static char text[64 * 1024 + 1];
  long length = read_text(DOCUMENT, text, sizeof text);
  if (length == sizeof text - 1) return false; // there may be more of it
  char *end;
  unsigned long wanted = strtoul(crc, &end, 16);
  return *crc != '\0' && *end == '\0' && wanted == crc32(text, length < 0 ? 0 : (size_t)length);
}

static bool split(char *line, const char *fields[FIELDS]) {
  for (size_t i = 0; i < FIELDS; i++) {
    fields[i] = line;
    char *space = strchr(line, ' ');
    if ((space == NULL) != (i == FIELDS - 1)) return false;
    if (space == NULL) break;
    *space = '\0';
    line = space + 1;
  }
  return strlen(fields[NAME]) > 0 && strlen(fields[NAME]) < IFNAMSIZ;
}

static struct ifreq named(const char *name) {
  struct ifreq request = {0};
  strcpy(request.ifr_name, name);
  return request;
}

// Names go by the order in which the kernel finds interfaces.
static bool has_mac(int any, const char *name, const char *mac) {
  static const char DIGITS[] = "0123456789abcdef";
  struct ifreq request = named(name);
  if (strlen(mac) != 17 || ioctl(any, SIOCGIFHWADDR, &request) != 0) return false;
  for (size_t i = 0; i < 6; i++) {
    unsigned char byte = (unsigned char)request.ifr_hwaddr.sa_data[i];
    if (mac[i * 3] != DIGITS[byte >> 4] || mac[i * 3 + 1] != DIGITS[byte & 15]) return false;
  }
  return true;
}

static bool set_address(int any, unsigned long what, const char *name, struct in_addr address) {
  struct ifreq request = named(name);
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = address};
  memcpy(&request.ifr_addr, &in, sizeof in);
  return ioctl(any, what, &request) == 0;
}

static bool switch_on(int any, const char *name) {
  struct ifreq request = named(name);
  if (ioctl(any, SIOCGIFFLAGS, &request) != 0) return false;
  request.ifr_flags |= IFF_UP;
  return ioctl(any, SIOCSIFFLAGS, &request) == 0;
}

static bool give_address(int any, const char *const fields[FIELDS]) {
  struct in_addr address;
  unsigned long length = strtoul(fields[LENGTH], NULL, 10);
  if (inet_pton(AF_INET, fields[ADDRESS], &address) != 1 || length < 1 || length > 32) return false;
  struct in_addr mask = {.s_addr = htonl((uint32_t)(UINT64_C(0xffffffff00000000) >> length))};
  return set_address(any, SIOCSIFADDR, fields[NAME], address) && set_address(any, SIOCSIFNETMASK, fields[NAME], mask);
}

static bool give_way_out(int any, const char *const fields[FIELDS]) {
  char name[IFNAMSIZ];
  struct sockaddr_in gateway = {.sin_family = AF_INET}, all = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, fields[GATEWAY], &gateway.sin_addr) != 1) return false;
  strcpy(name, fields[NAME]);
  // The kernel takes one from a metric that comes this way [net/ipv4/fib_frontend.c, rtentry_to_fib_config].
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = name, .rt_metric = (short)(strtoul(fields[METRIC], NULL, 10) + 1)};
  memcpy(&route.rt_gateway, &gateway, sizeof gateway);
  memcpy(&route.rt_dst, &all, sizeof all);
  memcpy(&route.rt_genmask, &all, sizeof all);
  return ioctl(any, SIOCADDRT, &route) == 0;
}

void loopback_up(void) {
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0 || !switch_on(any, "lo")) phase_failed("loopback", "lo");
  if (any >= 0) close(any);
}

void cables_up(void) {
  char text[4096], *rest = text, *head, *line;
  if (getenv("STEPPPS_FACTORY_RESET") != NULL) return;
  if (read_text(REMEMBERED, text, sizeof text) < 0 || (head = next_line(&rest)) == NULL) return;
  const char *crc = value_of(head, HEAD);
  if (crc == NULL || !is_of_document(crc)) return;
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  while (any >= 0 && (line = next_line(&rest)) != NULL) {
    const char *fields[FIELDS];
    // What can't be done here the supervisor does, and says.
    if (!split(line, fields) || !has_mac(any, fields[NAME], fields[MAC]) || !switch_on(any, fields[NAME])) continue;
    if (strcmp(fields[ADDRESS], "-") != 0 && give_address(any, fields) && strcmp(fields[GATEWAY], "-") != 0) give_way_out(any, fields);
    phase("network", NULL);
  }
  if (any >= 0) close(any);
}
