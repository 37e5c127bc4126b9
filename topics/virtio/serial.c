/* SPDX-License-Identifier: MIT */
/*
 * virtio-serial ports as /dev/vport0pN: byte streams to the host with flow
 * control and end of file (virtio 1.1, section 5.3).  Ports are created when
 * the host announces them on the control queues (2: to the guest, 3: to the
 * host):
 *
 *   guest                                host
 *     DEVICE_READY  ------------------->
 *                   <-------------------  PORT_ADD, for each port
 *     (port_add: buffers, /dev node)
 *     PORT_READY    ------------------->
 *     PORT_OPEN 1   ------------------->
 *                   <-------------------  PORT_OPEN 1: the host side is open
 *                   <-------------------  PORT_OPEN 0: it has been closed
 *
 * If the host closes a port, input ends once the received data has been read.
 * The host never returns the buffers of a closed output port, so closing counts
 * as their completion.  The interrupt handler only moves buffers between lists.
 * A thread handles control messages, since creating a port allocates memory and
 * sleeps.
 */
#define LOG_PREFIX "vserial"
#include <dev/tty.h>
#include "serial.h"
#include <fs/vfs.h>
#include <kernel/task/task.h>
#include <lib/printf.h>
#include <lt/log.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

static struct serial *the_serial;	/* const after start */

static void port_interrupt(struct port *p)
{
	struct port_buf *b;
	u32 len;

	while ((b = virtq_take(p->rx, &len))) {
		/*
		 * An empty buffer would look like end of file: post it again.
		 */
		if (!len && !virtq_post(p->rx, b->data, PAGE_SIZE, false, b))
			continue;
		b->len = len;
		b->pos = 0;
		list_append(&p->filled, &b->link);
		wake_up(&p->readers);
	}
	while ((b = virtq_take(p->tx, &len))) {
		/* Never let the count wrap. */
		if (p->sending) {
			p->sending--;
			list_append(&p->free, &b->link);
		}
		wake_up(&p->writers);
	}
}

static void serial_interrupt(struct virtio_device *d)
{
	struct serial *s = d->private;
	struct ctrl_buf *c;
	unsigned i;
	u32 len;

	while ((c = virtq_take(s->ctrl_rx, &len))) {
		c->len = len;
		list_append(&s->ctrl_news, &c->link);
		wake_up(&s->ctrl_wait);
	}
	while ((c = virtq_take(s->ctrl_tx, &len)))
		kfree(c);
	for (i = 0; i < MAX_PORTS; i++)
		if (s->ports[i])
			port_interrupt(s->ports[i]);
}

void ctrl_send(struct serial *s, u32 id, enum ctrl_event event, u16 value)
{
	struct ctrl_msg *m = kmalloc(sizeof(*m));
	int err = -ENOMEM;

	if (m) {
		*m = (struct ctrl_msg){ id, (u16)event, value };
		spin_lock(&s->dev->lock);
		err = virtq_post(s->ctrl_tx, m, sizeof(*m), true, m);
		if (!err)
			virtq_kick(s->ctrl_tx);
		spin_unlock(&s->dev->lock);
	}
	if (err) {
		kfree(m);
		log_err("control message %u for port %u is lost: %d",
			event, id, err);
	}
}

/* ---- control messages ---------------------------------------------------- */

static int port_buffers(struct port *p)
{
	struct page *page;
	unsigned i;

	for (i = 0; i < 2 * NR_BUFS; i++) {
		struct port_buf *b = i < NR_BUFS ? &p->in[i] :
						   &p->out[i - NR_BUFS];

		page = page_alloc(0, PAGE_KERNEL);
		if (!page)
			return -ENOMEM;
		b->data = page_virt(page);
		list_init(&b->link);
	}
	return 0;
}

static void port_free(struct port *p)
{
	unsigned i;

	for (i = 0; i < NR_BUFS; i++) {
		if (p->in[i].data)
			page_put(virt_page(p->in[i].data));
		if (p->out[i].data)
			page_put(virt_page(p->out[i].data));
	}
	kfree(p);
}

static struct port *port_create(struct serial *s, unsigned id)
{
	struct port *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->serial = s;
	p->id = id;
	list_init(&p->filled);
	list_init(&p->free);
	mutex_init(&p->read_lock, "vport read");
	mutex_init(&p->write_lock, "vport write");
	wait_queue_init(&p->readers);
	wait_queue_init(&p->writers);
	fmt_print(p->name, sizeof(p->name), "vport0p%u", id);
	if (port_buffers(p))
		goto fail;
	p->rx = virtq_create(s->dev, id ? 2 * id + 2 : 0);
	p->tx = virtq_create(s->dev, id ? 2 * id + 3 : 1);
	if (!p->rx || !p->tx)
		goto fail;
	return p;
fail:
	port_free(p);
	return NULL;
}

