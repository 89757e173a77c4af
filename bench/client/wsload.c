/* wsload: a WebSocket load client on one epoll thread. Loopback only. Prints one JSON object.
 *
 * usage: wsload PORT PATH N fan|storm|post [options]
 *   fan    N sockets listen; one change at a time; how long until the last has it, what the server's CPU was
 *   storm  N sockets connect at once; how long until the last is ready
 *   post   N sockets listen while `posters` connections send commands; how many a second are answered and seen
 * options
 *   firstmsg   a socket is ready with its first message (else with the 101 answer)
 *   sio        speak socket.io           deflate    offer permessage-deflate
 *   spin       never sleep, so that the server does not pay for waking this process (a distant viewer would not either)
 *   conc=N     connections opened at the same time
 *   rounds=N pace=US max=S               changes, microseconds between two, seconds at most
 *   min=BYTES  a shorter message is no change
 *   header=H   one more request header   pids=1,2   processes whose CPU and memory are the server's
 *   post=FILE  a change is made by an HTTP request; the file has several, each ended by a form feed. Every 00000000 in
 *              one becomes a running number. Without it socket 0 says "go".
 *   posters=N  mark=TEXT                 (post) connections; what each seen command has in its message, once
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTING, UPGRADING, OPEN, READY };

typedef struct {
  int fd, state;
  int matched;           /* of \r\n\r\n at the end of the upgrade's answer */
  int head_len;
  uint8_t head[14];      /* frame header, as far as it has come */
  uint64_t skip;         /* payload still to come */
  uint64_t changes;      /* received so far */
  size_t mark_at, marks; /* progress in `mark`, and how often it was seen */
  uint64_t began;
} viewer;

typedef struct {
  int fd, busy;
  char head[4096];
  int head_len;
  long body;             /* still to come; -1 while the head is read */
  uint64_t began;
} poster;

static viewer *viewers;
static poster posters[64];
static int N, ep, port, started, ready, conc = 256, n_posters = 1, rounds = 100;
static int sio, deflate, first_message, want_spin, spin, min_len = 40;
static const char *path, *mark = "", *header = "";
static char upgrade[2048];
static int upgrade_len;
static char *requests[256];
static int n_requests;
static unsigned made;    /* commands sent */
static long answered;
static int pids[64], n_pids;
static uint64_t bytes_in, changes_in, idle_ns;
static uint64_t *ready_after, *sent_at, *done_at, *answer_after;
static uint64_t *left;   /* viewers that still miss a round */
static int done_rounds;
static uint8_t buffer[1 << 18];

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void die(const char *why) {
  fprintf(stderr, "wsload: %s (errno %d, ready %d of %d)\n", why, errno, ready, N);
  exit(2);
}

/* What the server costs */

static double server_cpu(void) {
  double seconds = 0;
  for (int i = 0; i < n_pids; i++) {
    char name[128];
    snprintf(name, sizeof name, "/proc/%d/task", pids[i]);
    DIR *tasks = opendir(name);
    if (!tasks) continue;
    for (struct dirent *task; (task = readdir(tasks));) {
      char file[400];
      unsigned long long ns;
      if (task->d_name[0] == '.') continue;
      snprintf(file, sizeof file, "/proc/%d/task/%s/schedstat", pids[i], task->d_name);
      FILE *f = fopen(file, "r");
      if (!f) continue;
      if (fscanf(f, "%llu", &ns) == 1) seconds += ns / 1e9;
      fclose(f);
    }
    closedir(tasks);
  }
  return seconds;
}

static double server_kb(void) {
  double sum = 0;
  for (int i = 0; i < n_pids; i++) {
    char name[128], line[256];
    long kb;
    snprintf(name, sizeof name, "/proc/%d/smaps_rollup", pids[i]);
    FILE *f = fopen(name, "r");
    if (!f) continue;
    while (fgets(line, sizeof line, f))
      if (sscanf(line, "Pss: %ld kB", &kb) == 1) { sum += kb; break; }
    fclose(f);
  }
  return sum;
}

/* Connections */

static int dial(int kind, int index) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  if (fd < 0) die("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (void *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
  struct epoll_event e = {.events = kind ? EPOLLIN : EPOLLOUT, .data.u32 = index};
  epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  return fd;
}

static void start_viewer(void) {
  viewer *v = &viewers[started];
  v->began = now();
  v->fd = dial(0, started++);
}

