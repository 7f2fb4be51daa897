// The trace-id plugin, a proxy-wasm filter of a sidecar: it remembers on the way in
// which tag a trace id came with, and puts the tag back on what the application sends
// on with that id. What it does is told in plugin.go.
//
// It has no library beneath it. What is remembered is in the proxy's shared data, since the
// two ways of one request may be on two workers; a machine of its own keeps what never changes,
// because most of what the filter costs is to ask the proxy, and to be asked by it: it exports
// no function that it has no use for.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name))) extern
#define EXPORT(name) __attribute__((export_name(#name)))

// What the proxy offers: proxy-wasm ABI 0.2.1. Each returns 0 when all is well.
IMPORT(proxy_get_header_map_value)
u32 get_header(u32 map, const u8 *name, u32 name_len, u8 **value, u32 *value_len);
IMPORT(proxy_replace_header_map_value)
u32 set_header(u32 map, const u8 *name, u32 name_len, const u8 *value, u32 value_len);
IMPORT(proxy_get_property)
u32 get_property(const u8 *path, u32 path_len, u8 **value, u32 *value_len);
IMPORT(proxy_get_shared_data)
u32 get_shared(const u8 *key, u32 key_len, u8 **value, u32 *value_len, u32 *cas);
IMPORT(proxy_set_shared_data)
u32 set_shared(const u8 *key, u32 key_len, const u8 *value, u32 value_len, u32 cas);
IMPORT(proxy_get_current_time_nanoseconds)
u32 get_time(u64 *nanoseconds);

enum { OK = 0, NOT_FOUND = 1 };
enum { REQUEST_HEADERS = 0 };
enum {
	BUCKETS = 4096,  // of a whole proxy, as shared data
	ENTRIES = 8,     // of a bucket; the oldest goes
	LIFETIME = 300,  // seconds since an entry was last of use
	REFRESH = 30,    // seconds after which use is written down again
	LONGEST_TAG = 63, // a lane's name is a DNS label
	TRIES = 8,       // where another worker writes the same bucket
	HASH = 16,
	HEAD = HASH + 4 + 1, // of an entry: hash, end of its life, length of the tag
	GROUP = 3,
	PLUGINS = 16, // of a machine, whose root ids it keeps
};

// The memory that the proxy puts its answers into, anew for each call of ours. It refuses
// what does not fit.
static u8 heap[96 * 1024];
static u32 used;

EXPORT(proxy_on_memory_allocate) void *allocate(u32 size) {
	if (size > sizeof heap - used - 8) return 0;
	void *p = heap + used;
	used += (size + 7) & ~7u;
	return p;
}

// A text that is somebody else's; n is 0 when there is none.
struct text {
	const u8 *p;
	u32 n;
};

static int same(const u8 *a, const u8 *b, u32 n) {
	for (u32 i = 0; i < n; i++)
		if (a[i] != b[i]) return 0;
	return 1;
}

static void copy(u8 *to, const u8 *from, u32 n) {
	for (u32 i = 0; i < n; i++) to[i] = from[i];
}

static u64 load(const u8 *p, u32 n) {
	u64 x = 0;
	for (u32 i = 0; i < n; i++) x |= (u64)p[i] << (8 * i);
	return x;
}

static void store(u8 *p, u64 x, u32 n) {
	for (u32 i = 0; i < n; i++) p[i] = (u8)(x >> (8 * i));
}

// SipHash-2-4 with 128 bits (Aumasson and Bernstein): whoever does not know the key
// cannot choose an id that is taken for another.
struct sip {
	u64 v0, v1, v2, v3;
};

static u64 rotate(u64 x, u32 by) { return x << by | x >> (64 - by); }

static void rounds(struct sip *s, u32 n) {
	while (n--) {
		s->v0 += s->v1; s->v1 = rotate(s->v1, 13) ^ s->v0; s->v0 = rotate(s->v0, 32);
		s->v2 += s->v3; s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 += s->v3; s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 += s->v1; s->v1 = rotate(s->v1, 17) ^ s->v2; s->v2 = rotate(s->v2, 32);
	}
}

static void absorb(struct sip *s, u64 m) {
	s->v3 ^= m;
	rounds(s, 2);
	s->v0 ^= m;
}

