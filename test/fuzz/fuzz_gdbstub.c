/* SPDX-License-Identifier: MIT */
/* Any bytes on the line of the kernel's GDB stub. */
#include "fuzz.h"
#include <topics/gdbstub/packet.h>
#include <stdlib.h>
#include <string.h>

/* Of a whole packet: its text, read in each way there is. */
static void read_text(const struct packet *p, struct answer *a)
{
	const char *s = p->text, *end = p->text + p->len;
	unsigned long v;
	u8 b;

	if (p->len > PACKET_MAX || *end)
		abort();
	while (s < end) {
		if (packet_number(&s, &v))
			answer_number(a, v);
		else if (packet_byte(&s, &b))
			answer_bytes(a, &b, 1);
		else if (!packet_skip(&s, *s))
			abort();
		if (s > end || a->len > PACKET_MAX)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct packet *p = calloc(1, sizeof(*p));
	struct answer *a = calloc(1, sizeof(*a));

	for (size_t i = 0; i < size; i++)
		if (packet_add(p, data[i]) == PACKET_WHOLE)
			read_text(p, a);
	/* whatever came before, a whole packet is seen */
	packet_add(p, '#');
	packet_add(p, 'x');
	packet_add(p, '$');
	packet_add(p, 'g');
	packet_add(p, '#');
	packet_add(p, '6');
	if (packet_add(p, '7') != PACKET_WHOLE || strcmp(p->text, "g"))
		abort();
	free(p);
	free(a);
	return 0;
}