static void is_ready(viewer *v) {
  v->state = READY;
  ready_after[ready++] = now() - v->began;
  if (started < N) start_viewer();
}

/* A client's frame, masked with zeros. */
static void say(viewer *v, uint8_t op, const uint8_t *text, size_t len) {
  uint8_t frame[140] = {op, 0x80 | len};
  memcpy(frame + 6, text, len);
  if (write(v->fd, frame, len + 6) != (ssize_t)len + 6) die("short send");
}

static void say_text(viewer *v, const char *text) { say(v, 0x81, (const uint8_t *)text, strlen(text)); }

static void on_frame(viewer *v, int op, uint64_t len, const uint8_t *data, size_t have) {
  if (op == 9) {
    if (have >= len && len <= 125) say(v, 0x8a, data, len);
    return;
  }
  if (op == 8) {
    fprintf(stderr, "wsload: closed by the server with %d\n", have > 1 ? data[0] << 8 | data[1] : 0);
    die("closed");
  }
  if (sio && v->state == OPEN) {
    if (have && data[0] == '0') say_text(v, "40");
    else if (have > 1 && data[0] == '4' && data[1] == '0') is_ready(v);
    return;
  }
  if (sio && len == 1) {
    if (have && data[0] == '2') say_text(v, "3");
    return;
  }
  if (v->state == OPEN) { is_ready(v); return; }
  if (len < (uint64_t)min_len) return;
  uint64_t round = v->changes++;
  changes_in++;
  if (round < (uint64_t)rounds && --left[round] == 0) { done_at[round] = now(); done_rounds++; }
}

/* `mark` begins with a letter that it has once, so a mismatch can only begin anew. */
static void look_for_mark(viewer *v, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) {
    v->mark_at = data[i] == (uint8_t)mark[v->mark_at] ? v->mark_at + 1 : data[i] == (uint8_t)mark[0];
    if (!mark[v->mark_at]) { v->marks++; v->mark_at = 0; }
  }
}

static void feed(viewer *v, const uint8_t *b, size_t n) {
  size_t i = 0;
  if (v->state == UPGRADING) {
    if (v->matched == 0 && n >= 12 && memcmp(b, "HTTP/1.1 101", 12)) {
      fprintf(stderr, "%.*s\n", (int)(n > 300 ? 300 : n), b);
      die("no upgrade");
    }
    while (i < n && v->matched < 4) { v->matched = b[i] == "\r\n\r\n"[v->matched] ? v->matched + 1 : b[i] == '\r'; i++; }
    if (v->matched < 4) return;
    v->state = OPEN;
    if (!sio && !first_message) is_ready(v);
  }
  if (mark[0]) look_for_mark(v, b + i, n - i);
  while (i < n) {
    if (v->skip) {
      uint64_t k = n - i < v->skip ? n - i : v->skip;
      v->skip -= k;
      i += k;
      continue;
    }
    while (i < n && v->head_len < 2) v->head[v->head_len++] = b[i++];
    if (v->head_len < 2) return;
    uint64_t len = v->head[1] & 127;
    int need = len == 126 ? 4 : len == 127 ? 10 : 2;
    while (i < n && v->head_len < need) v->head[v->head_len++] = b[i++];
    if (v->head_len < need) return;
    if (need > 2) for (len = 0, need = v->head[1] == 127 ? 8 : 2; need; need--) len = len << 8 | v->head[v->head_len - need];
    v->head_len = 0;
    v->skip = len;
    on_frame(v, v->head[0] & 15, len, b + i, n - i < len ? n - i : len);
  }
}

/* Commands over HTTP */

static void send_command(poster *p) {
  char *text = requests[made % n_requests], number[9];
  snprintf(number, sizeof number, "%08x", ++made);
  char copy[8192];
  size_t len = strlen(text);
  if (len >= sizeof copy) die("request too long");
  memcpy(copy, text, len + 1);
  for (char *at = copy; (at = strstr(at, "00000000"));) memcpy(at, number, 8);
  p->busy = 1;
  p->body = -1;
  p->head_len = 0;
  p->began = now();
  if (write(p->fd, copy, len) != (ssize_t)len) die("short request");
}