static void siphash(const u8 *key, struct text in, u8 *out) {
	u64 k0 = load(key, 8), k1 = load(key + 8, 8);
	struct sip s = {
		k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
	};
	u32 whole = in.n & ~7u;
	for (u32 i = 0; i < whole; i += 8) absorb(&s, load(in.p + i, 8));
	absorb(&s, (u64)in.n << 56 | load(in.p + whole, in.n & 7));
	s.v2 ^= 0xee;
	rounds(&s, 4);
	store(out, s.v0 ^ s.v1 ^ s.v2 ^ s.v3, 8);
	s.v1 ^= 0xdd;
	rounds(&s, 4);
	store(out + 8, s.v0 ^ s.v1 ^ s.v2 ^ s.v3, 8);
}

// The key is drawn when the first of the proxy's workers starts.
static const u8 KEY[] = "lanekeeper/key";

static u64 nanoseconds(void) {
	u64 now = 0;
	get_time(&now);
	return now;
}

static void draw_key(void) {
	u8 *is, key[HASH];
	u32 n, cas;
	if (get_shared(KEY, sizeof KEY - 1, &is, &n, &cas) != NOT_FOUND) return;
	static const u8 zero[HASH];
	u64 now = nanoseconds();
	siphash(zero, (struct text){(const u8 *)&now, sizeof now}, key);
	set_shared(KEY, sizeof KEY - 1, key, HASH, 0);
}

static int hash(struct text id, u8 *out) {
	static u8 key[HASH];
	static int known;
	if (!known) {
		u8 *is;
		u32 n, cas;
		if (get_shared(KEY, sizeof KEY - 1, &is, &n, &cas) != OK || n != HASH) return 0;
		copy(key, is, HASH);
		known = 1;
	}
	siphash(key, id, out);
	return 1;
}

// now is in seconds; a request asks for it once, and most do not have to.
static u32 clock;

static u32 now(void) {
	if (!clock) clock = (u32)(nanoseconds() / 1000000000);
	return clock;
}

// A bucket holds entries one behind the other, the youngest first. An entry without a tag
// is of an id that is ambiguous.
struct bucket {
	u8 key[16];
	u8 *p;
	u32 n, cas;
};

static struct bucket bucket_of(const u8 *of, const u8 *group) {
	struct bucket b = {.key = "lanekeeper/"};
	u32 number = (u32)load(of, 4) % BUCKETS;
	copy(b.key + 11, group, GROUP);
	store(b.key + 14, number, 2);
	if (get_shared(b.key, sizeof b.key, &b.p, &b.n, &b.cas) != OK) b.n = b.cas = 0;
	return b;
}

// entry returns the entry at an offset, and 0 behind the last one.
static const u8 *entry_at(const struct bucket *b, u32 at) {
	if (at + HEAD > b->n || at + HEAD + b->p[at + HEAD - 1] > b->n) return 0;
	return b->p + at;
}

static struct text tag_of(const u8 *entry) { return (struct text){entry + HEAD, entry[HEAD - 1]}; }
static u32 end_of(const u8 *entry) { return (u32)load(entry + HASH, 4); }
static u32 size_of(const u8 *entry) { return HEAD + entry[HEAD - 1]; }

static const u8 *find(const struct bucket *b, const u8 *of) {
	const u8 *e;
	for (u32 at = 0; (e = entry_at(b, at)); at += size_of(e))
		if (same(e, of, HASH) && end_of(e) > now()) return e;
	return 0;
}

// put makes the entry the youngest of its bucket. It reports whether nobody else wrote the
// bucket meanwhile.
static int put(struct bucket *b, const u8 *of, struct text tag) {
	u8 out[ENTRIES * (HEAD + LONGEST_TAG)];
	copy(out, of, HASH);
	store(out + HASH, now() + LIFETIME, 4);
	out[HEAD - 1] = (u8)tag.n;
	copy(out + HEAD, tag.p, tag.n);
	u32 n = HEAD + tag.n, kept = 1;
	const u8 *e;
	for (u32 at = 0; (e = entry_at(b, at)) && kept < ENTRIES; at += size_of(e)) {
		if (same(e, of, HASH) || end_of(e) <= now() || tag_of(e).n > LONGEST_TAG) continue;
		copy(out + n, e, size_of(e));
		n += size_of(e);
		kept++;
	}
	return set_shared(b->key, sizeof b->key, out, n, b->cas) == OK;
}

