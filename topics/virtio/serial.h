/* SPDX-License-Identifier: MIT */
/* Interface between serial.c (the device) and port.c (a port as a file). */
#ifndef TOPICS_VIRTIO_SERIAL_H
#define TOPICS_VIRTIO_SERIAL_H

#include "virtio.h"
#include <fs/vfs.h>

#define MAX_PORTS	8
#define NR_BUFS		4		/* pages per direction of a port */
#define CTRL_BUFS	32	/* with fewer, messages would be dropped */
#define F_MULTIPORT	(1ull << 1)
#define PORT_MAJOR	250

enum ctrl_event {
	DEVICE_READY, PORT_ADD, PORT_REMOVE, PORT_READY, CONSOLE_PORT,
	CONSOLE_RESIZE, PORT_OPEN, PORT_NAME,
};

struct ctrl_msg {
	u32 id;
	u16 event;
	u16 value;
};

/* A buffer of a control queue; the longest message ends with a name. */
struct ctrl_buf {
	struct list link;		/* [dev lock] link in ctrl_news */
	u32 len;
	struct ctrl_msg msg;
	char rest[56];
};

enum host_state { HOST_NEVER, HOST_OPEN, HOST_CLOSED };

struct port_buf {
	struct list link;		/* [dev lock] link in filled or free */
	char *data;			/* const; one page */
	u32 len;			/* bytes received */
	/* [read_lock] number of bytes already read */
	u32 pos;
};

struct port {
	struct serial *serial;		/* const */
	unsigned id;			/* const */
	enum host_state host;		/* [dev lock] */
	struct virtq *rx, *tx;		/* const */
	struct list filled;		/* [dev lock] received, in order */
	/* [dev lock] empty buffers for sending */
	struct list free;
	/* [dev lock] number of buffers being sent */
	unsigned sending;
	struct mutex read_lock, write_lock;
	struct wait_queue readers, writers;
	struct port_buf in[NR_BUFS], out[NR_BUFS];
	char name[16];
};

struct serial {
	struct virtio_device *dev;	/* const */
	struct virtq *ctrl_rx, *ctrl_tx; /* const */
	struct list ctrl_news;		/* [dev lock] messages to handle */
	struct wait_queue ctrl_wait;
	struct port *ports[MAX_PORTS];	/* [dev lock] each entry is set once */
	struct ctrl_buf ctrl[CTRL_BUFS];
};

/* Send a control message; if that fails, log it and drop the message. */
void ctrl_send(struct serial *s, u32 id, enum ctrl_event event, u16 value);

extern const struct file_ops port_fops;

#endif