static void on_answer(poster *p, const uint8_t *b, ssize_t n) {
  if (p->body < 0) {
    if (p->head_len + n >= (ssize_t)sizeof p->head) die("answer too long");
    memcpy(p->head + p->head_len, b, n);
    p->head[p->head_len += n] = 0;
    char *end = strstr(p->head, "\r\n\r\n"), *length = strcasestr(p->head, "content-length:");
    if (!end) return;
    if (strncmp(p->head, "HTTP/1.1 200", 12) || !length) { fprintf(stderr, "%s\n", p->head); die("refused"); }
    p->body = atol(length + 15) - (p->head + p->head_len - (end + 4));
  } else p->body -= n;
  if (p->body > 0) return;
  p->busy = 0;
  answer_after[answered++ % 1000000] = now() - p->began;
}

static void pump(int ms) {
  struct epoll_event events[1024];
  uint64_t began = spin ? now() : 0;
  int k = epoll_wait(ep, events, 1024, spin ? 0 : ms);
  if (spin && k == 0) idle_ns += now() - began;
  for (int j = 0; j < k; j++) {
    int i = events[j].data.u32;
    int fd = i < N ? viewers[i].fd : posters[i - N].fd;
    if (i < N && viewers[i].state == CONNECTING) {
      socklen_t size = sizeof errno;
      int error = 0;
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      errno = error;
      if (error || write(fd, upgrade, upgrade_len) != upgrade_len) die("connect failed");
      viewers[i].state = UPGRADING;
      struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
      epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
      continue;
    }
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == ENOTCONN)) continue;
    if (n <= 0) die("connection ended");
    bytes_in += n;
    if (i < N) feed(&viewers[i], buffer, n);
    else on_answer(&posters[i - N], buffer, n);
  }
}

/* Until nothing has come for a while: presence and the like after so many have joined. */
static void settle(void) {
  uint64_t quiet = now(), began = quiet, seen = bytes_in;
  while (now() - quiet < 400000000ull && now() - began < 20e9) {
    pump(50);
    if (bytes_in != seen) { seen = bytes_in; quiet = now(); }
  }
  for (int i = 0; i < N; i++) viewers[i].changes = viewers[i].marks = 0;
}

static int by_size(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static double ms(uint64_t *sorted, int n, double share) { return n ? sorted[(int)((n - 1) * share)] / 1e6 : 0; }

static void make_change(void) {
  if (!n_requests) { say_text(&viewers[0], sio ? "42[\"go\"]" : "go"); return; }
  while (posters[0].busy) pump(1000);
  send_command(&posters[0]);
}

/* The first tenth of the rounds is warm-up and in no figure. */
static void fan(double most, uint64_t pace) {
  int warm = rounds / 10, last = rounds, counted = 0;
  uint64_t begin = now(), measured = begin, bytes = 0, changes = 0;
  double cpu = 0;
  spin = want_spin;
  for (int sent = 0; sent < last; sent++) {
    if (sent == warm) {
      measured = now();
      cpu = server_cpu();
      bytes = bytes_in;
      changes = changes_in;
      idle_ns = 0;
    }
    sent_at[sent] = now();
    make_change();
    while (done_rounds <= sent) {
      pump(1000);
      if (now() - sent_at[sent] > 30e9) die("a change did not reach everybody");
    }
    while (now() - sent_at[sent] < pace) pump(1);
    if (now() - begin > most * 1e9 && sent > warm + 3) last = sent + 1;
  }
  uint64_t wall = now() - measured;
  double used = server_cpu() - cpu, deliveries = changes_in - changes;
  printf(",\"rounds\":%d,\"deliveries\":%.0f,\"cpu_us\":%.4f,\"cpu_share\":%.3f,\"client_share\":%.3f,\"bytes\":%.1f,\"lat_ms\":[",
         last - warm, deliveries, used / deliveries * 1e6, used / wall * 1e9,
         want_spin ? 1 - idle_ns / (double)wall : 0, (bytes_in - bytes) / deliveries);
  for (int i = warm; i < last; i++) printf("%s%.3f", counted++ ? "," : "", (done_at[i] - sent_at[i]) / 1e6);
  printf("]");
}

static int all_seen(void) {
  for (int i = 0; i < N; i++)
    if (viewers[i].marks < (size_t)made) return 0;
  return 1;
}

static void post(double most) {
  uint64_t begin = now(), measured = 0;
  long before = 0;
  double cpu = 0;
  while (now() - begin < most * 1e9 || answered < made || !all_seen()) {
    int over = now() - begin >= most * 1e9;
    for (int i = 0; i < n_posters && !over; i++)
      if (!posters[i].busy) send_command(&posters[i]);
    if (!measured && now() - begin > most * 1e8) { measured = now(); before = answered; cpu = server_cpu(); }
    pump(100);
    if (now() - begin > (most + 20) * 1e9) die("not every command was answered and seen");
  }
  double wall = (now() - measured) / 1e9;
  int n = answered > 1000000 ? 1000000 : answered;
  qsort(answer_after, n, 8, by_size);
  printf(",\"commands\":%ld,\"per_s\":%.1f,\"cpu_us\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f", answered - before, (answered - before) / wall,
         (server_cpu() - cpu) / (answered - before) * 1e6,
         ms(answer_after, n, .5), ms(answer_after, n, .99));
}

static void read_requests(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f) die("cannot read the requests");
  char *all = calloc(1, 1 << 20);
  if (fread(all, 1, (1 << 20) - 1, f) == 0) die("no requests");
  fclose(f);
  for (char *at = strtok(all, "\f"); at && n_requests < 256; at = strtok(NULL, "\f")) requests[n_requests++] = at;
}

