/* The least that a server in user space can do: a fixed answer to every upgrade, then one send(2) of the same framed
 * bytes to each socket. No server, but a bound for this kernel.
 * usage: floor PORT FRAMES (the first line is what is sent) */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 200000
static const char answer[] =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05hello";
static int sockets[MOST], n, ep;
static uint8_t upgraded[MOST], frame[65536];
static size_t length;

static void read_frame(const char *name) {
  static char line[65000];
  FILE *f = fopen(name, "r");
  if (!f || !fgets(line, sizeof line, f)) exit(1);
  size_t text = strcspn(line, "\n");
  frame[0] = 0x81;
  frame[1] = 126;
  frame[2] = text >> 8;
  frame[3] = text & 255;
  memcpy(frame + 4, line, text);
  length = text + 4;
}

static void welcome(int listening) {
  for (int fd, one = 1; (fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    upgraded[fd] = 0;
  }
}

static void forget(int fd) {
  for (int i = 0; i < n; i++)
    if (sockets[i] == fd) { sockets[i] = sockets[--n]; break; }
  close(fd);
}

static void hear(int fd) {
  static uint8_t buffer[65536];
  ssize_t got = read(fd, buffer, sizeof buffer);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) { forget(fd); return; }
  if (!upgraded[fd]) {
    upgraded[fd] = 1;
    sockets[n++] = fd;
    if (write(fd, answer, sizeof answer - 1) < 0) forget(fd);
    return;
  }
  if ((buffer[0] & 15) != 1) return;
  for (int i = 0; i < n; i++)
    if (send(sockets[i], frame, length, MSG_NOSIGNAL) < 0) { /* a real server would queue it */ }
}

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  read_frame(argv[2]);
  int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listening, (void *)&at, sizeof at) || listen(listening, 4096)) return 1;
  ep = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = listening}, events[512];
  epoll_ctl(ep, EPOLL_CTL_ADD, listening, &e);
  for (;;) {
    int k = epoll_wait(ep, events, 512, -1);
    for (int i = 0; i < k; i++) {
      if (events[i].data.fd == listening) welcome(listening);
      else hear(events[i].data.fd);
    }
  }
}
