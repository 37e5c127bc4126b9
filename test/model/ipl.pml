/* SPDX-License-Identifier: MIT */
/*
 * The lazy interrupt level of kernel/lock/spin.c and kernel/irq/irq.c (row
 * B12) on one CPU: kernel code that raises and restores, a device and a clock
 * that interrupt.  Checked: a handler never runs at or above its level, only
 * one interrupt is ever noted, and none is lost.
 *
 * Mistakes, one a macro:
 *   NO_MASK	 an interrupt put off is not masked in the interrupted frame
 *   CHECK_FIRST ipl_restore looks at the note, then lowers the level
 *   UNMASK	 the frame is left unmasked though an interrupt stays noted
 *   NO_RECHECK	 the end of a handler does not look at the note
 */
#define NONE	0
#define DEVICE	2
#define CLOCK	3
#define HIGH	4

byte ipl;
byte noted;		/* cpu->irq_deferred */
bool on = true;		/* interrupts enabled in the CPU */
byte depth;		/* 0: the kernel runs; n: n-th nested interrupt */
bool line[5];		/* asserted, by level */
byte served, raised;

#define pending	(line[DEVICE] || line[CLOCK])

inline take(level)
{
	if
	:: line[CLOCK] -> level = CLOCK
	:: else -> level = DEVICE
	fi
}

/* irq_serve; interrupts off.  Those above the level may nest. */
inline irq_serve(level, old)
{
	do
	:: old = ipl;
		assert(old < level);
		ipl = level;
		assert(line[level]);
		line[level] = false;
		served++;
		on = true;
		/* the handler: interrupts above its level come here */
		on = false;
		ipl = old;
#ifdef NO_RECHECK
		break
#else
		if
		:: noted > old -> level = noted; noted = 0
		:: else -> break
		fi
#endif
	od
}

proctype kernel() provided (depth == 0)
{
	byte old, level, outer, round;

	do
	:: round < 2 ->
		/* ipl_raise, nested: device, then high */
		outer = ipl;
		ipl = DEVICE;
		old = ipl;
		ipl = HIGH;
		/* ipl_restore, twice */
#ifdef CHECK_FIRST
		level = noted;
		ipl = old;
#else
		ipl = old;
		level = noted;
#endif
		if
		:: level > old -> noted = 0; irq_serve(level, old); on = !noted
		:: else
		fi;
#ifdef CHECK_FIRST
		level = noted;
		ipl = outer;
#else
		ipl = outer;
		level = noted;
#endif
		if
		:: level > outer ->
			noted = 0; irq_serve(level, outer); on = !noted
		:: else
		fi;
		round++
	:: else -> break
	od;
	/* user mode: all that was raised gets served */
	served == raised;
	assert(!noted && ipl == NONE && on)
}

/*
 * One nesting depth, me: trap_interrupt() of an interrupt that came at depth
 * me - 1.  Processes 2, 3 and 4 of this model.
 */
#define me	(_pid - 1)
proctype interrupt() provided (depth == _pid - 1 || depth == _pid - 2)
{
	byte level, old;

end:	do
	:: atomic { depth == me - 1 && on && pending ->
			depth = me; on = false; take(level) };
		if
		:: ipl >= level ->
			assert(!noted);
			noted = level
#ifdef NO_MASK
			; on = true
#endif
		:: else ->
			irq_serve(level, old);
#ifdef UNMASK
			on = true
#else
			on = !noted	/* still noted: the frame is masked */
#endif
		fi;
		level = 0; old = 0;
		depth = me - 1
	od
}

proctype device()
{
	atomic { line[DEVICE] = true; raised++ };
	!line[DEVICE];
	atomic { line[DEVICE] = true; raised++ }
}

proctype clock()
{
	atomic { line[CLOCK] = true; raised++ };
	!line[CLOCK];
	atomic { line[CLOCK] = true; raised++ }
}

init {
	atomic {
		run kernel();
		run interrupt(); run interrupt(); run interrupt();
		run device(); run clock()
	}
}