// inbound remembers which tag the id came with. One that comes with two, or with one and
// then with none, could be anybody's.
static void inbound(const u8 *group, const u8 *of, struct text tag) {
	for (u32 i = 0; i < TRIES; i++) {
		used = 0;
		struct bucket b = bucket_of(of, group);
		const u8 *is = find(&b, of);
		if (!is && !tag.n) return; // most requests of most meshes
		struct text next = tag;
		if (is && (tag_of(is).n != tag.n || !same(tag_of(is).p, tag.p, tag.n))) next.n = 0;
		if (is && tag_of(is).n == next.n && end_of(is) > now() + LIFETIME - REFRESH) return;
		if (put(&b, of, next)) return;
	}
}

// outbound puts the tag back that the id came with.
static void outbound(const u8 *group, const u8 *of, struct text header) {
	used = 0;
	struct bucket b = bucket_of(of, group);
	const u8 *is = find(&b, of);
	if (!is || !tag_of(is).n) return;
	set_header(REQUEST_HEADERS, header.p, header.n, tag_of(is).p, tag_of(is).n);
	if (end_of(is) <= now() + LIFETIME - REFRESH) put(&b, of, tag_of(is));
}

static struct text header(struct text name) {
	struct text out = {0, 0};
	if (!name.n || get_header(REQUEST_HEADERS, name.p, name.n, (u8 **)&out.p, &out.n) != OK) out.n = 0;
	return out;
}

// word takes the first word off a text.
static struct text word(struct text *from) {
	struct text out = {from->p, 0};
	while (out.n < from->n && out.p[out.n] != ' ') out.n++;
	u32 skip = out.n < from->n ? out.n + 1 : out.n;
	from->p += skip;
	from->n -= skip;
	return out;
}

// What a filter is told by its root id: "in my-request-id x-asm-prefer-tag base".
struct plugin {
	u32 root; // its context; 0 for none
	u8 names[512];
	struct text way, trace, route, baseline;
	u8 group[GROUP]; // the groups of a proxy share a machine, and no entries
};

// The proxy tells whose a request is right before it hands it over.
static u32 latest, parent;

EXPORT(proxy_on_context_create) void on_context_create(u32 context, u32 root) {
	latest = context;
	parent = root;
}

static const struct plugin *plugin_of(u32 context) {
	static struct plugin plugins[PLUGINS];
	static u32 next;
	u32 root = context == latest ? parent : 0;
	for (u32 i = 0; root && i < PLUGINS; i++)
		if (plugins[i].root == root) return &plugins[i];

	struct plugin *p = &plugins[next];
	u8 *is;
	u32 n;
	if (get_property((const u8 *)"plugin_root_id", 14, &is, &n) != OK || n > sizeof p->names) return 0;
	next = (next + 1) % PLUGINS;
	copy(p->names, is, n);
	struct text rest = {p->names, n};
	p->root = root;
	p->way = word(&rest);
	static const u8 zero[HASH];
	u8 group[HASH];
	siphash(zero, rest, group);
	copy(p->group, group, GROUP);
	p->trace = word(&rest);
	p->route = word(&rest);
	p->baseline = word(&rest);
	return p;
}

static int is(struct text a, struct text b) { return a.n == b.n && same(a.p, b.p, a.n); }

EXPORT(proxy_on_request_headers) u32 on_request_headers(u32 context, u32 headers, u32 end) {
	(void)headers, (void)end;
	used = clock = 0;
	const struct plugin *p = plugin_of(context);
	if (!p) return 0;
	int in = is(p->way, (struct text){(const u8 *)"in", 2}), out = is(p->way, (struct text){(const u8 *)"out", 3});
	if (!in && !out) return 0;
	struct text tag = header(p->route);
	if (out && tag.n) return 0;
	struct text id = header(p->trace);
	u8 of[HASH], kept[LONGEST_TAG];
	if (!id.n || !hash(id, of)) return 0;
	if (out) {
		outbound(p->group, of, p->route);
		return 0;
	}
	if (tag.n > LONGEST_TAG || is(tag, p->baseline)) tag.n = 0;
	copy(kept, tag.p, tag.n);
	inbound(p->group, of, (struct text){kept, tag.n});
	return 0;
}

EXPORT(proxy_on_vm_start) u32 on_vm_start(u32 root, u32 size) {
	(void)root, (void)size;
	used = 0;
	draw_key();
	return 1;
}

EXPORT(proxy_on_configure) u32 on_configure(u32 root, u32 size) { (void)root, (void)size; return 1; }
EXPORT(proxy_abi_version_0_2_1) void abi_version(void) {}
EXPORT(_initialize) void initialize(void) {}
