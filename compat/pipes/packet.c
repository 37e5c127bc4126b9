/* SPDX-License-Identifier: MIT */
/*
 * Pipes of packets (pipe(2), O_DIRECT): each write of at most a page is read
 * separately.  A packet has a slot of the ring for itself, so p->head is at the
 * start of a slot before a packet is written, and again after it.  p->cut has
 * the number of bytes in each slot, or 0 while bytes continue in the next slot.
 */
#include "packet.h"
#include <fs/pipe/pipe.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

#define PACKET		0x8000u		/* flag in p->cut, beside the length */
#define IN_PAGE(at)	((at) & (unsigned)(PAGE_SIZE - 1))

static unsigned packet_slot_of(const struct pipe *p, unsigned at)
{
	return at >> PAGE_SHIFT & (p->slots - 1);
}

/* Return: bytes from `at` to the end of its slot. */
static unsigned slot_bytes(const struct pipe *p, unsigned at)
{
	unsigned start = at - IN_PAGE(at), cut = p->cut[packet_slot_of(p, at)];

	return (cut ? cut & ~PACKET : min(p->head - start,
					  (unsigned)PAGE_SIZE)) - IN_PAGE(at);
}

unsigned packet_front(const struct pipe *p)
{
	return p->head == p->tail ? 0 : slot_bytes(p, p->tail);
}

bool pipe_holds_packet(const struct pipe *p)
{
	return p->cut && p->cut[packet_slot_of(p, p->tail)] & PACKET;
}

unsigned packet_part(const struct pipe *p, unsigned at, bool *packet)
{
	*packet = p->cut && p->cut[packet_slot_of(p, at)] & PACKET;
	if (p->cut)
		return slot_bytes(p, at);
	return min(p->head - at, (unsigned)PAGE_SIZE - IN_PAGE(at));
}

void packet_drop(struct pipe *p, unsigned n)
{
	unsigned slot = packet_slot_of(p, p->tail);

	if (!n)
		return;
	if (n == slot_bytes(p, p->tail) && p->cut[slot])
		n = (unsigned)PAGE_SIZE - IN_PAGE(p->tail);
	p->tail += n;
	if (!IN_PAGE(p->tail)) {
		p->cut[slot] = 0;
		pipe_page_done(p, slot);
	}
	if (p->head == p->tail)
		pipe_rewind(p);
}

/*
 * Read up to the end of the first packet.  Bytes of the packet that do not fit
 * into u are lost.  vmsplice(2) (UIO_PARTS) continues with the next packet
 * instead, and leaves bytes that do not fit in the pipe.
 */
static long packet_take(struct pipe *p, struct uio *u)
{
	bool parts = u->flags & UIO_PARTS, packet = false;
	long done = 0;

	while (u->left && (parts || !packet) && p->head != p->tail) {
		unsigned rest = slot_bytes(p, p->tail);
		unsigned long n = min((unsigned long)rest, u->left), moved;

		packet = pipe_holds_packet(p);
		moved = uio_put(u,
				(char *)p->page[packet_slot_of(p, p->tail)] +
					IN_PAGE(p->tail),
				n);
		if (moved < n)
			return done ? done : -EFAULT;
		done += (long)n;
		packet_drop(p, packet && !parts ? rest : (unsigned)n);
	}
	return done;
}

/* True if a packet fits behind the slot of head. */
bool packet_fits(const struct pipe *p)
{
	return !p->filling &&
		pipe_free(p) >= (IN_PAGE(0u - p->head) + (unsigned)PAGE_SIZE);
}

/*
 * Get a page for the slot at head, which is at its start.
 * Context: [p->lock].  Return: NULL: no memory.
 */
static void *slot_page(struct pipe *p)
{
	unsigned slot = packet_slot_of(p, p->head);

	mutex_must_hold(&p->lock);
	if (!p->page[slot])
		p->page[slot] = pipe_page_alloc(p);
	return p->page[slot];
}

/* Put one packet of at most a page into the ring. */
static long packet_put_one(struct pipe *p, struct uio *u)
{
	unsigned long n = min(u->left, PAGE_SIZE);
	void *to;

	if (IN_PAGE(p->head)) {		/* start a new slot */
		p->cut[packet_slot_of(p, p->head)] = (u16)IN_PAGE(p->head);
		p->head += IN_PAGE(0u - p->head);
	}
	to = slot_page(p);
	if (!to)
		return -ENOMEM;
	if (uio_get(u, to, n) < n)
		return -EFAULT;
	p->cut[packet_slot_of(p, p->head)] = (u16)(n | PACKET);
	p->head += (unsigned)PAGE_SIZE;
	return (long)n;
}

