/* SPDX-License-Identifier: MIT */
/* Terminals, with the kernel's own layout. */
#ifndef LIBC_TERMIOS_H
#define LIBC_TERMIOS_H

#include <sys/types.h>

#define TCGETS		0x5401
#define TCSETS		0x5402
#define TCSETSW		0x5403
#define TCSETSF		0x5404
#define TIOCSCTTY	0x540e
#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410
#define TIOCGWINSZ	0x5413
#define TIOCSWINSZ	0x5414
#define FIONREAD	0x541b
#define TIOCNOTTY	0x5422
#define TIOCGSID	0x5429
#define TCXONC		0x540a
#define TCFLSH		0x540b
#define TIOCSTI		0x5412
#define TIOCEXCL	0x540c
#define TIOCNXCL	0x540d
#define TIOCOUTQ	0x5411
#define TIOCPKT		0x5420
#define TIOCVHANGUP	0x5437
#define TIOCGPTPEER	0x5441
#define TIOCSIG		0x40045436
#define TIOCGPTN	0x80045430
#define TIOCSPTLCK	0x40045431

#define VINTR		0
#define VQUIT		1
#define VERASE		2
#define VKILL		3
#define VEOF		4
#define VTIME		5
#define VMIN		6
#define VSTART		8
#define VSTOP		9
#define VSUSP		10
#define VEOL		11
#define VREPRINT	12
#define VWERASE		14
#define VLNEXT		15
#define VEOL2		16

#define IGNBRK		0000001
#define BRKINT		0000002
#define PARMRK		0000010
#define INPCK		0000020
#define ISTRIP		0000040
#define INLCR		0000100
#define IGNCR		0000200
#define ICRNL		0000400
#define IUCLC		0001000
#define IXON		0002000
#define IXANY		0004000
#define IXOFF		0010000
#define IMAXBEL		0020000
#define IUTF8		0040000

#define OPOST		0000001
#define OLCUC		0000002
#define ONLCR		0000004
#define OCRNL		0000010
#define ONOCR		0000020
#define ONLRET		0000040
#define XTABS		0014000

#define CSIZE		0000060
#define CS7		0000040
#define CS8		0000060
#define CREAD		0000200
#define PARENB		0000400
#define CLOCAL		0004000

#define ISIG		0000001
#define ICANON		0000002
#define ECHO		0000010
#define ECHOE		0000020
#define ECHOK		0000040
#define ECHONL		0000100
#define NOFLSH		0000200
#define TOSTOP		0000400
#define ECHOCTL		0001000
#define ECHOPRT		0002000
#define ECHOKE		0004000
#define IEXTEN		0100000
#define EXTPROC		0200000

#define TCOOFF		0
#define TCOON		1
#define TCIOFF		2
#define TCION		3

#define TCIFLUSH	0
#define TCOFLUSH	1
#define TCIOFLUSH	2

#define TIOCPKT_FLUSHREAD	1
#define TIOCPKT_FLUSHWRITE	2
#define TIOCPKT_STOP		4
#define TIOCPKT_START		8
#define TIOCPKT_NOSTOP		16
#define TIOCPKT_DOSTOP		32
#define TIOCPKT_IOCTL		64

#define TCSANOW		0
#define TCSADRAIN	1
#define TCSAFLUSH	2

struct termios {
	unsigned int c_iflag;
	unsigned int c_oflag;
	unsigned int c_cflag;
	unsigned int c_lflag;
	unsigned char c_line;
	unsigned char c_cc[19];
};

struct winsize {
	unsigned short ws_row;
	unsigned short ws_col;
	unsigned short ws_xpixel;
	unsigned short ws_ypixel;
};

int ioctl(int fd, unsigned long req, ...);
int tcgetattr(int fd, struct termios *t);
int tcsetattr(int fd, int when, const struct termios *t);

#endif
