/* SPDX-License-Identifier: MIT */
/*
 * The lectures' sleep() and wakeup() on a multiprocessor (row B11), with the
 * mistakes the slides show, one a macro.  The checker must find each:
 *   SPL_ONLY	 splhigh, no spin lock: wakeup on another CPU is lost
 *   SPIN_ONLY	 a spin lock, interrupts left on: an interrupt of this CPU
 *		 calls wakeup and waits for the lock it interrupted
 *   EARLY_UNLOCK both, but unlocked before mi_switch: the thread is put on
 *		 a run queue and resumed before its context is saved
 * Without a macro the lock is handed over the switch, as Lectern does it.
 *
 * The thread runs on CPU 0; CPU 1 calls wakeup, and resumes what is runnable;
 * an interrupt on CPU 0 calls wakeup too.
 */
bool cond;		/* what the thread waits for */
bool lock;		/* the spin lock of the slides */
bool spl;		/* CPU 0: splhigh */
bool isr;		/* CPU 0 is in its interrupt: the thread stands still */
bool asleep;		/* SSLEEP, on the sleep queue */
bool runnable;		/* on the run queue */
bool saved = false;	/* its context is saved: it may be resumed */
byte on;		/* CPUs that run it */

inline spin(l)   { atomic { !l -> l = true } }
inline unspin(l) { l = false }

#ifdef SPL_ONLY
#define take(l)	skip
#define give(l)	skip
#define CHECK_SAVED saved	/* the other mistake is not looked for */
#else
#define CHECK_SAVED assert(saved)
#define take(l)	spin(l)
#define give(l)	unspin(l)
#endif

inline wakeup()
{
	cond = true;
	take(lock);
	if
	:: asleep ->
		asleep = false;
		runnable = true
	:: else
	fi;
	give(lock)
}

active proctype sleeper() provided (!isr)
{
	on = 1;
#ifdef SPL_ONLY
	spl = true;
	if
	:: cond -> goto done
	:: else
	fi;
#elif defined(SPIN_ONLY)
	take(lock);
	if
	:: cond -> give(lock); goto done
	:: else
	fi;
#else
	spl = true;
	take(lock);
	if
	:: cond -> give(lock); goto done
	:: else
	fi;
#endif
	asleep = true;
#ifdef EARLY_UNLOCK
	give(lock);
	spl = false;
#elif defined(SPL_ONLY)
	spl = false;
#elif defined(SPIN_ONLY)
	give(lock);
#endif
	/* mi_switch: save the registers, leave the stack */
	saved = true;
	on--;
#if !defined(EARLY_UNLOCK) && !defined(SPL_ONLY) && !defined(SPIN_ONLY)
	give(lock);		/* by whoever runs next here */
	spl = false;
#endif
	on > 0;			/* until somebody resumes it */
	CHECK_SAVED;
done:
	spl = false
}

active proctype cpu1()
{
	wakeup();
end:	do
	:: atomic { runnable -> runnable = false };
		spin(lock);	/* run queue, in the right version the same */
		CHECK_SAVED;	/* else: two CPUs on one stack */
		on++;
		assert(on == 1);
		unspin(lock)
	od
}

active proctype interrupt0()
{
end:	atomic { !spl -> isr = true };
#ifndef SPL_ONLY
	wakeup();
#endif
	isr = false
}