static void port_add(struct serial *s, unsigned id)
{
	struct port *p;
	unsigned i;

	if (id >= MAX_PORTS || s->ports[id]) {
		log_warn("port %u is not usable", id);
		return;
	}
	p = port_create(s, id);
	if (!p || dev_register(p->name, S_IFCHR | 0600,
			       DEV_MAKE(PORT_MAJOR, id), &port_fops, p)) {
		log_err("no memory for port %u", id);
		return;
	}
	spin_lock(&s->dev->lock);
	for (i = 0; i < NR_BUFS; i++) {
		virtq_post(p->rx, p->in[i].data, PAGE_SIZE, false, &p->in[i]);
		list_append(&p->free, &p->out[i].link);
	}
	s->ports[id] = p;
	virtq_kick(p->rx);
	spin_unlock(&s->dev->lock);
	ctrl_send(s, id, PORT_READY, 1);
	ctrl_send(s, id, PORT_OPEN, 1);
}

static void port_host(struct serial *s, unsigned id, bool open)
{
	struct port *p = id < MAX_PORTS ? s->ports[id] : NULL;

	if (!p)
		return;
	spin_lock(&s->dev->lock);
	/* Data sent before the close is in the queue by now: receive it. */
	port_interrupt(p);
	if (open)
		p->host = HOST_OPEN;
	else if (p->host == HOST_OPEN)
		p->host = HOST_CLOSED;
	wake_up(&p->readers);
	wake_up(&p->writers);
	spin_unlock(&s->dev->lock);
}

static void ctrl_handle(struct serial *s, struct ctrl_buf *c)
{
	if (c->len < sizeof(c->msg))
		return;
	switch (c->msg.event) {
	case PORT_ADD:
		port_add(s, c->msg.id);
		break;
	case PORT_OPEN:
		port_host(s, c->msg.id, c->msg.value);
		break;
	case PORT_REMOVE:
		port_host(s, c->msg.id, false);
		break;
	}
}

static struct ctrl_buf *ctrl_next(struct serial *s)
{
	struct ctrl_buf *c = NULL;

	spin_lock(&s->dev->lock);
	if (!list_empty(&s->ctrl_news)) {
		c = list_first(&s->ctrl_news, struct ctrl_buf, link);
		list_remove(&c->link);
	}
	spin_unlock(&s->dev->lock);
	return c;
}

/* Handle control messages, in a thread because creating ports may sleep. */
static void ctrl_thread(void *arg)
{
	struct serial *s = arg;
	struct ctrl_buf *c;

	ctrl_send(s, 0, DEVICE_READY, 1);
	for (;;) {
		wait_event(&s->ctrl_wait, !list_empty(&s->ctrl_news));
		while ((c = ctrl_next(s))) {
			ctrl_handle(s, c);
			spin_lock(&s->dev->lock);
			virtq_post(s->ctrl_rx, &c->msg,
				   sizeof(c->msg) + sizeof(c->rest), false, c);
			virtq_kick(s->ctrl_rx);
			spin_unlock(&s->dev->lock);
		}
	}
}

static int virtio_serial_start(struct virtio_device *d)
{
	struct serial *s;
	struct task *t;
	unsigned i;
	int err;

	if (the_serial)
		return -EBUSY;
	err = virtio_negotiate(d, VIRTIO_F_VERSION_1 | F_MULTIPORT);
	if (err)
		return err;
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->dev = d;
	d->private = s;
	list_init(&s->ctrl_news);
	wait_queue_init(&s->ctrl_wait);
	s->ctrl_rx = virtq_create(d, 2);
	s->ctrl_tx = virtq_create(d, 3);
	if (!s->ctrl_rx || !s->ctrl_tx)
		/* no need to free the queues: this fails only at boot */
		return -ENOMEM;
	for (i = 0; i < CTRL_BUFS; i++) {
		list_init(&s->ctrl[i].link);
		virtq_post(s->ctrl_rx, &s->ctrl[i].msg,
			   sizeof(struct ctrl_msg) + sizeof(s->ctrl[i].rest),
			   false, &s->ctrl[i]);
	}
	t = kthread_create(ctrl_thread, s, "vserial");
	if (!t)
		return -ENOMEM;
	err = virtio_ready(d, serial_interrupt);
	if (err)
		return err;
	virtq_kick(s->ctrl_rx);
	the_serial = s;
	task_start(t);
	return 0;
}

VIRTIO_DRIVER = { VIRTIO_SERIAL, "virtio-serial", virtio_serial_start };
