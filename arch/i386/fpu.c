/* SPDX-License-Identifier: MIT */
/*
 * Floating-point state (row D7).  Signal frames of i386 begin with the layout
 * of the older fsave, which differs from fxsave in the tag word.  fsave has two
 * bits per register, which also describe the register's contents; fxsave has
 * one bit, which says if the register is empty (Intel's manual, volume 1,
 * 8.1.7).
 */
#include <arch/fpu.h>
#include <arch/uabi.h>
#include <lib/mem.h>

#define TAG_VALID	0
#define TAG_ZERO	1
#define TAG_SPECIAL	2
#define TAG_EMPTY	3

const struct fxsave fpu_clean = { .cwd = 0x37f, .mxcsr = 0x1f80 };
u32 fpu_mxcsr_mask = 0xffbf;		/* mask of the first SSE units */

void fpu_init_cpu(void)
{
	__asm__ volatile("fninit");
	fpu_load(&fpu_clean);
}

void fpu_init(void)
{
	static struct fxsave probe;

	fpu_init_cpu();
	fpu_save(&probe);
	if (probe.mxcsr_mask)
		fpu_mxcsr_mask = probe.mxcsr_mask;
}

static unsigned fpu_tag_of(const u32 st[4])
{
	unsigned exponent = st[2] & 0x7fff;

	if (exponent == 0x7fff)
		return TAG_SPECIAL;
	if (exponent == 0)
		return st[0] | st[1] ? TAG_SPECIAL : TAG_ZERO;
	return st[1] & 0x80000000 ? TAG_VALID : TAG_SPECIAL;
}

/*
 * Convert the tags of fxsave, one bit per register, to those of fsave.  Tags
 * are indexed by physical register, st[] by the distance from the top of the
 * stack.
 */
static u32 tags_expand(const struct fxsave *fx)
{
	unsigned top = fx->swd >> 11 & 7;
	u32 tags = 0;

	if (!fx->twd)
		return 0xffff;
	for (unsigned i = 0; i < 8; i++) {
		unsigned tag = TAG_EMPTY;

		if (fx->twd & 1u << i)
			tag = fpu_tag_of(fx->st[(i - top) & 7]);
		tags |= tag << 2 * i;
	}
	return tags;
}

static u8 tags_collapse(u32 tags)
{
	u8 twd = 0;

	if ((u16)tags == 0xffff)
		return 0;
	for (unsigned i = 0; i < 8; i++)
		if ((tags >> 2 * i & 3) != TAG_EMPTY)
			twd |= 1u << i;
	return twd;
}

bool fpu_to_fsave(struct uabi_fpstate *fp, const struct fxsave *fx)
{
	fp->cw = fx->cwd | 0xffff0000;
	fp->sw = fx->swd | 0xffff0000;
	fp->tag = tags_expand(fx) | 0xffff0000;
	fp->ipoff = fx->fip;
	fp->cssel = (fx->fcs & 0xffff) | (u32)fx->fop << 16;
	fp->dataoff = fx->foo;
	fp->datasel = fx->fos | 0xffff0000;
	fp->status = fx->swd;
	fp->magic = 0;
	if (!fx->twd)			/* the usual case: all registers are
					   empty */
		return false;
	for (unsigned i = 0; i < 8; i++)
		memcpy(fp->st[i], fx->st[i], sizeof(fp->st[i]));
	return true;
}

void fpu_from_fsave(struct uabi_fpstate *fp)
{
	struct fxsave *fx = &fp->fx;

	fx->cwd = fp->cw;
	fx->swd = fp->sw;
	fx->twd = tags_collapse(fp->tag);
	fx->fip = fp->ipoff;
	fx->fcs = fp->cssel & 0xffff;
	fx->fop = fp->cssel >> 16;
	fx->foo = fp->dataoff;
	fx->fos = fp->datasel;
	fx->mxcsr &= fpu_mxcsr_mask;	/* other bits fault in fxrstor */
	if (!fx->twd)
		return;
	for (unsigned i = 0; i < 8; i++)
		memcpy(fx->st[i], fp->st[i], sizeof(fp->st[i]));
}