/*
 * Append the first u->left % PAGE_SIZE bytes of u to the slot at p->head, as on
 * Linux, if that slot holds bytes but no packet and has room.
 * Return: bytes; 0: nothing was appended; -EFAULT.
 */
static long join_bytes(struct pipe *p, struct uio *u)
{
	unsigned off = IN_PAGE(p->head);
	unsigned long n = u->left & (PAGE_SIZE - 1);

	if (!off || !n || off + n > PAGE_SIZE || p->filling)
		return 0;
	if (uio_get(u, (char *)p->page[packet_slot_of(p, p->head)] + off, n) <
	    n)
		return -EFAULT;
	p->head += (unsigned)n;
	return (long)n;
}

long packet_put(struct pipe *p, struct uio *u)
{
	long done = 0, n = -EAGAIN;

	if (!p->cut)
		p->cut = kzalloc(p->slots * sizeof(*p->cut));
	if (!p->cut)
		return -ENOMEM;
	done = join_bytes(p, u);
	while (done >= 0 && u->left && packet_fits(p)) {
		n = packet_put_one(p, u);
		if (n < 0)
			break;
		done += n;
	}
	return done ? done : n;
}

/* Write packets, like pipe_write(). */
static long packet_write(struct file *f, struct uio *u)
{
	struct pipe *p = f->private;
	long done = 0, n = 0;

	mutex_lock(&p->lock);
	for (;;) {
		n = p->readers ? packet_put(p, u) : pipe_broken();
		if (n > 0) {
			wake_up_key(&p->read_wait, POLLIN | POLLRDNORM);
			done += n;
		}
		if (!u->left || (n < 0 && n != -EAGAIN))
			break;
		n = -EAGAIN;
		if ((f->flags | u->flags) & O_NONBLOCK)
			break;
		mutex_unlock(&p->lock);
		n = wait_event_interruptible(&p->write_wait,
					     packet_fits(p) || !p->readers);
		mutex_lock(&p->lock);
		if (n)
			break;
	}
	mutex_unlock(&p->lock);
	return done ? done : n;
}

/* ---- the whole ring ------------------------------------------------------ */

/* Move slots into new arrays, beginning at index 0. */
static void packet_move_slots(struct pipe *p, void **page, u16 *cut, unsigned n)
{
	for (unsigned i = 0; i < p->slots; i++) {
		unsigned from = (packet_slot_of(p, p->tail) + i) &
				(p->slots - 1);

		if (i < n) {
			page[i] = p->page[from];
			cut[i] = p->cut[from];
		} else if (p->page[from]) {
			pipe_page_free(p, p->page[from]);
		}
	}
}

int packet_resize(struct pipe *p, unsigned slots)
{
	unsigned off = IN_PAGE(p->tail), used = pipe_used(p) + off;
	unsigned n = (unsigned)((used + PAGE_SIZE - 1) >> PAGE_SHIFT);
	void **page;
	u16 *cut;

	if (n > slots)
		return -EBUSY;
	page = kzalloc(slots * sizeof(*page));
	cut = kzalloc(slots * sizeof(*cut));
	if (!page || !cut) {
		kfree(page);
		kfree(cut);
		return -ENOMEM;
	}
	packet_move_slots(p, page, cut, n);
	kfree(p->page);
	kfree(p->cut);
	p->page = page;
	p->cut = cut;
	p->slots = slots;
	p->tail = off;
	p->head = used;
	return 0;
}

static unsigned packet_bytes(struct pipe *p)
{
	unsigned at, n = 0;

	mutex_lock(&p->lock);
	for (at = p->tail; (int)(p->head - at) > 0;
	     at += (unsigned)PAGE_SIZE - IN_PAGE(at))
		n += slot_bytes(p, at);
	mutex_unlock(&p->lock);
	return n;
}

static const struct packet_ops ops = {
	.write = packet_write, .take = packet_take, .bytes = packet_bytes,
};

static void packet_init(void)
{
	pipe_packets = &ops;
}
INIT(fs, packet_init);