int main(int argc, char **argv) {
  double most = 20;
  uint64_t pace = 0;
  if (argc < 5) die("usage: wsload PORT PATH N fan|storm|post [options]");
  port = atoi(argv[1]);
  path = argv[2];
  N = atoi(argv[3]);
  const char *mode = argv[4];
  for (int i = 5; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    value = value ? value + 1 : "";
#define IS(name) !strncmp(argv[i], name, strlen(name))
    if (IS("firstmsg")) first_message = 1;
    else if (IS("sio")) sio = 1;
    else if (IS("deflate")) deflate = 1;
    else if (IS("spin")) want_spin = 1;
    else if (IS("conc=")) conc = atoi(value);
    else if (IS("rounds=")) rounds = atoi(value);
    else if (IS("pace=")) pace = strtoull(value, NULL, 10) * 1000;
    else if (IS("max=")) most = atof(value);
    else if (IS("min=")) min_len = atoi(value);
    else if (IS("header=")) header = value;
    else if (IS("posters=")) n_posters = atoi(value);
    else if (IS("mark=")) mark = value;
    else if (IS("post=")) read_requests(value);
    else if (IS("pids=")) for (char *p = strtok(value, ","); p && n_pids < 64; p = strtok(NULL, ",")) pids[n_pids++] = atoi(p);
  }
  if (n_posters > 64) die("too many posters");
  upgrade_len = snprintf(upgrade, sizeof upgrade,
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n", path, port,
    deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "", header, header[0] ? "\r\n" : "");
  viewers = calloc(N, sizeof *viewers);
  ready_after = calloc(N + 1, 8);
  left = calloc(rounds + 1, 8);
  sent_at = calloc(rounds + 1, 8);
  done_at = calloc(rounds + 1, 8);
  answer_after = calloc(1000000, 8);
  for (int i = 0; i < rounds; i++) left[i] = N;
  ep = epoll_create1(0);
  double kb = server_kb(), cpu = server_cpu();
  uint64_t begin = now();
  while (started < N && started < conc) start_viewer();
  while (ready < N) {
    pump(1000);
    if (now() - begin > 45e9) die("not everybody got in within 45 s");
  }
  qsort(ready_after, N, 8, by_size);
  printf("{\"n\":%d,\"connect_s\":%.4f,\"connect_p50_ms\":%.2f,\"connect_p99_ms\":%.2f,\"connect_cpu_s\":%.4f", N,
         (now() - begin) / 1e9, ms(ready_after, N, .5), ms(ready_after, N, .99), server_cpu() - cpu);
  settle();
  printf(",\"kb\":%.2f", (server_kb() - kb) / N);
  for (int i = 0; n_requests && i < n_posters; i++) posters[i].fd = dial(1, N + i);
  if (!strcmp(mode, "fan")) fan(most, pace);
  else if (!strcmp(mode, "post")) post(most);
  printf("}\n");
  for (int i = 0; i < N; i++) {
    struct linger at_once = {1, 0};
    setsockopt(viewers[i].fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(viewers[i].fd);
  }
  return 0;
}
